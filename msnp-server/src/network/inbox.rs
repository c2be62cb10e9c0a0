//! `Inbox`: how far the messages of a person have come at one endpoint.
//!
//! A message is sent to each endpoint of its keeper once per connection, in the order of the numbers. At
//! most so many are on the way; the rest is read from the store as receipts make room.

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use machine_contract::Instant;

use super::config::Config;
use super::message::{Kept, Number};
use super::word::Word;

/// How long an endpoint's own word may take behind what was taken: it comes by a connection of its own, and what it
/// names need not be given again. No time shows anything of what never got a word.
const WORD: Duration = Duration::from_secs(2);

/// So many times that time is doubled at most, for one message that is taken again and again.
const DOUBLED: u32 = 5;

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
    /// Whether the endpoint tells of what it has received.
    word: Word,
    unreceived: BTreeMap<Number, OnTheWay>,
    /// What counts as received because it was shown, to an endpoint of which no word was ever heard: if one comes, it would have
    /// told of these. The newest, as many as may be on the way.
    untold: BTreeMap<Number, Kept>,
}

/// A message that was sent and not received.
#[derive(Debug)]
struct OnTheWay {
    /// It has left this host, and is queued nowhere any more.
    written: bool,
    /// How often it went by a connection that was closed as its request had asked.
    taken: u32,
    /// When it is given again, or known to be received, unless the endpoint tells of it before.
    again: Option<Instant>,
    kept: Kept,
}

