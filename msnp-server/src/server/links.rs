//! `Links`: which connection comes by which session of the gateway, and the cookies that it comes with.

use std::collections::BTreeMap;
use std::net::IpAddr;

use gateway_sm::{Claims, Peer, SessionKey};
use http::{HeaderMap, HeaderValue};
use machine_contract::Secret;

use crate::faces::Ticket;
use crate::identity::PersonId;
use crate::network::{ConnectionId, Evidence};
use crate::now::Now;
use crate::sign_in::SignIn;

/// Which connection is which session of the gateway: the numbers are of different worlds. Not all are one.
#[derive(Debug, Default)]
pub(super) struct Links {
    by_session: BTreeMap<SessionKey, Link>,
    by_connection: BTreeMap<ConnectionId, SessionKey>,
    last: u64,
}

#[derive(Debug)]
struct Link {
    connection: ConnectionId,
    peer: Option<Peer>,
    /// Whose cookies have opened the session, if any have.
    owner: Option<PersonId>,
    /// Those that came last, each a line, as bytes of their own: a header's keep the whole request alive.
    cookies: Secret<Vec<u8>>,
}

impl Links {
    /// A number for a connection, whatever it comes by.
    pub(super) const fn next(&mut self) -> ConnectionId {
        self.last += 1;
        ConnectionId(self.last)
    }

    pub(super) fn open(
        &mut self,
        session: SessionKey,
        peer: Option<Peer>,
        owner: Option<PersonId>,
    ) -> ConnectionId {
        let connection = self.next();
        let cookies = Secret::new(Vec::new());
        let link = Link {
            connection,
            peer,
            owner,
            cookies,
        };
        self.by_session.insert(session, link);
        self.by_connection.insert(connection, session);
        connection
    }

    /// Whether the session is somebody else's than whoever these headers speak for, or they come without the cookies by which it was
    /// opened: a session id alone is worth nothing then (gateway.md 16.1).
    pub(super) fn is_anothers(
        &self,
        session: SessionKey,
        headers: &HeaderMap,
        sign_in: &SignIn,
        now: Now,
    ) -> bool {
        let link = self.by_session.get(&session);
        link.and_then(|link| link.owner).is_some_and(|owner| {
            let claims = Claims::of(headers);
            let bearer = sign_in.bearer(&claims.cookies, now.monotonic);
            bearer.is_none_or(|(who, _)| who.person() != owner)
        })
    }

    /// Where a connection comes from, if it comes by a session.
    pub(super) fn peer(&self, connection: ConnectionId) -> Option<IpAddr> {
        let link = self.by_session.get(self.by_connection.get(&connection)?)?;
        link.peer.map(|Peer(address)| address)
    }

    pub(super) fn close(&mut self, session: SessionKey) -> Option<ConnectionId> {
        let Link { connection, .. } = self.by_session.remove(&session)?;
        self.by_connection.remove(&connection);
        Some(connection)
    }

    pub(super) fn connection(&self, session: SessionKey) -> Option<ConnectionId> {
        let link = self.by_session.get(&session)?;
        Some(link.connection)
    }

    /// Whether a request of the session comes with other cookies than the one before. Most come with the same, which
    /// mean the same: a ticket is not renewed, and what was none never becomes one.
    pub(super) fn has_new_cookies(&mut self, session: SessionKey, cookies: &[HeaderValue]) -> bool {
        let Some(link) = self.by_session.get_mut(&session) else {
            return false;
        };
        let mut known = &link.cookies.expose()[..];
        let mut same = cookies.iter().all(|cookie| {
            let rest = known.strip_prefix(cookie.as_bytes());
            let rest = rest.and_then(|rest| rest.strip_prefix(b"\n"));
            rest.inspect(|rest| known = rest).is_some()
        });
        same &= known.is_empty();
        if !same {
            let mut bytes = Vec::new();
            for cookie in cookies {
                bytes.extend_from_slice(cookie.as_bytes());
                // Which none has inside.
                bytes.push(b'\n');
            }
            link.cookies = Secret::new(bytes);
        }
        !same
    }

    pub(super) fn session(&self, connection: ConnectionId) -> Option<SessionKey> {
        self.by_connection.get(&connection).copied()
    }
}

/// The same to the network as to the gateway.
pub(super) const fn evidence_of(evidence: gateway_sm::Evidence) -> Evidence {
    match evidence {
        gateway_sm::Evidence::Written => Evidence::Written,
        gateway_sm::Evidence::Shown => Evidence::Shown,
        gateway_sm::Evidence::Taken => Evidence::Taken,
        gateway_sm::Evidence::Lost => Evidence::Lost,
    }
}

/// Who a request comes from, by what the gateway says that it claims. Its headers are not to be
/// read here: a page of another site can have a browser send cookies, and the gateway knows when
/// they count.
pub(super) fn ticket_of(sign_in: &SignIn, claims: &Claims, now: Now) -> Option<Ticket> {
    if let Some((who, valid_until)) = sign_in.bearer(&claims.cookies, now.monotonic) {
        return Some(Ticket { who, valid_until });
    }
    let token = claims.ssl_auth_token.as_ref()?;
    sign_in.bearer_of_token(token, now.monotonic)
}

/// What a request shows to be somebody's: cookies, and a token.
pub(super) fn proofs_of(claims: &Claims) -> Vec<HeaderValue> {
    let token = &claims.ssl_auth_token;
    claims.cookies.iter().chain(token).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_new_when_any_of_them_is_another() {
        let (mut links, session) = (Links::default(), SessionKey::new(7));
        let cookies = |all: &[&'static str]| -> Vec<HeaderValue> {
            all.iter().copied().map(HeaderValue::from_static).collect()
        };
        assert!(
            !links.has_new_cookies(session, &cookies(&["a=1"])),
            "no such session"
        );
        links.open(session, None, None);
        assert!(!links.has_new_cookies(session, &[]));
        for (now, new) in [
            (&["a=1"][..], true),
            (&["a=1"], false),
            (&["a=1", "b=2"], true),
            (&["a=1", "b=2"], false),
            (&["a=1b=2"], true),
            (&["a=1b"], true),
            (&["a=2b"], true),
            (&[], true),
        ] {
            assert_eq!(
                links.has_new_cookies(session, &cookies(now)),
                new,
                "{now:?}"
            );
        }
        assert!(!format!("{links:?}").contains("a="), "{links:?}");
    }
}
