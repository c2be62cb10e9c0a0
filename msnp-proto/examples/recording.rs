//! Reads what a server of an older dialect sent, as recorded, and prints each command as what it is.
//!
//! ```sh
//! cargo run -p msnp-proto --example recording -- 12 < server-to-client.bin
//! ```
//!
//! For recordings of whole sessions, both ends and every dialect, there is `msnp decode`.

use std::io::{Read, Write};

use msnp_proto::classic::{ServerBody, ServerCommand, ServerKind};
use msnp_proto::payload::mime::{Content, Mime};
use msnp_proto::{Dialect, FrameDecoder, PayloadTable, Side};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let number = std::env::args().nth(1).ok_or("usage: recording DIALECT")?;
    let dialect = Dialect::new(number.parse()?).ok_or("there is no such dialect")?;
    let mut recording = Vec::new();
    std::io::stdin().lock().read_to_end(&mut recording)?;
    decode(recording, dialect, &mut std::io::stdout().lock())
}

fn decode(recording: Vec<u8>, dialect: Dialect, output: &mut impl Write) -> Result<(), Failure> {
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
    decoder.push(recording);
    while let Some(frame) = decoder.next_frame()? {
        // A notification server's verbs and a switchboard's differ; a recording of one connection is of one kind.
        match ServerCommand::parse(&frame, dialect, ServerKind::Notification) {
            Ok(command) => match command.body {
                ServerBody::Message(message) => {
                    let mime = Mime::parse(message.payload)?;
                    writeln!(output, "message: {:?}", Content::of(&mime)?)?;
                }
                ServerBody::Other(frame) => writeln!(output, "no name here: {}", frame.verb())?,
                body => writeln!(output, "{body:?}")?,
            },
            // The frame is whole, so the stream goes on.
            Err(error) => writeln!(output, "not as this dialect has it: {error}")?,
        }
    }
    match decoder.buffered() {
        0 => Ok(()),
        cut => Err(format!("the last frame is cut off: {cut} bytes of it are there").into()),
    }
}

#[test]
fn commands_and_messages_are_told_and_a_cut_is_said() {
    let read = |recording: &str| {
        let mut output = Vec::new();
        let end = decode(recording.into(), Dialect::MSNP12, &mut output);
        (String::from_utf8(output).unwrap(), end.is_ok())
    };
    let text = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi";
    let stream = format!(
        "QNG 50\r\nMSG bob@example.com Bob {}\r\n{text}ZZZ 1\r\n",
        text.len()
    );
    let (output, whole) = read(&stream);
    let lines: Vec<&str> = output.lines().collect();
    assert!(whole && lines.len() == 3, "{output}");
    assert!(lines[0].starts_with("Pong("), "{output}");
    assert!(lines[1].starts_with("message: Text("), "{output}");
    assert_eq!(lines[2], "no name here: ZZZ");
    let (_, whole) = read(&stream[..stream.len() - 3]);
    assert!(!whole);
}
