//! What is said about the connection itself, on the channel `CON`.

use std::time::Duration;

use bytes::Bytes;
use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::payload::xml::Element;
use msnp_proto::{Frame, TrId, Verb};

/// The body of the reply to `PNG`: the time until the next is due.
pub(super) fn pong(every: Duration) -> Bytes {
    let seconds = every.as_secs().to_string();
    let body = Element::new("ping-response").with("wait", seconds);
    body.to_vec().into()
}

/// The answer to a bare `PNG`. How long the client may wait is not said: it asks when it pleases.
pub(super) const BARE_PONG: &[u8] = b"QNG 0\r\n";

/// Whether it is the `PNG` of MSNP21, which one client sends on MSNP24 connections too, and without whose
/// `QNG` it gives up after 120 s (msnp24.md 6.14). One with a transaction id is no such thing.
pub(super) fn is_bare_ping(frame: &Frame) -> bool {
    frame.verb() == Verb::PNG && frame.params().next().is_none()
}

/// `OUT` with a reason.
pub(super) fn goodbye(reason: &'static str) -> Frame {
    let mut out = Envelope::new(Verb::OUT, TrId(0), Channel::Con);
    out.body = Bytes::from_static(reason.as_bytes());
    out.to_frame()
}
