//! `Rooms`: the conversations of several that this place is in (msnp24.md 14.4).
//!
//! The network's room is that of the switchboards of others. Whoever is asked in comes in at once, as clients of the dialects before
//! do; it is shown as a group once there are two others, and until then what the one other says comes as to anybody. What is
//! said in it goes as the payloads of switchboards.

use std::collections::BTreeMap;

use machine_contract::Instant;
use msnp_proto::classic::{Change, Datagram, Notification, Published};
use msnp_proto::payload::chunks::Joiner;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::mime::{Content, Mime};
use msnp_proto::{ErrorCode, TrId};

use super::group::{self, Wish};
use super::publishing::Place;
use super::words::{self, muri};
use crate::faces::classic::refusal::{self, Subject};
use crate::faces::classic::requests::Requests;
use crate::faces::classic::writer::Writer;
use crate::faces::classic::{message, speech};
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{Answer, Command, EndpointId, Participant, Refusal, RoomId, Said};

/// All of them.
#[derive(Debug)]
pub(super) struct Rooms {
    writer: Writer,
    place: Place,
    known: BTreeMap<RoomId, Room>,
    /// Puts together what comes in parts.
    joiner: Joiner,
    /// `NotifNum` of the next notification.
    number: u64,
}

#[derive(Debug, Default)]
struct Room {
    /// Everybody else, each by one connection.
    here: Vec<Participant>,
    /// Whether the client knows of it.
    is_shown: bool,
}

/// What follows from an answer of the network.
#[derive(Copy, Clone, Debug)]
pub(in crate::faces::classic) enum Step {
    /// A room was opened for the client's line.
    Opened(TrId),
    /// One was joined that the person was asked into; for a line, if one wanted that.
    Joined(Option<TrId>),
    /// Somebody was asked in.
    Invited(TrId, RoomId),
    /// It was said.
    Said(TrId),
}

impl Rooms {
    pub(super) fn new(place: Place, writer: Writer) -> Self {
        Self {
            writer,
            place,
            known: BTreeMap::new(),
            joiner: Joiner::default(),
            number: 0,
        }
    }

    /// What a client wants of a group.
    pub(super) fn wish<T: From<Step>>(
        &mut self,
        trid: TrId,
        wish: Wish,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let (step, command) = match wish {
            Wish::Create => (Step::Opened(trid), Command::OpenRoom),
            Wish::Join(room) if self.known.contains_key(&room) => {
                self.show(room, None, turn);
                return self.receipt(trid, room, turn);
            }
            Wish::Join(room) => (Step::Joined(Some(trid)), Command::JoinRoom(room)),
            Wish::Invite(room, whom) => {
                let invite = Command::Invite { room, whom };
                (Step::Invited(trid, room), invite)
            }
            // Nobody waits for an answer (msnp24.md 20.4).
            Wish::Leave(room) => {
                self.known.remove(&room);
                return requests.tell(Command::LeaveRoom(room), turn);
            }
        };
        requests.ask(T::from(step), command, turn);
    }

    /// The client says something in a group.
    pub(super) fn say<T: From<Step>>(
        &self,
        (trid, room): (TrId, RoomId),
        said: &Said,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        if !self.known.contains_key(&room) {
            return Err(refusal::INVALID_USER);
        }
        let account = self.place.who().email().as_str();
        let payloads = message::payloads(said, account, false, || [0; 16]);
        let Some((last, before)) = payloads.split_last() else {
            // Nobody would know what to make of it.
            return Err(refusal::INVALID_PARAMETER);
        };
        for mime in before {
            let said = speech::raw(mime.as_bytes().clone());
            requests.tell(Command::SayInRoom { room, said }, turn);
        }
        let said = speech::raw(last.as_bytes().clone());
        let step = T::from(Step::Said(trid));
        requests.ask(step, Command::SayInRoom { room, said }, turn);
        Ok(())
    }

    pub(super) fn on_answer(
        &mut self,
        step: Step,
        outcome: Result<Answer, Refusal>,
        turn: &mut Turn<'_>,
    ) {
        match (step, outcome) {
            (Step::Opened(trid), Ok(Answer::Room(room, _))) => {
                let is_shown = true;
                let here = Vec::new();
                self.known.insert(room, Room { here, is_shown });
                self.receipt(trid, room, turn);
            }
            (Step::Joined(trid), Ok(Answer::Room(room, here))) => {
                let is_shown = trid.is_some();
                self.known.insert(room, Room { here, is_shown });
                match trid {
                    Some(trid) => {
                        self.receipt(trid, room, turn);
                        self.show(room, None, turn);
                    }
                    None => self.show_if_several(room, turn),
                }
            }
            (Step::Invited(trid, room), Ok(Answer::Reached(1..))) => {
                self.receipt(trid, room, turn);
            }
            // They are there, and nowhere come into conversations of several.
            (Step::Invited(trid, _), Ok(_)) => {
                self.writer.refuse(trid, refusal::NOT_ONLINE, turn);
            }
            (
                Step::Opened(trid)
                | Step::Joined(Some(trid))
                | Step::Invited(trid, _)
                | Step::Said(trid),
                Err(no),
            ) => {
                let code = refusal::code(no, Subject::Person, self.writer.dialect());
                self.writer.refuse(trid, code, turn);
            }
            // Who is in too many has them written to.
            (Step::Opened(_) | Step::Joined(_) | Step::Said(_), _) => {}
        }
    }

    /// Somebody asks the person in.
    pub(super) fn invited<T: From<Step>>(
        room: RoomId,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let step = T::from(Step::Joined(None));
        requests.give(step, Command::JoinRoom(room), turn);
    }

