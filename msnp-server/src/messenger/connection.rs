//! `Connection`: one client's stream, in the dialect that its first bytes tell.

use bytes::{Bytes, BytesMut};
use machine_contract::Instant;

use crate::faces::{Config, Dialect, Face, FirstBytes, Ticket};

/// One client's stream.
#[derive(Debug)]
pub(super) struct Connection {
    face: Face,
    /// Until it is known which dialect it speaks; it is answered in the default one.
    first: Option<First>,
    /// Bytes that wait to be taken from the machine.
    outgoing: usize,
    /// Bytes that were taken from it and have not left the host, as far as was told.
    backlog: usize,
    /// Its client has come by TLS.
    is_tls: bool,
}

/// What a connection that speaks no dialect yet will need for the one that it speaks.
#[derive(Debug)]
struct First {
    /// What has come.
    bytes: BytesMut,
    /// What its cookies say.
    ticket: Option<Ticket>,
    opened: Instant,
}

/// What bytes that have come are good for.
#[derive(Debug)]
pub(super) enum Pushed {
    /// It is not known yet.
    NotYet,
    /// These are for the face.
    Bytes(Bytes),
    /// Nothing: what is said before the end.
    NoneInCommon(String),
}

impl Connection {
    /// One that was opened at `now`, with what its cookies say.
    pub(super) fn new(ticket: Option<Ticket>, config: &Config, now: Instant) -> Self {
        let first = First {
            bytes: BytesMut::new(),
            ticket: ticket.clone(),
            opened: now,
        };
        Self {
            face: Face::new(Dialect::DEFAULT, ticket, config, now),
            first: Some(first),
            outgoing: 0,
            backlog: 0,
            is_tls: false,
        }
    }

    /// Its client has come by TLS.
    pub(super) const fn set_tls(&mut self) {
        self.is_tls = true;
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.is_tls
    }

    pub(super) const fn face(&mut self) -> &mut Face {
        &mut self.face
    }

    pub(super) fn deadline(&self) -> Instant {
        self.face.deadline()
    }

    /// Its cookies say so from now on; whatever it will speak is to know.
    pub(super) fn note_ticket(&mut self, ticket: &Ticket) {
        if let Some(first) = &mut self.first {
            first.ticket = Some(ticket.clone());
        }
    }

    /// Bytes have come. As soon as they tell the dialect, it has the face for it.
    pub(super) fn push(&mut self, bytes: Bytes, config: &Config) -> Pushed {
        let Some(mut first) = self.first.take() else {
            return Pushed::Bytes(bytes);
        };
        first.bytes.extend_from_slice(&bytes);
        match Dialect::of(&first.bytes) {
            FirstBytes::NotYet => {
                self.first = Some(first);
                Pushed::NotYet
            }
            FirstBytes::Speaks(dialect) => {
                if dialect != Dialect::DEFAULT {
                    let First { ticket, opened, .. } = first;
                    self.face = Face::new(dialect, ticket, config, opened);
                }
                Pushed::Bytes(first.bytes.freeze())
            }
            FirstBytes::NoneInCommon(reply) => Pushed::NoneInCommon(reply),
        }
    }

    /// Bytes wait to be taken from the machine.
    pub(super) const fn sent(&mut self, bytes: usize) {
        self.outgoing += bytes;
    }

    /// Bytes were taken.
    pub(super) const fn taken(&mut self, bytes: usize) {
        self.outgoing = self.outgoing.saturating_sub(bytes);
    }

    /// So many of those that were taken have not left the host.
    pub(super) const fn set_backlog(&mut self, bytes: usize) {
        self.backlog = bytes;
    }

    /// Bytes that the client has not taken, wherever they are.
    pub(super) const fn waiting(&self) -> usize {
        self.outgoing.saturating_add(self.backlog)
    }
}
