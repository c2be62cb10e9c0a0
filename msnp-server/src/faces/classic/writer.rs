//! `Writer`: what the server says, in the dialect that was agreed upon.

use msnp_proto::classic::{ErrorReply, ServerBody, ServerCommand};
use msnp_proto::{Dialect, ErrorCode, TrId};

use crate::faces::turn::Turn;

/// Writes lines of one dialect.
#[derive(Copy, Clone, Debug)]
pub(super) struct Writer {
    dialect: Dialect,
}

impl Writer {
    pub(super) const fn new(dialect: Dialect) -> Self {
        Self { dialect }
    }

    pub(super) const fn dialect(self) -> Dialect {
        self.dialect
    }

    /// Says something unasked, on a line without an id.
    pub(super) fn say(self, body: impl Into<ServerBody>, turn: &mut Turn<'_>) {
        self.write(&ServerCommand::without_id(body), turn);
    }

    /// Answers a line, or with id 0 says something unasked on a line that has one.
    pub(super) fn reply(self, trid: TrId, body: impl Into<ServerBody>, turn: &mut Turn<'_>) {
        self.write(&ServerCommand::new(trid, body), turn);
    }

    /// Refuses a line.
    pub(super) fn refuse(self, trid: TrId, code: ErrorCode, turn: &mut Turn<'_>) {
        let error = ServerBody::Error(ErrorReply::new(code));
        self.write(&ServerCommand::new(trid, error), turn);
    }

    /// What the dialect has no line for is not said: whoever asks for it to be written looks into the dialect first where
    /// that makes a difference to anybody.
    fn write(self, command: &ServerCommand, turn: &mut Turn<'_>) {
        if let Ok(frame) = command.to_frame(self.dialect) {
            turn.send(frame.as_bytes());
        }
    }
}
