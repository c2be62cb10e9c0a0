//! The face of MSNP7 to MSNP18: lines of words, a payload behind some of them, and a connection of its own for each
//! conversation (msnp8-18.md); and of MSNP21 and 22, which have no such connections (`msnp21`).
//!
//! The first line decides what a connection is: `VER` begins the main one, `USR` and `ANS` that of a conversation, with a word
//! that the main one was given for it. One line is carried out after the other; pings pass those that wait.
#![doc = include_str!("classic/table.md")]

mod book;
mod calls;
mod claims;
mod company;
mod edits;
mod fresh;
mod greeting;
mod handover;
mod home;
mod home_steps;
mod inlet;
mod lists;
mod mail;
mod members;
mod message;
mod msnp21;
mod notice;
mod own_place;
mod presence;
mod product;
mod queries;
mod receipts;
mod refusal;
mod requests;
mod role;
mod roster;
mod session;
mod sight;
mod sign_in;
mod speech;
mod talk;
mod talk_steps;
mod unshown;
mod wishes;
mod writer;

use bytes::Bytes;
use machine_contract::Instant;
use msnp_proto::classic::{ClientBody, ClientCommand, OutReason, Pong, ServerKind, SignedOut};
use msnp_proto::{Dialect, Frame, FrameError, FrameErrorKind, TrId, Verb};

use self::inlet::{Inlet, Line, Next};
use self::requests::Requests;
use self::role::Role;
use self::sign_in::{Proved, SignIn, Step};
use self::{home::Home, home_steps::Progress, talk::Talk};
use super::config::Config;
use super::ticket::Ticket;
use super::turn::{Input, Turn};
use crate::identity::EmailAddress;
use crate::network::{Allowance, Answer, CloseReason, Event, Evidence, Number, Refusal, RequestId};

pub(super) use self::claims::claim;

/// One connection that speaks one of these dialects.
#[derive(Debug)]
pub(crate) struct Connection {
    inlet: Inlet,
    role: Role,
    /// When it is over, if it is still not known whose it is.
    expires: Instant,
    /// Until it is known whose it is; then the person's counts.
    allowance: Allowance,
    /// Lines that were no good, until then.
    bad_lines: u32,
    /// Nothing that comes is read any more.
    ended: bool,
}

/// Bytes of refusals that may wait beyond what the bounds allow for answers.
const REFUSALS: usize = 4 * 1024;

/// What one connection too many is told.
pub(super) const fn busy() -> Bytes {
    Bytes::from_static(b"OUT\r\n")
}

impl Connection {
    pub(super) fn new(ticket: Option<Ticket>, config: &Config, now: Instant) -> Self {
        Self {
            inlet: Inlet::new(config.frame_before_sign_in),
            role: Role::New(SignIn::new(ticket)),
            expires: now + config.sign_in_within,
            allowance: Allowance::new(config.command_burst, config.commands_per_second, now),
            bad_lines: 0,
            ended: false,
        }
    }

    /// When something has to be done about it.
    pub(super) fn deadline(&self) -> Instant {
        match &self.role {
            Role::New(_) => self.expires,
            role => role.deadline().unwrap_or(Instant::END),
        }
    }

    pub(super) fn handle(&mut self, input: Input, turn: &mut Turn<'_>) {
        if self.ended {
            return;
        }
        match input {
            // It counts until it is known whose the connection is; only MSNP22 asks (msnp24.md 15).
            Input::Ticket(ticket) => {
                if let Role::New(sign_in) = &mut self.role {
                    sign_in.set_ticket(ticket);
                }
            }
            Input::AccessChecked(outcome) => {
                if let Role::New(sign_in) = &mut self.role {
                    match sign_in.on_checked(outcome, turn) {
                        Step::Proved(proved) => self.enter(*proved, turn),
                        Step::Stay | Step::BadLine => {}
                        Step::End => self.close(turn),
                    }
                }
                self.read(turn);
            }
            Input::Bytes(bytes, mark) => self.on_bytes(bytes, mark, turn),
            Input::Answer(request, outcome) => {
                self.on_answer(request, outcome, turn);
                self.read(turn);
            }
            Input::Event(event) => self.on_event(event, turn),
            Input::Evidence(evidence, numbers) => {
                let known = |one: &Number| numbers.contains(one);
                match (evidence, &mut self.role) {
                    (Evidence::Shown, Role::Talk(talk, requests)) => {
                        talk.shown(known, requests, turn);
                    }
                    (Evidence::Taken, Role::Talk(talk, requests)) => {
                        talk.taken(known, requests, turn);
                    }
                    (Evidence::Shown, Role::Only(home, requests)) => {
                        home.shown(known, requests, turn);
                    }
                    // What a place itself was sent is the network's to judge.
                    (Evidence::Taken, Role::New(_) | Role::Home(..) | Role::Only(..))
                    | (Evidence::Shown, Role::New(_) | Role::Home(..))
                    | (Evidence::Written | Evidence::Lost, _) => {}
                }
            }
            Input::Closed(CloseReason::Replaced) => self.end(Some(OutReason::OTHER_PLACE), turn),
            Input::Shutdown => self.end(Some(OutReason::SHUTDOWN), turn),
            Input::Timeout => self.on_timeout(turn),
        }
    }

