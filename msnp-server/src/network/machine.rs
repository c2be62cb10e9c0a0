//! `Network`: the inputs and outputs of the machine.

use std::sync::Arc;

use machine_contract::Instant;

use super::command::{Command, ConnectionId, RequestId};
use super::config::Config;
use super::effect::Effect;
use super::store::{BatchId, Found, ReadId, StoreFailed};
use crate::identity::HomeId;
use crate::now::Now;

/// The rules of the network as a pure machine. See the guide above.
#[derive(Debug)]
pub struct Network {
    config: Config,
}

impl Network {
    /// A network without connections, kept at `home`. `last_name` is the highest number of a message that
    /// this home has named; `seed` makes ids of threads, groups and rooms.
    pub fn new(config: Config, _home: HomeId, _last_name: u64, _seed: [u8; 32], _now: Now) -> Self {
        Self { config }
    }

    /// A command of a connection. Those of one connection are carried out and answered in their order.
    pub fn handle_command(
        &mut self,
        _from: ConnectionId,
        _request: RequestId,
        _command: Command,
        _now: Now,
    ) {
    }

    /// A connection is gone. What it asked for stands; the answers are dropped.
    pub fn handle_closed(&mut self, _connection: ConnectionId, _now: Now) {}

    /// A batch is kept, or none of it is.
    pub fn handle_committed(
        &mut self,
        _batch: BatchId,
        _outcome: Result<(), StoreFailed>,
        _now: Now,
    ) {
    }

    /// What was to be read was found, or could not be read.
    pub fn handle_read(&mut self, _read: ReadId, _outcome: Result<Found, StoreFailed>, _now: Now) {}

    /// Time has passed. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, _now: Now) {}

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// The next thing to do.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        None
    }

    /// Takes one command's worth from the allowance of the person at a connection, if there is one
    /// left. `None`: the connection has not entered.
    pub fn take_allowance(&mut self, _connection: ConnectionId, _now: Now) -> Option<bool> {
        None
    }

    /// The name that others are shown of the person at a connection that has entered.
    pub fn name(&self, _connection: ConnectionId) -> Option<Arc<str>> {
        None
    }
}
