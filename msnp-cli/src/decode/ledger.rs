//! `Ledger`: counts what there was in a file, and whether all of it was told or explained.

use std::fmt::Write as _;

use msnp_proto::Side;
use serde_json::{Value, json};

use super::sink::{ExchangeKind, Share};
use super::typed::{Meaning, Reason};
use crate::recording::Packets;

const SHARES: usize = Share::Packed as usize + 1;

/// The books of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    client_frames: u64,
    server_frames: u64,
    /// Of the frames, those with a type, those with a reason why not, and those that are told to be wrong.
    typed_frames: u64,
    other_frames: u64,
    wrong_frames: u64,
    problems: u64,
    gateway_exchanges: u64,
    soap_exchanges: u64,
    passport_exchanges: u64,
    other_exchanges: u64,
    answered: u64,
    unanswered: u64,
    bare_replies: u64,
    skipped_records: u64,
    /// Exchanges that the file lists, those that were taken in, and those that could not be read, which is told.
    entries: u64,
    taken_entries: u64,
    unread_entries: u64,
    packets: Option<Packets>,
    /// Bytes that came in, and what became of them.
    seen: u64,
    shares: [u64; SHARES],
}

impl Ledger {
    pub(super) fn frame(&mut self, side: Side, bytes: u64, meaning: &Meaning) {
        match side {
            Side::Client => self.client_frames += 1,
            Side::Server => self.server_frames += 1,
        }
        match meaning {
            Meaning::Typed { .. } => self.typed_frames += 1,
            Meaning::Other(Reason::Unexplained) | Meaning::Wrong { .. } => self.wrong_frames += 1,
            Meaning::Other(_) => self.other_frames += 1,
        }
        self.settle(Share::Frames, bytes);
    }

    pub(super) const fn problem(&mut self) {
        self.problems += 1;
    }

    pub(super) const fn exchange(&mut self, kind: ExchangeKind) {
        match kind {
            ExchangeKind::Gateway => self.gateway_exchanges += 1,
            ExchangeKind::Soap => self.soap_exchanges += 1,
            ExchangeKind::Passport => self.passport_exchanges += 1,
            ExchangeKind::Other => self.other_exchanges += 1,
        }
    }

    pub(super) const fn answered(&mut self) {
        self.answered += 1;
    }

    pub(super) const fn unanswered(&mut self) {
        self.unanswered += 1;
    }

    pub(super) const fn bare_reply(&mut self) {
        self.bare_replies += 1;
    }

    /// A part of the file is no traffic of a client and its server.
    pub(super) const fn skip_record(&mut self) {
        self.skipped_records += 1;
    }

    pub(super) const fn list_entries(&mut self, entries: u64) {
        self.entries += entries;
    }

    pub(super) const fn take_entry(&mut self) {
        self.taken_entries += 1;
    }

    pub(super) const fn lose_entry(&mut self) {
        self.unread_entries += 1;
    }

    pub(super) const fn set_packets(&mut self, packets: Packets) {
        self.packets = Some(packets);
    }

    pub(super) const fn see(&mut self, bytes: u64) {
        self.seen += bytes;
    }

    pub(super) const fn settle(&mut self, share: Share, bytes: u64) {
        self.shares[share as usize] += bytes;
    }

    /// Whether nothing was wrong.
    pub(super) const fn is_clean(&self) -> bool {
        self.problems == 0
    }

    /// Whether there was any MSNP, SOAP or Passport.
    pub(super) const fn has_traffic(&self) -> bool {
        self.client_frames + self.server_frames + self.soap_exchanges + self.passport_exchanges > 0
    }

    /// Whether there was HTTP.
    pub(super) const fn has_exchanges(&self) -> bool {
        self.exchanges() > 0
    }

    const fn exchanges(&self) -> u64 {
        self.gateway_exchanges
            + self.soap_exchanges
            + self.passport_exchanges
            + self.other_exchanges
    }

    /// Whether something was counted that was not shown.
    pub(super) fn has_unshown(&self) -> bool {
        let share = |share: Share| self.shares[share as usize];
        self.other_exchanges + self.skipped_records + self.bare_replies > 0
            || share(Share::Opaque) > 0
            || self.packets.is_some()
    }

