//! The face of MSNP24: envelopes with a transaction id, a channel and a header block, XML and layered
//! bodies inside.
//!
//! The files below each know one subject: its documents on the wire and the network's values for
//! them. `events` writes what is told unasked, `requests` keeps replies in the order of their commands.

mod address;
mod answers;
mod asked;
mod contacts;
mod delivery;
mod endpoint;
mod events;
mod forms;
mod history;
mod message;
mod presence;
mod refusal;
mod requests;
mod sign_in;
mod status;
mod thread;
mod timestamp;

use bytes::Bytes;
use machine_contract::Instant;
use msnp_proto::msnp24::{
    Channel, ClientBody, ClientCommand, Delete, Envelope, Get, HeaderValue, Put,
};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::subscriptions::Subscriptions;
use msnp_proto::payload::xml::Element;
use msnp_proto::{Address as Muri, Frame, FrameDecoder, FrameErrorKind, PayloadTable, TrId, Verb};

use self::asked::Asked;
use self::endpoint::Endpoint;
use self::forms::Forms;
use self::refusal::ErrorReply;
use self::requests::{Open, Requests, Then};
use self::sign_in::SignIn;
use super::config::Config;
use super::ticket::Ticket;
use super::turn::{Input, Turn};
use crate::identity::Address;
use crate::network::{
    Allowance, Answer, CloseReason, Command, Event, Number, Refusal, RequestId, Subscription,
};

/// One connection that speaks MSNP24.
#[derive(Debug)]
pub(crate) struct Msnp24 {
    decoder: FrameDecoder,
    sign_in: SignIn,
    forms: Forms,
    requests: Requests,
    roster: Roster,
    /// Until it is known whose it is; then the person's counts.
    allowance: Allowance,
    /// The marks of bytes whose commands have not all been read.
    marks: Vec<u64>,
    /// Nothing that comes is read any more.
    ended: bool,
}

/// How far the contacts have been told.
#[derive(Debug, Default)]
struct Roster {
    /// Something was subscribed to.
    asked: bool,
    /// They were pushed.
    pushed: bool,
}

impl Msnp24 {
    pub(super) fn new(ticket: Option<Ticket>, config: &Config, now: Instant) -> Self {
        Self {
            decoder: FrameDecoder::with_limits(PayloadTable::msnp24(), config.frame),
            sign_in: SignIn::new(ticket, config, now),
            forms: Forms::default(),
            requests: Requests::default(),
            roster: Roster::default(),
            allowance: Allowance::new(config.command_burst, config.commands_per_second, now),
            marks: Vec::new(),
            ended: false,
        }
    }

    /// What one connection too many is told.
    pub(super) fn busy() -> Bytes {
        ErrorReply::BUSY.unasked().into_bytes()
    }

    /// When something has to be done about it.
    pub(super) const fn deadline(&self) -> Instant {
        self.sign_in.expires()
    }

    pub(super) fn handle(&mut self, input: Input, turn: &mut Turn<'_>) {
        match input {
            Input::Ticket(ticket) => self.sign_in.set_ticket(ticket),
            Input::Bytes(bytes, mark) => self.on_bytes(bytes, mark, turn),
            Input::Answer(request, outcome) => self.on_answer(request, outcome, turn),
            Input::Event(event) => self.on_event(event, turn),
            Input::Closed(CloseReason::Replaced) => {
                self.end("Signed in again from the same place.", turn);
            }
            Input::Shutdown => self.end("The service is going down.", turn),
            Input::Timeout => self.on_timeout(turn),
        }
    }

    fn on_bytes(&mut self, bytes: Bytes, mark: u64, turn: &mut Turn<'_>) {
        if self.ended {
            return;
        }
        self.marks.push(mark);
        self.decoder.push(bytes);
        self.read(turn);
        if self.sign_in.is_entering() && self.decoder.buffered() > turn.config().waiting_bytes {
            self.end("Too much came before the sign-in was done.", turn);
        }
    }

