//! A dialect that nobody speaks, as unlike MSNP24 as the older ones are: people are e-mail addresses, the list
//! has a command of its own, each conversation has a connection of its own, messages have no ids and nobody
//! acknowledges them. Whatever outside this folder cannot live with that is in the wrong place.
//!
//! Lines of text, each of a client's answered before the next is read; `NO word` is the answer to what is refused.
//!
//! | line | answer | |
//! |---|---|---|
//! | `HASH me salt answer` | `YES HASH` | in place of cookies: an access token, hashed |
//! | `HELLO me` | `WELCOME` | begins the main connection |
//! | `ADD who`, `DROP who`, `BLOCK who`, `FREE who` | `ADDED who`, … | the list |
//! | `GROUP name`, `PRIVACY open` or `closed`, `KEEP name value` | `DONE word` | what one keeps for oneself |
//! | `STATUS online` | `DONE STATUS` | how one is seen |
//! | `WATCH` | `DONE WATCH` | from then on `HAS who lists`, `GROUP name` and `SEES who status` are told |
//! | `ROOM who` | `ROOM who authority token` | also told unasked: somebody speaks |
//! | `JOIN token` | `JOINED` | begins the connection of a conversation |
//! | `SAY text` | | also told as `SAID text` |
//! | `QUIT` | | ends either; also told |
//!
//! What is said to somebody who is in the conversation too goes through the network's room. Everything else is a
//! message that is kept, until a connection of its conversation has been given it.

mod home;
mod lines;
mod requests;
mod talk;
mod words;

use bytes::Bytes;
use machine_contract::Instant;

use self::home::Home;
use self::lines::Lines;
use self::requests::Requests;
use self::talk::Talk;
use super::config::Config;
use super::first_bytes::Claim;
use super::ticket::{AccessRefused, Ticket};
use super::turn::{Input, Turn};
use crate::identity::Who;
use crate::network::{Allowance, Answer, Event, Refusal, RequestId};

/// One connection: the main one, or that of one conversation.
#[derive(Debug)]
pub(crate) struct Connection {
    lines: Lines,
    requests: Requests,
    ticket: Option<Ticket>,
    /// When it is over, if nothing happens.
    expires: Instant,
    /// Until it is known whose it is; then the person's counts.
    allowance: Allowance,
    role: Role,
    /// It has made a claim.
    is_checking: bool,
    /// Nothing that comes is read any more.
    ended: bool,
}

#[derive(Debug)]
enum Role {
    /// It has said nothing that tells.
    Unknown,
    Home(Box<Home>),
    Talk(Box<Talk>),
}

/// It begins with `HELLO`, with `JOIN` or with `HASH`.
pub(super) fn claim(bytes: &[u8]) -> Claim {
    let words: [&[u8]; 3] = [b"HELLO ", b"JOIN ", b"HASH "];
    let claims = words.map(|word| Claim::of_word(word, bytes));
    let claim = claims.into_iter().find(|claim| *claim != Claim::Foreign);
    // Of two that begin alike, both are undecided until one is out.
    claim.unwrap_or(Claim::Foreign)
}

/// What one connection too many is told.
pub(super) const fn busy() -> Bytes {
    Bytes::from_static(b"QUIT\r\n")
}

impl Connection {
    pub(super) fn new(ticket: Option<Ticket>, config: &Config, now: Instant) -> Self {
        Self {
            lines: Lines::default(),
            requests: Requests::default(),
            ticket,
            expires: now + config.sign_in_within,
            allowance: Allowance::new(config.command_burst, config.commands_per_second, now),
            role: Role::Unknown,
            is_checking: false,
            ended: false,
        }
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.expires
    }

    pub(super) fn handle(&mut self, input: Input, turn: &mut Turn<'_>) {
        if self.ended {
            return;
        }
        match input {
            Input::Ticket(ticket) => self.renew(ticket, turn),
            Input::AccessChecked(outcome) => self.on_access_checked(outcome, turn),
            Input::Bytes(bytes, mark) => {
                self.lines.push(&bytes, mark);
                self.read(turn);
            }
            Input::Answer(request, outcome) => {
                self.on_answer(request, outcome, turn);
                self.read(turn);
            }
            Input::Event(event) => self.on_event(event, turn),
            Input::Evidence(..) => {}
            Input::Timeout if self.expires > turn.monotonic() => {}
            Input::Closed(_) | Input::Shutdown | Input::Timeout => self.end(turn),
        }
    }

    /// Carries out one line after the other, as long as none waits for the network.
    fn read(&mut self, turn: &mut Turn<'_>) {
        while !self.ended && !self.is_checking && !self.requests.is_waiting() {
            self.lines.tell_answered(turn);
            let Some(line) = self.lines.next() else {
                break;
            };
            self.on_line(&line, turn);
        }
        let config = turn.config();
        let room = if self.requests.is_waiting() || self.is_checking {
            config.waiting_bytes
        } else {
            usize::try_from(config.frame.line).unwrap_or(usize::MAX)
        };
        if !self.ended && self.lines.buffered() > room {
            self.end(turn);
        }
    }

