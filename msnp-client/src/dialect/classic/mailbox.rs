//! Messages for people who are not there, and those that waited for oneself (msnp8-18.md 10, soap.md 5.5).

use machine_contract::{SortedMap, SortedSet};
use std::collections::VecDeque;

use bytes::Bytes;
use http::Request;
use msnp_proto::auth::{challenge, lock_key};
use msnp_proto::classic::SendPage;
use msnp_proto::payload::encoded_word;
use msnp_proto::payload::mime::MailStatus;
use msnp_proto::payload::oim::OfflineMessage;
use msnp_proto::{Dialect, Guid, Network};
use soap_codec::call::{self, Verbatim};
use soap_codec::offline_messages::{
    Addressee, DeleteMessages, FetchHeaders, GetMessage, GetMetadata, PassportCookie, Sender,
    Sequence, Store, Store2, StoreHeaders, Ticket,
};
use soap_codec::sign_in::ticket_halves;
use soap_codec::{Budget, Element, FaultReason, Limits as SoapLimits, Secret};

use super::desk::{Desk, SOON};
use super::entry::Entry;
use super::people::account_of;
use super::purpose::{Errand, Purpose};
use super::talk;
use crate::dialect::soap::{self, Trouble};
use crate::dialect::web::Answer;
use crate::event::{Reason, Step};
use crate::fact::{Fact, Outcome};
use crate::id::ContactId;
use crate::limits::Limits;
use crate::looks::Looks;
use crate::message::{Format, Held, Received, ReceivedContent, ReceivedText};
use crate::request::RequestNumber;
use crate::text::clip;

/// So many messages that wait are fetched of one notice; the next sign-in brings the rest.
const MOST_WAITING: usize = 200;
/// And so many are remembered, so as not to be fetched twice.
const MOST_KNOWN: usize = 2_000;

/// Both directions.
#[derive(Debug)]
pub(super) struct Mailbox {
    limits: Limits,
    /// A message stays at the service until the application has it.
    holds: bool,
    /// To be fetched, one after the other.
    wanted: VecDeque<String>,
    known: SortedSet<String>,
    is_fetching: bool,
    fetched: Vec<String>,
    /// Of this sign-in, which with a number names each message that is left.
    run: Guid,
    sequence: u32,
    lock_key: Option<String>,
    leaving: SortedMap<RequestNumber, Left>,
}

/// A message that is being left.
#[derive(Debug)]
struct Left {
    who: ContactId,
    text: String,
    sequence: u32,
    is_second_try: bool,
}

impl Mailbox {
    pub(super) const fn new(run: Guid, limits: Limits, holds: bool) -> Self {
        Self {
            limits,
            holds,
            wanted: VecDeque::new(),
            known: SortedSet::new(),
            is_fetching: false,
            fetched: Vec::new(),
            run,
            sequence: 0,
            lock_key: None,
            leaving: SortedMap::new(),
        }
    }

    /// The service says what waits; too much to be said is asked for.
    pub(super) fn hear(&mut self, status: &MailStatus, entry: &Entry, desk: &mut Desk) {
        if let Some(data) = &status.data {
            self.want(data.messages().map(|message| message.id));
        } else {
            // One server fails at an element without content (msnp8-18.md 6.2).
            let call = GetMetadata {
                other: vec![Element::new(soap_codec::ns::OIM_RSI, "all")],
            };
            if let Some(request) = asked(call, entry) {
                desk.web.call(request, Errand::Waiting);
            }
        }
        self.fetch_next(entry, desk);
    }

