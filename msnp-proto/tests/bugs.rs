//! The bugs that other implementations shipped (msnp24.md 18, gateway.md 15), as far as they are matters of frames and
//! payloads: none of them is ours, and none of their peers stumbles over what is written here.

use msnp_proto::msnp24::{
    Agent, Authenticate, Channel, ClientBody, ClientCommand, CommandErrorKind, Connect, Envelope,
    ErrorReply, HeaderValue, Put, ServerBody, ServerCommand,
};
use msnp_proto::payload::PayloadError;
use msnp_proto::payload::message::{Draft, Message};
use msnp_proto::payload::thread::Thread;
use msnp_proto::{
    Address, ErrorCode, Frame, FrameDecoder, PayloadTable, Side, Timestamp, TrId, UnixTime, Verb,
};

/// All frames of a stream.
#[track_caller]
fn frames(table: PayloadTable, stream: &str) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(table);
    decoder.push(stream.to_owned());
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame().expect("a clean stream") {
        frames.push(frame);
    }
    assert_eq!(decoder.buffered(), 0);
    frames
}

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

#[test]
fn bitlbee_a_header_block_is_no_part_of_the_message() {
    let body = "Routing: 1.0\r\nTo: 8:a\r\nFrom: 8:b\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-Type: Text\r\n\r\nhi";
    let block = "Context: 41A95655061FACAA\r\nAck-Id: 0000014BDE39B23E\r\n\r\n";
    let stream = format!("SDG 0 MSGR {}\r\n{block}{body}", block.len() + body.len());
    let frame = &frames(PayloadTable::msnp24(), &stream)[0];
    let command = ServerCommand::parse(frame).expect("a delivery");
    let ServerBody::Message(delivery) = command.body else {
        panic!("{command:?}")
    };
    assert_eq!(delivery.message.to(), Ok(address("8:a")));
    assert_eq!(delivery.message.body(), b"hi");
}

#[test]
fn bitlbee_a_bare_ping_on_msnp24_is_a_frame_and_swallows_nothing() {
    let frames = frames(PayloadTable::msnp24(), "PNG\r\nOUT 2 CON 2\r\n\r\n");
    assert_eq!(frames.len(), 2);
    assert_eq!(&frames[0].as_bytes()[..], b"PNG\r\n");
    let out = ClientCommand::parse(&frames[1]).expect("a command");
    assert_eq!(out.body, ClientBody::SignOut);
}

/// The wiki's examples leave the 0 out; read as a length, the transaction id swallowed what came next (msnp8-18.md 2.2).
#[test]
fn a_reply_without_a_length_does_not_swallow_the_next_bytes() {
    let stream = "UUX 8\r\nFQY 9\r\nDEL 10 OK\r\nSDG 11\r\nUUX 12 0\r\nUUX 13 2\r\nhiQNG 50\r\n";
    let frames = frames(PayloadTable::sent_by(Side::Server), stream);
    let payloads: Vec<_> = frames.iter().map(Frame::payload).collect();
    assert_eq!(payloads, [&b""[..], b"", b"", b"", b"", b"hi", b""]);
}

#[test]
fn msnp_sharp_an_error_without_a_payload_does_not_swallow_the_next_bytes() {
    let table = PayloadTable::sent_by(Side::Server);
    let frames = frames(table, "911 4\r\nQNG 50\r\n241 8 5\r\n<ml/>QNG 50\r\n");
    let verbs: Vec<_> = frames
        .iter()
        .map(|frame| frame.verb().to_string())
        .collect();
    assert_eq!(verbs, ["911", "QNG", "241", "QNG"]);
}

#[test]
fn miranda_every_error_is_written_with_type_and_length() {
    let error = ErrorReply {
        code: ErrorCode::INTERNAL,
        channel: Channel::Msgr,
        text: "".into(),
    };
    let frame = ServerCommand::new(TrId(9), ServerBody::Error(error)).to_frame();
    assert_eq!(&frame.as_bytes()[..], b"500 9 MSGR 2\r\n\r\n");
}

#[test]
fn miranda_no_line_of_msnp24_is_cut_at_1023_bytes() {
    let channel = Channel::new("M".repeat(255)).expect("a word");
    assert_eq!(Channel::new("M".repeat(256)), None);
    let mut longest = Envelope::new(Verb::PUT, TrId(u32::MAX), channel);
    longest.body = vec![b'x'; 1 << 20].into();
    assert!(longest.to_frame().payload_offset() < 1023);
}

#[test]
fn javaskype_no_header_is_written_without_a_value() {
    assert!(HeaderValue::new("").is_err());
    let mut draft = Draft::text(address("8:a"), address("8:b"), "hi")
        .with_display_name("")
        .with_header("Skype-Age", "")
        .with_routing("Service-Channel", " ");
    draft.content_type = Some(String::new());
    let message = draft.finish();
    let text = String::from_utf8_lossy(message.layers().as_bytes()).into_owned();
    let headers = text.lines().take_while(|line| *line != "hi");
    for header in headers.filter(|line| !line.is_empty()) {
        let value = header.split_once(": ").expect("a name and a value").1;
        assert!(!value.trim().is_empty(), "{header:?}");
    }
}

