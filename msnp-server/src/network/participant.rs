//! `Participant`: somebody in a room.

use std::sync::Arc;

use super::message::EndpointId;
use super::presence::Presence;
use crate::identity::Who;

/// Somebody who is in a room by one connection, as they were when they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub who: Who,
    /// At which of their places. Somebody may be in a room from several.
    pub endpoint: EndpointId,
    /// Whether by a connection that is for this conversation alone, and not by a place.
    pub apart: bool,
    /// What they are called.
    pub name: Arc<str>,
    /// What others are shown of them; nothing of who hides.
    pub shown: Option<Arc<Presence>>,
}
