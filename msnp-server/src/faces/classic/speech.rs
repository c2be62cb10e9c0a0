//! `Speech`: what the client says on a switchboard, and what it wants to hear of that (msnp8-18.md 9.3, 9.5).

use std::sync::Arc;

use bytes::Bytes;
use msnp_proto::TrId;
use msnp_proto::classic::{Acknowledgement, Delivered, SendMessage, Undelivered, limits};
use msnp_proto::payload::chunks::{JoinErrorKind, Joiner};
use msnp_proto::payload::mime::{Content, Mime};

use super::company::Company;
use super::message;
use super::refusal;
use super::requests::Requests;
use super::writer::Writer;
use crate::faces::turn::Turn;
use crate::identity::{Address, Who};
use crate::network::{Answer, Attributes, Command, Recipient, Refusal, RoomId, Said};

/// The speaker on one switchboard.
#[derive(Debug)]
pub(super) struct Speech {
    writer: Writer,
    /// What the person is called.
    name: Arc<str>,
    joiner: Joiner,
}

/// A message on its way; the line that brought it.
#[derive(Copy, Clone, Debug)]
pub(super) struct OnTheWay {
    trid: TrId,
    wanted: Acknowledgement,
}

/// To whom it is said.
#[derive(Copy, Clone, Debug)]
pub(super) struct Audience<'a> {
    pub(super) company: &'a Company,
    pub(super) room: Option<RoomId>,
}

/// What goes from one switchboard to others byte for byte.
const RAW: &str = "Switchboard/Message";

impl Speech {
    pub(super) fn new(writer: Writer, name: Arc<str>) -> Self {
        Self {
            writer,
            name,
            joiner: Joiner::default(),
        }
    }

    /// `MSG`
    pub(super) fn say<T: From<OnTheWay>>(
        &mut self,
        trid: TrId,
        said: &SendMessage,
        to: Audience<'_>,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        if said.payload.len() > limits::SWITCHBOARD_PAYLOAD {
            let code = refusal::MESSAGE_TOO_LONG;
            return self.writer.refuse(trid, code, turn);
        }
        let line = OnTheWay {
            trid,
            wanted: said.acknowledgement,
        };
        let Ok(mime) = Mime::parse(said.payload.clone()) else {
            return self.tell(line, false, turn);
        };
        match to.company.alone_with() {
            Some(who) => self.say_to(who, line, mime, to, requests, turn),
            None => self.say_raw(line, &mime, to, requests, turn),
        }
    }

    /// Says something to the one other. Long words come in parts, and are one message.
    fn say_to<T: From<OnTheWay>>(
        &mut self,
        who: &Who,
        line: OnTheWay,
        mime: Mime,
        to: Audience<'_>,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let are_words = matches!(Content::of(&mime), Ok(Content::Text(_) | Content::Part(_)));
        let whole = if are_words {
            match self.joiner.push("", mime, turn.monotonic()) {
                Ok(Some(whole)) => whole,
                Ok(None) => return self.tell(line, true, turn),
                // Of something that is not words, whose first part went as it was.
                Err(error) if error.kind == JoinErrorKind::UnknownMessage => {
                    return self.say_raw(line, &error.mime, to, requests, turn);
                }
                Err(_) => return self.tell(line, false, turn),
            }
        } else {
            mime
        };
        let Some(spoken) = message::spoken(&whole, &self.name) else {
            return self.say_raw(line, &whole, to, requests, turn);
        };
        if spoken.said.body.len() > turn.config().message_bytes {
            return self.tell(line, false, turn);
        }
        let command = Command::Send {
            to: Recipient::Person(Address::Email(who.email().clone()), None),
            said: spoken.said,
            delivery: spoken.delivery,
        };
        requests.ask(T::from(line), command, turn);
    }

    /// Says something to all who are in the room; whoever is only written to could not make anything of it.
    fn say_raw<T: From<OnTheWay>>(
        &self,
        line: OnTheWay,
        mime: &Mime,
        to: Audience<'_>,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let is_heard = to.company.takes_payloads() || is_for_everybody(mime);
        let room = to.room.filter(|_| !to.company.is_alone() && is_heard);
        let Some(room) = room else {
            // What only helps a client to show the next message is not missed.
            let is_missed = !matches!(
                Content::of(mime),
                Ok(Content::Emoticons(_) | Content::ClientCaps(_) | Content::KeepAlive)
            );
            let is_any = to.company.is_written_to() || !to.company.is_alone();
            return self.tell(line, is_any && !is_missed, turn);
        };
        let said = raw(mime.as_bytes().clone());
        requests.ask(T::from(line), Command::SayInRoom { room, said }, turn);
    }

    /// A message has arrived, or has not.
    pub(super) fn on_answer(
        &self,
        line: OnTheWay,
        outcome: Result<Answer, Refusal>,
        turn: &mut Turn<'_>,
    ) {
        match outcome {
            Ok(Answer::Reached(reached)) => self.tell(line, reached > 0, turn),
            // Nobody knows: the client's own time-out says so best.
            Err(Refusal::Uncertain) => {}
            outcome => self.tell(line, outcome.is_ok(), turn),
        }
    }

    fn tell(&self, line: OnTheWay, done: bool, turn: &mut Turn<'_>) {
        let OnTheWay { trid, wanted } = line;
        let is_data = wanted == Acknowledgement::DATA;
        let says_done =
            is_data || wanted == Acknowledgement::ALWAYS || wanted == Acknowledgement::ON_SUCCESS;
        let says_not = wanted == Acknowledgement::ALWAYS || wanted == Acknowledgement::ON_FAILURE;
        if done && says_done {
            self.writer.reply(trid, Delivered {}, turn);
        } else if !done && is_data {
            let code = refusal::NO_SUCH_APPLICATION;
            self.writer.refuse(trid, code, turn);
        } else if !done && says_not {
            self.writer.reply(trid, Undelivered {}, turn);
        }
    }
}

/// Whether even those can show a payload who have no switchboard.
fn is_for_everybody(mime: &Mime) -> bool {
    matches!(Content::of(mime), Ok(Content::Part(_))) || message::spoken(mime, "").is_some()
}

/// A payload on its way to other switchboards.
pub(super) fn raw(body: Bytes) -> Said {
    Said {
        kind: RAW.into(),
        client_id: None,
        attributes: Attributes::new(),
        body,
    }
}

/// The payload that was said on another switchboard.
pub(super) fn payload(said: &Said) -> Option<&Bytes> {
    (*said.kind == *RAW).then_some(&said.body)
}
