//! What the client knows and has to tell: facts of the connections become events of the application, and
//! each request comes to its end.

use machine_contract::{EventQueue, SortedMap};

use crate::contacts::Lists;
use crate::event::{Event, Reason};
use crate::fact::{Outcome, RosterUpdate};
use crate::group::{Group, GroupChange, GroupUpdate, Groups, Member};
use crate::history::{self, HistoryPage};
use crate::id::{ContactId, ConversationId, MessageId, OperationId};
use crate::inbox::Inbox;
use crate::limits::Limits;
use crate::message::{ReceiptId, Received};
use crate::presence::{Departure, EndpointId, PresenceUpdate};
use crate::receipts::HeldAt;
use crate::request::{Content, Operation, Outgoing, Request, RequestNumber};
use crate::requests::{self, Requests};
use crate::roster::Roster;

/// People, groups, requests, and the events that wait to be taken.
#[derive(Debug)]
pub(crate) struct State {
    limits: Limits,
    /// This endpoint of the account.
    endpoint: EndpointId,
    /// The login name, if it is somebody's name.
    login: Option<ContactId>,
    /// Under which name the application was told that it is signed in.
    signed_in_as: Option<ContactId>,
    roster: Roster,
    groups: Groups,
    inbox: Inbox,
    requests: Requests,
    events: EventQueue<Event>,
}

