//! One session of a caller.

use machine_contract::Instant;
use std::fmt;
use std::time::Duration;

use msnp_proto::Guid;
use soap_codec::Secret;
use soap_codec::bsim::{self, IM};

use super::im_session::ImSession;
use super::queue::Receipt;
use super::upstream::AccountKey;

/// What a caller shows to be in session. `Debug` does not show it.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SessionId([u8; 16]);

impl SessionId {
    /// None comes before this one,
    pub(super) const FIRST: Self = Self([0; 16]);
    /// and none behind this one.
    pub(super) const LAST: Self = Self([0xff; 16]);

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
    user: String,
    is_on_trial: bool,
    /// When the caller was heard last.
    heard: Instant,
    /// Its IM accounts, in the order in which they were signed in.
    im_sessions: Vec<ImSession>,
}

impl Session {
    /// A session of the service account `user`, who is heard now.
    pub(super) fn new(user: &str, now: Instant) -> Self {
        Self {
            user: user.to_owned(),
            is_on_trial: false,
            heard: now,
            im_sessions: Vec::new(),
        }
    }

    /// Its service account is on trial.
    pub(super) const fn put_on_trial(&mut self) {
        self.is_on_trial = true;
    }

    /// Whether it is one of that service account.
    pub(super) fn is_of(&self, user: &str) -> bool {
        self.user == user
    }

    /// Whether nothing was heard of the caller for `silence`.
    pub(super) fn is_silent(&self, silence: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) >= silence
    }

    /// When the caller was heard last.
    pub(super) const fn heard(&self) -> Instant {
        self.heard
    }

    /// The caller is heard now.
    pub(super) const fn hear(&mut self, now: Instant) {
        self.heard = now;
    }

    /// How many IM accounts it has.
    pub(super) const fn im_sessions(&self) -> usize {
        self.im_sessions.len()
    }

    pub(super) fn add(&mut self, im: ImSession) {
        self.im_sessions.push(im);
    }

    pub(super) fn im(&mut self, account: &str) -> Option<&mut ImSession> {
        self.im_sessions.iter_mut().find(|im| im.is(account))
    }

    pub(super) fn im_by_key(&mut self, key: AccountKey) -> Option<&mut ImSession> {
        self.im_sessions.iter_mut().find(|im| im.key() == key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = AccountKey> {
        self.im_sessions.iter().map(ImSession::key)
    }

    /// Gives all that waits to be fetched.
    pub(super) fn fetch(&mut self) -> Vec<IM> {
        let mut ims: Vec<_> = self.im_sessions.iter_mut().map(ImSession::fetch).collect();
        if self.is_on_trial {
            ims.iter_mut().for_each(shorten);
        }
        ims
    }

    /// What was given last has been read: what is to be acknowledged by that. Accounts that are over have been told of,
    /// and are gone.
    pub(super) fn was_read(&mut self) -> Vec<Receipt> {
        let read = self.im_sessions.iter_mut().flat_map(ImSession::was_read);
        let read = read.collect();
        self.im_sessions.retain(|im| !im.is_told_over());
        read
    }

    /// What was given last may be lost: it waits again.
    pub(super) fn give_again(&mut self) {
        self.im_sessions.iter_mut().for_each(ImSession::give_again);
    }
}

/// Gives of each message what the original gave to service accounts on trial, to the byte (soap.md 2.3).
fn shorten(im: &mut IM) {
    for event in &mut im.events {
        if let bsim::Event::OnMessage(messages) = event {
            for message in messages {
                let mut text: String = message.text.chars().take(5).collect();
                text.push_str("...  (TRIAL MESSAGE)");
                message.text = text;
            }
        }
    }
}