    /// What was left out without a word: exchanges of the file, requests, frames, packets and bytes. Nothing, if this program is right.
    pub(super) fn left_out(&self) -> Option<String> {
        let settled: u64 = self.shares.iter().sum();
        let entries = self.taken_entries + self.unread_entries;
        let mut wrong = Vec::new();
        if settled != self.seen {
            wrong.push(format!(
                "{} bytes came in, {settled} are accounted for",
                self.seen
            ));
        }
        if entries != self.entries {
            wrong.push(format!(
                "{} entries came in, {entries} are accounted for",
                self.entries
            ));
        }
        let (exchanges, requests) = (self.exchanges(), self.answered + self.unanswered);
        if exchanges != requests {
            wrong.push(format!(
                "{exchanges} exchanges came in, {requests} are answered or not"
            ));
        }
        let frames = self.client_frames + self.server_frames;
        let told = self.typed_frames + self.other_frames + self.wrong_frames;
        if frames != told {
            wrong.push(format!("{frames} frames came in, {told} are told"));
        }
        if self.packets.is_some_and(|packets| !packets.is_balanced()) {
            wrong.push("not all packets are accounted for".to_owned());
        }
        (!wrong.is_empty()).then(|| wrong.join("; "))
    }

    pub(super) fn to_json(&self, file: &str) -> Value {
        let share = |share: Share| self.shares[share as usize];
        let packets = self.packets.map(|packets| {
            let told = packets.told().into_iter();
            told.map(|(count, what)| (what.to_owned(), Value::from(count)))
                .collect::<serde_json::Map<_, _>>()
        });
        json!({
            "type": "summary",
            "file": file,
            "client_frames": self.client_frames,
            "server_frames": self.server_frames,
            "typed_frames": self.typed_frames,
            "other_frames": self.other_frames,
            "wrong_frames": self.wrong_frames,
            "problems": self.problems,
            "gateway_exchanges": self.gateway_exchanges,
            "soap_exchanges": self.soap_exchanges,
            "passport_exchanges": self.passport_exchanges,
            "other_exchanges": self.other_exchanges,
            "unanswered_requests": self.unanswered,
            "replies_without_msnp": self.bare_replies,
            "skipped_records": self.skipped_records,
            "entries": self.entries,
            "unread_entries": self.unread_entries,
            "packets": packets,
            "bytes_seen": self.seen,
            "frame_bytes": share(Share::Frames),
            "soap_bytes": share(Share::Soap),
            "http_head_bytes": share(Share::Heads),
            "other_body_bytes": share(Share::Bodies),
            "opaque_bytes": share(Share::Opaque),
            "packed_bytes": share(Share::Packed),
            "unreadable_bytes": share(Share::Unreadable),
        })
    }

    /// In words.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!(
            "{} frames ({} from clients, {} from servers), {} bytes",
            self.client_frames + self.server_frames,
            self.client_frames,
            self.server_frames,
            self.shares[Share::Frames as usize],
        );
        let counts = [
            (self.gateway_exchanges, "gateway exchanges"),
            (self.soap_exchanges, "SOAP exchanges"),
            (self.passport_exchanges, "Passport exchanges"),
            (self.bare_replies, "replies of gateways without MSNP"),
            (self.other_exchanges, "other HTTP exchanges skipped"),
            (
                self.shares[Share::Opaque as usize],
                "bytes of other protocols skipped",
            ),
            (
                self.skipped_records,
                "records of a proxy and others skipped",
            ),
        ];
        let packets = self.packets.iter().flat_map(Packets::told);
        for (count, what) in counts.into_iter().chain(packets) {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        let _ = match self.problems {
            0 => write!(text, "; nothing wrong"),
            1 => write!(text, "; 1 problem"),
            problems => write!(text, "; {problems} problems"),
        };
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_or_an_entry_without_a_word_is_found() {
        let mut ledger = Ledger::default();
        ledger.see(10);
        ledger.frame(Side::Client, 7, &Meaning::Other(Reason::NoSyntax));
        ledger.exchange(ExchangeKind::Soap);
        ledger.answered();
        ledger.settle(Share::Heads, 3);
        ledger.list_entries(2);
        ledger.take_entry();
        ledger.lose_entry();
        assert_eq!(ledger.left_out(), None);
        ledger.see(1);
        ledger.list_entries(1);
        ledger.exchange(ExchangeKind::Passport);
        let left_out = ledger.left_out().expect("one of each");
        assert_eq!(
            left_out,
            "11 bytes came in, 10 are accounted for; 3 entries came in, 2 are accounted for; \
             2 exchanges came in, 1 are answered or not"
        );
    }
}
