//! What an [`UpstreamGateway`](crate::UpstreamGateway) tells its host: replies to be written, and what happened, for a log.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use gateway_sm::{EndReason, ExchangeId, SessionKey};
use http::Response;
use machine_contract::{Failure, Remote};
use msnp_proto::FrameError;

/// What the host is told.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a host has to do both")]
pub enum Event {
    /// Write this reply, and say what became of it.
    Reply(ExchangeId, Response<Bytes>),
    /// Something for a log.
    Note(Note),
}

/// Something that happened. Nothing in it is a secret, or what people say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A client has opened a session, which leads there.
    Opened {
        /// The session.
        session: SessionKey,
        /// Where to.
        to: Remote,
    },
    /// A client has asked for a server that it was not sent to, and was refused. The client's fault, or the operator's, who can
    /// [allow](crate::Config::allow) it.
    Refused {
        /// What it asked for (`IP=`), cut to 100 characters.
        host: String,
    },
    /// A server was not reached in time; its client is told that the session is over.
    Unreachable {
        /// The session.
        session: SessionKey,
        /// Which server.
        to: Remote,
    },
    /// A server has ended the connection; its client is told that the session is over.
    ServerLeft {
        /// The session.
        session: SessionKey,
        /// Not in order.
        failure: Option<Failure>,
        /// Bytes of a frame that it had begun, and that nobody gets.
        unfinished: usize,
    },
    /// A server's bytes are no frames any more, so that no reply could hold whole ones: the session is over. The server's fault,
    /// or that of [a bound](crate::Config::payload_bytes).
    Unframed {
        /// The session.
        session: SessionKey,
        /// What is wrong, and where.
        error: FrameError,
    },
    /// More waits for one of the two sides than the bounds allow, most likely for a server that does not read: the session is over.
    Overrun {
        /// The session.
        session: SessionKey,
    },
    /// A client is gone; its connection is ended.
    ClientLeft {
        /// The session.
        session: SessionKey,
        /// Why.
        reason: EndReason,
        /// Bytes of the server that it did not get.
        unread: usize,
    },
    /// So many notes were not taken and are forgotten.
    Forgotten(u64),
}

/// Notes that wait for a host, which may take none.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    notes: VecDeque<Note>,
    forgotten: u64,
}

/// So many at most.
const NOTES: usize = 1024;

impl Notes {
    pub(crate) fn push(&mut self, note: Note) {
        if self.notes.len() < NOTES {
            self.notes.push_back(note);
        } else {
            self.forgotten += 1;
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Note> {
        self.notes.pop_front().or_else(|| {
            let forgotten = std::mem::take(&mut self.forgotten);
            (forgotten > 0).then_some(Note::Forgotten(forgotten))
        })
    }
}

impl Note {
    /// The session that it is about, if it is about one.
    pub const fn session(&self) -> Option<SessionKey> {
        match self {
            Self::Opened { session, .. }
            | Self::Unreachable { session, .. }
            | Self::ServerLeft { session, .. }
            | Self::Unframed { session, .. }
            | Self::Overrun { session }
            | Self::ClientLeft { session, .. } => Some(*session),
            Self::Refused { .. } | Self::Forgotten(_) => None,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(session) = self.session() {
            write!(f, "session {}: ", session.get())?;
        }
        match self {
            Self::Opened { to, .. } => write!(f, "leads to {to}"),
            // What a stranger wrote must not write lines of its own.
            Self::Refused { host } => {
                let host = host.escape_debug();
                write!(f, "a client asked for `{host}` and was refused")
            }
            Self::Unreachable { to, .. } => write!(f, "{to} was not reached"),
            Self::ServerLeft {
                failure,
                unfinished,
                ..
            } => {
                f.write_str("the server left")?;
                if let Some(failure) = failure {
                    write!(f, ", {failure}")?;
                }
                if *unfinished > 0 {
                    write!(f, ", {unfinished} bytes of a frame unfinished")?;
                }
                Ok(())
            }
            Self::Unframed { error, .. } => write!(f, "of the server's bytes, {error}"),
            Self::Overrun { .. } => f.write_str("more waits than the bounds allow"),
            Self::ClientLeft { reason, unread, .. } => {
                write!(f, "the client left ({reason:?}), {unread} bytes unread")
            }
            Self::Forgotten(notes) => write!(f, "{notes} notes were not taken in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_asks_for_writes_no_line_into_a_log() {
        let note = Note::Refused {
            host: "a\r\nall is well".to_owned(),
        };
        let line = note.to_string();
        assert_eq!(
            line,
            "a client asked for `a\\r\\nall is well` and was refused"
        );
    }

    #[test]
    fn notes_that_nobody_takes_are_counted_and_bounded() {
        let mut notes = Notes::default();
        let session = SessionKey::new(1);
        for _ in 0..NOTES + 7 {
            notes.push(Note::Overrun { session });
        }
        let taken: Vec<Note> = std::iter::from_fn(|| notes.pop()).collect();
        assert_eq!(taken.len(), NOTES + 1);
        assert_eq!(taken.last(), Some(&Note::Forgotten(7)));
    }
}
