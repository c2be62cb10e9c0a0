//! Properties of the gateway in front of a server: it passes on what the server said, and where referrals are written anew nothing else
//! changes.

use bytes::Bytes;
use gateway_sm::{ExchangeId, ServerConfig};
use gateway_upstream::{Config, Event, Referral, UpstreamGateway};
use http::Request;
use machine_contract::{HttpMachine, Instant, Machine, Remote, StreamAsk, StreamId, StreamMachine};
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side};

const OTHER: &str = "gateway.example.org";

/// The first byte chooses how lines are read, the rest is what a server says.
pub fn referrals(data: &[u8]) {
    let Some((&choice, stream)) = data.split_first() else {
        return;
    };
    let table = || match choice % 3 {
        0 => PayloadTable::sent_by(Side::Server),
        1 => PayloadTable::msnp24(),
        _ => PayloadTable::either(Side::Server),
    };
    let mut decoder = FrameDecoder::new(table());
    decoder.push(Bytes::copy_from_slice(stream));
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => referral(&frame, table()),
            Ok(None) => return,
            Err(error) if error.is_fatal() => return,
            Err(_) => {}
        }
    }
}

fn referral(frame: &Frame, table: PayloadTable) {
    let Some(referral) = Referral::read(frame) else {
        return;
    };
    let written = referral.write(frame, OTHER);
    let mut decoder = FrameDecoder::new(table);
    decoder.push(written.clone());
    let again = decoder.next_frame().expect("a frame").expect("a whole one");
    assert_eq!(decoder.buffered(), 0);
    let read = Referral::read(&again).expect("it still sends its reader somewhere");
    assert_eq!(read.host(), OTHER);
    assert_eq!(read.port(), referral.port());
    assert_eq!(read.server(), referral.server());
    assert_eq!(read.token(), referral.token());
    // A length may have been written with zeros in front of it; all else comes back.
    let back = read.write(&again, referral.host());
    let payload = frame.payload();
    assert!(back.ends_with(payload));
    assert!(!payload.is_empty() || back == frame.as_bytes());
}

/// The first byte is the size of the pieces in which a server says the rest. What comes to the client is that, up to where the last frame
/// ends, in bodies that each end where one ends.
pub fn upstream_bytes(data: &[u8]) {
    let Some((&size, stream)) = data.split_first() else {
        return;
    };
    let now = Instant::ORIGIN;
    let gateway = ServerConfig::new("gw.example.org", "gw.example.org").expect("a host");
    let server = Remote::tcp("10.0.0.2", 1863).expect("an address");
    let mut machine = UpstreamGateway::new(Config::new(gateway, server)).expect("the bounds fit");
    let open = Request::post("/gateway/gateway.dll?Action=open&Server=NS");
    let open = open.body(Bytes::from_static(b"VER 1 MSNP12 CVR0\r\n"));
    machine.handle_request(ExchangeId::new(0), open.expect("a request"), [7; 16], now);
    let Some(StreamAsk::Connect { id, .. }) = machine.poll_stream(now) else {
        panic!("nothing is connected");
    };
    machine.handle_connected(id, now);
    let mut got = Vec::new();
    let mut session = String::new();
    for (exchange, piece) in (1..).zip(stream.chunks(usize::from(size) + 1)) {
        if machine.wants_read(id) {
            machine.handle_received(id, Bytes::copy_from_slice(piece), now);
        } else {
            break;
        }
        if !session.is_empty() {
            poll(&mut machine, exchange, &session, now);
        }
        take(&mut machine, &mut got, &mut session, now);
    }
    machine.handle_finished(id, now);
    take(&mut machine, &mut got, &mut session, now);
    if !session.is_empty() {
        poll_all(&mut machine, &mut got, &mut session, now);
    }
    assert!(stream.starts_with(&got), "something else came");
    while machine.poll_stream(now).is_some() || machine.poll_transmit(now).is_some() {}
    let _ = machine.poll_send(StreamId::new(0), now);
}

/// Polls until nothing more comes.
fn poll_all(machine: &mut UpstreamGateway, got: &mut Vec<u8>, session: &mut String, now: Instant) {
    for exchange in 1_000_000.. {
        let before = got.len();
        poll(machine, exchange, session, now);
        take(machine, got, session, now);
        if got.len() == before {
            return;
        }
    }
}

fn poll(machine: &mut UpstreamGateway, exchange: u64, session: &str, now: Instant) {
    let poll = Request::post(format!("/gateway/gateway.dll?{session}&Action=poll"));
    let poll = poll.body(Bytes::new()).expect("a request");
    machine.handle_request(ExchangeId::new(exchange), poll, [9; 16], now);
}

/// Takes the replies, as a client does that reads at once.
fn take(machine: &mut UpstreamGateway, got: &mut Vec<u8>, session: &mut String, now: Instant) {
    while let Some(event) = machine.poll_event() {
        if let Event::Reply(exchange, reply) = event {
            let said = reply.headers().get("x-msn-messenger");
            let said = said
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            if let Some(id) = said.split(';').next().filter(|id| !id.is_empty()) {
                id.clone_into(session);
            }
            got.extend_from_slice(reply.body());
            machine.handle_reply_sent(exchange, now);
        }
    }
}
