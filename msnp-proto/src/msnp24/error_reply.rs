//! Three digits in place of a reply (msnp24.md 7.1).

use bytes::Bytes;

use crate::ErrorCode;
use crate::msnp24::Channel;

/// `911 2 CON 23`: the request with this transaction id failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReply {
    /// What went wrong.
    pub code: ErrorCode,
    /// The request's channel, without its sub-type.
    pub channel: Channel,
    /// A text for people, `Authentication failed`; may be a longer document.
    pub text: Bytes,
}
