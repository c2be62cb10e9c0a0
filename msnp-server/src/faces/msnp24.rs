//! The face of MSNP24: envelopes with a transaction id, a channel and a header block, XML and layered
//! bodies inside.
//!
//! The files below each know one subject: its documents on the wire and the network's values for
//! them. `events` writes what is told unasked, `requests` keeps replies in the order of their commands.

mod answers;
mod asked;
mod bounds;
mod commands;
mod con;
mod contacts;
mod delivery;
mod endpoint;
mod events;
mod forms;
mod history;
mod refusal;
mod requests;
mod roster;
mod sign_in;
mod thread;

use bytes::Bytes;
use machine_contract::Instant;
use msnp_proto::msnp24::{ClientBody, ClientCommand, Put};
use msnp_proto::{Frame, FrameDecoder, FrameErrorKind, PayloadTable};

use self::asked::Asked;
use self::bounds::Bounds;
use self::commands::Asker;
use self::con::{goodbye, pong};
use self::endpoint::Endpoint;
use self::forms::Forms;
use self::refusal::ErrorReply;
use self::requests::{Open, Requests, Then};
use self::roster::Roster;
use self::sign_in::SignIn;
use super::config::Config;
use super::first_bytes::Claim;
use super::ticket::Ticket;
use super::turn::{Input, Turn};
use crate::identity::Address;
use crate::network::{Answer, CloseReason, Command, Event, Refusal, RequestId};

/// One connection that speaks MSNP24.
#[derive(Debug)]
pub(crate) struct Connection {
    decoder: FrameDecoder,
    sign_in: SignIn,
    forms: Forms,
    requests: Requests,
    roster: Roster,
    bounds: Bounds,
    /// The marks of bytes whose commands have not all been read.
    marks: Vec<u64>,
    /// Nothing that comes is read any more.
    ended: bool,
}

/// Every connection begins with `CNT` (msnp24.md 6.1).
pub(super) fn claim(bytes: &[u8]) -> Claim {
    Claim::of_word(b"CNT ", bytes)
}

/// What one connection too many is told.
pub(super) fn busy() -> Bytes {
    ErrorReply::BUSY.unasked().into_bytes()
}

