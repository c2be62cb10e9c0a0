//! One request to its whole response, or to how it failed; and the set of those on their way.

use std::pin::Pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response};
use machine_contract::{Failure, Instant, RequestId};
use reqwest::Client;
use tokio::time::timeout_at;

/// How a request ended.
pub(crate) type Outcome = Result<Response<Bytes>, Failure>;

/// Makes one request and reads its response to the end, within the deadline and the body limit.
///
/// Dropping the future drops the request and its connection.
pub(crate) async fn exchange(
    client: Client,
    mut request: Request<Bytes>,
    deadline: Instant,
    body_limit: usize,
) -> Outcome {
    let deadline = crate::driver::on_tokio(deadline);
    if deadline <= tokio::time::Instant::now() {
        return Err(Failure::NotSent);
    }
    if request.method() == Method::POST && request.body().is_empty() {
        // hyper would leave it out, but every recorded poll has it (gateway.md 3), and servers of that
        // age know no other end of a body.
        request
            .headers_mut()
            .entry(CONTENT_LENGTH)
            .or_insert(HeaderValue::from_static("0"));
    }
    let request = reqwest::Request::try_from(request).map_err(|e| failure(&e))?;
    // Past the deadline it is unknown whether the request had left: a connection that hangs while it is
    // being made is told apart by the client's own connect timeout, which is shorter.
    timeout_at(deadline, whole_response(&client, request, body_limit))
        .await
        .unwrap_or(Err(Failure::Unknown))
}

async fn whole_response(client: &Client, request: reqwest::Request, body_limit: usize) -> Outcome {
    let mut arrived = client.execute(request).await.map_err(|e| failure(&e))?;
    let mut body = BytesMut::new();
    while let Some(chunk) = arrived.chunk().await.map_err(|_| Failure::Unknown)? {
        // `body.len()` never exceeds the limit: that is what this line is for.
        if chunk.len() > body_limit - body.len() {
            return Err(Failure::Unknown);
        }
        if body.is_empty() {
            // Most bodies are one chunk, and keep its memory.
            body = chunk.into();
        } else {
            body.extend_from_slice(&chunk);
        }
    }
    let mut response = Response::new(body.freeze());
    *response.status_mut() = arrived.status();
    *response.version_mut() = arrived.version();
    *response.headers_mut() = std::mem::take(arrived.headers_mut());
    Ok(response)
}

/// `NotSent` only where it is certain: the request could not be built, or no connection came about
/// (name, refusal, TLS, proxy tunnel, connect timeout).
fn failure(error: &reqwest::Error) -> Failure {
    if error.is_builder() || error.is_connect() {
        Failure::NotSent
    } else {
        Failure::Unknown
    }
}

/// The requests on their way. A machine has few of them at a time, so all are polled whenever one of
/// them may have moved.
#[derive(Default)]
pub(crate) struct InFlight {
    exchanges: Vec<Exchange>,
}

struct Exchange {
    id: RequestId,
    outcome: Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

impl InFlight {
    pub(crate) fn start(
        &mut self,
        id: RequestId,
        outcome: impl Future<Output = Outcome> + Send + 'static,
    ) {
        let outcome = Box::pin(outcome);
        self.exchanges.push(Exchange { id, outcome });
    }

    /// Drops that request, if it is still on its way.
    pub(crate) fn cancel(&mut self, id: RequestId) {
        self.exchanges.retain(|exchange| exchange.id != id);
    }

    /// The next one that ends; waits for ever while there is none. Cancellation-safe.
    pub(crate) async fn next(&mut self) -> (RequestId, Outcome) {
        std::future::poll_fn(|cx| {
            for (at, exchange) in self.exchanges.iter_mut().enumerate() {
                if let Poll::Ready(outcome) = exchange.outcome.as_mut().poll(cx) {
                    let id = exchange.id;
                    drop(self.exchanges.swap_remove(at));
                    return Poll::Ready((id, outcome));
                }
            }
            Poll::Pending
        })
        .await
    }
}
