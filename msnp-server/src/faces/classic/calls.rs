//! `Calls`: the conversations of one place: those that have a connection of their own, and those that its client was called
//! to (msnp8-18.md 9.1).
//!
//! Each has a private room, in which nobody is but this place's main connection and the conversation's. What people say to the
//! person comes to the main connection, which hands it over there; where nobody would take it, it calls.

use std::collections::VecDeque;
use std::sync::Arc;

use machine_contract::Instant;
use msnp_proto::classic::{Carrier, Name, Ring, ServerAddress, SwitchboardReferral, Word};
use msnp_proto::{Secret, TrId};

use super::handover::Handover;
use super::lists::account;
use super::requests::Requests;
use super::session;
use super::writer::Writer;
use crate::faces::passes::{Call, LIFETIME, Pass};
use crate::faces::turn::Turn;
use crate::identity::{PersonId, Who};
use crate::network::{Command, EndpointId, Evidence, Number, RoomId, Said};

/// Conversations of one place; with one more it is too active. The network lets a connection into as many rooms.
const MOST: usize = 60;

/// What is said, and its number if it is kept until it is received.
pub(super) type Waiting = (Option<Number>, Said);

/// All of them.
#[derive(Debug)]
pub(super) struct Calls {
    of: Pass,
    talks: Vec<Talk>,
    last: u64,
}

/// One conversation.
#[derive(Debug)]
struct Talk {
    id: u64,
    /// The private room; `None` until it is open.
    home: Option<RoomId>,
    /// The line that asked for it, if none has called.
    asked: Option<TrId>,
    /// Who has called.
    call: Option<(Who, Arc<str>, Option<RoomId>)>,
    /// With whom alone it is.
    with: Option<PersonId>,
    /// Connections of the conversation that are there.
    here: usize,
    /// Until when one may come.
    until: Instant,
    waiting: VecDeque<Waiting>,
}

/// Who has the conversations, as the client said last.
#[derive(Debug)]
pub(super) struct Speaker {
    pub(super) writer: Writer,
    /// What the person is called.
    pub(super) name: Arc<str>,
    /// Whether the client puts parts of a long message together.
    pub(super) joins_parts: bool,
}

/// A room was asked for.
#[derive(Copy, Clone, Debug)]
pub(super) struct Opening(u64);

impl Calls {
    /// None yet, of this place.
    pub(super) fn new(who: Who, place: EndpointId, writer: Writer) -> Self {
        let of = Pass {
            who,
            name: "".into(),
            place,
            dialect: writer.dialect().number(),
            joins_parts: false,
            home: RoomId(0),
            call: None,
        };
        Self {
            of,
            talks: Vec::new(),
            last: 0,
        }
    }