    /// Somebody has come.
    pub(super) fn joined(&mut self, id: RoomId, one: Participant, turn: &mut Turn<'_>) {
        let Some(room) = self.known.get_mut(&id) else {
            return;
        };
        let is_new = room.here.iter().all(|before| before.who != one.who);
        let who = one.who.clone();
        room.here.push(one);
        if room.is_shown && is_new {
            self.show(id, Some(&who), turn);
        } else {
            self.show_if_several(id, turn);
        }
    }

    /// Somebody has gone by one connection. A conversation of two is over with the other.
    pub(super) fn left<T>(
        &mut self,
        id: RoomId,
        (who, place): (&Who, EndpointId),
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let Some(room) = self.known.get_mut(&id) else {
            return;
        };
        let mut here = room.here.iter();
        let at = here.position(|one| one.who == *who && one.endpoint == place);
        if let Some(at) = at {
            room.here.remove(at);
        }
        let is_gone = room.here.iter().all(|one| one.who != *who);
        if !room.is_shown {
            if room.here.is_empty() {
                self.known.remove(&id);
                requests.tell(Command::LeaveRoom(id), turn);
            }
        } else if is_gone {
            let told = self
                .own()
                .and_then(|to| group::gone((&to, id, self.number), who));
            self.notify(Change::DEL, told, turn);
        }
    }

    /// Somebody says something there. What is no word for people is for switchboards.
    pub(super) fn said(&mut self, id: RoomId, who: &Who, said: &Said, turn: &mut Turn<'_>) {
        let is_full = turn.outgoing() >= turn.config().outgoing_bytes;
        let Some(room) = self.known.get(&id).filter(|_| !is_full) else {
            return;
        };
        // To the client it is a conversation of two.
        let is_group = room.is_shown;
        let mut here = room.here.iter();
        let Some(speaker) = here.find(|one| one.who == *who).cloned() else {
            return;
        };
        let Some(mime) = speech::payload(said).and_then(|body| Mime::parse(body.clone()).ok())
        else {
            return;
        };
        let Some(mime) = self.whole(id, who, mime, turn.monotonic()) else {
            return;
        };
        let spoken = message::spoken(&mime, &speaker.name);
        let shown = spoken.and_then(|spoken| words::shown(&spoken.said));
        let to = if is_group {
            group::muri_of(id)
        } else {
            self.own()
        };
        let (Some(shown), Some(to)) = (shown, to) else {
            return;
        };
        let by = (who, speaker.endpoint);
        if let Some(layers) = words::datagram(&to, by, &shown, None) {
            let payload = layers.into_bytes();
            self.writer.reply(TrId(0), Datagram { payload }, turn);
        }
    }

    /// Long words of a switchboard come in parts.
    fn whole(&mut self, id: RoomId, who: &Who, mime: Mime, now: Instant) -> Option<Mime> {
        if !matches!(Content::of(&mime), Ok(Content::Text(_) | Content::Part(_))) {
            return Some(mime);
        }
        let sender = format!("{:x}/{}", id.0, who.email().as_str());
        self.joiner.push(&sender, mime, now).ok()?
    }

    /// The room is one of several from now on, if it is; the client is asked in.
    fn show_if_several(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        let own = self.place.who();
        let Some(room) = self.known.get_mut(&id) else {
            return;
        };
        let others = people(&room.here, own).len();
        if room.is_shown || others < group::LEAST {
            return;
        }
        room.is_shown = true;
        let members = people(&room.here, own);
        let to = muri(own);
        let told = to.and_then(|to| {
            let all = (members.into_iter(), Some(own));
            group::roster((&to, id, self.number), group::WHOLE, all)
        });
        self.notify(Change::PUT, told, turn);
    }

    /// Tells who is there: all of them, or one who has come.
    fn show(&mut self, id: RoomId, one: Option<&Who>, turn: &mut Turn<'_>) {
        let own = self.place.who();
        let Some(room) = self.known.get(&id) else {
            return;
        };
        let (members, kind) = match one {
            Some(one) => (vec![one], group::PART),
            None => (people(&room.here, own), group::WHOLE),
        };
        if members.is_empty() {
            return;
        }
        let told = muri(own).and_then(|to| {
            let all = (members.into_iter(), None);
            group::roster((&to, id, self.number), kind, all)
        });
        self.notify(Change::PUT, told, turn);
    }

    fn own(&self) -> Option<msnp_proto::Address> {
        muri(self.place.who())
    }

    fn notify(&mut self, change: Change, layers: Option<Layers>, turn: &mut Turn<'_>) {
        if let Some(layers) = layers {
            self.number += 1;
            let payload = layers.into_bytes();
            self.writer.say(Notification { change, payload }, turn);
        }
    }

    /// `PUT n OK`, which comes from the group.
    fn receipt(&self, trid: TrId, room: RoomId, turn: &mut Turn<'_>) {
        let both = self.place.muri().zip(group::muri_of(room));
        let layers = both.map(|(to, from)| Layers::build(&to, &from).finish());
        let payload = layers.map(Layers::into_bytes).unwrap_or_default();
        self.writer.reply(trid, Published { payload }, turn);
    }
}

/// Everybody but oneself, each once.
fn people<'a>(here: &'a [Participant], own: &Who) -> Vec<&'a Who> {
    let mut people: Vec<&Who> = Vec::new();
    for one in here {
        if one.who != *own && !people.contains(&&one.who) {
            people.push(&one.who);
        }
    }
    people
}
