//! Properties of the gateway's client end: whatever a peer answers, and whatever happens in whatever
//! order, the session neither panics nor spins nor falls asleep, and what it prints it can read.

use machine_contract::Instant;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Action, Config, Event, Host, Mode, Reply, Session};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use machine_contract::{CertificateFault, Failure, HttpMachine, Machine, Transmit};

/// The bytes are a response: header lines, an empty line, a body. It answers the open and the poll.
pub fn reply(data: &[u8]) {
    let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, &[][..]),
    };
    let mut headers = HeaderMap::new();
    for line in head.split(|&byte| byte == b'\n').take(32) {
        let mut parts = line.splitn(2, |&byte| byte == b':');
        let name = HeaderName::from_bytes(parts.next().unwrap_or_default());
        let value = HeaderValue::from_bytes(parts.next().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    if let Ok(reply) = Reply::parse(&headers) {
        let mut written = HeaderMap::new();
        reply.write(&mut written);
        // Attributes that were there twice, and headers that could not be read, are gone by now.
        assert_eq!(Reply::parse(&written), Ok(reply));
    }
    if let Ok(text) = std::str::from_utf8(head) {
        if let Ok(action) = Action::parse(text) {
            assert_eq!(Action::parse(&action.to_string()), Ok(action));
        }
        if let Ok(host) = text.parse::<Host>() {
            assert_eq!(host.to_string().parse(), Ok(host));
        }
    }

    let now = Instant::ORIGIN;
    let mut session = session(Mode::Learn);
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.headers_mut() = headers;
    for second in 0..3 {
        let now = now + Duration::from_secs(second * 10);
        tick(&mut session, now);
        let Some(transmit) = session.poll_transmit(now) else {
            break;
        };
        let host = transmit.request.uri().host().unwrap_or_default().to_owned();
        assert!(
            host == "gateway.example.com" || host.ends_with(".example.com"),
            "moved to {host}"
        );
        session.handle_response(transmit.id, response.clone(), now);
    }
    while session.poll_event().is_some() {}
}

/// Each byte is something that happens to a session; the low bits say what, the high bits how.
pub fn session_operations(data: &[u8]) {
    let mode = match data.first() {
        Some(0..=84) => Mode::Serial,
        Some(85..=169) => Mode::Parallel,
        _ => Mode::Learn,
    };
    let mut session = session(mode);
    let mut now = Instant::ORIGIN;
    let mut in_flight: Vec<Transmit> = Vec::new();
    let mut closed = false;
    // The driver's half is kept here, so that the properties are about the session alone: at most one
    // request in series and two in parallel, no request after the end, and no sleep without an alarm.
    for &byte in data.iter().skip(1) {
        let how = usize::from(byte >> 4);
        match byte & 15 {
            0..=3 => in_flight.extend(session.poll_transmit(now)),
            4 => {
                let _ = session.send(Bytes::from(vec![b'A'; how]));
            }
            5..=8 if !in_flight.is_empty() => {
                let transmit = in_flight.remove(how % in_flight.len());
                let body = Bytes::from(vec![b'A'; how & 3]);
                let mut response = Response::new(body);
                let messenger = match how {
                    13 => "SessionID=1.2; Session=close",
                    14 => "MoreData=true",
                    15 => "SessionID=1.3; GW-IP=1.2.3.4:5",
                    _ => "SessionID=1.2",
                };
                let messenger = HeaderValue::from_static(messenger);
                response.headers_mut().insert("x-msn-messenger", messenger);
                session.handle_response(transmit.id, response, now);
            }
            9 if !in_flight.is_empty() => {
                let transmit = in_flight.remove(how % in_flight.len());
                let failure = match how % 3 {
                    0 => Failure::NotSent,
                    1 => Failure::Unknown,
                    _ => Failure::Untrusted(CertificateFault::Expired),
                };
                session.handle_failure(transmit.id, failure, now);
            }
            10 if !in_flight.is_empty() => {
                let transmit = in_flight.remove(how % in_flight.len());
                let mut response = Response::new(Bytes::new());
                let statuses = [400, 401, 404, 429, 500, 503, 504, 302];
                *response.status_mut() = statuses[how & 7].try_into().expect("a status");
                session.handle_response(transmit.id, response, now);
            }
            11 => {
                now += Duration::from_millis(1 << how);
                tick(&mut session, now);
            }
            12 => now += Duration::from_secs(how as u64),
            13 => closed = drain(&mut session, closed),
            14 if how == 0 => {
                let _ = session.close_with(Bytes::from_static(b"OUT\r\n"));
            }
            15 if how == 0 => session.close(),
            _ => {}
        }
        while let Some(id) = session.poll_cancel() {
            in_flight.retain(|transmit| transmit.id != id);
        }
        let most = if mode == Mode::Serial { 1 } else { 2 };
        assert!(
            in_flight.len() <= most,
            "{} requests in flight",
            in_flight.len()
        );
    }
    closed = drain(&mut session, closed);
    in_flight.extend(session.poll_transmit(now));
    let awake = !in_flight.is_empty() || session.poll_timeout().is_some();
    assert!(closed || awake, "an open session has fallen asleep");
    session.close();
    assert!(drain(&mut session, closed), "a closed session says so");
    assert!(session.poll_transmit(now).is_none());
    assert!(session.poll_timeout().is_none());
}

fn session(mode: Mode) -> Session {
    let config = Config::new("https://gateway.example.com").expect("a valid address");
    let mut session = Session::new(config.mode(mode));
    session
        .send(Bytes::from_static(b"VER 1 MSNP8\r\n"))
        .expect("room for a line");
    session
}

fn tick(session: &mut Session, now: Instant) {
    session.handle_timeout(now);
    assert!(
        session.poll_timeout().is_none_or(|next| next > now),
        "the session spins"
    );
}

/// Whether the session has closed; nothing may follow.
fn drain(session: &mut Session, mut closed: bool) -> bool {
    while let Some(event) = session.poll_event() {
        assert!(!closed, "{event:?} after Closed");
        closed = matches!(event, Event::Closed(_));
    }
    closed
}
