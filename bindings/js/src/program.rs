//! What the host can ask for, and how it is written.
//!
//! A request is a line of JSON and then bytes, maybe none; so is an answer. Every request says what is called
//! and what time it is: `{"call": "poll_order", "now": 17000000, "wall": 1700000000000, …}`, microseconds on a
//! clock that never goes back, milliseconds since 1970. The answer is `null`, what was asked for, or
//! `{"wrong": "why"}` if the request was not understood.
//!
//! | call | with | answer |
//! |---|---|---|
//! | `start` | the configuration of a client; 32 random bytes | |
//! | `poll_order` | | `{send: {id, method, uri, headers, host_cookies}}` and the body, `{cancel: id}`, or `null` |
//! | `poll_event` | | the event, or `null` |
//! | `poll_timeout` | | when to call `poll_order` again at the latest, as `now`, or `null` |
//! | `handle_response` | `id`, `status`, `headers`; the body | |
//! | `handle_failure` | `id`, `sent`: false if certainly no byte was | |
//! | `handle_suspended` | | |
//!
//! Configuration, events, and all other calls are those that every language shares: the guide of `msnp-mapping` lists them. The calls of
//! a server, if there is one in the module, are in `server.rs`, those of a gateway session alone in `session.rs`.

use bytes::Bytes;
#[cfg(feature = "session")]
use gateway_sm::Session;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, RequestId, StreamMachine, Transmit, UnixTime,
};
use machine_driver::{Clock, Order, Outcome, Runner, SleepWatch};
use msnp_client::Client;
use serde_json::{Map, Value, json};

use crate::fields::{Wrong, headers, headers_as_json, number, text};
#[cfg(feature = "server")]
use crate::server::ServerProgram;
#[cfg(feature = "session")]
use crate::session;

/// The client, once it is started, and its half of the driver; or a session with its; or a server.
#[derive(Debug, Default)]
pub(crate) struct Program {
    runner: Option<Runner<Client>>,
    #[cfg(feature = "session")]
    session: Option<Runner<Session>>,
    #[cfg(feature = "server")]
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
        let mut request: Map<String, Value> =
            serde_json::from_slice(&line).map_err(|_| Wrong::Json)?;
        let clock = HostClock {
            now: Instant::from_micros(number(&request, "now")?),
            wall: UnixTime::from_millis(number(&request, "wall")?),
        };
        let now = clock.now;
        let call = text(&request, "call")?.to_owned();
        // What is left are the call's own fields.
        for name in ["now", "wall", "call"] {
            request.remove(name);
        }

        #[cfg(feature = "server")]
        if let Some(call) = call.strip_prefix("server_") {
            return self.call_server(call, &request, body, &clock);
        }
        #[cfg(feature = "session")]
        if call == "start" && request.contains_key("gateway") {
            self.session = Some(session::start(&request)?);
            return Ok((Value::Null, Bytes::new()));
        }
        if call == "start" {
            self.runner = Some(Runner::http_only(client(request, &body)?));
            return Ok((Value::Null, Bytes::new()));
        }
        #[cfg(feature = "session")]
        if let Some(runner) = &mut self.session {
            if let Some(driven) = drive(runner, &mut self.watch, &call, &request, &body, &clock)? {
                return Ok(driven);
            }
            return session::call(runner, &call, body, now);
        }
        let runner = self.runner.as_mut().ok_or(Wrong::NotStarted)?;
        if let Some(driven) = drive(runner, &mut self.watch, &call, &request, &body, &clock)? {
            return Ok(driven);
        }
        let answer = match call.as_str() {
            "poll_event" => runner
                .poll_event()
                .map_or(Value::Null, |event| msnp_mapping::event(&event)),
            verb => {
                let fields = Value::Object(request);
                let run = |client: &mut Client, now| msnp_mapping::call(client, verb, &fields, now);
                runner.call(run, now)?
            }
        };
        Ok((answer, Bytes::new()))
    }
}

/// What a driver asks and tells, of whatever machine; `None` if it is something else.
fn drive<M: HttpMachine + StreamMachine>(
    runner: &mut Runner<M>,
    watch: &mut SleepWatch,
    call: &str,
    request: &Map<String, Value>,
    body: &Bytes,
    clock: &HostClock,
) -> Result<Option<Answer>, Wrong> {
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
            let response = response(request, body.clone())?;
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
        "handle_suspended" => {
            runner.handle_suspended(now);
            Value::Null
        }
        _ => return Ok(None),
    };
    Ok(Some((answer, sent)))
}

#[cfg(feature = "server")]
impl Program {
    fn call_server(
        &mut self,
        call: &str,
        request: &Map<String, Value>,
        body: Bytes,
        clock: &HostClock,
    ) -> Result<Answer, Wrong> {
        let now = msnp_server::Now {
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

fn client(config: Map<String, Value>, seed: &[u8]) -> Result<Client, Wrong> {
    let seed = <[u8; 32]>::try_from(seed).map_err(|_| Wrong::Field("seed of 32 bytes"))?;
    let config = Value::Object(config);
    // What a page cannot have is said by its name, not found out at the first connection.
    msnp_mapping::http_only(&config)?;
    let config = msnp_mapping::config(&config, seed)?;
    Ok(Client::new(config))
}

fn end<M: HttpMachine + StreamMachine>(
    runner: &mut Runner<M>,
    request: &Map<String, Value>,
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

fn response(request: &Map<String, Value>, body: Bytes) -> Result<Response<Bytes>, Wrong> {
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
