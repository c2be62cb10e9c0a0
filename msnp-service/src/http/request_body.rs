//! A request body that must come in time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

/// Fails once the client has taken too long to send it.
pub(super) struct Punctual {
    body: Incoming,
    patience: Duration,
    /// Runs from the first wait on; most bodies come with their heads.
    late: Option<Pin<Box<Sleep>>>,
}

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// It took too long.
    #[error("the request's body did not come in time")]
    Late,
    /// The client went away, or broke HTTP.
    #[error("the request's body broke off")]
    Broken(#[source] hyper::Error),
}

impl Punctual {
    pub(super) const fn new(body: Incoming, patience: Duration) -> Self {
        Self {
            body,
            patience,
            late: None,
        }
    }
}

impl Body for Punctual {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Broken)));
        }
        let patience = self.patience;
        let late = (self.late).get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(late.as_mut().poll(cx));
        Poll::Ready(Some(Err(BodyError::Late)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