impl State {
    pub(crate) fn new(
        limits: Limits,
        endpoint: EndpointId,
        account: Option<ContactId>,
        login: Option<&str>,
    ) -> Self {
        Self {
            limits,
            endpoint,
            login: login.and_then(|login| ContactId::messenger(login).ok()),
            signed_in_as: None,
            roster: Roster::new(account),
            groups: Groups::default(),
            inbox: Inbox::default(),
            requests: Requests::default(),
            events: EventQueue::new(Event::heap),
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether what has arrived may be made events of.
    pub(crate) fn has_room(&self) -> bool {
        self.events.held() <= self.limits.undrained
    }

    /// Whether one more wish of the application is taken. Each ends in an event: an application that never
    /// takes any must not wish for ever. Up to twice the limit it may speak, since it may be about to listen.
    pub(crate) fn takes_wishes(&self) -> bool {
        let is_deaf = self.events.held() > self.limits.undrained.saturating_mul(2);
        !is_deaf && self.requests.len() < self.limits.pending
    }

    /// Who people are, and how.
    pub(crate) const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Whether this is a name of oneself.
    pub(crate) fn is_oneself(&self, who: &ContactId) -> bool {
        self.login.as_ref() == Some(who) || self.roster.me() == Some(&self.roster.resolve(who))
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }
}

/// What the connections say.
impl State {
    /// The service knows oneself by this name.
    pub(crate) fn account_is(&mut self, me: &ContactId) {
        let before = self.roster.set_me(me, self.login.as_ref(), &self.limits);
        let Some(before) = before else { return };
        let now = self.roster.resolve(me);
        self.rename(&SortedMap::from([(before.clone(), now.clone())]));
        // A name that the application was never told of need not be taken back.
        if self.signed_in_as.as_ref() == Some(&before) {
            self.signed_in_as = Some(now.clone());
            self.tell(Event::ContactRenamed { before, now });
        }
    }

    pub(crate) fn signed_in(&mut self, me: &ContactId) {
        self.account_is(me);
        let me = self.roster.resolve(me);
        self.signed_in_as = Some(me.clone());
        self.tell(Event::SignedIn(me));
    }

    /// A message, for whose acknowledgement the application is waited if it is `held`. Where to acknowledge it now.
    /// `random` names the message if nothing else does.
    pub(crate) fn received(
        &mut self,
        message: Received,
        held: Option<HeldAt>,
        random: impl FnOnce() -> MessageId,
    ) -> Option<HeldAt> {
        let from = self.roster.resolve(&message.from);
        let place = (self.roster.resolve_in(&message.conversation), from);
        let taken = self.inbox.take(message, place, held, &self.limits, random);
        self.events.extend(taken.event);
        taken.acknowledge
    }

    /// The application has a message: how to say so.
    pub(crate) fn acknowledged(&mut self, receipt: ReceiptId) -> Option<HeldAt> {
        self.inbox.acknowledged(receipt)
    }

    pub(crate) fn typing(&mut self, conversation: &ConversationId, from: &ContactId, typing: bool) {
        let conversation = self.roster.resolve_in(conversation);
        let from = self.roster.resolve(from);
        self.tell(Event::Typing {
            conversation,
            from,
            typing,
        });
    }

    pub(crate) fn presence_told(&mut self, who: &ContactId, update: &PresenceUpdate) {
        let told = self
            .roster
            .update_presence(who, update, self.endpoint, &self.limits);
        self.events.extend(told);
    }

    pub(crate) fn departed(&mut self, who: &ContactId, departure: Departure) {
        let told = self
            .roster
            .depart(who, departure, self.endpoint, &self.limits);
        self.events.extend(told);
    }

    pub(crate) fn roster_told(&mut self, update: &RosterUpdate) {
        self.roster.take_whole(update);
        let mut names = SortedMap::new();
        for entry in &update.entries {
            for event in self.roster.put(entry, &self.limits) {
                if let Event::ContactRenamed { before, now } = &event {
                    names.insert(before.clone(), now.clone());
                }
                self.tell(event);
            }
        }
        if !names.is_empty() {
            self.rename(&names);
        }
        if update.is_whole {
            let events = self.roster.retain(update);
            self.events.extend(events);
        }
    }

    /// What is kept outside the roster under names that are none any more.
    fn rename(&mut self, names: &SortedMap<ContactId, ContactId>) {
        self.groups.rename(names);
        self.inbox.rename(names);
    }

    pub(crate) fn group_told(&mut self, update: GroupUpdate) {
        // Without knowing who one is, nobody can tell whether one is still a member.
        let Some(me) = self.roster.me().cloned() else {
            return;
        };
        let members = update.members.map(|members| {
            let members = members.into_iter().map(|member| Member {
                contact: self.roster.resolve(&member.contact),
                ..member
            });
            members.collect()
        });
        let update = GroupUpdate { members, ..update };
        match self.groups.put(update, &me, &self.limits) {
            Some(GroupChange::Changed(group)) => self.tell(Event::GroupChanged(group)),
            Some(GroupChange::Left(id)) => self.tell(Event::GroupLeft(id)),
            None => {}
        }
    }

    pub(crate) fn group_left(&mut self, id: &ConversationId) {
        if let Some(left) = self.groups.leave(id) {
            self.tell(Event::GroupLeft(left));
        }
    }

    pub(crate) fn history_told(&mut self, page: HistoryPage, operation: Option<OperationId>) {
        let conversation = self.roster.resolve_in(&page.conversation);
        let history = history::told(page, operation, &conversation, |it| self.roster.resolve(it));
        self.tell(Event::History(history));
    }

    /// Nothing is known any more of how people are. Whoever leaves himself knows that, and is told nothing.
    pub(crate) fn forget_presence(&mut self, is_leaving: bool) {
        let events = self.roster.forget_presence();
        if !is_leaving {
            self.events.extend(events);
        }
    }
}

/// What the application has asked for.
impl State {
    pub(crate) fn say(&mut self, id: MessageId, conversation: &ConversationId, content: Content) {
        self.requests.queue(Request::Message {
            id,
            conversation: conversation.clone(),
            content,
        });
    }

    pub(crate) fn type_in(&mut self, conversation: &ConversationId, typing: bool) {
        self.requests.queue(Request::Typing {
            conversation: conversation.clone(),
            typing,
        });
    }

    pub(crate) fn operate(&mut self, what: Operation) -> OperationId {
        let id = self.requests.next_operation();
        self.requests.queue(Request::Operation { id, what });
        id
    }

    /// An operation that needs nobody: it has been done already.
    pub(crate) fn done_at_once(&mut self) -> OperationId {
        let id = self.requests.next_operation();
        self.succeeded(id, None);
        id
    }

    /// The first request behind `number` that waits, with the names under which people are known now.
    pub(crate) fn waiting_after(&self, number: Option<RequestNumber>) -> Option<Outgoing> {
        let (number, request) = self.requests.waiting_after(number)?;
        let request = request.clone().with_names(|who| self.roster.resolve(who));
        let lists = match &request {
            Request::Operation {
                what: Operation::List { contact, .. },
                ..
            } => self.roster.lists(contact),
            _ => Lists::default(),
        };
        Some(Outgoing {
            number,
            request,
            lists,
        })
    }

    pub(crate) fn sent(&mut self, number: RequestNumber) {
        self.requests.sent(number);
    }

    pub(crate) fn unsent(&mut self, number: RequestNumber) {
        self.requests.unsent(number);
    }

    pub(crate) fn failed(&mut self, number: RequestNumber, reason: Reason) {
        if let Some(request) = self.take(number) {
            self.events.extend(requests::failed(request, reason));
        }
    }

    pub(crate) fn uncertain(&mut self, number: RequestNumber, reason: Reason) {
        if let Some(request) = self.take(number) {
            self.events.extend(requests::uncertain(request, reason));
        }
    }

    /// What was not sent yet will not be.
    pub(crate) fn fail_waiting(&mut self, reason: Reason) {
        while let Some(request) = self.requests.take_waiting() {
            let request = request.with_names(|who| self.roster.resolve(who));
            self.events.extend(requests::failed(request, reason));
        }
    }

    /// What waits to be said there will not be.
    pub(crate) fn fail_waiting_in(&mut self, conversation: &ConversationId, reason: Reason) {
        let place = self.roster.resolve_in(conversation);
        let is_there = |it: &ConversationId| self.roster.resolve_in(it) == place;
        for number in self.requests.waiting_in(is_there) {
            self.failed(number, reason);
        }
    }

    fn take(&mut self, number: RequestNumber) -> Option<Request> {
        let request = self.requests.take(number)?;
        Some(request.with_names(|who| self.roster.resolve(who)))
    }

    /// A request was answered.
    pub(crate) fn done(&mut self, number: RequestNumber, outcome: Result<Outcome, Reason>) {
        let Some(request) = self.take(number) else {
            return;
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(reason) => return self.events.extend(requests::failed(request, reason)),
        };
        match request {
            Request::Message {
                id, conversation, ..
            } => self.tell(Event::MessageDelivered {
                conversation,
                message: id,
            }),
            Request::Typing { .. } => {}
            Request::Operation { id, what } => self.operated(id, what, outcome),
        }
    }

    /// An operation was carried out: what it changed is known here. One that makes a group may have a second step.
    fn operated(&mut self, id: OperationId, what: Operation, outcome: Outcome) {
        match (what, outcome) {
            (
                Operation::Publish
                | Operation::AddMember { .. }
                | Operation::ListGroup(_)
                | Operation::AllowOthers(_)
                | Operation::SignOutEndpoint(_),
                _,
            ) => self.succeeded(id, None),
            (Operation::List { contact, change }, _) => {
                let lists = change.apply(self.roster.lists(&contact));
                let told = self.roster.set_lists(&contact, lists, &self.limits);
                self.events.extend(told);
                self.succeeded(id, None);
            }
            (Operation::CreateGroup { topic: None, .. }, Outcome::Group(group)) => {
                self.succeeded(id, Some(group));
            }
            (
                Operation::CreateGroup {
                    topic: Some(topic), ..
                },
                Outcome::Group(group),
            ) => {
                let what = Operation::SetTopic {
                    group,
                    topic,
                    created: true,
                };
                self.requests.queue(Request::Operation { id, what });
            }
            (Operation::SetTopic { group, created, .. }, _) => {
                self.succeeded(id, created.then_some(group));
            }
            (Operation::RemoveMember { group, member }, _) => {
                if member.is_none() {
                    self.group_left(&group);
                }
                self.succeeded(id, None);
            }
            (Operation::History { .. }, Outcome::History(page)) => {
                self.history_told(page, Some(id));
                self.succeeded(id, None);
            }
            // The answer is to something else.
            (Operation::CreateGroup { .. } | Operation::History { .. }, _) => {
                let (operation, reason) = (id, Reason::ProtocolError);
                self.tell(Event::OperationFailed { operation, reason });
            }
        }
    }

    fn succeeded(&mut self, operation: OperationId, conversation: Option<ConversationId>) {
        self.tell(Event::OperationSucceeded {
            operation,
            conversation,
        });
    }
}