impl OnTheWay {
    /// It was taken: it is given again after a while, the longer the oftener that was so.
    fn give_again(&mut self, now: Instant) {
        let doubled = self.taken.saturating_sub(1).min(DOUBLED);
        self.again = Some(now + WORD * (1 << doubled));
    }
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
    /// That of an endpoint that comes when the keeper's last message is `last`, and of which that is known from before.
    pub(super) const fn new(last: Number, word: Word) -> Self {
        Self {
            sent: Number(0),
            joined: last,
            behind: true,
            newest: Number(0),
            reading: None,
            retry: None,
            word,
            unreceived: BTreeMap::new(),
            untold: BTreeMap::new(),
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
    pub(super) fn received(&mut self, number: Number, now: Instant) -> bool {
        let was_known = self.acknowledges();
        self.word = Word::Given;
        let was_there = self.unreceived.remove(&number).is_some();
        self.untold.remove(&number);
        if !was_known {
            let shown = mem::take(&mut self.untold);
            let shown = shown.into_iter().map(|(number, kept)| {
                let taken = OnTheWay {
                    written: true,
                    taken: 1,
                    again: None,
                    kept,
                };
                (number, taken)
            });
            self.unreceived.extend(shown);
            let taken = self.unreceived.values_mut();
            let untold = taken.filter(|one| one.taken > 0 && one.again.is_none());
            untold.for_each(|one| one.give_again(now));
        }
        was_there
    }

    /// A message counts as received, without the endpoint's word; whether it was on the way.
    pub(super) fn settle(&mut self, number: Number, now: Instant) -> bool {
        let was_there = self.unreceived.remove(&number).is_some();
        self.try_next(now);
        was_there
    }

    /// Whether it tells of what it has received.
    pub(super) const fn acknowledges(&self) -> bool {
        matches!(self.word, Word::Given)
    }

    /// What is known of that.
    pub(super) const fn word(&self) -> Word {
        self.word
    }

    /// A message was written. It waits in no queue any more, so others may follow it to an endpoint that may never
    /// tell. Of those only so many are remembered: what is forgotten here still waits in the store.
    pub(super) fn written(&mut self, number: Number, now: Instant, config: &Config) {
        if let Some(one) = self.unreceived.get_mut(&number) {
            one.written = true;
        }
        if !self.acknowledges() && self.unreceived.len() > config.unreceived {
            let oldest = self.unreceived.iter().find(|(_, one)| one.written);
            if let Some(number) = oldest.map(|(number, _)| *number) {
                self.settle(number, now);
            }
        }
    }

    /// A message was shown, and nothing told of it yet; whether it was on the way, and counts as received now.
    ///
    /// It does not for an endpoint that tells: between it and here somebody has read it, and may have lost it. For one of which that
    /// is not known it does, until it is known.
    pub(super) fn shown(&mut self, number: Number, now: Instant, config: &Config) -> bool {
        let Some(one) = self.unreceived.get_mut(&number) else {
            return false;
        };
        match self.word {
            Word::Given => {
                one.taken = one.taken.saturating_add(1);
                one.give_again(now);
                return false;
            }
            // So it shows as well as another end of that kind whether there is a word for it.
            Word::Tried(tried) if tried == number && one.taken > 0 => {
                one.taken = one.taken.saturating_add(1);
                one.again = Some(now + WORD);
                return false;
            }
            Word::Unknown | Word::Tried(_) | Word::None => {}
        }
        if let Some(one) = self.unreceived.remove(&number) {
            self.count_as_received(number, one.kept, config);
        }
        self.try_next(now);
        true
    }

    /// It does, until a word comes that does not name it.
    fn count_as_received(&mut self, number: Number, kept: Kept, config: &Config) {
        self.untold.insert(number, kept);
        let size = |kept: &Kept| kept.message.size();
        while self.untold.len() > config.unreceived
            || self.untold.values().map(size).sum::<usize>() > config.unreceived_bytes
        {
            self.untold.pop_first();
        }
    }

    /// A message was taken by a connection that was closed as its request had asked: a client may have read it, or a proxy have
    /// lost it. Gives what counts as shown by that.
    ///
    /// One message at a time is tried, and what else was taken waits for what that shows: whoever never tells is given one
    /// message twice, and not all of a reply.
    pub(super) fn taken(&mut self, number: Number, now: Instant, config: &Config) -> Vec<Number> {
        let Some(one) = self.unreceived.get_mut(&number) else {
            return Vec::new();
        };
        one.written = true;
        one.taken = one.taken.saturating_add(1);
        match self.word {
            Word::Given => one.give_again(now),
            // Now it is known, but for what may still come of the word.
            Word::Tried(tried) if tried == number => one.again = Some(now + WORD),
            Word::None => return self.give_up(config),
            Word::Unknown | Word::Tried(_) => self.try_next(now),
        }
        Vec::new()
    }

    /// There is no word of this endpoint's, as far as is known. Gives what counts as shown by that.
    fn give_up(&mut self, config: &Config) -> Vec<Number> {
        self.word = Word::None;
        let all = mem::take(&mut self.unreceived).into_iter();
        let (taken, rest): (BTreeMap<_, _>, _) = all.partition(|(_, one)| one.taken > 0);
        self.unreceived = rest;
        let shown = taken.keys().copied().collect();
        for (number, one) in taken {
            self.count_as_received(number, one.kept, config);
        }
        shown
    }

    /// Whether the message that is tried was taken for the second time, and nothing told.
    fn is_tried_out(&self) -> bool {
        let Word::Tried(tried) = self.word else {
            return false;
        };
        self.unreceived.get(&tried).is_some_and(|one| one.taken > 1)
    }

    /// The endpoint is gone. Gives what counts as shown: its word had all the time that it will have.
    pub(super) fn leave(&mut self, config: &Config) -> Vec<Number> {
        if self.is_tried_out() {
            self.give_up(config)
        } else {
            Vec::new()
        }
    }

    /// Chooses a message by which it is to be seen whether the endpoint tells, if that is not known and none is chosen.
    fn try_next(&mut self, now: Instant) {
        match self.word {
            Word::Given | Word::None => return,
            Word::Tried(tried) if self.unreceived.contains_key(&tried) => return,
            Word::Unknown | Word::Tried(_) => {}
        }
        let mut taken = self.unreceived.iter_mut();
        if let Some((number, one)) = taken.find(|(_, one)| one.taken > 0) {
            self.word = Word::Tried(*number);
            one.give_again(now);
        }
    }

    /// What was taken, and nothing was told of it in time: what counts as shown by that, and what is given again.
    pub(super) fn take_due(&mut self, now: Instant, config: &Config) -> (Vec<Number>, Vec<Kept>) {
        let is_due = |one: &OnTheWay| one.again.is_some_and(|at| at <= now);
        if self.is_tried_out() && self.unreceived.values().any(is_due) {
            return (self.give_up(config), Vec::new());
        }
        let due = self.unreceived.values_mut().filter(|one| is_due(one));
        let again = due.map(|one| {
            (one.again, one.written) = (None, false);
            one.kept.clone()
        });
        (Vec::new(), again.collect())
    }

    /// A message may have been lost: it, if it is to be sent again.
    pub(super) fn lost(&mut self, number: Number) -> Option<Kept> {
        let one = self.unreceived.get_mut(&number)?;
        (one.again, one.written) = (None, false);
        Some(one.kept.clone())
    }

    /// When a page is to be read again, or a message to be given.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let again = self.unreceived.values().filter_map(|one| one.again);
        again.chain(self.retry).min()
    }

    /// Whether this one was sent and is not received.
    pub(super) fn is_on_the_way(&self, number: Number) -> bool {
        self.unreceived.contains_key(&number)
    }

    /// What is on the way, to be sent once more.
    pub(super) fn on_the_way(&self) -> impl Iterator<Item = &Kept> {
        self.unreceived.values().map(|one| &one.kept)
    }

    fn send(&mut self, kept: &Kept) {
        self.sent = self.sent.max(kept.number);
        let on_the_way = OnTheWay {
            written: false,
            // One that was tried before the endpoint came again is tried for the second time.
            taken: u32::from(self.word == Word::Tried(kept.number)),
            again: None,
            kept: kept.clone(),
        };
        self.unreceived.insert(kept.number, on_the_way);
    }

    /// How many more messages may be on the way. Large ones leave room for fewer: what a gateway
    /// cannot queue ends the session, and so would every sign-in after it.
    fn room(&self, config: &Config) -> usize {
        let counts = |one: &&OnTheWay| self.acknowledges() || !one.written;
        let counting = || self.unreceived.values().filter(counts);
        let sizes = counting().map(|one| one.kept.message.size());
        if sizes.sum::<usize>() < config.unreceived_bytes {
            config.unreceived.saturating_sub(counting().count())
        } else {
            0
        }
    }
}