    /// Carries out what has come. What comes behind a `BND` waits for its answer: whether it is refused
    /// depends on that.
    fn read(&mut self, turn: &mut Turn<'_>) {
        while !self.ended && !self.sign_in.is_entering() {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => self.on_frame(&frame, turn),
                Ok(None) => {
                    for mark in self.marks.drain(..) {
                        self.requests.mark(mark);
                    }
                    break;
                }
                Err(error) if error.kind == FrameErrorKind::BlankLine => {}
                Err(error) => {
                    let reply = ErrorReply::malformed(&error).unasked();
                    self.requests.say(&reply);
                    if error.is_fatal() {
                        self.requests.say(&goodbye("The stream of frames is lost."));
                        self.requests.close();
                        self.ended = true;
                    }
                }
            }
        }
        self.requests.flush(turn);
    }

    fn on_frame(&mut self, frame: &Frame, turn: &mut Turn<'_>) {
        let asked = Asked::of(frame);
        if let Err(error) = self.carry_out(&asked, frame, turn) {
            self.requests.reply(&asked, &asked.error(&error));
        }
    }

    fn carry_out(
        &mut self,
        asked: &Asked,
        frame: &Frame,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorReply> {
        self.take_allowance(asked, turn)?;
        let command = ClientCommand::parse(frame).map_err(ErrorReply::malformed)?;
        match command.body {
            ClientBody::Connect(connect) => {
                let body = self.sign_in.connect(&connect, turn);
                self.requests.reply(asked, &asked.reply(body));
            }
            ClientBody::Authenticate(proof) => {
                let proved = self.sign_in.authenticate(&proof, turn)?;
                self.requests.reply(asked, &asked.reply(proved.body));
                if let Some(who) = proved.new {
                    turn.signed_in(who);
                }
            }
            ClientBody::Bind(bind) => {
                let enter = self.sign_in.bind(&bind, turn)?;
                self.requests.ask(asked, Then::Bound, enter, turn);
            }
            ClientBody::Ping(_) => {
                // Not behind what waits for the store: it asks whether the line is alive.
                self.requests.flush(turn);
                if asked.wants_reply() {
                    turn.send(asked.reply(pong(turn.config())).as_bytes());
                }
            }
            ClientBody::SignOut => {
                self.requests.reply(asked, &asked.reply(Bytes::new()));
                self.requests.close();
                self.ended = true;
            }
            ClientBody::Put(put) => self.put(asked, put, turn)?,
            ClientBody::Get(get) => self.get(asked, get, turn)?,
            ClientBody::Delete(Delete::Contacts(list)) => {
                self.endpoint()?;
                let command = contacts::remove(&list)?;
                self.ask(asked, Then::Done, command, contacts::named(&list), turn);
            }
            ClientBody::Delete(Delete::Thread(wanted)) => {
                self.may_use_threads()?;
                let command = thread::remove(&wanted)?;
                self.ask(asked, Then::Members, command, thread::named(&wanted), turn);
            }
            ClientBody::Message(layers) => self.message(asked, &layers, turn)?,
            ClientBody::Acknowledge(receipt) => {
                self.endpoint()?;
                // An unknown id is nothing to talk about, since the wait for it may just be over.
                if let Some(number) = acknowledged(&receipt.id) {
                    let command = Command::Received(number);
                    self.requests.ask(asked, Then::Nothing, command, turn);
                }
            }
            _ => return Err(ErrorReply::UNKNOWN_COMMAND),
        }
        Ok(())
    }

    fn put(&mut self, asked: &Asked, put: Put, turn: &mut Turn<'_>) -> Result<(), ErrorReply> {
        self.endpoint()?;
        match put {
            Put::Challenge(answer) => {
                let behind = self.sign_in.check_answer(&answer, turn.config())?;
                self.requests.reply(asked, &asked.reply(Bytes::new()));
                if let Some(frame) = behind {
                    self.requests.say(&frame);
                }
            }
            Put::Contacts(list) => {
                let command = contacts::put(&list)?;
                self.ask(asked, Then::Done, command, contacts::named(&list), turn);
            }
            Put::Subscriptions(wanted) => {
                let command = Command::Subscribe(self.subscription(&wanted, turn.config()));
                self.requests.ask(asked, Then::Subscribed, command, turn);
            }
            Put::Thread(wanted) => {
                self.may_use_threads()?;
                let command = thread::put(&wanted)?;
                self.ask(asked, Then::Thread, command, thread::named(&wanted), turn);
            }
            Put::Presence(layers) => self.publish(asked, &layers, turn)?,
            // Documented, or seen from one client, without a known effect (msnp24.md 6.4).
            Put::ActiveEndpoint(_) | Put::Options(_) | Put::Partners(_) | Put::Networks(_) => {
                self.requests.reply(asked, &asked.reply(Bytes::new()));
            }
            _ => return Err(ErrorReply::UNKNOWN_COMMAND),
        }
        Ok(())
    }

    fn get(&mut self, asked: &Asked, get: Get, turn: &mut Turn<'_>) -> Result<(), ErrorReply> {
        self.endpoint()?;
        match get {
            Get::RecentConversations(wanted) => {
                let command = history::conversations_wanted(&wanted, turn.config());
                self.requests.ask(asked, Then::Conversations, command, turn);
            }
            Get::MessagesByConversation(wanted) => {
                let (command, page) = history::page_wanted(&wanted, turn.config())?;
                let named = address::person(&wanted.id);
                self.ask(asked, Then::Page(page), command, named, turn);
            }
            Get::Threads(wanted) => {
                let command = history::threads_wanted(&wanted, turn.config());
                self.requests.ask(asked, Then::Threads, command, turn);
            }
            _ => return Err(ErrorReply::UNKNOWN_COMMAND),
        }
        Ok(())
    }

    /// `PUT MSGR\PRESENCE`
    fn publish(
        &mut self,
        asked: &Asked,
        layers: &Layers,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorReply> {
        let epid = self.author(layers)?.epid();
        if layers.body().len() > turn.config().presence_bytes {
            return Err(ErrorReply::TOO_LONG);
        }
        let published = presence::read(layers.body(), epid)?;
        let name = published.name.filter(|name| !name.is_empty());
        if let Some(name) = name.filter(|name| turn.name().as_deref() != Some(name)) {
            let command = Command::SetName(name.into());
            self.requests.ask(asked, Then::Renamed, command, turn);
        }
        let command = Command::Publish(published.publication);
        self.requests.ask(asked, Then::Clock, command, turn);
        Ok(())
    }

    /// `SDG MSGR`: exactly one reply, `SDG n MSGR 2` if the message is kept or on its way, else a
    /// numeric error.
    fn message(
        &mut self,
        asked: &Asked,
        layers: &Layers,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorReply> {
        let who = self.author(layers)?.who().clone();
        let name = turn.name();
        let outgoing = message::read(layers, &who, name.as_deref(), turn.config())?;
        let named = layers.to().ok().and_then(|to| address::person(&to));
        if let Some(conversation) = outgoing.read {
            let command = Command::Read(conversation);
            let asked = asked.unanswered();
            self.requests.ask(&asked, Then::Nothing, command, turn);
        }
        let then = Then::Said {
            no_way: outgoing.no_way,
        };
        let command = Command::Send {
            to: outgoing.to,
            said: outgoing.said,
            delivery: outgoing.delivery,
        };
        self.ask(asked, then, command, named, turn);
        Ok(())
    }

    fn subscription(&self, wanted: &Subscriptions, config: &Config) -> Subscription {
        // Whoever subscribes again has missed something, perhaps with a reply of the gateway that never
        // came: all is told again. `<im />` and `<conversations />` are one switch here: all known
        // clients ask for both. Skype sends two, the second for what the first left out (msnp24.md 9).
        Subscription {
            roster: config.push_roster && (!self.roster.asked || wanted.buddies),
            presence: wanted.buddies,
            messages: wanted.im || wanted.conversations,
        }
    }

    /// Gives a command that names people to the network. From now on they are called as they are
    /// named here; who is named by an e-mail address for the first time is introduced.
    fn ask(
        &mut self,
        asked: &Asked,
        then: Then,
        command: Command,
        named: impl IntoIterator<Item = Address>,
        turn: &mut Turn<'_>,
    ) {
        for address in named {
            self.forms.note(&address);
        }
        self.requests.ask(asked, then, command, turn);
    }

    fn on_answer(
        &mut self,
        request: RequestId,
        outcome: Result<Answer, Refusal>,
        turn: &mut Turn<'_>,
    ) {
        let Some(open) = self.requests.take(request) else {
            return;
        };
        match outcome {
            Ok(answer) => self.on_success(request, open, answer, turn),
            Err(refusal) => self.on_refusal(request, &open, refusal),
        }
        // Behind a `BND` more may have come.
        self.read(turn);
    }

    fn on_success(&mut self, request: RequestId, open: Open, answer: Answer, turn: &mut Turn<'_>) {
        let Open { asked, then } = open;
        let mut reply = asked.envelope();
        let mut behind = None;
        match then {
            Then::Nothing | Then::Renamed => return,
            Then::Bound => behind = self.sign_in.entered(&mut reply, turn),
            Then::Subscribed => self.roster.asked = true,
            then => {
                if let Some(endpoint) = self.sign_in.endpoint() {
                    answers::write(&mut reply, then, answer, endpoint, &self.forms, turn);
                }
            }
        }
        if asked.wants_reply() {
            self.requests.fill(request, &reply.to_frame());
        }
        if let Some(frame) = behind {
            self.requests.fill(request, &frame);
        }
    }

    fn on_refusal(&mut self, request: RequestId, open: &Open, refusal: Refusal) {
        match open.then {
            Then::Bound => self.sign_in.not_entered(),
            Then::Renamed => self.requests.silence_next(request),
            _ => {}
        }
        let no_way = matches!(open.then, Then::Said { no_way: true });
        let error = match refusal {
            Refusal::NotOnline if no_way => ErrorReply::NOT_REACHABLE,
            refusal => refusal.into(),
        };
        if open.asked.wants_reply() {
            self.requests.fill(request, &open.asked.error(&error));
        }
    }

    fn on_event(&mut self, event: Event, turn: &mut Turn<'_>) {
        let is_full = turn.outgoing() >= turn.config().outgoing_bytes;
        if is_full && matches!(event, Event::Passing { .. }) {
            return;
        }
        self.roster.pushed |= matches!(event, Event::Roster(_));
        if let Some(endpoint) = self.sign_in.endpoint_mut() {
            for frame in events::frames(event, endpoint, &self.forms) {
                turn.send(frame.as_bytes());
            }
        }
    }

    fn on_timeout(&mut self, turn: &mut Turn<'_>) {
        if self.sign_in.expires() > turn.monotonic() {
            return;
        }
        if self.sign_in.endpoint().is_none() {
            self.end("No sign-in.", turn);
            return;
        }
        turn.send(ErrorReply::EXPIRED.unasked().as_bytes());
        self.end("Sign in again.", turn);
    }

    /// Ends the connection, saying why. What waits to be answered is not answered any more.
    fn end(&mut self, reason: &'static str, turn: &mut Turn<'_>) {
        self.ended = true;
        self.requests.abandon();
        turn.send(goodbye(reason).as_bytes());
        turn.close();
    }

    fn take_allowance(&mut self, asked: &Asked, turn: &mut Turn<'_>) -> Result<(), ErrorReply> {
        // One is due for every message, all at once if those came at once; refused, it would be
        // lost, since it has no answer.
        if asked.verb() == Verb::ACK && self.sign_in.endpoint().is_some() {
            return Ok(());
        }
        let config = turn.config();
        let reserved = self.requests.reserved(config.answer_bytes);
        if turn.outgoing().saturating_add(reserved) >= config.outgoing_bytes {
            return Err(ErrorReply::RATE);
        }
        let now = turn.monotonic();
        let taken = turn.take_allowance();
        if taken.unwrap_or_else(|| self.allowance.take(now)) {
            Ok(())
        } else {
            Err(ErrorReply::RATE)
        }
    }

    /// Who asks; refused without a feature set (msnp24.md 7.2).
    fn endpoint(&self) -> Result<&Endpoint, ErrorReply> {
        self.sign_in.endpoint().ok_or(ErrorReply::NO_FEATURES)
    }

    /// Threads need version 2 of the feature set (msnp24.md 11).
    fn may_use_threads(&self) -> Result<(), ErrorReply> {
        if self.endpoint()?.version() < 2 {
            Err(ErrorReply::NO_FEATURES)
        } else {
            Ok(())
        }
    }

    /// `From` must be one of the session's own addresses, and its endpoint if it names one; anything
    /// else is refused, as R1 did, and not dropped, as R2 did (msnp24.md 4): every command gets its
    /// answer. Only the Routing block counts (msnp24.md 5).
    fn author(&mut self, layers: &Layers) -> Result<&Endpoint, ErrorReply> {
        let endpoint = self.sign_in.endpoint().ok_or(ErrorReply::NO_FEATURES)?;
        let from: Muri = layers.from().map_err(|_| ErrorReply::NOT_YOURS)?;
        let address = address::person(&from).ok_or(ErrorReply::NOT_YOURS)?;
        if endpoint.who().is_at(&address) && endpoint.is_here(&from) {
            self.forms.note(&address);
            Ok(endpoint)
        } else {
            Err(ErrorReply::NOT_YOURS)
        }
    }
}

fn pong(config: &Config) -> Bytes {
    let seconds = config.ping.as_secs().to_string();
    let body = Element::new("ping-response").with("wait", seconds);
    body.to_vec().into()
}

/// `OUT` with a reason.
fn goodbye(reason: &'static str) -> Frame {
    let mut out = Envelope::new(Verb::OUT, TrId(0), Channel::Con);
    out.body = Bytes::from_static(reason.as_bytes());
    out.to_frame()
}

/// The number of the message that an `Ack-Id` names.
fn acknowledged(id: &HeaderValue) -> Option<Number> {
    let digits = std::str::from_utf8(id.as_bytes()).ok()?;
    u64::from_str_radix(digits.trim(), 16).ok().map(Number)
}
