//! `Receipts`: what the client of a conversation was sent, and has not shown to have read.

use std::time::Duration;

use machine_contract::Instant;

use super::handover::Handover;
use super::requests::Requests;
use super::unshown::Unshown;
use crate::faces::turn::Turn;
use crate::network::{Command, Number, RoomId};

/// Who signs out leaves conversation and main connection at once, by two ways of which either may be the faster.
const LINGER: Duration = Duration::from_secs(5);

/// Messages that count as received when the client shows by anything that it has read them.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    unshown: Unshown,
    /// The main connection is gone: until then that may still be shown.
    awaited_until: Option<Instant>,
}

impl Receipts {
    /// The client was sent this, if it has a number.
    pub(super) fn sent(&mut self, number: Option<Number>) {
        if let Some(number) = number {
            self.unshown.add(number);
        }
    }

    /// Those of them are known to have been shown. `home` is where the main connection hears of it.
    pub(super) fn shown<T>(
        &mut self,
        which: impl Fn(&Number) -> bool,
        home: RoomId,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let received = self.unshown.take(which);
        if received.is_empty() {
            return;
        }
        // Not by the main connection alone: whoever signs out leaves that at the same moment.
        for number in &received {
            requests.tell(Command::CountsAsReceived(*number), turn);
        }
        let said = Handover::Received(received).to_said();
        requests.tell(Command::SayInRoom { room: home, said }, turn);
    }

    /// Those of them were taken by a connection that was closed as its request had asked. What that means the network says, to the
    /// main connection; what the client does may still show them.
    pub(super) fn taken<T>(
        &self,
        which: impl Fn(&Number) -> bool,
        home: RoomId,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let taken = self.unshown.of(which);
        if !taken.is_empty() {
            let said = Handover::Taken(taken).to_said();
            requests.tell(Command::SayInRoom { room: home, said }, turn);
        }
    }

    /// The main connection is gone. False: there is nothing to wait for.
    pub(super) fn wait(&mut self, now: Instant) -> bool {
        self.awaited_until = Some(now + LINGER);
        !self.unshown.is_empty()
    }

    pub(super) const fn awaited_until(&self) -> Option<Instant> {
        self.awaited_until
    }
}