#[test]
fn javaskype_a_topic_that_is_not_escaped_costs_its_command_and_not_the_stream() {
    let topic =
        "<thread><id>19:a@thread.skype</id><properties><topic>a & b</topic></properties></thread>";
    let stream = format!(
        "PUT 5 MSGR\\THREAD {}\r\n\r\n{topic}PNG 6 CON 0\r\n",
        topic.len() + 2
    );
    let frames = frames(PayloadTable::msnp24(), &stream);
    let error = ClientCommand::parse(&frames[0]).expect_err("bad XML");
    assert!(matches!(
        error.kind,
        CommandErrorKind::Payload(PayloadError::Xml(_))
    ));
    assert_eq!(error.frame, frames[0]);
    assert!(ClientCommand::parse(&frames[1]).is_ok());

    let topic = Thread {
        topic: Some("a & <b>".into()),
        ..Thread::named(address("19:a@thread.skype"))
    };
    let put = ClientCommand::new(TrId(5), ClientBody::Put(Put::Thread(topic)));
    assert_eq!(ClientCommand::parse(&put.to_frame()), Ok(put));
}

#[test]
fn javaskype_a_network_without_a_name_is_an_address_all_the_same() {
    assert_eq!(address("99:somebody").id(), "somebody");
}

#[test]
fn pyskype_a_uic_may_come_with_a_line_end() {
    let body = "<user><uic>AAAA==\r\n</uic><id>alice</id></user>";
    let stream = format!("ATH 2 CON\\USER {}\r\n\r\n{body}", body.len() + 2);
    let command = ClientCommand::parse(&frames(PayloadTable::msnp24(), &stream)[0]);
    let ClientBody::Authenticate(Authenticate::SkypeName { uic, .. }) =
        command.expect("a command").body
    else {
        panic!("a Skype name")
    };
    assert_eq!(uic.expose(), "AAAA==");
}

#[test]
fn pyskype_a_colon_and_a_space_in_a_value_belong_to_it() {
    let stream = "PNG 4 CON 17\r\nContext: a: b\r\n\r\n";
    let command = ClientCommand::parse(&frames(PayloadTable::msnp24(), stream)[0]);
    let context = command.expect("a command").headers.context();
    assert_eq!(context.expect("a context").as_bytes(), b"a: b");
}

#[test]
fn miranda_a_payload_may_end_with_a_counted_line_end() {
    let connect = Connect {
        state: None,
        version: 2,
        agent: Agent::web(),
    };
    let mut body = connect.encode();
    body.extend_from_slice(b"\r\n");
    assert_eq!(Connect::parse(&body), Ok(connect));
}

/// Ours: a time with an offset was no time, and the message was shown with that of its fetching.
#[test]
fn an_arrival_time_with_an_offset_is_read() {
    let body = "Routing: 1.0\r\nTo: 8:a\r\nFrom: 8:b\r\n\r\nReliability: 1.0\r\n\r\n\
                Messaging: 2.0\r\nMessage-Type: Text\r\n\
                Original-Arrival-Time: 2026-11-28T07:28:00+02:00\r\n\r\nhi";
    let message = Message::parse(body.into()).expect("a message");
    let arrival = message.arrived_at().expect("a time that is read");
    assert_eq!(arrival, UnixTime::from_secs(1_795_843_680));
    assert_eq!(Timestamp::new(arrival).to_string(), "2026-11-28T05:28:00Z");
}

/// A client of MSNP21 at heart put `ADL 8 56` on a connection of MSNP24, and its payload was taken for the next
/// line: the stream was lost for good.
#[test]
fn a_line_of_another_dialect_carries_its_payload_on_a_connection_of_msnp24() {
    for line in [
        "ADL 8 5",
        "RML 8 5",
        "UUX 8 5",
        "QRY 8 PROD0 5",
        "BLP 8 5",
        "GCF 8 5",
        "PUT 8 5",
        "XYZ 8 5",
        "UUN 8 bob@example.org 3 5",
        "UUM 8 bob@example.org 1 1 5",
        "MSG 8 U 5",
    ] {
        let stream = format!("{line}\r\n<ml/>SDG 9 MSGR 2\r\n\r\n");
        let frames = frames(PayloadTable::msnp24(), &stream);
        assert_eq!(frames[0].payload(), b"<ml/>", "{line}");
        assert_eq!(frames[1].verb(), Verb::SDG, "{line}");
    }
    // A number that is no length: capabilities, a version, a transaction id.
    for line in [
        "CHG 8 NLN 5",
        "SYN 8 5",
        "PNG 5",
        "RMG 8 5",
        "ADG 8 group 5",
    ] {
        let stream = format!("{line}\r\nSDG 9 MSGR 2\r\n\r\n");
        let frames = frames(PayloadTable::msnp24(), &stream);
        assert_eq!(frames.len(), 2, "{line}");
    }
}
