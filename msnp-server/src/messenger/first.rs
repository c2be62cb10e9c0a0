//! What a connection that speaks no dialect yet will need for the one that it speaks.

use bytes::BytesMut;
use machine_contract::Instant;

use crate::faces::Ticket;

/// Kept until its first bytes say which one that is.
#[derive(Debug)]
pub(super) struct First {
    /// What has come.
    pub(super) bytes: BytesMut,
    /// What its cookies say.
    pub(super) ticket: Option<Ticket>,
    /// When it was opened.
    pub(super) opened: Instant,
}
