//! One session of a caller.

use machine_contract::Instant;
use std::fmt;
use std::time::Duration;

use msnp_proto::Guid;
use soap_codec::{Secret, bsim};

use super::im::Im;

/// What a caller shows to be in session. `Debug` does not show it.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SessionId([u8; 16]);

impl SessionId {
    /// An id of these random bytes, as a UUID of version 4.
    pub(super) const fn new(mut entropy: [u8; 16]) -> Self {
        entropy[6] = entropy[6] & 0x0f | 0x40;
        entropy[8] = entropy[8] & 0x3f | 0x80;
        Self(entropy)
    }

    /// Reads what callers show; in any case, since .NET's own text form is in lower case.
    pub(super) fn of(session: Option<&bsim::Session>) -> Option<Self> {
        let id = session?.session_id.as_ref()?;
        let guid: Guid = id.expose().trim().parse().ok()?;
        Some(Self(*guid.as_bytes()))
    }

    /// An upper-case GUID without braces (soap.md 2.3).
    pub(super) fn to_secret(self) -> Secret<String> {
        Secret::new(Guid::from_bytes(self.0).to_string().to_ascii_uppercase())
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId")
    }
}

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    /// The service account.
    pub(super) user: String,
    /// When the caller was heard last.
    pub(super) heard: Instant,
    /// Its IM accounts, in the order in which they were signed in.
    pub(super) ims: Vec<Im>,
}

impl Session {
    /// Whether nothing was heard of the caller for `silence`.
    pub(super) fn is_silent(&self, silence: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) >= silence
    }

    pub(super) fn im(&mut self, account: &str) -> Option<&mut Im> {
        self.ims.iter_mut().find(|im| im.is(account))
    }
}
