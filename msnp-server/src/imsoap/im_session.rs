//! One IM account of a session: how its client's words become the service's events.

use msnp_client::{ContactId, Event as Word, Message as Said, OperationId, Status, Step};
use soap_codec::bsim::{Event, Group, IM, Message};

use super::buddy_list::BuddyList;
use super::config::Config;
use super::queue::{Queue, Receipt, printable};
use super::upstream::{AccountKey, UpstreamEvent};
use crate::network::WithoutReceipt;

/// The one network there is.
pub(super) const MSN: &str = "msn";

/// One IM account.
#[derive(Debug)]
pub(super) struct ImSession {
    key: AccountKey,
    /// Messages are given once more after they were read.
    gives_twice: bool,
    /// As the caller wrote it.
    account: String,
    stage: Stage,
    queue: Queue,
    people: BuddyList,
    groups: Vec<Group>,
    me: Option<ContactId>,
    nickname: Option<String>,
    /// The own status as it was told last.
    status: Option<Status>,
    /// Changes of status whose outcome is not known yet.
    asked: Vec<(OperationId, Status)>,
    /// Requests whose fate is open.
    open_requests: usize,
    /// What signing in has come to, on the connection that is being made.
    steps: Vec<Step>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    SigningIn,
    SignedIn,
    /// Not signed in, and not about to be.
    Over,
    /// The same, and given by the last fetch: gone when that was read.
    Told,
}

impl ImSession {
    pub(super) fn new(key: AccountKey, account: String, config: &Config) -> Self {
        Self {
            key,
            gives_twice: config.without_receipt == WithoutReceipt::PerhapsTwice,
            account,
            stage: Stage::SigningIn,
            queue: Queue::new(config),
            people: BuddyList::default(),
            groups: Vec::new(),
            me: None,
            nickname: None,
            status: None,
            asked: Vec::new(),
            open_requests: 0,
            steps: Vec::new(),
        }
    }

    /// The same account, signed in anew: what waits to be fetched stays, but for what the network gives anew.
    pub(super) fn again(&mut self, key: AccountKey, config: &Config) {
        self.queue.leave_to_the_network();
        let queue = std::mem::replace(&mut self.queue, Queue::new(config));
        *self = Self {
            queue,
            ..Self::new(key, std::mem::take(&mut self.account), config)
        };
    }

    pub(super) const fn key(&self) -> AccountKey {
        self.key
    }

