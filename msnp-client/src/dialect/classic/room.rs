//! Who is in the conversation of a switchboard, what it is called, and what is heard in it (msnp8-18.md 9.1, 9.2).

use std::time::Duration;

use machine_contract::{Instant, SortedSet};
use msnp_proto::classic::{Account, Call, Endpoint, Message};
use msnp_proto::payload::chunks::Joiner;
use msnp_proto::payload::presence::Capabilities;

use super::calls::Calls;
use super::members::Members;
use super::people::{account_of, contact_of, speaker};
use super::purpose::TalkPurpose;
use super::stage::Stage;
use super::talk::{self, Meaning};
use super::typing::Signs;
use super::utterances::mention;
use crate::event::Reason;
use crate::fact::{Errand, Fact, Outcome};
use crate::group::{GroupUpdate, Member};
use crate::id::{ContactId, ConversationId};
use crate::message::Received;

/// Whoever was called comes within this time or not at all (msnp8-18.md 16).
const COMING: Duration = Duration::from_secs(30);

type TalkCalls = Calls<TalkPurpose>;

/// A conversation, from the call on.
#[derive(Debug)]
pub(super) struct Room {
    errand: Errand,
    me: ContactId,
    account: Account,
    /// What the service calls it.
    session: Option<String>,
    conversation: Option<ConversationId>,
    members: Members,
    /// Called, and not come yet.
    called: SortedSet<ContactId>,
    come_until: Option<Instant>,
    joiner: Joiner,
    typing: Signs,
    /// Bytes of a text.
    limit: usize,
}

impl Room {
    pub(super) fn new(errand: Errand, me: ContactId, account: Account, limit: usize) -> Self {
        let conversation = match &errand {
            Errand::Talk(conversation) => Some(conversation.clone()),
            _ => None,
        };
        Self {
            errand,
            me,
            account,
            session: None,
            conversation,
            members: Members::default(),
            called: SortedSet::new(),
            come_until: None,
            joiner: Joiner::default(),
            typing: Signs::default(),
            limit,
        }
    }

    pub(super) fn set_session(&mut self, session: String) {
        self.session = Some(session);
    }

    pub(super) fn is_about(&self, conversation: &ConversationId) -> bool {
        self.conversation.as_ref() == Some(conversation)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.len() == 0
    }

    /// Whether all who are there put the parts of long messages together.
    pub(super) fn can_join(&self) -> bool {
        self.members.can_join()
    }

    /// Calls whom it was made for.
    pub(super) fn call_all(&mut self, calls: &mut TalkCalls, now: Instant) {
        let people: Vec<ContactId> = match &self.errand {
            Errand::Talk(conversation) => conversation.contact().cloned().into_iter().collect(),
            Errand::Gather(_, people) => people.clone(),
            Errand::SignIn | Errand::Join => Vec::new(),
        };
        for who in people.into_iter().filter(|who| *who != self.me) {
            let call = Call {
                user: Endpoint::of(account_of(&who)),
            };
            if calls.post(call, TalkPurpose::Call(who.clone())).is_ok() {
                self.called.insert(who);
            }
        }
        self.come_until = Some(now + COMING);
    }

    /// It rings at somebody's. He may have come before that was said.
    pub(super) fn rings(&mut self, who: &ContactId, now: Instant) {
        if !self.members.has(who) {
            self.come_until = Some(now + COMING);
        }
    }

    /// Somebody does not come.
    pub(super) fn comes_not(&mut self, who: &ContactId) {
        self.called.remove(who);
    }

    /// Whether nobody is there and nobody is waited for.
    pub(super) fn is_in_vain(&self) -> bool {
        self.called.is_empty() && self.members.len() == 0
    }

    /// Whoever was called and is not there will not come. True: that was waited for until now.
    pub(super) fn give_up_calling(&mut self, now: Instant) -> bool {
        let is_over = self.come_until.is_some_and(|at| at <= now);
        if is_over {
            self.come_until = None;
            self.called.clear();
        }
        is_over
    }

    /// Somebody is there. Since MSNP16 one is told that one has come oneself.
    pub(super) fn came(&mut self, user: &Endpoint, capabilities: Option<Capabilities>) -> bool {
        let who = speaker(user).filter(|who| *who != self.me && user.account != self.account);
        let Some(who) = who else {
            return false;
        };
        self.called.remove(&who);
        self.members.come(&who, user, capabilities)
    }

