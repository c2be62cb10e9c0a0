//! `Awaited`: what a client's commands wait for, so that a reply to them can hold it.

use bytes::Bytes;
use machine_contract::Secret;
use msnp_proto::{Frame, FrameDecoder, Limits, PayloadTable, TrId, Verb};

/// The frame of the server with which a request is answered.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// None: these commands have no answer.
    Nothing,
    /// One with this transaction id: an answer, or an error.
    Reply(TrId),
    /// `QNG`, which has none.
    Pong,
    /// The end of the connection: somebody signs out.
    End,
}

impl Awaited {
    /// Whether this frame is what was waited for.
    pub(crate) fn is_met_by(self, frame: &Frame) -> bool {
        match self {
            Self::Nothing => true,
            Self::Reply(id) => frame.trid() == Some(id),
            Self::Pong => frame.verb() == Verb::QNG,
            Self::End => false,
        }
    }

    fn of(frame: &Frame) -> Self {
        let reply = match frame.trid() {
            Some(TrId(0)) | None => Self::Nothing,
            Some(id) => Self::Reply(id),
        };
        match frame.verb() {
            Verb::OUT => Self::End,
            Verb::PNG if reply == Self::Nothing => Self::Pong,
            // Acknowledged only if it asks for it (msnp8-18.md 9.3).
            Verb::MSG if !matches!(frame.param(1), Some(b"A" | b"D")) => Self::Nothing,
            _ => reply,
        }
    }
}

/// Reads along what a client says. It decides nothing: the bytes go to the server as they are.
#[derive(Debug)]
pub(crate) struct ClientReader {
    /// `None` once the client could not be followed any more.
    decoder: Option<FrameDecoder>,
}

impl ClientReader {
    pub(crate) fn new(table: PayloadTable) -> Self {
        // A larger one is passed on all the same, but its client is not read along any more.
        let limits = Limits {
            payload: 128 * 1024,
            ..Limits::default()
        };
        Self {
            decoder: Some(FrameDecoder::with_limits(table, limits)),
        }
    }

    /// What the last of these commands that has an answer waits for.
    pub(crate) fn read(&mut self, bytes: Bytes) -> Awaited {
        let mut awaited = Awaited::Nothing;
        let Some(decoder) = &mut self.decoder else {
            return awaited;
        };
        decoder.push(bytes);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => match Awaited::of(&frame) {
                    Awaited::Nothing => {}
                    found => awaited = found,
                },
                Ok(None) => return awaited,
                Err(error) if error.is_fatal() => {
                    self.decoder = None;
                    return awaited;
                }
                Err(_) => {}
            }
        }
    }
}

/// What a client shows at a switchboard with its first command, `USR` or `ANS` (msnp8-18.md 9.1).
pub(crate) fn shown_token(body: &Bytes, table: PayloadTable) -> Option<Secret<Bytes>> {
    let mut decoder = FrameDecoder::new(table);
    decoder.push(body.clone());
    let frame = decoder.next_frame().ok().flatten()?;
    if !matches!(
        *frame.verb().as_bytes(),
        [b'U', b'S', b'R'] | [b'A', b'N', b'S']
    ) {
        return None;
    }
    let token = frame.param(2)?;
    Some(Secret::new(Bytes::copy_from_slice(token)))
}

#[cfg(test)]
mod tests {
    use msnp_proto::Side;

    use super::*;

    #[track_caller]
    fn check(bytes: &'static str, expected: Awaited) {
        let table = PayloadTable::sent_by(Side::Client);
        let mut reader = ClientReader::new(table);
        let found = reader.read(Bytes::from_static(bytes.as_bytes()));
        assert_eq!(found, expected, "{bytes}");
    }

    #[test]
    fn what_has_an_answer_waits_for_it() {
        check("VER 1 MSNP12 CVR0\r\n", Awaited::Reply(TrId(1)));
        check(
            "VER 1 MSNP12 CVR0\r\nCVR 2 x\r\nUSR 3 TWN I a@b\r\n",
            Awaited::Reply(TrId(3)),
        );
        check("MSG 4 A 2\r\nhi", Awaited::Reply(TrId(4)));
        check("PNG\r\n", Awaited::Pong);
        check("OUT\r\n", Awaited::End);
    }

    #[test]
    fn what_has_none_waits_for_nothing() {
        check("MSG 4 U 2\r\nhi", Awaited::Nothing);
        check("MSG 4 N 2\r\nhi", Awaited::Nothing);
        check("CHG 4 NLN\r\nMSG 5 U 2\r\nhi", Awaited::Reply(TrId(4)));
        check("VER 1 MSN", Awaited::Nothing);
        check("\r\n\r\n", Awaited::Nothing);
    }

    #[test]
    fn the_token_of_a_switchboard_is_seen() {
        let shown = |body: &'static str| {
            let table = PayloadTable::sent_by(Side::Client);
            let token = shown_token(&Bytes::from_static(body.as_bytes()), table)?;
            Some(String::from_utf8(token.expose().to_vec()).unwrap())
        };
        assert_eq!(shown("USR 1 a@b 1234.5\r\n").as_deref(), Some("1234.5"));
        assert_eq!(shown("ANS 1 a@b tok 77\r\n").as_deref(), Some("tok"));
        assert_eq!(shown("ANS 1 a@b tok 77"), None);
        assert_eq!(shown("VER 1 MSNP8 CVR0\r\n"), None);
        assert_eq!(shown(""), None);
    }
}
