//! What proves who is at a connection.

use machine_contract::Instant;

use crate::identity::Who;

/// Who the cookies of an HTTP request say it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The person.
    pub who: Who,
    /// When the cookies run out.
    pub valid_until: Instant,
}

/// Knows which person a `uic` was made for (gateway.md 16). A face asks at sign-in only.
pub trait Tickets {
    /// The person whom this uic was made for, if it is good at `now`.
    fn owner_of_uic(&self, uic: &str, now: Instant) -> Option<Who>;

    /// Whether uics are known here at all. Where they are not, one beside a valid [`Ticket`] is not looked
    /// at, and one alone signs nobody in.
    fn knows_uics(&self) -> bool {
        true
    }
}

/// No uics are known here.
impl Tickets for () {
    fn owner_of_uic(&self, _uic: &str, _now: Instant) -> Option<Who> {
        None
    }

    fn knows_uics(&self) -> bool {
        false
    }
}