impl Connection {
    pub(super) fn new(ticket: Option<Ticket>, config: &Config, now: Instant) -> Self {
        let limits = Bounds::frame(config, false);
        Self {
            decoder: FrameDecoder::with_limits(PayloadTable::msnp24(), limits),
            sign_in: SignIn::new(ticket, config, now),
            forms: Forms::default(),
            requests: Requests::default(),
            roster: Roster::default(),
            bounds: Bounds::new(config, now),
            marks: Vec::new(),
            ended: false,
        }
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
            Input::Closed(CloseReason::Replaced) => self.end("Signed in again from here.", turn),
            // It makes no claims of that kind; and the network knows all that is known of receipts.
            Input::AccessChecked(_) | Input::Evidence(..) => {}
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
                    self.requests.mark(self.marks.drain(..), turn);
                    break;
                }
                Err(error) if error.kind == FrameErrorKind::BlankLine => {}
                // Bytes that are no command too: what follows them may be the inside of anything, and whoever goes on
                // guessing refuses for ever what the client takes for said.
                Err(error) => {
                    let reply = ErrorReply::malformed(&error).unasked();
                    self.requests.say(&reply);
                    self.finish("The stream of frames is lost.");
                }
            }
        }
        self.requests.flush(turn);
    }

    fn on_frame(&mut self, frame: &Frame, turn: &mut Turn<'_>) {
        let asked = Asked::of(frame);
        let Err(error) = self.carry_out(&asked, frame, turn) else {
            return;
        };
        let signed_in = self.is_signed_in();
        match self.bounds.refuse(&error, signed_in, &self.requests, turn) {
            Ok(()) => self.requests.reply(&asked, &asked.error(&error)),
            Err(reason) => self.finish(reason),
        }
    }

    fn carry_out(
        &mut self,
        asked: &Asked,
        frame: &Frame,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorReply> {
        let signed_in = self.is_signed_in();
        self.bounds.admit(asked, signed_in, &self.requests, turn)?;
        if con::is_bare_ping(frame) {
            self.requests.flush(turn);
            turn.send(con::BARE_PONG);
            return Ok(());
        }
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
                    turn.send(asked.reply(pong(turn.config().ping)).as_bytes());
                }
            }
            ClientBody::SignOut => {
                self.requests.reply(asked, &asked.reply(Bytes::new()));
                self.requests.close();
                self.ended = true;
            }
            ClientBody::Put(Put::Challenge(answer)) => {
                self.endpoint()?;
                let behind = self.sign_in.check_answer(&answer, turn.config())?;
                self.requests.reply(asked, &asked.reply(Bytes::new()));
                if let Some(frame) = behind {
                    self.requests.say(&frame);
                }
            }
            // Documented, or seen from one client, without a known effect (msnp24.md 6.4).
            ClientBody::Put(
                Put::ActiveEndpoint(_) | Put::Options(_) | Put::Partners(_) | Put::Networks(_),
            ) => {
                self.endpoint()?;
                self.requests.reply(asked, &asked.reply(Bytes::new()));
            }
            body @ (ClientBody::Put(_)
            | ClientBody::Get(_)
            | ClientBody::Delete(_)
            | ClientBody::Message(_)
            | ClientBody::Acknowledge(_)) => self.ask(asked, body, turn)?,
            _ => return Err(ErrorReply::UNKNOWN_COMMAND),
        }
        Ok(())
    }

    /// Asks the network for what a command means. From now on people are called as they are named there.
    fn ask(
        &mut self,
        asked: &Asked,
        body: ClientBody,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorReply> {
        let endpoint = self.sign_in.endpoint().ok_or(ErrorReply::NO_FEATURES)?;
        let by = Asker::new(endpoint, turn.name(), &self.roster, turn.config());
        let Some(wanted) = commands::read(body, &by)? else {
            return Ok(());
        };
        for address in &wanted.named {
            self.forms.note(address);
        }
        // To a client that was not pushed its contacts, an introduction says nothing.
        let new = if self.roster.is_pushed() {
            let own = self.sign_in.endpoint().map(Endpoint::who);
            self.forms.introductions(&wanted.named, own)
        } else {
            Vec::new()
        };
        if let Some((then, command)) = wanted.first {
            self.requests.ask(asked, then, command, turn);
        }
        self.requests.ask(asked, wanted.then, wanted.command, turn);
        if let Some(command) = wanted.behind {
            self.roster.subscribed();
            self.requests.ask(asked, Then::Unseen, command, turn);
        }
        if !new.is_empty() {
            let command = Command::LookUp(new.clone());
            self.requests
                .ask(asked, Then::Introduce(new), command, turn);
        }
        Ok(())
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
            Then::Nothing | Then::Unseen | Then::Renamed => return,
            Then::Bound => {
                behind = self.sign_in.entered(&mut reply, turn);
                self.forms = (self.sign_in.endpoint()).map_or_else(Forms::default, Endpoint::forms);
                self.decoder.set_limits(Bounds::frame(turn.config(), true));
            }
            Then::Subscribed => self.roster.subscribed(),
            Then::Introduce(asked_for) => {
                self.introduce(request, &asked_for, answer);
                return;
            }
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

    /// The client is told who these are. Who is nobody is looked up again: accounts are made beside a running server.
    fn introduce(&mut self, request: RequestId, addresses: &[Address], answer: Answer) {
        let Answer::Contacts(found) = answer else {
            return;
        };
        for address in addresses {
            if !found.iter().any(|contact| contact.who.is_at(address)) {
                self.forms.not_introduced(address);
            }
        }
        if let Some(endpoint) = self.sign_in.endpoint().filter(|_| !found.is_empty()) {
            let document = contacts::changes(&found, &self.forms);
            let frame = events::contacts_frame(endpoint, document);
            self.requests.fill(request, &frame);
        }
    }

    fn on_refusal(&mut self, request: RequestId, open: &Open, refusal: Refusal) {
        match &open.then {
            Then::Unseen => return,
            Then::Introduce(addresses) => {
                for address in addresses {
                    self.forms.not_introduced(address);
                }
                return;
            }
            Then::Bound => self.sign_in.not_entered(),
            Then::Renamed => self.requests.silence_next(request),
            _ => {}
        }
        if refusal == Refusal::NoSuchUser && matches!(open.then, Then::ListedIfKnown) {
            if open.asked.wants_reply() {
                self.requests.fill(request, &open.asked.reply(Bytes::new()));
            }
            return;
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
        match event {
            Event::Passing { .. } if turn.outgoing() >= turn.config().outgoing_bytes / 2 => return,
            Event::Roster(_) => self.roster.pushed(),
            _ => {}
        }
        if let Some(endpoint) = self.sign_in.endpoint_mut() {
            let message = event.message();
            for frame in events::frames(event, endpoint, &self.forms) {
                turn.send(frame.as_bytes());
            }
            turn.shows(message);
        }
    }

    fn on_timeout(&mut self, turn: &mut Turn<'_>) {
        if self.sign_in.expires() > turn.monotonic() {
            return;
        }
        if self.sign_in.endpoint().is_none() {
            return self.end("No sign-in.", turn);
        }
        turn.send(ErrorReply::EXPIRED.unasked().as_bytes());
        self.end("Sign in again.", turn);
    }

    /// Ends the connection behind the answers that wait, saying why.
    fn finish(&mut self, reason: &'static str) {
        self.requests.say(&goodbye(reason));
        self.requests.close();
        self.ended = true;
    }

    /// Ends the connection, saying why. What waits to be answered is not answered any more.
    fn end(&mut self, reason: &'static str, turn: &mut Turn<'_>) {
        self.ended = true;
        self.requests.abandon();
        turn.send(goodbye(reason).as_bytes());
        turn.close();
    }

    const fn is_signed_in(&self) -> bool {
        self.sign_in.endpoint().is_some()
    }

    /// Who asks; refused without a feature set (msnp24.md 7.2).
    fn endpoint(&self) -> Result<&Endpoint, ErrorReply> {
        self.sign_in.endpoint().ok_or(ErrorReply::NO_FEATURES)
    }
}