    fn on_bytes(&mut self, bytes: Bytes, mark: u64, turn: &mut Turn<'_>) {
        if let Role::Only(home, requests) = &mut self.role
            && !bytes.is_empty()
        {
            home.shown(|_| true, requests, turn);
        }
        let (pings, answered) = self.inlet.push(bytes, mark);
        for _ in 0..pings {
            self.pong(turn);
        }
        if let Some(mark) = answered {
            turn.answered(mark);
        }
        self.read(turn);
        if !self.ended && self.inlet.buffered() > turn.config().waiting_bytes {
            self.end(None, turn);
        }
    }

    /// Carries out one line after the other, as long as none waits for the network.
    fn read(&mut self, turn: &mut Turn<'_>) {
        while !self.ended && !self.role.is_waiting() {
            match self.inlet.next() {
                Next::Line(Line::Frame(frame)) => self.on_frame(&frame, turn),
                Next::Line(Line::Broken(error)) => self.on_broken(&error, turn),
                Next::Answered(mark) => turn.answered(mark),
                Next::Nothing => return,
            }
        }
    }

    /// A blank line is nothing: some peers send one behind a payload (msnp8-18.md 2.5).
    fn on_broken(&mut self, error: &FrameError, turn: &mut Turn<'_>) {
        if error.kind == FrameErrorKind::BlankLine {
            return;
        }
        self.role.writer().refuse(TrId(0), refusal::SYNTAX, turn);
        self.bad_line(turn);
        // What follows may be the inside of anything. The good-bye may have been said, if it was one bad line too many.
        if error.is_fatal() && !self.ended {
            self.end(None, turn);
        }
    }

