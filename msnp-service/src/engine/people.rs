//! `People`: who is signed in by which connection, for the log.

use std::collections::{BTreeMap, BTreeSet};

use msnp_server::Log;
use msnp_server::identity::Who;
use msnp_server::network::ConnectionId;

/// Those who are signed in.
#[derive(Debug, Default)]
pub(super) struct People(BTreeMap<ConnectionId, Who>);

impl People {
    /// What the machine tells; who is signed out by that.
    pub(super) fn see(&mut self, line: &Log) -> Option<Who> {
        match line {
            Log::SignedIn { connection, who } => {
                self.0.insert(*connection, who.clone());
                None
            }
            Log::Closed { connection, .. } | Log::StreamEnded { connection, .. } => {
                self.0.remove(connection)
            }
            _ => None,
        }
    }

    /// How many there are, each counted once.
    pub(super) fn count(&self) -> usize {
        let names = self.0.values().map(|who| who.skype_id().as_str());
        names.collect::<BTreeSet<_>>().len()
    }
}
