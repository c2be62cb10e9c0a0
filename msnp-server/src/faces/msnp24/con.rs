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

/// `OUT` with a reason.
pub(super) fn goodbye(reason: &'static str) -> Frame {
    let mut out = Envelope::new(Verb::OUT, TrId(0), Channel::Con);
    out.body = Bytes::from_static(reason.as_bytes());
    out.to_frame()
}
