//! `Refusal`: why a request does not reach a session, and what its client is told.

use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, StatusCode};

/// Why a request does not reach a session.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The path is not the gateway's.
    Path,
    /// Neither POST nor GET nor OPTIONS.
    Method,
    /// The application does not let it in.
    Unwelcome,
    /// The body is above its limit.
    BodyTooLarge,
    /// The query makes no sense.
    Query,
    /// A second request at a time in a gateway of 2003.
    Busy,
    /// The session is not known, or no longer.
    Unknown,
    /// The session has ended, and bytes came for it.
    Ended,
    /// Too many requests of one session at once.
    TooManyPosts,
    /// Too many sessions of one peer.
    TooManyOfPeer,
    /// Too many sessions.
    TooManySessions,
}

impl Refusal {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unwelcome | Self::Query | Self::Busy | Self::Unknown | Self::Ended => {
                StatusCode::BAD_REQUEST
            }
            Self::TooManyPosts | Self::TooManyOfPeer => StatusCode::TOO_MANY_REQUESTS,
            Self::TooManySessions => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) fn write(self, headers: &mut HeaderMap) {
        if self == Self::Method {
            headers.insert(ALLOW, HeaderValue::from_static("POST, GET, OPTIONS"));
        }
    }
}
