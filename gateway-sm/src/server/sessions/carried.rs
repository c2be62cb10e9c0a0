//! What is known of the frames that a connection carried.

use super::Sessions;
use crate::server::event::{ConnectionEnd, Evidence, HttpConnection, ServerEvent, SessionKey};

impl Sessions {
    /// A connection has ended.
    pub(in crate::server) fn connection_ended(&mut self, by: HttpConnection, end: ConnectionEnd) {
        let evidence = end.evidence();
        for key in self.carriers.of(by) {
            self.tell_carried(key, by, evidence);
        }
    }

    /// Tells what is known now of the frames that were written to a connection.
    pub(super) fn tell_carried(&mut self, key: SessionKey, by: HttpConnection, evidence: Evidence) {
        if !self.carriers.remove(by, key) {
            return;
        }
        let Some(session) = self.table.get_open(key) else {
            return;
        };
        let tags = session.outgoing().take_carried(by);
        if !tags.is_empty() {
            self.events.push_back(ServerEvent::Carried {
                session: key,
                tags,
                evidence,
            });
        }
    }
}