    /// `XFR … SB`: the client is about to call somebody. False: it has too many conversations.
    pub(super) fn ask<T: From<Opening>>(
        &mut self,
        trid: TrId,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> bool {
        self.forget_missed(requests, turn);
        let Some(talk) = self.add(turn) else {
            return false;
        };
        talk.asked = Some(trid);
        requests.ask(T::from(Opening(talk.id)), Command::OpenRoom, turn);
        true
    }

    /// Somebody calls, into a room or by what they have said; it is handed over once the client has come. Nothing
    /// happens if there are too many conversations: what is kept waits for the next sign-in.
    pub(super) fn call<T: From<Opening>>(
        &mut self,
        (by, name, room): (&Who, &Arc<str>, Option<RoomId>),
        waiting: VecDeque<Waiting>,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let Some(talk) = self.add(turn) else {
            return;
        };
        talk.call = Some((by.clone(), name.clone(), room));
        talk.with = Some(by.person());
        talk.waiting = waiting;
        requests.give(T::from(Opening(talk.id)), Command::OpenRoom, turn);
    }

    /// Hands over what somebody has said, or calls the client to it. What only passes by (`rings` is false) calls nobody.
    pub(super) fn hand_over<T: From<Opening>>(
        &mut self,
        (by, name): (&Who, &Arc<str>),
        said: Waiting,
        rings: bool,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let missed = self.forget_missed(requests, turn);
        let with = Some(by.person());
        // The client shows the newest.
        let here = self.talks.iter_mut().rev();
        let mut here = here.filter(|one| one.with == with);
        if let Some(talk) = here.find(|one| one.here > 0) {
            talk.waiting.push_back(said);
            return talk.pass_on(by, requests, turn);
        }
        if !rings {
            return;
        }
        let coming = self.talks.iter_mut().rev();
        let mut coming = coming.filter(|one| one.with == with);
        if let Some(talk) = coming.next() {
            talk.waiting.push_back(said);
            return;
        }
        let again = missed.into_iter().filter(|(whose, _)| Some(*whose) == with);
        let mut waiting: VecDeque<_> = again.flat_map(|(_, waiting)| waiting).collect();
        waiting.push_back(said);
        self.call((by, name, None), waiting, requests, turn);
    }

    /// The private room is open: the client is told where to go. `None`: nobody waits for it any more.
    pub(super) fn opened<T>(
        &mut self,
        opening: Opening,
        room: Option<RoomId>,
        speaker: Speaker,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> Option<TrId> {
        let at = self.talks.iter().position(|one| one.id == opening.0)?;
        let Some(room) = room else {
            return self.talks.remove(at).asked;
        };
        let talk = &mut self.talks[at];
        talk.home = Some(room);
        talk.until = turn.monotonic() + LIFETIME;
        let Speaker {
            writer,
            name,
            joins_parts,
        } = speaker;
        // A client shows people by the call, not by the room: two calls of one room are two to it.
        let number = u128::from_be_bytes(turn.prng().bytes());
        let session: Arc<str> = session::named(number).into();
        let call = talk.call.as_ref().map(|(by, name, room)| Call {
            session: session.clone(),
            room: *room,
            by: by.clone(),
            name: name.clone(),
        });
        let pass = Pass {
            name,
            joins_parts,
            home: room,
            call: call.clone(),
            ..self.of.clone()
        };
        let address = ServerAddress::from(Word::encode(turn.switchboard()));
        let token = turn.grant(pass);
        let token = Secret::new(Word::encode(token.expose()));
        match (talk.asked.take(), call) {
            (Some(trid), _) => {
                let referral = SwitchboardReferral {
                    address,
                    token,
                    carrier: Some(Carrier::DIRECT),
                    domain: Some(Word::encode("messenger.msn.com")),
                    direct: Some(true),
                };
                writer.reply(trid, referral, turn);
            }
            (None, Some(call)) => {
                let ring = Ring {
                    session: Word::encode(&session),
                    address,
                    token,
                    inviter: account(&call.by),
                    name: Some(Name::new(&call.name)),
                    carrier: Some(Carrier::DIRECT),
                    domain: Some(Word::encode("messenger.hotmail.com")),
                    direct: Some(true),
                };
                writer.say(ring, turn);
            }
            (None, None) => requests.tell(Command::LeaveRoom(room), turn),
        }
        None
    }

    /// The connection of a conversation has come into its private room.
    pub(super) fn joined<T>(
        &mut self,
        room: RoomId,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        if let Some(talk) = self.talks.iter_mut().find(|one| one.home == Some(room)) {
            talk.here += 1;
            if let Some((by, ..)) = talk.call.clone() {
                talk.pass_on(&by, requests, turn);
            }
        }
    }

    /// It has gone out again.
    pub(super) fn left<T>(
        &mut self,
        room: RoomId,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let Some(at) = self.talks.iter().position(|one| one.home == Some(room)) else {
            return;
        };
        self.talks[at].here = self.talks[at].here.saturating_sub(1);
        if self.talks[at].here == 0 {
            self.talks.remove(at);
            requests.tell(Command::LeaveRoom(room), turn);
        }
    }

    /// It says something in it; what the network is to be told of that.
    pub(super) fn said(&mut self, room: RoomId, said: &Said) -> Vec<Command> {
        match Handover::read(said) {
            Some(Handover::With(with)) => {
                let talk = self.talks.iter_mut().find(|one| one.home == Some(room));
                if let Some(talk) = talk {
                    talk.with = with;
                }
                Vec::new()
            }
            Some(Handover::Received(numbers)) => {
                let received = numbers.into_iter().map(Command::CountsAsReceived);
                received.collect()
            }
            Some(Handover::Taken(numbers)) => vec![Command::Evidence(Evidence::Taken, numbers)],
            Some(Handover::Said { .. }) | None => Vec::new(),
        }
    }

    fn add(&mut self, turn: &Turn<'_>) -> Option<&mut Talk> {
        if self.talks.len() >= MOST {
            return None;
        }
        self.last += 1;
        self.talks.push(Talk {
            id: self.last,
            home: None,
            asked: None,
            call: None,
            with: None,
            here: 0,
            until: turn.monotonic() + LIFETIME,
            waiting: VecDeque::new(),
        });
        self.talks.last_mut()
    }

    /// Conversations to which nobody came while the word for them was good; what waits for them is given.
    fn forget_missed<T>(
        &mut self,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> Vec<(PersonId, VecDeque<Waiting>)> {
        let now = turn.monotonic();
        let missed = |one: &mut Talk| one.here == 0 && one.until <= now && one.home.is_some();
        let gone: Vec<_> = self.talks.extract_if(.., missed).collect();
        for room in gone.iter().filter_map(|one| one.home) {
            requests.tell(Command::LeaveRoom(room), turn);
        }
        let waiting = gone.into_iter();
        waiting
            .filter_map(|one| Some((one.with?, one.waiting)))
            .collect()
    }
}

impl Talk {
    /// Hands over what waits, if somebody is there to take it.
    fn pass_on<T>(&mut self, by: &Who, requests: &mut Requests<T>, turn: &mut Turn<'_>) {
        let Some(room) = self.home.filter(|_| self.here > 0) else {
            return;
        };
        for (number, said) in self.waiting.drain(..) {
            let handover = Handover::Said {
                number,
                author: by.email().as_str().into(),
                said,
            };
            let said = handover.to_said();
            requests.tell(Command::SayInRoom { room, said }, turn);
        }
    }
}
