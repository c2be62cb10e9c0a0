//! Password checks, which are slow on purpose and so the shell's, and checks of access tokens, which only the store has:
//! what the shell is asked, and what it answers.

mod attempts;
mod fair_queue;

use machine_contract::Secret;

pub(crate) use self::attempts::{Attempts, WIDER};
pub(crate) use self::fair_queue::FairQueue;
use crate::faces::AccessClaim;
use crate::identity::{EmailAddress, Who};
use crate::peer_network::PeerNetwork;
use crate::user_id::UserId;

/// The number of a check; never given twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(pub u64);

/// A password that is to be checked. `Debug` hides it.
///
/// Check against something also if there is no such account: the time taken must not tell which accounts
/// exist.
#[derive(Clone, Debug)]
pub struct PasswordCheck {
    /// Which check.
    pub id: CheckId,
    /// Whose password it is said to be.
    pub account: Claimant,
    /// The password.
    pub password: Secret<String>,
    /// The network that it comes from, if it is one by itself.
    pub from: Option<PeerNetwork>,
}

/// A claim that is to be checked: whether it [fits](AccessClaim::fits) one of the
/// [access tokens](crate::AccessToken) of that account, and nobody has disabled it.
#[derive(Clone, Debug)]
pub struct AccessCheck {
    /// Which check.
    pub id: CheckId,
    /// What is claimed.
    pub claim: AccessClaim,
}

/// Who somebody says to be. A person and a user of the IM web service may be called the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimant {
    /// The person with this address.
    Person(EmailAddress),
    /// This user of the IM web service.
    ServiceUser(UserId),
}

/// What became of a check.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is the password, or an access token, of this person.
    Right(Who),
    /// It is the password of this user of the IM web service.
    RightUser {
        /// Whose messages are shortened (soap.md 2.3).
        is_on_trial: bool,
    },
    /// It is none, or there is no such account.
    Wrong,
    /// It could not be checked.
    Unavailable,
}
