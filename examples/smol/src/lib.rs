//! The machines of this workspace on smol, over hyper's own connections: plain http, a connection for
//! each request. [`Smol`] is all that it takes; the loop is `machine_driver`'s.

mod options;

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::handshake;
use machine_contract::{Failure, HttpMachine, StreamMachine, Transmit};
use machine_driver::{NoStreams, Outcome, start};
use smol::{Timer, net::TcpStream};
use smol_hyper::rt::FuturesIo;

pub use options::{Driver, Smol};

/// Runs a machine in a task of smol's global executor.
pub fn spawn<M: HttpMachine + StreamMachine + Send + 'static>(machine: M, smol: Smol) -> Driver<M> {
    let clock = smol.settings().clock.clone();
    let (driver, task) = start(machine, smol, clock);
    smol::spawn(task).detach();
    driver
}

impl machine_driver::Network for Smol {
    type Exchange = Pin<Box<dyn Future<Output = Outcome> + Send>>;
    type Sleep = Timer;
    type Streams = NoStreams;

    fn exchange(&self, transmit: Transmit) -> Self::Exchange {
        Box::pin(exchange(transmit.request, self.settings().body_limit))
    }

    fn sleep(&self, time: Duration) -> Timer {
        Timer::after(time)
    }

    fn streams(&self) -> Option<&NoStreams> {
        None
    }
}

async fn exchange(mut request: Request<Bytes>, body_limit: usize) -> Outcome {
    let (host, port) = to_origin_form(&mut request).ok_or(Failure::NotSent)?;
    let connected = TcpStream::connect((host, port)).await;
    let stream = connected.map_err(|_| Failure::NotSent)?;
    stream.set_nodelay(true).map_err(|_| Failure::NotSent)?;
    let made = handshake(FuturesIo::new(stream)).await;
    let (mut sender, connection) = made.map_err(|_| Failure::NotSent)?;
    // Dropped with this future, and the connection with it.
    let _connection = smol::spawn(connection);
    let sent = sender.try_send_request(request.map(Full::new)).await;
    let response = sent.map_err(|mut error| match error.take_message() {
        Some(_) => Failure::NotSent,
        None => Failure::Unknown,
    })?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, body_limit).collect().await;
    let body = body.map_err(|_| Failure::Unknown)?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// A connection wants the path alone, and the host in a header. Gives where to connect.
fn to_origin_form(request: &mut Request<Bytes>) -> Option<(String, u16)> {
    let authority = request.uri().authority()?.clone();
    let path = Uri::from(request.uri().path_and_query()?.clone());
    let plain = request.uri().scheme_str() == Some("http");
    let host = HeaderValue::from_str(authority.as_str()).ok()?;
    request.headers_mut().insert(HOST, host);
    *request.uri_mut() = path;
    let name = authority.host().trim_matches(['[', ']']).to_owned();
    plain.then_some((name, authority.port_u16().unwrap_or(80)))
}