    fn want(&mut self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            let has_room = self.wanted.len() < MOST_WAITING && self.known.len() < MOST_KNOWN;
            let is_one = !id.is_empty() && id.len() <= 64;
            if has_room && is_one && self.known.insert(id.clone()) {
                self.wanted.push_back(id);
            }
        }
    }

    fn fetch_next(&mut self, entry: &Entry, desk: &mut Desk) {
        if self.is_fetching {
            return;
        }
        if let Some(id) = self.wanted.pop_front() {
            let call = GetMessage {
                id: Some(id.as_str().into()),
                mark_as_read: Some(false),
                ..GetMessage::default()
            };
            if let Some(request) = asked(call, entry) {
                self.is_fetching = true;
                desk.web.call(request, Errand::Fetch(id));
            }
            return;
        }
        // What was told, and is not held, is deleted, once all of it was: until then it waits at the service.
        let fetched = std::mem::take(&mut self.fetched);
        if !fetched.is_empty() {
            let call = DeleteMessages {
                ids: fetched.iter().map(|id| id.as_str().into()).collect(),
                ..DeleteMessages::default()
            };
            if let Some(request) = asked(call, entry) {
                desk.web.call(request, Errand::Delete);
            }
        }
    }

    /// What waits, as it was asked for.
    pub(super) fn on_waiting(&mut self, answer: Answer, entry: &Entry, desk: &mut Desk) {
        let Ok(reply) = soap::read::<GetMetadata>(answer) else {
            return;
        };
        let mut budget = Budget::new(SoapLimits::RESPONSE);
        if let Ok(Some(waiting)) = reply.waiting(&mut budget) {
            let ids = waiting
                .messages
                .into_iter()
                .filter_map(|message| message.id);
            self.want(ids.map(|id| id.as_str().to_owned()));
        }
        self.fetch_next(entry, desk);
    }

    /// One message that waited. One that cannot be had stays where it is.
    pub(super) fn on_fetched(
        &mut self,
        (id, answer): (String, Answer),
        entry: &Entry,
        desk: &mut Desk,
    ) {
        self.is_fetching = false;
        let reply = soap::read::<GetMessage>(answer);
        let email = reply.ok().and_then(|reply| reply.message);
        let message = email.and_then(|email| OfflineMessage::parse(email.as_str()).ok());
        match message.and_then(|message| self.received(&id, message)) {
            Some(received) if self.holds => {
                let held = Held(id.into_bytes().into());
                desk.calls.tell(Fact::MessageHeld(received, held));
            }
            Some(received) => {
                desk.calls.tell(Fact::Message(received));
                self.fetched.push(id);
            }
            None => {
                self.known.remove(&id);
            }
        }
        self.fetch_next(entry, desk);
    }

    /// The application has one that was held for it.
    pub(super) fn acknowledge(&mut self, held: &Held, entry: &Entry, desk: &mut Desk) {
        if let Ok(id) = std::str::from_utf8(&held.0) {
            self.fetched.push(id.to_owned());
            self.fetch_next(entry, desk);
        }
    }

    fn received(&self, id: &str, message: OfflineMessage) -> Option<Received> {
        let from = ContactId::messenger(message.sender?.trim()).ok()?;
        let limit = self.limits.text;
        Some(Received {
            id: None,
            key: Some(id.to_owned()),
            conversation: from.clone().into(),
            from,
            content: ReceivedContent::Text(ReceivedText {
                text: clip(&message.text, limit),
                format: Format::Plain,
                looks: Looks::default(),
                from_name: message.sender_name.map(|name| clip(&name, limit)),
                sent_at: message.received,
                delayed: true,
            }),
        })
    }

    /// Leaves a message for somebody who is not there.
    pub(super) fn leave(
        &mut self,
        number: RequestNumber,
        (who, text): (&ContactId, &str),
        (entry, name): (&Entry, &str),
        desk: &mut Desk,
    ) {
        let dialect = desk.calls.dialect();
        if dialect.has_offline_messages_by_page() {
            let page = SendPage {
                account: account_of(who),
                network: Network(who.network()),
                kind: 1,
                payload: talk::page(text).into_bytes(),
            };
            // Nobody replies: only an error would come, and that soon (msnp8-18.md 10).
            if desk
                .calls
                .post_within(page, Purpose::Message(number), SOON)
                .is_err()
            {
                desk.calls.tell(Fact::Unsent(number));
            }
            return;
        }
        if !dialect.has_offline_messages_by_soap() {
            return desk.calls.tell(Fact::Done(number, Err(Reason::NotOnline)));
        }
        self.sequence = self.sequence.saturating_add(1);
        let left = Left {
            who: who.clone(),
            text: text.to_owned(),
            sequence: self.sequence,
            is_second_try: false,
        };
        self.leaving.insert(number, left);
        self.store(number, (entry, name), desk);
    }

    fn store(&self, number: RequestNumber, of: (&Entry, &str), desk: &mut Desk) {
        let dialect = desk.calls.dialect();
        let left = self.leaving.get(&number);
        match left.and_then(|left| self.stored(left, dialect, of)) {
            Some(request) => desk.web.call(request, Errand::Store(number)),
            None => desk
                .calls
                .tell(Fact::Done(number, Err(Reason::NotPossible))),
        }
    }

    fn stored(
        &self,
        left: &Left,
        dialect: Dialect,
        (entry, name): (&Entry, &str),
    ) -> Option<Request<Bytes>> {
        let text = |text: &str| Some(text.to_owned());
        let product = challenge::product_of(dialect.number());
        let headers = StoreHeaders {
            from: Some(Sender {
                member_name: text(entry.login()),
                friendly_name: Some(encoded_word::encode(name)),
                language: text("en-US"),
                proxy: text("MSNMSGR"),
                dialect: Some(dialect.to_string()),
                build: text("8.5.1302"),
                ..Sender::default()
            }),
            to: Some(Addressee {
                member_name: text(left.who.name()),
                ..Addressee::default()
            }),
            // The key is empty until the service has said what it is made of.
            ticket: Some(Ticket {
                passport: Some(entry.tickets().for_storing()),
                app_id: text(product.id),
                lock_key: Some(Secret::new(self.lock_key.clone().unwrap_or_default())),
                ..Ticket::default()
            }),
            sequence: Some(Sequence {
                identifier: text("http://messenger.msn.com"),
                number: Some(left.sequence.into()),
                ..Sequence::default()
            }),
            ..StoreHeaders::default()
        };
        let content = OfflineMessage::new(left.text.as_str(), self.run, left.sequence);
        let body = Store {
            message_type: text("text"),
            content: Some(Verbatim::new(content.to_content())),
            ..Store::default()
        };
        let service = &entry.web().store;
        if dialect.has_sso_sign_in() {
            soap::request(service, &call::Request::new(headers, Store2(body)), None)
        } else {
            soap::request(service, &call::Request::new(headers, body), None)
        }
    }

    /// Whether a message was left. The first try of a sign-in is refused with a challenge, whose answer goes with all
    /// that follow.
    pub(super) fn on_stored(
        &mut self,
        (number, answer): (RequestNumber, Answer),
        of: (&Entry, &str),
        desk: &mut Desk,
    ) {
        let dialect = desk.calls.dialect();
        let reply = if dialect.has_sso_sign_in() {
            soap::read::<Store2>(answer)
        } else {
            soap::read::<Store>(answer)
        };
        let Some(left) = self.leaving.get_mut(&number) else {
            return;
        };
        if let Err(Trouble::Fault(FaultReason::AuthenticationFailed {
            lock_key_challenge: Some(asked),
            ..
        })) = &reply
            && !left.is_second_try
        {
            left.is_second_try = true;
            let product = challenge::product_of(dialect.number());
            self.lock_key = Some(lock_key(asked.trim(), product).as_str().to_owned());
            return self.store(number, of, desk);
        }
        self.leaving.remove(&number);
        desk.calls.tell(match reply {
            Ok(_) => Fact::Done(number, Ok(Outcome::Done)),
            Err(Trouble::Failed(machine_contract::Failure::Unknown)) => {
                Fact::Uncertain(number, Reason::SilentAt(Step::Synchronizing))
            }
            Err(trouble) => Fact::Done(number, Err(trouble.reason(Step::Synchronizing))),
        });
    }

    /// The connection is over.
    pub(super) fn abandon(&mut self) -> Vec<Fact> {
        let leaving = std::mem::take(&mut self.leaving).into_keys();
        let uncertain = |number| Fact::Uncertain(number, Reason::ConnectionLost);
        leaving.map(uncertain).collect()
    }
}

/// A request for what waits, with the halves of its ticket.
fn asked<C: call::Call<Headers = FetchHeaders>>(body: C, entry: &Entry) -> Option<Request<Bytes>> {
    let ticket = entry.tickets().for_fetching();
    let (t, p) = ticket_halves(ticket.expose());
    let headers = FetchHeaders {
        cookie: Some(PassportCookie {
            t: Some(Secret::new(t.to_owned())),
            p: Some(Secret::new(p.to_owned())),
            ..PassportCookie::default()
        }),
        ..FetchHeaders::default()
    };
    soap::request(&entry.web().fetch, &call::Request::new(headers, body), None)
}
