//! `Publishing`: what the client puts of itself, from the first status in which on the person is there (msnp24.md 8, 16.1).

use msnp_proto::payload::layers::Layers;
use msnp_proto::{Address as Muri, ErrorCode};

use super::words::muri;
use crate::faces::classic::refusal;
use crate::faces::classic::requests::Requests;
use crate::faces::layered::presence::{self, Published};
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{Command, EndpointId, Publication, Status, Subscription};

/// What the client has put.
#[derive(Debug, Default)]
pub(super) struct Publishing {
    /// Whether the person has said a status yet.
    is_there: bool,
}

/// The person, at this place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    who: Who,
    id: EndpointId,
}

impl Place {
    pub(super) const fn new(who: Who, id: EndpointId) -> Self {
        Self { who, id }
    }

    pub(super) const fn who(&self) -> &Who {
        &self.who
    }

    pub(super) const fn id(&self) -> EndpointId {
        self.id
    }

    /// How the person is called, at this place.
    pub(super) fn muri(&self) -> Option<Muri> {
        Some(muri(&self.who)?.with_epid(self.id))
    }

    /// What `PUT` is answered with: two blocks, and nothing behind them (msnp24.md 5).
    pub(super) fn receipt(&self) -> Option<Layers> {
        Some(Layers::build(&self.muri()?, &muri(&self.who)?).finish())
    }
}

impl Publishing {
    /// Reads the document of a `PUT`.
    pub(super) fn read(
        layers: &Layers,
        place: &Place,
        turn: &Turn<'_>,
    ) -> Result<Published, ErrorCode> {
        if layers.body().len() > turn.config().presence_bytes {
            return Err(refusal::INVALID_PARAMETER);
        }
        presence::read(layers.body(), place.id).map_err(|fault| refusal::of_layers(&fault))
    }

    /// Publishes it. True: with the first status the person is told of others, and what waits comes.
    pub(super) fn publish<T>(
        &mut self,
        publication: Publication,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> bool {
        let is_there = publication
            .status
            .is_some_and(|status| status != Status::Offline);
        requests.tell(Command::Publish(publication), turn);
        let is_first = is_there && !self.is_there;
        if is_first {
            self.is_there = true;
            let all = Subscription {
                roster: false,
                presence: true,
                messages: true,
                rooms: true,
            };
            requests.tell(Command::Subscribe(all), turn);
        }
        is_first
    }
}
