//! `Inbox`: how far the messages of a person have come at one endpoint.
//!
//! A message is sent to each endpoint of its keeper once per connection, in the order of the numbers. At
//! most so many are on the way; the rest is read from the store as receipts make room.

use std::collections::BTreeMap;

use machine_contract::Instant;

use super::config::Config;
use super::message::{Kept, Number};

/// The messages of one endpoint.
#[derive(Debug)]
pub(super) struct Inbox {
    /// Up to here, everything that is for this endpoint was sent or is known to need no sending.
    sent: Number,
    /// What was there when the endpoint came: of these, only those that wait are sent.
    joined: Number,
    /// Whether messages behind `sent` wait in the store.
    behind: bool,
    /// The newest message that was left to be read.
    newest: Number,
    /// A page of them is being read, which has all up to this number that was left to be read.
    reading: Option<Number>,
    /// A page could not be read, and is to be read again then.
    retry: Option<Instant>,
    /// Whether the endpoint has ever told of a receipt: then it tells of all.
    acknowledges: bool,
    unreceived: BTreeMap<Number, OnTheWay>,
}

/// A message that was sent and not received.
#[derive(Debug)]
struct OnTheWay {
    /// It has left this host, and is queued nowhere any more.
    written: bool,
    kept: Kept,
}

/// A page of messages to be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Backlog {
    pub(super) after: Number,
    pub(super) until: Number,
    pub(super) waiting: bool,
    pub(super) limit: usize,
}

impl Inbox {
    /// That of an endpoint that comes when the keeper's last message is `last`, and has told of receipts before
    /// or not.
    pub(super) const fn new(last: Number, acknowledges: bool) -> Self {
        Self {
            sent: Number(0),
            joined: last,
            behind: true,
            newest: Number(0),
            reading: None,
            retry: None,
            acknowledges,
            unreceived: BTreeMap::new(),
        }
    }

    /// A new message is there: whether to send it now. If not, it is read from the store in its turn.
    pub(super) fn offer(&mut self, kept: &Kept, config: &Config) -> bool {
        if kept.number <= self.sent.max(self.joined) {
            // It is among what was there when the endpoint came.
            return false;
        }
        self.behind |= self.room(config) == 0;
        if self.behind {
            self.newest = self.newest.max(kept.number);
            return false;
        }
        self.send(kept);
        true
    }

    /// The next page to read, if there is one and there is room.
    pub(super) fn next_page(&mut self, config: &Config) -> Option<Backlog> {
        let room = self.room(config);
        if !self.behind || self.reading.is_some() || room == 0 {
            return None;
        }
        self.reading = Some(self.newest);
        self.retry = None;
        let early = self.sent < self.joined;
        Some(Backlog {
            after: self.sent,
            until: if early { self.joined } else { Number::LAST },
            waiting: early,
            limit: room,
        })
    }

    /// A page was read, of which `page` is for this endpoint; it was `full` if there may be more, and
    /// `last` is the last number in it. Gives the messages that are to be sent.
    pub(super) fn take_page(
        &mut self,
        page: Vec<Kept>,
        asked: Backlog,
        full: bool,
        last: Option<Number>,
        config: &Config,
    ) -> Vec<Kept> {
        let covered = self.reading.take().unwrap_or_default();
        let mut sent = Vec::with_capacity(page.len());
        for kept in page {
            if self.room(config) == 0 {
                return sent;
            }
            if kept.number > self.sent {
                self.send(&kept);
                sent.push(kept);
            }
        }
        // What was not for this endpoint needs no sending.
        self.sent = self.sent.max(last.unwrap_or_default());
        if !full {
            // What was there when it came is done. What came behind that, or while the page was read, may
            // not be in it.
            self.behind = asked.waiting || self.newest > covered;
            self.sent = self.sent.max(self.joined);
        }
        sent
    }

    /// The page could not be read: it is tried again at `retry`, or before if something else happens.
    pub(super) fn page_failed(&mut self, retry: Instant) {
        self.reading = None;
        self.retry = Some(retry);
    }

    /// Whether a page that could not be read is to be read now.
    pub(super) fn is_retry_due(&self, now: Instant) -> bool {
        self.retry.is_some_and(|at| at <= now)
    }

    /// Numbers above `last` were given, and are not kept: they will be given again, to messages that
    /// come behind this endpoint.
    pub(super) fn forget_above(&mut self, last: Number) {
        self.joined = self.joined.min(last);
    }

    /// The endpoint tells of a receipt; whether it was on the way.
    pub(super) fn received(&mut self, number: Number) -> bool {
        self.acknowledges = true;
        self.unreceived.remove(&number).is_some()
    }

    /// Whether it has ever told of a receipt.
    pub(super) const fn acknowledges(&self) -> bool {
        self.acknowledges
    }

    /// A message was written. It waits in no queue any more, so others may follow it to an endpoint that may never
    /// tell. Of those only so many are remembered: what is forgotten here still waits in the store.
    pub(super) fn written(&mut self, number: Number, config: &Config) {
        if let Some(one) = self.unreceived.get_mut(&number) {
            one.written = true;
        }
        if !self.acknowledges && self.unreceived.len() > config.unreceived {
            let oldest = self.unreceived.iter().find(|(_, one)| one.written);
            if let Some(number) = oldest.map(|(number, _)| *number) {
                self.unreceived.remove(&number);
            }
        }
    }

    /// A message was shown to an endpoint that never tells; whether it was on the way.
    pub(super) fn shown(&mut self, number: Number) -> bool {
        !self.acknowledges && self.unreceived.remove(&number).is_some()
    }

    /// A message may have been lost: it, if it is to be sent again.
    pub(super) fn lost(&mut self, number: Number) -> Option<Kept> {
        let one = self.unreceived.get_mut(&number)?;
        one.written = false;
        Some(one.kept.clone())
    }

    /// When a page is to be read again.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.retry
    }

    /// What is on the way, to be sent once more.
    pub(super) fn on_the_way(&self) -> impl Iterator<Item = &Kept> {
        self.unreceived.values().map(|one| &one.kept)
    }

    fn send(&mut self, kept: &Kept) {
        self.sent = self.sent.max(kept.number);
        let on_the_way = OnTheWay {
            written: false,
            kept: kept.clone(),
        };
        self.unreceived.insert(kept.number, on_the_way);
    }

    /// How many more messages may be on the way. Large ones leave room for fewer: what a gateway
    /// cannot queue ends the session, and so would every sign-in after it.
    fn room(&self, config: &Config) -> usize {
        let counts = |one: &&OnTheWay| self.acknowledges || !one.written;
        let counting = || self.unreceived.values().filter(counts);
        let sizes = counting().map(|one| one.kept.message.size());
        if sizes.sum::<usize>() < config.unreceived_bytes {
            config.unreceived.saturating_sub(counting().count())
        } else {
            0
        }
    }
}
