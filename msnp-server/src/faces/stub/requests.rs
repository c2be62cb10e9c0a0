//! `Requests`: what the network was asked, and what follows from the answers.

use std::collections::BTreeMap;

use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{Command, Number, RequestId, RoomId};

/// What follows from an answer.
#[derive(Debug)]
pub(super) enum Then {
    /// The person is there, and the next step of the sign-in is due.
    Entered,
    /// How the person is seen was said.
    Shown,
    /// The sign-in is done.
    Welcome,
    /// The client is told this, or that the word was refused.
    Say {
        /// The client's word.
        word: String,
        /// The answer.
        done: String,
    },
    /// The person is known with whom the client wants to speak.
    Found,
    /// A room was opened in which the conversation with somebody is told what waits for it.
    Opened(Who),
    /// A message was passed to its conversation.
    Passed(Number),
    /// The room was joined in which the main connection tells what waits.
    InFromHome,
    /// A room of the conversation was joined; the client waits for it, or not.
    Joined(RoomId, bool),
    /// A room of the conversation was opened.
    Own,
    /// The other was asked in.
    Invited,
    /// This was said in the room.
    SaidInRoom(String),
    /// It was sent.
    Sent,
    /// There is nothing to say about it.
    Nothing,
}

/// The open requests of one connection. One of them at most is its client's line's, which the next line waits for.
#[derive(Debug, Default)]
pub(super) struct Requests {
    last: u64,
    line: Option<RequestId>,
    open: BTreeMap<RequestId, Then>,
}

impl Requests {
    /// Gives a command for the client's line.
    pub(super) fn ask(&mut self, then: Then, command: Command, turn: &mut Turn<'_>) {
        let request = self.give(then, command, turn);
        self.line = Some(request);
    }

    /// Gives a command that no line waits for.
    pub(super) fn give(&mut self, then: Then, command: Command, turn: &mut Turn<'_>) -> RequestId {
        self.last += 1;
        let request = RequestId(self.last);
        self.open.insert(request, then);
        turn.command(request, command);
        request
    }

    /// A request was answered: what follows.
    pub(super) fn take(&mut self, request: RequestId) -> Option<Then> {
        if self.line == Some(request) {
            self.line = None;
        }
        self.open.remove(&request)
    }

    /// Whether a line of the client's waits for its answer.
    pub(super) const fn is_waiting(&self) -> bool {
        self.line.is_some()
    }
}