    fn bad_line(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.role, Role::New(_)) {
            self.bad_lines += 1;
            if self.bad_lines >= turn.config().bad_lines {
                self.end(None, turn);
            }
        }
    }

    fn on_frame(&mut self, frame: &Frame, turn: &mut Turn<'_>) {
        let trid = frame.trid().unwrap_or_default();
        if !self.may_ask(turn) {
            self.role.writer().refuse(trid, refusal::RATE_LIMIT, turn);
            let most = turn.config().outgoing_bytes + REFUSALS;
            if turn.outgoing() >= most {
                self.end(None, turn);
            } else {
                self.bad_line(turn);
            }
            return;
        }
        if matches!(&self.role, Role::New(sign_in) if sign_in.is_new()) && frame.verb() != Verb::VER
        {
            return self.begin_talk(frame, turn);
        }
        let (dialect, server) = (self.role.writer().dialect(), self.role.server());
        let read = ClientCommand::parse(frame, dialect, server);
        if let Ok(command) = read {
            return self.on_command(trid, command.body, turn);
        }
        self.role.writer().refuse(trid, refusal::SYNTAX, turn);
        self.bad_line(turn);
    }

    fn on_command(&mut self, trid: TrId, body: ClientBody, turn: &mut Turn<'_>) {
        let goes_on = match &mut self.role {
            Role::New(sign_in) => match sign_in.on_command(trid, body, turn) {
                Step::Stay => true,
                Step::BadLine => return self.bad_line(turn),
                Step::End => false,
                Step::Proved(proved) => return self.enter(*proved, turn),
            },
            // Of what was there before the sign-in was done, or in its order.
            Role::Home(..) | Role::Only(..) if matches!(body, ClientBody::Ping(_)) => {
                return self.pong(turn);
            }
            Role::Home(home, requests) => home.on_command(trid, body, requests, turn),
            Role::Only(home, requests) => home.on_command(trid, body, requests, turn),
            Role::Talk(talk, requests) => talk.on_command(trid, body, requests, turn),
        };
        if !goes_on {
            self.close(turn);
        }
    }

    fn enter(&mut self, proved: Proved, turn: &mut Turn<'_>) {
        turn.signed_in(proved.who.clone());
        if proved.writer.dialect().has_layered_messages() {
            self.inlet.keep_order();
            let mut requests = Requests::new();
            let home = msnp21::Home::new(proved, &mut requests, turn);
            self.role = Role::Only(Box::new(home), requests);
        } else {
            let mut requests = Requests::new();
            let home = Home::new(proved, &mut requests, turn);
            self.role = Role::Home(Box::new(home), requests);
        }
    }

    /// The first line is that of a switchboard. Whose it is, and its dialect, the word says that was given for it.
    fn begin_talk(&mut self, frame: &Frame, turn: &mut Turn<'_>) {
        let read = ClientCommand::parse(frame, Dialect::MSNP18, ServerKind::Switchboard);
        let (user, token, session) = match read.map(|command| command.body) {
            Ok(ClientBody::Join(join)) => (join.user, join.token, None),
            Ok(ClientBody::Answer(answer)) => (answer.user, answer.token, Some(answer.session)),
            _ => return self.close(turn),
        };
        let trid = frame.trid().unwrap_or_default();
        let account = EmailAddress::parse(&user.account.text()).ok();
        let pass = turn.take_pass(token.expose().as_bytes()).filter(|pass| {
            let call = pass.call.as_ref().map(|call| &*call.session);
            let session = session.as_ref().map(|word| word.text());
            account.as_ref() == Some(pass.who.email()) && call == session.as_deref()
        });
        let Some(pass) = pass else {
            let code = refusal::AUTHENTICATION_FAILED;
            self.role.writer().refuse(trid, code, turn);
            return self.close(turn);
        };
        turn.signed_in(pass.who.clone());
        self.inlet.open(turn.config().frame);
        let mut requests = Requests::new();
        let talk = Talk::new(trid, user, pass, &mut requests, turn);
        self.role = Role::Talk(Box::new(talk), requests);
    }

    fn on_answer(
        &mut self,
        request: RequestId,
        outcome: Result<Answer, Refusal>,
        turn: &mut Turn<'_>,
    ) {
        let progress = match &mut self.role {
            Role::New(_) => Progress::GoesOn,
            Role::Home(home, requests) => match requests.take(request) {
                Some(then) => home.on_answer(then, outcome, requests, turn),
                None => Progress::GoesOn,
            },
            Role::Only(home, requests) => match requests.take(request) {
                Some(then) => home.on_answer(then, outcome, requests, turn),
                None => Progress::GoesOn,
            },
            Role::Talk(talk, requests) => {
                let then = requests.take(request);
                let goes_on = |then| talk.on_answer(then, outcome, requests, turn);
                if then.is_none_or(goes_on) {
                    Progress::GoesOn
                } else {
                    Progress::Ends
                }
            }
        };
        match progress {
            Progress::GoesOn => {}
            Progress::SignedIn => self.inlet.open(turn.config().frame),
            Progress::Ends => self.close(turn),
        }
    }

    fn on_event(&mut self, event: Event, turn: &mut Turn<'_>) {
        let goes_on = match &mut self.role {
            Role::New(_) => true,
            Role::Home(home, requests) => {
                home.on_event(event, requests, turn);
                true
            }
            Role::Only(home, requests) => home.on_event(event, requests, turn),
            Role::Talk(talk, requests) => talk.on_event(event, requests, turn),
        };
        if !goes_on {
            self.close(turn);
        }
    }

    fn on_timeout(&mut self, turn: &mut Turn<'_>) {
        let goes_on = match &mut self.role {
            Role::New(_) => self.expires > turn.monotonic(),
            Role::Home(home, requests) => home.on_timeout(requests, turn),
            Role::Only(home, _) => home.on_timeout(turn),
            Role::Talk(talk, _) => talk.deadline().is_none_or(|at| at > turn.monotonic()),
        };
        if !goes_on {
            self.close(turn);
        }
    }

    fn pong(&self, turn: &mut Turn<'_>) {
        let seconds = u32::try_from(turn.config().ping.as_secs()).ok();
        self.role.writer().say(Pong { seconds }, turn);
    }

    fn may_ask(&mut self, turn: &mut Turn<'_>) -> bool {
        let config = turn.config();
        let most = match &self.role {
            Role::New(_) => config.outgoing_before_sign_in,
            Role::Home(..) | Role::Only(..) | Role::Talk(..) => config.outgoing_bytes,
        };
        if turn.outgoing() >= most {
            return false;
        }
        let now = turn.monotonic();
        let taken = turn.take_allowance();
        taken.unwrap_or_else(|| self.allowance.take(now))
    }

    /// Says good-bye, and why.
    fn end(&mut self, reason: Option<OutReason>, turn: &mut Turn<'_>) {
        let minutes = None;
        self.role.writer().say(SignedOut { reason, minutes }, turn);
        self.close(turn);
    }

    fn close(&mut self, turn: &mut Turn<'_>) {
        self.ended = true;
        turn.close();
    }
}
