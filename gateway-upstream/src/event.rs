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

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened { session, to } => write!(f, "session {} leads to {to}", session.get()),
            Self::Refused { host } => {
                write!(
                    f,
                    "a client asked for `{}` and was refused",
                    host.escape_debug()
                )
            }
            Self::Unreachable { session, to } => {
                write!(f, "session {}: {to} was not reached", session.get())
            }
            Self::ServerLeft {
                session,
                failure,
                unfinished,
            } => {
                write!(f, "session {}: the server left", session.get())?;
                if let Some(failure) = failure {
                    write!(f, ", {failure}")?;
                }
                if *unfinished > 0 {
                    write!(f, ", {unfinished} bytes of a frame unfinished")?;
                }
                Ok(())
            }
            Self::Unframed { session, error } => {
                write!(
                    f,
                    "session {}: of the server's bytes, {error}",
                    session.get()
                )
            }
            Self::Overrun { session } => {
                write!(
                    f,
                    "session {}: more waits than the bounds allow",
                    session.get()
                )
            }
            Self::ClientLeft {
                session,
                reason,
                unread,
            } => write!(
                f,
                "session {}: the client left ({reason:?}), {unread} bytes unread",
                session.get()
            ),
            Self::Forgotten(notes) => write!(f, "{notes} notes were not taken in time"),
        }
    }
}
