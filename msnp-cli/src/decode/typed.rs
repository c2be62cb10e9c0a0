//! What a frame means, where that is known: MSNP24's commands.

use msnp_proto::msnp24::{ClientCommand, CommandError, ServerCommand};
use msnp_proto::{Frame, Side};

/// The typed view of a frame, in Rust's notation: secrets and people's messages are not in it.
/// `None` if the frame is of a dialect that has no types here.
pub(super) fn view(side: Side, frame: &Frame) -> Option<Result<String, CommandError>> {
    is_msnp24(frame).then(|| match side {
        Side::Client => ClientCommand::parse(frame).map(|command| format!("{command:?}")),
        Side::Server => ServerCommand::parse(frame).map(|command| format!("{command:?}")),
    })
}

/// Why a frame of MSNP24 is not the command that its line says.
pub(super) fn error(side: Side, frame: &Frame) -> Option<CommandError> {
    if !is_msnp24(frame) {
        return None;
    }
    match side {
        Side::Client => ClientCommand::parse(frame).err(),
        Side::Server => ServerCommand::parse(frame).err(),
    }
}

/// Whether the line is `CMD TrID CON len` or `CMD TrID MSGR\NAME len`, as no other dialect writes.
fn is_msnp24(frame: &Frame) -> bool {
    let mut words = frame.params().skip(1);
    let (Some(channel), Some(_), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let name = channel.split(|b| *b == b'\\').next().unwrap_or_default();
    name == b"CON" || name == b"MSGR"
}

#[cfg(test)]
mod tests {
    use msnp_proto::{FrameDecoder, PayloadTable};

    use super::*;

    fn frame(side: Side, bytes: &'static str) -> Frame {
        let mut decoder = FrameDecoder::new(PayloadTable::either(side));
        decoder.push(bytes);
        decoder
            .next_frame()
            .expect("a frame")
            .expect("a whole frame")
    }

    #[test]
    fn commands_of_msnp24_are_typed_and_their_secrets_hidden() {
        let frame = frame(
            Side::Client,
            "ATH 2 CON\\USER 52\r\n\r\n<user><uic>QUFB</uic><web-compact-ticket /></user>",
        );
        let view = view(Side::Client, &frame).expect("typed").expect("an ATH");
        assert!(view.contains("Authenticate(Web"), "{view}");
        assert!(!view.contains("QUFB"), "{view}");
    }

    #[test]
    fn other_dialects_have_no_types_here() {
        for line in ["VER 1 MSNP8 CVR0\r\n", "PNG\r\n", "CHG 8 NLN 268435492\r\n"] {
            assert!(view(Side::Client, &frame(Side::Client, line)).is_none());
        }
    }

    #[test]
    fn a_body_that_is_not_the_commands_is_an_error() {
        let frame = frame(Side::Client, "CNT 1 CON 5\r\n\r\nabc");
        assert!(error(Side::Client, &frame).is_some());
    }
}
