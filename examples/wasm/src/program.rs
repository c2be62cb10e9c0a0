//! What the host can ask for, and how it is written.
//!
//! A request is a line of JSON and then bytes, maybe none; so is an answer. Every request says what is called
//! and what time it is: `{"call": "poll_order", "now": 17000000, "wall": 1700000000000, …}`, microseconds on a
//! clock that never goes back, milliseconds since 1970. The answer is `null`, what was asked for, or
//! `{"wrong": "why"}` if the request was not understood.
//!
//! | call | with | answer |
//! |---|---|---|
//! | `start` | `service`; 32 random bytes | |
//! | `sign_in`, `sign_out` | | |
//! | `send_text` | `to`, `text` | `{message}` or `{refused}` |
//! | `poll_order` | | `{send: {id, method, uri, headers, host_cookies}}` and the body, `{cancel: id}`, or `null` |
//! | `poll_event` | | the event (`event.rs`), or `null` |
//! | `poll_timeout` | | when to call `poll_order` again at the latest, as `now`, or `null` |
//! | `handle_response` | `id`, `status`, `headers`; the body | |
//! | `handle_failure` | `id`, `sent`: false if certainly no byte was | |
//!
//! The calls of a gateway session are in `session.rs`, those of a server in `server.rs`.

use bytes::Bytes;
use gateway_sm::Session;
use http::Response;
use machine_contract::{Failure, Instant, RequestId, Transmit, UnixTime};
use machine_contract::{HttpMachine, StreamMachine};
use machine_driver::{Clock, Order, Outcome, Runner, SleepWatch};
use msnp_client::{Access, Client, Config, ContactId, Service};
use msnp_server::Now;
use serde_json::{Value, json};

use crate::event;
use crate::fields::{Wrong, headers, headers_as_json, number, text};
use crate::server::ServerProgram;
use crate::session;

/// The client, once it is started, and its half of the driver; or a session with its; or a server.
#[derive(Debug, Default)]
pub(crate) struct Program {
    runner: Option<Runner<Client>>,
    session: Option<Runner<Session>>,
    server: Option<ServerProgram>,
    watch: SleepWatch,
}

type Answer = (Value, Bytes);

impl Program {
    pub(crate) fn answer(&mut self, request: Bytes) -> Vec<u8> {
        let (head, body) = match self.call(request) {
            Ok(answer) => answer,
            Err(wrong) => (json!({ "wrong": wrong.to_string() }), Bytes::new()),
        };
        let mut answer = head.to_string().into_bytes();
        answer.push(b'\n');
        answer.extend_from_slice(&body);
        answer
    }

    fn call(&mut self, mut body: Bytes) -> Result<Answer, Wrong> {
        let line_end = body.iter().position(|b| *b == b'\n').ok_or(Wrong::Json)?;
        let line = body.split_to(line_end);
        let body = body.slice(1..);
        let request: Value = serde_json::from_slice(&line).map_err(|_| Wrong::Json)?;
        let clock = HostClock {
            now: Instant::from_micros(number(&request, "now")?),
            wall: UnixTime::from_millis(number(&request, "wall")?),
        };
        let now = clock.now;

        let call = text(&request, "call")?;
        if let Some(call) = call.strip_prefix("server_") {
            return self.call_server(call, &request, body, &clock);
        }
        if call == "start" {
            if request.get("gateway").is_some() {
                self.session = Some(session::start(&request)?);
            } else {
                self.runner = Some(Runner::http_only(client(&request, &body)?));
            }
            return Ok((Value::Null, Bytes::new()));
        }
        if let Some(runner) = &mut self.session {
            // What is not a session's own is the driver's, as below.
            return match session::call(runner, call, body.clone(), now) {
                Some(answer) => Ok(answer),
                None => drive(runner, &mut self.watch, call, &request, body, &clock),
            };
        }
        let runner = self.runner.as_mut().ok_or(Wrong::NotStarted)?;
        let answer = match call {
            "sign_in" => {
                runner.call(Client::sign_in, now);
                Value::Null
            }
            "sign_out" => {
                runner.call(Client::sign_out, now);
                Value::Null
            }
            "send_text" => send_text(runner, &request, now)?,
            "poll_event" => runner
                .poll_event()
                .map_or(Value::Null, |event| event::shown(&event)),
            _ => return drive(runner, &mut self.watch, call, &request, body, &clock),
        };
        Ok((answer, Bytes::new()))
    }
}