    pub(super) fn is(&self, account: &str) -> bool {
        self.account.eq_ignore_ascii_case(account)
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over | Stage::Told)
    }

    /// Whether its caller has been given that.
    pub(super) fn is_told_over(&self) -> bool {
        self.stage == Stage::Told
    }

    pub(super) const fn open_requests(&self) -> usize {
        self.open_requests
    }

    /// One more request goes to the client.
    pub(super) const fn asked(&mut self) {
        self.open_requests += 1;
    }

    pub(super) fn log(&mut self, line: &str) {
        self.queue.log(line);
    }

    /// Takes in what the client says; `at` is the time for `OnLogin`. A message that is nothing for the caller is
    /// acknowledged at once.
    pub(super) fn handle_upstream_event(
        &mut self,
        event: UpstreamEvent,
        at: impl FnOnce() -> String,
    ) -> Option<Receipt> {
        match event {
            UpstreamEvent::Event(Word::MessageReceived(message)) => return self.message(message),
            // There is no word for an edit: the new text is told like any other.
            UpstreamEvent::Event(Word::MessageEdited { edit, .. }) => return self.message(edit),
            UpstreamEvent::Event(event) => self.event(event, at),
            UpstreamEvent::DisplayName(name) => self.nickname = Some(name),
            UpstreamEvent::Groups { groups, members } => {
                self.groups = groups;
                self.people.group(members);
            }
            UpstreamEvent::StatusTaken(operation, status) => self.asked.push((operation, status)),
            UpstreamEvent::StatusRefused(status, refused) => self.status_kept(status, &refused),
            UpstreamEvent::MessageRefused(to, refused) => {
                self.message_lost(&to.to_string(), &refused);
            }
        }
        None
    }

    fn event(&mut self, event: Word, at: impl FnOnce() -> String) {
        match event {
            Word::SignInProgress(step) => self.step(step),
            Word::SignedIn(me) => self.signed_in(me, at()),
            Word::ContactChanged(contact) => {
                let known = self.people.as_is(&contact.id).is_some();
                if self.people.listed(&contact) {
                    if known {
                        self.queue.buddy_changed(contact.id);
                    } else if self.stage == Stage::SignedIn {
                        self.queue.buddy_received(contact.id);
                    }
                } else if known {
                    self.not_a_buddy(&contact.id);
                }
            }
            Word::ContactRemoved(who) => {
                let was_buddy = self.people.remove(&who);
                if was_buddy {
                    self.not_a_buddy(&who);
                }
            }
            Word::PresenceChanged { contact, presence } => {
                let is_buddy = self.people.present(&contact, &presence);
                if is_buddy {
                    self.queue.buddy_changed(contact);
                }
            }
            Word::OwnPresence(own) => {
                if own.presence.name.is_some() && own.presence.name != self.nickname {
                    self.nickname = own.presence.name;
                    if let Some(name) = &self.nickname {
                        self.queue.nickname_changed(name);
                    }
                }
                self.tell_status(own.presence.status);
            }
            Word::MessageDelivered { .. } => self.answered(),
            Word::MessageFailed {
                conversation,
                reason,
                ..
            } => self.message_lost(&conversation.to_string(), &reason),
            Word::MessageUncertain {
                conversation,
                reason,
                ..
            } => {
                self.answered();
                self.log(&format!(
                    "It is not known whether a message to {conversation} has arrived: {reason}."
                ));
            }
            Word::OperationSucceeded { operation, .. } => {
                if let Some(status) = self.take_asked(operation) {
                    self.answered();
                    // Told even if it is the old one, as in the published session (soap.md 2.3).
                    self.status = None;
                    self.tell_status(status);
                }
            }
            Word::OperationFailed { operation, reason } => {
                if let Some(status) = self.take_asked(operation) {
                    self.status_kept(status, &reason);
                }
            }
            Word::Reconnecting { wait, reason, .. } => {
                self.stage = Stage::SigningIn;
                let seconds = wait.as_secs().max(1);
                self.log(&format!(
                    "Connection lost: {reason}. Connecting again in {seconds} s."
                ));
            }
            Word::SignedOut(reason) => self.over(&reason),
            // The service has no words for typing, nudges, groups and history.
            _ => {}
        }
    }

    /// The original's lines, each when what it says has happened (soap.md 2.4). The web sign-in
    /// shows its credentials before it connects, and gets both lists with one request. In the older dialects one says who
    /// one is in two steps, between which the password is shown; that is one line, as it was.
    fn step(&mut self, step: Step) {
        if step == Step::Connecting {
            self.steps.clear();
        }
        if self.steps.contains(&step) {
            return;
        }
        self.steps.push(step);
        let lines: &[&str] = match step {
            Step::Credentials => &["Authenticate MSN Passport..."],
            Step::Connecting => &["Connecting NS..."],
            Step::Authenticating => &[
                "Checking MSN Protocol...",
                "Checking MSN Version...",
                "Checking User...",
            ],
            Step::Synchronizing => &[
                "Login OK.",
                "Requesting address book...",
                "Requesting membership list...",
            ],
            _ => &[],
        };
        for line in lines {
            self.log(line);
        }
    }

    fn signed_in(&mut self, me: ContactId, at: String) {
        self.stage = Stage::SignedIn;
        for line in [
            "Received address book.",
            "Processed address book.",
            "Received membership lists.",
            "Processed membership list.",
        ] {
            self.log(line);
        }
        self.queue.logged_in(at);
        // Who has no name is called by the account, as buddies are.
        let name = self.nickname.get_or_insert_with(|| me.to_string());
        self.queue.nickname_changed(name);
        self.me = Some(me);
        self.queue.groups_received(self.groups.clone());
        for who in self.people.buddies() {
            self.queue.buddy_received(who.clone());
        }
        let around: Vec<_> = self.people.around().cloned().collect();
        for who in around {
            self.queue.buddy_changed(who);
        }
        // It signed in as it was asked to, and is online if it was not asked.
        let asked = self.asked.last().map(|(_, status)| *status);
        self.tell_status(asked.or(self.status).unwrap_or(Status::ONLINE));
    }

    fn tell_status(&mut self, status: Status) {
        if self.status != Some(status) {
            self.status = Some(status);
            self.queue.status_changed(status.code());
        }
    }

    fn not_a_buddy(&mut self, who: &ContactId) {
        self.queue.buddy_removed(who);
        self.log(&format!("{who} is no longer in the address book."));
    }

    fn message(&mut self, said: Said) -> Option<Receipt> {
        let receipt = said.receipt.map(|receipt| (self.key, receipt));
        // What was written at another place of one's own is no message to oneself, and an edit to nothing is none.
        if self.me.as_ref() == Some(&said.from) || said.text.is_empty() {
            return receipt;
        }
        let from = printable(&said.from.to_string());
        let text = said.text;
        self.queue.message(Message { from, text }, receipt);
        None
    }

    fn message_lost(&mut self, to: &str, why: &dyn std::fmt::Display) {
        self.answered();
        self.log(&format!("A message to {to} was not sent: {why}."));
    }

    fn status_kept(&mut self, status: Status, why: &dyn std::fmt::Display) {
        self.answered();
        self.log(&format!("The status {} was not set: {why}.", status.code()));
    }

    fn over(&mut self, why: &dyn std::fmt::Display) {
        match self.stage {
            Stage::SigningIn => self.log(&format!("Login failed: {why}.")),
            Stage::SignedIn => self.log(&format!("Signed out: {why}.")),
            Stage::Over | Stage::Told => {}
        }
        self.queue.leave_to_the_network();
        // The client has told the fate of what it had taken; the rest has not even left this service.
        if self.open_requests > 0 {
            let count = self.open_requests;
            self.log(&format!(
                "Messages and changes of status that were not carried out: {count}."
            ));
        }
        self.stage = Stage::Over;
        self.asked.clear();
        self.open_requests = 0;
    }

    const fn answered(&mut self) {
        self.open_requests = self.open_requests.saturating_sub(1);
    }

    fn take_asked(&mut self, operation: OperationId) -> Option<Status> {
        let at = self.asked.iter().position(|(id, _)| *id == operation)?;
        Some(self.asked.swap_remove(at).1)
    }

    /// Gives what waits, in the order of the published session (soap.md 2.4).
    pub(super) fn fetch(&mut self) -> IM {
        if self.stage == Stage::Over {
            self.stage = Stage::Told;
        }
        let told = self.queue.give();
        let listed = |who: &ContactId| self.people.on_the_list(who);
        let as_is = |who: &ContactId| self.people.as_is(who);
        let several = [
            filled(told.log().cloned(), Event::OnLog),
            told.login().map(Event::OnLogin),
            told.nickname().map(Event::OnNicknameChanged),
            filled(told.groups().cloned(), Event::OnReceiveGroups),
            filled(told.received().filter_map(listed), Event::OnReceiveBuddies),
            told.status().map(Event::OnStatusChanged),
            filled(
                told.changed().into_iter().filter_map(as_is),
                Event::OnBuddyStatusChanged,
            ),
            filled(told.messages().cloned(), Event::OnMessage),
        ];
        IM {
            im_type: MSN.to_owned(),
            account: self.account.clone(),
            events: several.into_iter().flatten().collect(),
        }
    }

    /// What was given last has been read.
    pub(super) fn was_read(&mut self) -> Vec<Receipt> {
        self.queue.was_read(self.gives_twice)
    }

    /// What was given last may be lost.
    pub(super) fn give_again(&mut self) {
        if self.stage == Stage::Told {
            self.stage = Stage::Over;
        }
        self.queue.give_again();
    }
}

/// The event with these entries, if there are any.
fn filled<T>(entries: impl Iterator<Item = T>, event: fn(Vec<T>) -> Event) -> Option<Event> {
    let entries: Vec<T> = entries.collect();
    (!entries.is_empty()).then(|| event(entries))
}
