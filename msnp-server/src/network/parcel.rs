//! `Parcel`: what goes from one home to another, and what a home keeps of it.

use std::sync::Arc;

use super::batch_id::BatchId;
use super::letter::{Actor, AskId, Letter, Postage, Words};
use super::message::MessageName;
use super::sending::Sending;
use crate::identity::{HomeId, PersonId};

/// Something that a person says to one of another home. What it says concerns nobody on its way; to be given to
/// [`handle_parcel`](super::Network::handle_parcel) there. A cheap clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    to: HomeId,
    number: Option<u64>,
    contents: Arc<Contents>,
    /// The message that its author waits for; known at the author's home alone.
    sending: Option<Arc<Sending>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Contents {
    from: PersonId,
    to: PersonId,
    words: Words,
}

/// What a home keeps of its correspondence with others, to
/// [go on](super::Network::with_correspondence) from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correspondence {
    /// What was said and is not settled, in the order of the numbers; and whether the bus has it.
    pub outgoing: Vec<(Parcel, bool)>,
    /// The last number that something had, to each home.
    pub sent: Vec<(HomeId, u64)>,
    /// The number of the last that is done, from each home.
    pub received: Vec<(HomeId, u64)>,
}

impl Parcel {
    /// A letter from somebody who lives here to somebody who does not; `None` if it is none.
    pub(super) fn new(
        letter: &Letter,
        number: Option<u64>,
        sending: Option<Sending>,
    ) -> Option<Self> {
        let (Actor::Person(from), Actor::Elsewhere(home, to)) = (letter.from(), letter.to()) else {
            return None;
        };
        let words = letter.words().clone();
        Some(Self {
            to: home,
            number,
            contents: Arc::new(Contents { from, to, words }),
            sending: sending.map(Arc::new),
        })
    }

    /// The home that it goes to.
    pub const fn to(&self) -> HomeId {
        self.to
    }

    /// Its number among those to that home. `None`: it may be lost.
    pub const fn number(&self) -> Option<u64> {
        self.number
    }

    /// Whether it is kept until it is [settled](super::Change::Settled), also when the bus has it.
    pub const fn is_a_question(&self) -> bool {
        self.sending.is_some()
    }

    /// The name of the message that it asks to keep.
    pub fn name(&self) -> Option<MessageName> {
        Some(self.sending.as_ref()?.message.name)
    }

    /// The question of its author, and the message that it is about.
    pub(super) fn sending(&self) -> Option<(PersonId, AskId, &Sending)> {
        let (sending, Words::Deliver { ask: Some(ask), .. }) =
            (self.sending.as_ref()?, &self.contents.words)
        else {
            return None;
        };
        Some((self.contents.from, *ask, sending))
    }

    /// As others may have it.
    pub(super) fn sealed(&self) -> Self {
        Self {
            sending: None,
            ..self.clone()
        }
    }

    /// The letter in it, which comes from `home` and depends on `hold`. `None` if it is not of the sort that comes
    /// with a number, or without.
    pub(super) fn open(&self, home: HomeId, hold: BatchId) -> Option<Letter> {
        let from = Actor::Elsewhere(home, self.contents.from);
        let to = Actor::Person(self.contents.to);
        let letter =
            Letter::new(from, to, hold, self.contents.words.clone()).with_parcel(self.number);
        let expected = match self.number {
            Some(_) => Postage::Kept,
            None => Postage::Fleeting,
        };
        (letter.postage() == expected).then_some(letter)
    }
}
