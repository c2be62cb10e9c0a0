//! What can be wrong with a frame whose boundaries are right.

use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side, Verb};

use super::payload::Payload;
use super::problem::ProblemKind;
use super::typed::{Meaning, Reason};

/// Looks for what is wrong with a frame; each finding with its byte in the frame.
pub(super) fn frame(side: Side, frame: &Frame, meaning: &Meaning) -> Vec<(ProblemKind, usize)> {
    let mut found = Vec::new();
    let verb = frame.verb();
    if let Err(error) = std::str::from_utf8(frame.line()) {
        let at = error.valid_up_to();
        found.push((ProblemKind::LineNotUtf8 { at }, at));
    }
    if verb.as_bytes().iter().any(u8::is_ascii_lowercase) {
        found.push((ProblemKind::NotCapitals { verb }, 0));
    }
    if side == Side::Client && frame.trid().is_none() && !may_lack_id(frame) {
        found.push((ProblemKind::NoTransactionId { verb }, 0));
    }
    if verb == Verb::MSG
        && let Some(at) = bad_header(frame.payload())
    {
        let kind = ProblemKind::HeaderNotUtf8 { at };
        found.push((kind, frame.payload_offset() + at));
    }
    if side == Side::Client
        && verb == Verb::CHG
        && let Some(wanted) = bad_status(frame)
    {
        found.push((ProblemKind::Parameter { verb, wanted }, 0));
    }
    // What is said by words above is not said once more.
    if found.is_empty() {
        found.extend(misunderstood(frame, meaning));
    }
    if !is_reencoded(side, frame) {
        found.push((ProblemKind::NotReencoded, 0));
    }
    found
}

/// What is wrong by the command's or the payload's own rules.
fn misunderstood(frame: &Frame, meaning: &Meaning) -> Option<(ProblemKind, usize)> {
    let verb = frame.verb();
    match meaning {
        Meaning::Wrong { what, at } => {
            let what = what.clone();
            Some((ProblemKind::Command { verb, what }, *at))
        }
        Meaning::Other(Reason::Unexplained) => Some((ProblemKind::Unexplained { verb }, 0)),
        Meaning::Typed {
            payload: Payload::Wrong(kind, what),
            ..
        } => {
            let (kind, what) = (kind.to_string(), what.clone());
            Some((
                ProblemKind::Payload { verb, kind, what },
                frame.payload_offset(),
            ))
        }
        Meaning::Typed { .. } | Meaning::Other(_) => None,
    }
}

/// `PNG` and `OUT` stand alone (msnp8-18.md 12).
fn may_lack_id(frame: &Frame) -> bool {
    matches!(frame.verb(), Verb::PNG | Verb::OUT) && frame.params().next().is_none()
}

/// What `CHG 8 NLN 268435492 …` should have and has not (msnp8-18.md 8.1): a status, then
/// capabilities, `268435492` or `2789003324:48`. The capabilities may be left out.
fn bad_status(frame: &Frame) -> Option<&'static str> {
    const STATUSES: [&[u8]; 9] = [
        b"NLN", b"BSY", b"IDL", b"BRB", b"AWY", b"PHN", b"LUN", b"HDN", b"FLN",
    ];
    let status = frame.param(1)?;
    if !STATUSES.contains(&status) {
        return Some("a status");
    }
    let capabilities = frame.param(2)?;
    let are_numbers = capabilities
        .split(|b| *b == b':')
        .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    (!are_numbers).then_some("a number of capabilities")
}

/// The first byte of a message's header block that is not UTF-8.
fn bad_header(payload: &[u8]) -> Option<usize> {
    let end = payload
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .unwrap_or(payload.len());
    let error = std::str::from_utf8(&payload[..end]).err()?;
    Some(error.valid_up_to())
}

/// Whether the frame, written out and read back in two halves, is the same frame.
fn is_reencoded(side: Side, frame: &Frame) -> bool {
    let mut encoded = Vec::with_capacity(frame.as_bytes().len());
    frame.encode(&mut encoded);
    if encoded != frame.as_bytes()[..] {
        return false;
    }
    let second = encoded.split_off(encoded.len() / 2);
    let limits = msnp_proto::Limits {
        line: u32::MAX,
        payload: u32::MAX,
    };
    let mut decoder = FrameDecoder::with_limits(PayloadTable::either(side), limits);
    decoder.push(encoded);
    decoder.push(second);
    decoder.next_frame().as_ref() == Ok(&Some(frame.clone())) && decoder.buffered() == 0
}
