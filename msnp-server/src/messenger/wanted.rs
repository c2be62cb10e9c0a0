//! `Wanted`: what the machine wants done, in order; frames for one connection that follow each other become one effect.

use std::collections::VecDeque;

use bytes::BytesMut;

use super::effect::Effect;
use crate::network::{ConnectionId, Number};

/// What was not taken yet.
#[derive(Debug, Default)]
pub(super) struct Wanted(VecDeque<Wish>);

#[derive(Debug)]
enum Wish {
    Send(ConnectionId, BytesMut, Vec<Number>),
    Other(Effect),
}

impl Wanted {
    /// Puts an effect behind the others.
    pub(super) fn push(&mut self, effect: Effect) {
        self.0.push_back(Wish::Other(effect));
    }

    /// Puts frames for a connection behind the others.
    pub(super) fn send(&mut self, connection: ConnectionId, bytes: &[u8]) {
        if let Some(Wish::Send(to, before, _)) = self.0.back_mut()
            && *to == connection
        {
            before.extend_from_slice(bytes);
        } else {
            let bytes = BytesMut::from(bytes);
            self.0.push_back(Wish::Send(connection, bytes, Vec::new()));
        }
    }

    /// The frames that were put last are, or end with, this message for the connection.
    pub(super) fn is_message(&mut self, connection: ConnectionId, number: Number) {
        if let Some(Wish::Send(to, _, messages)) = self.0.back_mut()
            && *to == connection
        {
            messages.push(number);
        }
    }

    /// The next thing to do.
    pub(super) fn pop(&mut self) -> Option<Effect> {
        Some(match self.0.pop_front()? {
            Wish::Other(effect) => effect,
            Wish::Send(connection, bytes, messages) => Effect::Send {
                connection,
                bytes: bytes.freeze(),
                messages,
            },
        })
    }
}
