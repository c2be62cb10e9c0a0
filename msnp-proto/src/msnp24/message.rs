//! `SDG MSGR` and `ACK MSGR`: messages of both directions, and their receipt (msnp24.md 6.8, 6.9).

use crate::msnp24::HeaderValue;
use crate::payload::layers::Layers;

/// `SDG 0 MSGR`: a message from the server.
///
/// The layers are a slice of the frame; [`payload::message`](crate::payload::message) reads what
/// is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: Layers,
    /// `Ack-Id`: to be returned by an [`Acknowledge`].
    pub ack_id: Option<HeaderValue>,
}

/// `ACK 0 MSGR`: a delivery has arrived. Official clients send it with the transaction id 0, and
/// get no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledge {
    /// The `Ack-Id` of the delivery.
    pub id: HeaderValue,
}
