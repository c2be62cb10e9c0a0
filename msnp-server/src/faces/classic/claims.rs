//! Which first bytes begin a connection of these dialects.

use bytes::Bytes;
use msnp_proto::classic::{ClientBody, ClientCommand, ServerKind, Version};
use msnp_proto::{Dialect, Frame, FrameDecoder, PayloadTable, Side};

use super::sign_in::SignIn;
use crate::faces::first_bytes::Claim;

/// A `VER` with a dialect that is spoken here, or the first line of a switchboard. A `VER` without one is nobody's.
pub(in crate::faces) fn claim(bytes: &[u8]) -> Claim {
    let first = [&b"USR "[..], b"ANS "].map(|word| Claim::of_word(word, bytes));
    match Claim::of_word(b"VER ", bytes) {
        Claim::Own => claim_of_offer(bytes),
        Claim::NotYet => Claim::NotYet,
        Claim::Foreign if first.contains(&Claim::Own) => Claim::Own,
        Claim::Foreign if first.contains(&Claim::NotYet) => Claim::NotYet,
        Claim::Foreign => Claim::Foreign,
    }
}

fn claim_of_offer(bytes: &[u8]) -> Claim {
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Client));
    decoder.push(Bytes::copy_from_slice(bytes));
    match decoder.next_frame() {
        Ok(Some(frame)) => {
            let offers = offer(&frame).and_then(|version| SignIn::choose(version.offers()));
            offers.map_or(Claim::Foreign, |_| Claim::Own)
        }
        Ok(None) => Claim::NotYet,
        Err(_) => Claim::Foreign,
    }
}

/// The form of `VER` is the same in all dialects.
fn offer(frame: &Frame) -> Option<Version> {
    let read = ClientCommand::parse(frame, Dialect::MSNP18, ServerKind::Notification);
    match read.ok()?.body {
        ClientBody::Version(version) => Some(version),
        _ => None,
    }
}
