//! `Answers`: what HTTP needs of a machine that is not the server.

use std::pin::Pin;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Request, Response};
use msnp_server::Caller;

use super::core::Input;
use super::stopped::Stopped;
use super::tally::Snapshot;

/// The reply to a request, when it is there; `None` if there will be none.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Option<Response<Bytes>>> + Send>>;

/// A machine that answers requests in the place of the server.
pub(crate) trait Answers: Send + Sync {
    /// A request has come.
    fn request(&self, exchange: ExchangeId, request: Request<Bytes>, caller: Caller) -> Answer;

    /// How it is.
    fn snapshot(&self) -> Result<Snapshot, Stopped>;

    /// What became of an exchange or a connection. Nothing else is told.
    fn tell(&self, input: Input);
}
