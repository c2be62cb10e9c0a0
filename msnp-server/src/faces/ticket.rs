//! What proves who is at a connection.

use machine_contract::Instant;
use msnp_proto::auth;

use crate::identity::{EmailAddress, Who};

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

    /// The person whom this ticket of the sign-in service was made for, if it is good at `now`: whoever has it is that
    /// person (msnp8-18.md 5.2).
    fn owner_of_ticket(&self, _ticket: &auth::Ticket, _now: Instant) -> Option<Who> {
        None
    }

    /// The same, if the proof shows that its bearer has the secret that came with it too: the proof covers the nonce
    /// (msnp8-18.md 5.3).
    fn owner_of_proved_ticket(
        &self,
        _ticket: &auth::Ticket,
        _proof: &str,
        _nonce: &str,
        _now: Instant,
    ) -> Option<Who> {
        None
    }

    /// The person of this account, if the response is the hash of the salt and what proves them in the oldest dialects
    /// (msnp8-18.md 5.1).
    fn owner_of_response(
        &self,
        _account: &EmailAddress,
        _salt: &str,
        _response: &[u8],
    ) -> Option<Who> {
        None
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
