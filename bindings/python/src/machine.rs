//! `Machine`: a client or a gateway session, and the driver's half that is the same for all.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Session;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use machine_contract::{Failure, Instant, RequestId, Transmit};
use machine_driver::{Order, Outcome, Runner};
use msnp_client::Client;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::Value;

use crate::wrong::{refused, wrong};

/// A client or a gateway session. `msnp.Client` and `msnp.Session` are what programs use.
#[pyclass(module = "msnp._native")]
#[derive(Debug)]
pub struct Machine {
    kind: Kind,
    /// Something runs on it. If nothing does and this is set, that has panicked: it may be in the middle of anything.
    at_work: bool,
}

#[derive(Debug)]
enum Kind {
    Client(Box<Runner<Client>>),
    Session(Box<Runner<Session>>),
}

/// The same of both kinds.
macro_rules! each {
    ($kind:expr, $runner:ident => $does:expr) => {
        match $kind {
            Kind::Client($runner) => $does,
            Kind::Session($runner) => $does,
        }
    };
}

/// A request as it crosses: method, address, headers, body, and whether it wants the host's cookies.
type Asked<'py> = (
    String,
    String,
    Vec<(String, Bound<'py, PyBytes>)>,
    Bound<'py, PyBytes>,
    bool,
);

#[pymethods]
impl Machine {
    /// A client of this configuration (JSON), with 32 bytes of true randomness.
    #[staticmethod]
    fn client(py: Python<'_>, config: &str, seed: [u8; 32]) -> PyResult<Self> {
        let json = msnp_mapping::parse(config.as_bytes());
        let config = json.and_then(|json| {
            msnp_mapping::http_only(&json)?;
            msnp_mapping::config(&json, seed)
        });
        let client = Client::new(config.map_err(|error| wrong(py, &error))?);
        Ok(Self::of(Kind::Client(Box::new(Runner::http_only(client)))))
    }

    /// A gateway session of this configuration (JSON).
    #[staticmethod]
    fn session(py: Python<'_>, config: &str) -> PyResult<Self> {
        let json = msnp_mapping::parse(config.as_bytes());
        let config = json.and_then(|json| msnp_mapping::session_config(&json));
        let session = Session::new(config.map_err(|error| wrong(py, &error))?);
        Ok(Self::of(Kind::Session(Box::new(Runner::http_only(
            session,
        )))))
    }

    /// A call by name, with fields and answer as JSON.
    fn call(&mut self, py: Python<'_>, name: &str, fields: &str, now: f64) -> PyResult<String> {
        let fields = msnp_mapping::parse(fields.as_bytes()).map_err(|error| wrong(py, &error))?;
        let answer = self.run(|kind| match kind {
            Kind::Client(runner) => {
                let verb =
                    |client: &mut Client, now| msnp_mapping::call(client, name, &fields, now);
                runner.call(verb, instant(now))
            }
            Kind::Session(runner) => {
                let verb =
                    |session: &mut Session, _| msnp_mapping::session_call(session, name, &fields);
                runner.call(verb, instant(now))
            }
        })?;
        let answer = answer.map_err(|error| wrong(py, &error))?;
        if answer.get("refused").is_some() {
            return Err(refused(py, &answer));
        }
        Ok(answer.to_string())
    }

    /// Sends bytes by a session, `last` if they are its last words; the number of the send.
    fn send(&mut self, py: Python<'_>, data: &[u8], last: bool, now: f64) -> PyResult<u64> {
        let frames = Bytes::copy_from_slice(data);
        let verb = |session: &mut Session, _| {
            if last {
                session.close_with(frames)
            } else {
                session.send(frames)
            }
        };
        let sent = self.run(|kind| match kind {
            Kind::Client(_) => Err(PyTypeError::new_err("only a session sends bytes")),
            Kind::Session(runner) => Ok(runner.call(verb, instant(now))),
        })??;
        let refusal = |error| refused(py, &msnp_mapping::send_refused(error));
        sent.map(gateway_sm::SendId::get).map_err(refusal)
    }

