//! The way out of the [`Server`]: what the IM web service's clients want of other servers, and what becomes of it.

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, RequestId, StreamId, Transmit};

use super::Server;
use crate::imsoap::{StreamNews, StreamOrder};
use crate::now::Now;

/// # IM accounts elsewhere
///
/// The clients of [IM accounts](crate::imsoap) that are [signed in elsewhere](crate::imsoap::Upstream) make requests,
/// and streams where the network there is reached so. The host does both as any driver owes it to a machine. Nothing is
/// wanted if all accounts are this server's own.
impl Server {
    /// A request to be made, as a driver owes it to any
    /// [`HttpMachine`](machine_contract::HttpMachine); then [`handle_response`](Self::handle_response) or
    /// [`handle_failure`](Self::handle_failure).
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.web_service().outgoing().poll_transmit(false)
    }

    /// A request in flight that is no longer wanted: it is dropped, and nothing is told of it.
    #[must_use]
    pub fn poll_cancel(&mut self) -> Option<RequestId> {
        self.web_service().outgoing().poll_cancel(false)
    }

    /// The next thing to be done with a stream to another server; what becomes of it goes to
    /// [`handle_upstream_stream`](Self::handle_upstream_stream). These streams have ids of their own: none is one of a
    /// [client](Self::handle_accepted).
    #[must_use]
    pub fn poll_upstream_stream(&mut self) -> Option<StreamOrder> {
        self.web_service().outgoing().poll_stream()
    }

    /// The whole response to a request of [`poll_transmit`](Self::poll_transmit) has arrived.
    pub fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Now) {
        self.web_service().handle_response(id, response, now);
        self.drive(now);
    }

    /// A request of [`poll_transmit`](Self::poll_transmit) has ended without a whole response.
    pub fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Now) {
        self.web_service().handle_failure(id, failure, now);
        self.drive(now);
    }

    /// Something has happened to a stream to another server.
    pub fn handle_upstream_stream(&mut self, id: StreamId, news: StreamNews, now: Now) {
        self.web_service().handle_stream(id, news, now);
        self.drive(now);
    }
}