    /// What the conversation is called, now that somebody is there to talk to; and who hears of it.
    pub(super) fn settle(&mut self, calls: &mut TalkCalls) {
        if self.is_empty() {
            return;
        }
        if self.called.is_empty() {
            self.come_until = None;
        } else if matches!(self.errand, Errand::Gather(..)) {
            // What is said before somebody has come he never hears: whoever gathers people waits for all of them.
            return;
        }
        let is_group =
            matches!(self.errand, Errand::Gather(..)) || self.members.len() > 1 || self.is_group();
        if is_group {
            self.settle_group(calls);
        } else if self.conversation.is_none() {
            let only = self.members.names().next().cloned();
            self.conversation = only.map(ConversationId::from);
        }
        if self.conversation.is_some() && calls.stage() == Stage::Gathering {
            calls.enter(Stage::Ready);
        }
    }

    fn is_group(&self) -> bool {
        let name = self.conversation.as_ref().and_then(|it| it.group_name());
        name.is_some()
    }

    /// More than two are a group, which is called after the session, and is over with it.
    fn settle_group(&mut self, calls: &mut TalkCalls) {
        if !self.is_group() {
            let Some(session) = &self.session else {
                return;
            };
            self.conversation = ConversationId::group(&format!("sb:{session}")).ok();
        }
        let Some(id) = self.conversation.clone() else {
            return;
        };
        let names = self.members.names().chain(std::iter::once(&self.me));
        let members = names.cloned().map(Member::new).collect();
        calls.tell(Fact::Group(GroupUpdate {
            id: id.clone(),
            topic: None,
            members: Some(members),
        }));
        if let Errand::Gather(number, _) = self.errand {
            self.errand = Errand::Join;
            let made = Outcome::Group(id);
            calls.tell(Fact::Done(number, Ok(made)));
        }
    }

    /// Somebody has gone. False: nobody is left.
    pub(super) fn went(&mut self, user: &Endpoint, calls: &mut TalkCalls) -> bool {
        let Some(who) = self.members.go(user) else {
            return true;
        };
        self.stop_typing(&who, calls);
        if self.is_empty() {
            return false;
        }
        if self.is_group() {
            self.settle_group(calls);
        }
        true
    }

    /// Somebody has said something.
    pub(super) fn heard(&mut self, message: &Message, calls: &mut TalkCalls, now: Instant) {
        let from = contact_of(&message.sender, None).filter(|from| *from != self.me);
        let mime = talk::mime_of(&message.payload);
        let (Some(from), Some(mime)) = (from, mime) else {
            return;
        };
        // What is said shows who is there, should that have been lost.
        let conversation = self.conversation.clone();
        let conversation = conversation.unwrap_or_else(|| from.clone().into());
        // A part that cannot be joined is nothing that could be shown.
        let Ok(Some(whole)) = self.joiner.push(from.name(), mime, now) else {
            return;
        };
        let name = message.name.as_ref().map(|name| name.text().into_owned());
        let name = name.filter(|name| !name.eq_ignore_ascii_case(from.name()));
        match talk::meaning_of(&whole, name, self.limit) {
            Meaning::Content(content) => {
                self.stop_typing(&from, calls);
                calls.tell(Fact::Message(Received {
                    id: None,
                    key: None,
                    conversation,
                    from,
                    content,
                }));
            }
            Meaning::Typing => {
                for fact in self.typing.begin(&from, conversation, now) {
                    calls.tell(fact);
                }
            }
            Meaning::Invitation(cookie) => mention(talk::decline(cookie), calls),
            Meaning::Nothing => {}
        }
    }

    fn stop_typing(&mut self, who: &ContactId, calls: &mut TalkCalls) {
        if let Some(fact) = self.typing.end(who) {
            calls.tell(fact);
        }
    }

    /// Signs of typing that count no more, and parts whose rest has not come.
    pub(super) fn expire(&mut self, calls: &mut TalkCalls, now: Instant) {
        for fact in self.typing.expire(now) {
            calls.tell(fact);
        }
        self.joiner.expire(now);
    }

    /// What waits for this conversation is told that it waits in vain.
    pub(super) fn tell_who_waits(&self, reason: Reason, calls: &mut TalkCalls) {
        if calls.stage() >= Stage::Ready {
            return;
        }
        match self.errand.clone() {
            Errand::Talk(conversation) => calls.tell(Fact::Unreached(conversation, reason)),
            Errand::Gather(number, _) => calls.tell(Fact::Done(number, Err(reason))),
            Errand::SignIn | Errand::Join => {}
        }
    }

    /// The connection is over, and with it the talk.
    pub(super) fn close(&mut self, calls: &mut TalkCalls) {
        for fact in self.typing.end_all() {
            calls.tell(fact);
        }
        if let Some(group) = self.conversation.clone().filter(|_| self.is_group()) {
            calls.tell(Fact::GroupLeft(group));
        }
    }

    /// When somebody has to have come.
    pub(super) const fn come_until(&self) -> Option<Instant> {
        self.come_until
    }

    /// When something of it is over.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let typing = self.typing.poll_timeout();
        typing.into_iter().chain(self.joiner.poll_timeout()).min()
    }
}