    /// The next thing to do: an id with a request, or alone if that request is to be dropped.
    fn poll_order<'py>(
        &mut self,
        py: Python<'py>,
        now: f64,
    ) -> PyResult<Option<(u64, Option<Asked<'py>>)>> {
        loop {
            let order = self.run(|kind| each!(kind, runner => runner.poll_order(instant(now))))?;
            return Ok(match order {
                Some(Order::Send(transmit)) => Some((transmit.id.get(), Some(asked(py, transmit)))),
                Some(Order::Cancel(id)) => Some((id.get(), None)),
                // The runner refuses streams by itself.
                Some(Order::Connect(..) | Order::Drop(_)) => continue,
                None => None,
            });
        }
    }

    /// The next event as JSON, and the bytes beside it.
    fn poll_event<'py>(
        &mut self,
        py: Python<'py>,
    ) -> PyResult<Option<(String, Bound<'py, PyBytes>)>> {
        let told: Option<(Value, Bytes)> = self.run(|kind| match kind {
            Kind::Client(runner) => {
                let event = runner.poll_event();
                event.map(|event| (msnp_mapping::event(&event), Bytes::new()))
            }
            Kind::Session(runner) => runner.poll_event().map(msnp_mapping::session_event),
        })?;
        Ok(told.map(|(event, bytes)| (event.to_string(), PyBytes::new(py, &bytes))))
    }

    /// When to ask for orders again at the latest, in seconds of the program's clock.
    fn poll_timeout(&mut self) -> PyResult<Option<f64>> {
        let due = self.run(|kind| each!(kind, runner => runner.poll_timeout()))?;
        Ok(due.map(|due| due.since_origin().as_secs_f64()))
    }

    /// A whole response has arrived. What is no header is left out.
    fn handle_response(
        &mut self,
        id: u64,
        status: u16,
        headers: Vec<(Vec<u8>, Vec<u8>)>,
        body: &[u8],
        now: f64,
    ) -> PyResult<()> {
        let mut response = Response::new(Bytes::copy_from_slice(body));
        *response.headers_mut() = read(&headers);
        // A status that HTTP has not is a response that nobody can read.
        let outcome = match status.try_into() {
            Ok(status) => {
                *response.status_mut() = status;
                Ok(response)
            }
            Err(_) => Err(Failure::Unknown),
        };
        self.end(id, outcome, now)
    }

    /// A request has ended without a whole response; `sent` is false if certainly no byte of it left this host.
    fn handle_failure(&mut self, id: u64, sent: bool, now: f64) -> PyResult<()> {
        let failure = if sent {
            Failure::Unknown
        } else {
            Failure::NotSent
        };
        self.end(id, Err(failure), now)
    }

    /// The host was asleep, and its clock did not count it.
    fn handle_suspended(&mut self, now: f64) -> PyResult<()> {
        self.run(|kind| each!(kind, runner => runner.handle_suspended(instant(now))))
    }
}

impl Machine {
    const fn of(kind: Kind) -> Self {
        let at_work = false;
        Self { kind, at_work }
    }

    /// Runs something on it. A panic is a `PanicException` for whoever has called, and ends the object: nothing runs on it any more.
    fn run<R>(&mut self, does: impl FnOnce(&mut Kind) -> R) -> PyResult<R> {
        if std::mem::replace(&mut self.at_work, true) {
            let why = "a fault of this library has ended the machine";
            return Err(PyRuntimeError::new_err(why));
        }
        let done = does(&mut self.kind);
        self.at_work = false;
        Ok(done)
    }

    fn end(&mut self, id: u64, outcome: Outcome, now: f64) -> PyResult<()> {
        self.run(|kind| {
            each!(kind, runner => runner.handle_outcome(RequestId::new(id), outcome, instant(now)));
        })
    }
}

fn asked(py: Python<'_>, transmit: Transmit) -> Asked<'_> {
    let (head, body) = transmit.request.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        let value = PyBytes::new(py, value.as_bytes());
        (name.as_str().to_owned(), value)
    });
    (
        head.method.as_str().to_owned(),
        head.uri.to_string(),
        headers.collect(),
        PyBytes::new(py, &body),
        transmit.host_cookies,
    )
}

fn read(headers: &[(Vec<u8>, Vec<u8>)]) -> HeaderMap {
    let mut read = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            // Fails above 32,768 headers, of which no machine reads so many.
            let _ = read.try_append(name, value);
        }
    }
    read
}

/// Seconds since the start of the program's clock; what is before it, or no number, is the start.
fn instant(seconds: f64) -> Instant {
    let since = Duration::try_from_secs_f64(seconds);
    since.map_or(Instant::ORIGIN, Instant::after_origin)
}
