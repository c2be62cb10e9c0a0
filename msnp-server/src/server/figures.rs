//! How much there is at the [`Server`], for whoever looks how it is.

use super::Server;

impl Server {
    /// Open sessions of the gateway.
    pub fn sessions(&self) -> usize {
        self.as_backend().gateway().sessions()
    }

    /// Bytes that wait for their clients. Those of streams are [counted apart](Self::queued_bytes).
    pub fn queued_bytes_of_sessions(&self) -> usize {
        self.as_backend().gateway().queued_bytes()
    }

    /// Connections, whatever they came by.
    pub fn connections(&self) -> usize {
        self.as_backend().connections()
    }
}