/// What the driver asks and tells, of whatever machine.
fn drive<M: HttpMachine + StreamMachine>(
    runner: &mut Runner<M>,
    watch: &mut SleepWatch,
    call: &str,
    request: &Value,
    body: Bytes,
    clock: &HostClock,
) -> Result<Answer, Wrong> {
    let now = clock.now;
    let mut sent = Bytes::new();
    let answer = match call {
        "poll_order" => {
            // A page's clock may stand still while its machine is asleep.
            if watch.look(clock) {
                runner.handle_suspended(now);
            }
            match runner.poll_order(now) {
                Some(Order::Send(transmit)) => {
                    let head = head(&transmit);
                    sent = transmit.request.into_body();
                    json!({ "send": head })
                }
                Some(Order::Cancel(id)) => json!({ "cancel": id.get() }),
                // The runner refuses streams by itself.
                Some(Order::Connect(..) | Order::Drop(_)) | None => Value::Null,
            }
        }
        "poll_timeout" => runner
            .poll_timeout()
            .map_or(Value::Null, |due| due.as_micros().into()),
        "handle_response" => {
            let response = response(request, body)?;
            end(runner, request, Ok(response), now)?
        }
        "handle_failure" => {
            let sent = request.get("sent").and_then(Value::as_bool);
            let failure = if sent.ok_or(Wrong::Field("sent"))? {
                Failure::Unknown
            } else {
                Failure::NotSent
            };
            end(runner, request, Err(failure), now)?
        }
        _ => return Err(Wrong::Call),
    };
    Ok((answer, sent))
}

impl Program {
    fn call_server(
        &mut self,
        call: &str,
        request: &Value,
        body: Bytes,
        clock: &HostClock,
    ) -> Result<Answer, Wrong> {
        let now = Now {
            monotonic: clock.now,
            wall: clock.wall,
        };
        if call == "start" {
            self.server = Some(ServerProgram::start(request, &body, now)?);
            return Ok((Value::Null, Bytes::new()));
        }
        let server = self.server.as_mut().ok_or(Wrong::NotStarted)?;
        server.call(call, request, body, now)
    }
}

fn client(request: &Value, seed: &[u8]) -> Result<Client, Wrong> {
    let service = Service::at(text(request, "service")?).map_err(|_| Wrong::Field("service"))?;
    let seed = <[u8; 32]>::try_from(seed).map_err(|_| Wrong::Field("seed of 32 bytes"))?;
    // The page has signed in: the cookies are the browser's, here is nothing to hold.
    let config = Config::new(Access::host_cookies(service), seed);
    Ok(Client::new(config))
}

fn send_text(runner: &mut Runner<Client>, request: &Value, now: Instant) -> Result<Value, Wrong> {
    let to: ContactId = text(request, "to")?
        .parse()
        .map_err(|_| Wrong::Field("to"))?;
    let text = text(request, "text")?;
    let said = runner.call(|client, now| client.send_text(&to.into(), text, now), now);
    Ok(match said {
        Ok(message) => json!({ "message": message.to_string() }),
        Err(refused) => json!({ "refused": refused.to_string() }),
    })
}

fn end<M: HttpMachine + StreamMachine>(
    runner: &mut Runner<M>,
    request: &Value,
    outcome: Outcome,
    now: Instant,
) -> Result<Value, Wrong> {
    let id = RequestId::new(number(request, "id")?);
    runner.handle_outcome(id, outcome, now);
    Ok(Value::Null)
}

/// A request without its body.
fn head(transmit: &Transmit) -> Value {
    json!({
        "id": transmit.id.get(),
        "method": transmit.request.method().as_str(),
        "uri": transmit.request.uri().to_string(),
        "headers": headers_as_json(transmit.request.headers()),
        "host_cookies": transmit.host_cookies,
    })
}

fn response(request: &Value, body: Bytes) -> Result<Response<Bytes>, Wrong> {
    let mut response = Response::new(body);
    let status = u16::try_from(number(request, "status")?).ok();
    *response.status_mut() = status
        .and_then(|status| status.try_into().ok())
        .ok_or(Wrong::Field("status"))?;
    *response.headers_mut() = headers(request)?;
    Ok(response)
}

/// The host's clocks as of this call.
struct HostClock {
    now: Instant,
    wall: UnixTime,
}

impl Clock for HostClock {
    fn now(&self) -> Instant {
        self.now
    }

    fn wall(&self) -> Option<UnixTime> {
        Some(self.wall)
    }
}