    fn on_line(&mut self, line: &str, turn: &mut Turn<'_>) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if !self.may_ask(turn) {
            return words::refuse(word, turn);
        }
        match (&mut self.role, word) {
            (_, "QUIT") => self.end(turn),
            (Role::Unknown, "HELLO" | "JOIN") => {
                let begun = self
                    .owner(turn)
                    .is_some_and(|who| self.begin(who, word, rest, turn));
                if !begun {
                    words::refuse(word, turn);
                    self.end(turn);
                }
            }
            (Role::Unknown, "HASH") => match words::read_claim(rest) {
                Some(claim) => {
                    self.is_checking = true;
                    turn.check_access(claim);
                }
                None => words::refuse(word, turn),
            },
            (Role::Unknown, _) => words::refuse(word, turn),
            (Role::Home(_), _) => home::on_line(word, rest, &mut self.requests, turn),
            (Role::Talk(talk), _) => talk.on_line(word, rest, &mut self.requests, turn),
        }
    }

    /// Whether this was a beginning.
    fn begin(&mut self, who: Who, word: &str, rest: &str, turn: &mut Turn<'_>) -> bool {
        self.role = match word {
            "HELLO" if words::address(rest).is_some_and(|address| who.is_at(&address)) => {
                Role::Home(Box::new(Home::new(who.clone(), &mut self.requests, turn)))
            }
            "JOIN" => match words::read_token(rest) {
                Some(token) => {
                    let talk = Talk::new(who.clone(), token, &mut self.requests, turn);
                    Role::Talk(Box::new(talk))
                }
                None => return false,
            },
            _ => return false,
        };
        turn.signed_in(who);
        self.extend(turn);
        true
    }

    fn on_answer(
        &mut self,
        request: RequestId,
        outcome: Result<Answer, Refusal>,
        turn: &mut Turn<'_>,
    ) {
        let Some(then) = self.requests.take(request) else {
            return;
        };
        let goes_on = match &mut self.role {
            Role::Unknown => true,
            Role::Home(home) => home.on_answer(then, outcome, &mut self.requests, turn),
            Role::Talk(talk) => talk.on_answer(then, outcome, &mut self.requests, turn),
        };
        if !goes_on {
            self.end(turn);
        }
    }

    fn on_event(&mut self, event: Event, turn: &mut Turn<'_>) {
        let goes_on = match &mut self.role {
            Role::Unknown => true,
            Role::Home(home) => {
                home.on_event(event, &mut self.requests, turn);
                true
            }
            Role::Talk(talk) => talk.on_event(event, &mut self.requests, turn),
        };
        if !goes_on {
            self.end(turn);
        }
    }

    /// What was claimed in place of cookies.
    fn on_access_checked(&mut self, outcome: Result<Ticket, AccessRefused>, turn: &mut Turn<'_>) {
        self.is_checking = false;
        match outcome {
            Ok(ticket) => {
                self.ticket = Some(ticket);
                words::say("YES HASH", turn);
            }
            Err(AccessRefused::TooMany) => self.end(turn),
            Err(AccessRefused::Wrong | AccessRefused::Unavailable) => words::refuse("HASH", turn),
        }
        self.read(turn);
    }

    /// A later request came with these cookies.
    fn renew(&mut self, ticket: Ticket, turn: &Turn<'_>) {
        let before = self.ticket.as_ref();
        if before.is_none_or(|before| before.who == ticket.who) {
            self.ticket = Some(ticket);
        }
        if !matches!(self.role, Role::Unknown) {
            self.extend(turn);
        }
    }

    /// Whose the cookies are, if they are still good.
    fn owner(&self, turn: &Turn<'_>) -> Option<Who> {
        let ticket = self.ticket.as_ref();
        let good = ticket.filter(|ticket| ticket.valid_until > turn.monotonic());
        good.map(|ticket| ticket.who.clone())
    }

    /// It goes on for as long as its cookies are good.
    fn extend(&mut self, turn: &Turn<'_>) {
        let longest = turn.monotonic() + turn.config().authentication;
        let ticket = self.ticket.as_ref();
        self.expires = ticket.map_or(longest, |ticket| ticket.valid_until.min(longest));
    }

    fn may_ask(&mut self, turn: &mut Turn<'_>) -> bool {
        if turn.outgoing() >= turn.config().outgoing_bytes {
            return false;
        }
        let now = turn.monotonic();
        let taken = turn.take_allowance();
        taken.unwrap_or_else(|| self.allowance.take(now))
    }

    fn end(&mut self, turn: &mut Turn<'_>) {
        self.ended = true;
        turn.send(b"QUIT\r\n");
        turn.close();
    }
}
