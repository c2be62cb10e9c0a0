//! What proves who is at a connection.

use machine_contract::{Instant, Secret};
use msnp_proto::auth::md5_sign_in;

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

    /// Whose a ticket of the sign-in services is that stands in a line by itself (`USR n TWN S`, a compact ticket).
    ///
    /// # Errors
    /// [`TicketRefused`].
    fn owner_of_ticket(&self, _ticket: &str, _now: Instant) -> Result<Ticket, TicketRefused> {
        Err(TicketRefused::Unknown)
    }

    /// Whose a ticket is that comes with the proof that its sender has the secret that was issued with it:
    /// the `MBI_KEY_OLD` blob over the `nonce` of `USR n SSO S` (msnp8-18.md 5.3).
    ///
    /// # Errors
    /// [`TicketRefused`].
    fn owner_by_proof(
        &self,
        _ticket: &str,
        _blob: &str,
        _nonce: &str,
        _now: Instant,
    ) -> Result<Ticket, TicketRefused> {
        Err(TicketRefused::Unknown)
    }
}

/// Why a ticket of the sign-in services signs nobody in. On the wire all of them look the same.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketRefused {
    /// It is none, was never given, or has ended.
    #[error("the ticket is not in force")]
    Unknown,
    /// It was given for a web service, such as that of the lists, and is not good for more.
    #[error("the ticket is for a web service")]
    OtherPurpose,
    /// There is no secret to it, or the proof is not made with that.
    #[error("the proof does not fit the ticket")]
    Proof,
}

/// What somebody says who signs in with an access token, by MD5 (msnp8-18.md 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaim {
    /// Who they say to be.
    pub address: EmailAddress,
    /// What they were to hash with the token.
    pub salt: String,
    /// The 32 digits that they say come of it.
    pub answer: Secret<String>,
}

impl AccessClaim {
    /// Whether it was made with this token. It takes as long wherever the two differ.
    pub fn fits(&self, token: &Secret<String>) -> bool {
        let answer = self.answer.expose().as_bytes();
        md5_sign_in::verify(&self.salt, token.expose(), answer)
    }
}

/// Why an [`AccessClaim`] signs nobody in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefused {
    /// No access token of such an account gives that answer.
    #[error("the answer is not right")]
    Wrong,
    /// There were too many wrong ones.
    #[error("too many wrong answers")]
    TooMany,
    /// It could not be checked.
    #[error("the answer cannot be checked now")]
    Unavailable,
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
