//! `Requests`: what was asked of the network, and what follows from the answer.

use std::collections::BTreeMap;

use crate::faces::turn::Turn;
use crate::network::{Command, RequestId};

/// The open requests of one connection. One of them at most is its client's line's, which the next line waits for.
#[derive(Debug)]
pub(super) struct Requests<T> {
    last: u64,
    line: Option<RequestId>,
    open: BTreeMap<RequestId, T>,
}

impl<T> Requests<T> {
    pub(super) const fn new() -> Self {
        Self {
            last: 0,
            line: None,
            open: BTreeMap::new(),
        }
    }

    /// Gives a command for the client's line.
    pub(super) fn ask(&mut self, then: T, command: Command, turn: &mut Turn<'_>) {
        let request = self.next();
        self.line = Some(request);
        self.open.insert(request, then);
        turn.command(request, command);
    }

    /// Gives a command that no line waits for.
    pub(super) fn give(&mut self, then: T, command: Command, turn: &mut Turn<'_>) {
        let request = self.next();
        self.open.insert(request, then);
        turn.command(request, command);
    }

    /// Gives a command from whose answer nothing follows.
    pub(super) fn tell(&mut self, command: Command, turn: &mut Turn<'_>) {
        let request = self.next();
        turn.command(request, command);
    }

    /// A request was answered: what follows.
    pub(super) fn take(&mut self, request: RequestId) -> Option<T> {
        if self.line == Some(request) {
            self.line = None;
        }
        self.open.remove(&request)
    }

    /// Whether a line of the client's waits for its answer.
    pub(super) const fn is_waiting(&self) -> bool {
        self.line.is_some()
    }

    const fn next(&mut self) -> RequestId {
        self.last += 1;
        RequestId(self.last)
    }
}
