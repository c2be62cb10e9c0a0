//! Properties of the typed MSNP24 commands.

use msnp_proto::msnp24::{ClientCommand, CommandError, Envelope, ServerCommand};
use msnp_proto::{Frame, PayloadTable};

use crate::framing::cut;

/// The bytes are a stream of MSNP24.
pub fn commands(data: &[u8]) {
    let results = cut(&PayloadTable::msnp24(), data, usize::MAX);
    for frame in results.into_iter().flatten() {
        any_frame(&frame);
    }
}

/// The first byte chooses verb and channel, the rest is the payload: finds its way into the
/// documents sooner than a whole stream does.
pub fn bodies(data: &[u8]) {
    let Some((choice, payload)) = data.split_first() else {
        return;
    };
    let line = LINES[usize::from(*choice) % LINES.len()];
    let mut bytes = format!("{line} {}\r\n", payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    let results = cut(&PayloadTable::msnp24(), &bytes, usize::MAX);
    for frame in results.into_iter().flatten() {
        any_frame(&frame);
    }
}

/// A command that was read is written as one frame, which reads as the same command; an error
/// gives the frame back and points into it.
fn any_frame(frame: &Frame) {
    match ClientCommand::parse(frame) {
        Ok(command) => {
            let written = one_frame(&command.to_frame());
            assert_eq!(ClientCommand::parse(&written).as_ref(), Ok(&command));
        }
        Err(error) => given_back(frame, &error),
    }
    match ServerCommand::parse(frame) {
        Ok(command) => {
            let written = one_frame(&command.to_frame());
            assert_eq!(ServerCommand::parse(&written).as_ref(), Ok(&command));
        }
        Err(error) => given_back(frame, &error),
    }
    if let Ok(envelope) = Envelope::parse(frame) {
        let written = one_frame(&envelope.to_frame());
        assert_eq!(Envelope::parse(&written).as_ref(), Ok(&envelope));
    }
}

/// Nothing in a written frame starts another one.
fn one_frame(frame: &Frame) -> Frame {
    let mut decoder = msnp_proto::FrameDecoder::new(PayloadTable::msnp24());
    decoder.push(frame.as_bytes().clone());
    let again = decoder.next_frame();
    assert_eq!(again.as_ref().map(Option::as_ref), Ok(Some(frame)));
    assert_eq!(decoder.buffered(), 0);
    frame.clone()
}

fn given_back(frame: &Frame, error: &CommandError) {
    assert_eq!(&error.frame, frame);
    assert!(error.offset <= frame.as_bytes().len());
}

const LINES: &[&str] = &[
    "CNT 1 CON",
    "ATH 2 CON\\USER",
    "ATH 2 CON",
    "BND 3 CON\\MSGR",
    "BND 3 CON",
    "PUT 4 MSGR\\CHALLENGE",
    "PUT 4 MSGR\\PRESENCE",
    "PUT 4 MSGR\\CONTACTS",
    "PUT 4 MSGR\\SUBSCRIPTIONS",
    "PUT 4 MSGR\\THREAD",
    "PUT 4 MSGR\\ACTIVEENDPOINT",
    "PUT 4 MSGR\\OPTIONS",
    "PUT 4 MSGR\\PARTNERS",
    "PUT 4 MSGR\\NETWORKS",
    "PUT 4 MSGR",
    "GET 5 MSGR\\RECENTCONVERSATIONS",
    "GET 5 MSGR\\MESSAGESBYCONVERSATION",
    "GET 5 MSGR\\THREADS",
    "GET 5 MSGR",
    "DEL 6 MSGR\\THREAD",
    "DEL 6 MSGR\\CONTACTS",
    "NFY 0 MSGR\\PUT",
    "NFY 0 MSGR\\DEL",
    "NFY 0 MSGR\\THREAD",
    "NFY 0 MSGR\\CONTACTS",
    "NFY 0 MSGR\\HOTMAIL",
    "NFY 0 MSGR\\ABCH",
    "SDG 0 MSGR",
    "ACK 0 MSGR",
    "PNG 7 CON",
    "XFR 3 CON",
    "OUT 8 CON",
    "911 2 CON",
];
