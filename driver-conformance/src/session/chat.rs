//! A session at work under some driver, and the books that are kept on what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gateway_sm::{
    CloseReason, Config, Event, HostPolicy, Mode, SendError, SendId, Session, Timing,
};
use machine_contract::Failure;

use super::gateway::{Upstream, lines};
use crate::{Drive, Limits, TurnedClock};

/// A session at work, and everything that it has said.
pub(crate) struct Chat<D> {
    drive: D,
    sends: BTreeMap<SendId, String>,
    fates: BTreeMap<SendId, Fate>,
    received: Vec<u8>,
    gaps: usize,
    opened: usize,
    closed: Option<CloseReason>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Sent,
    NotSent,
    Unknown,
}

use Fate::{NotSent, Sent, Unknown};

impl<D: Drive<Session>> Chat<D> {
    pub(crate) fn new(url: &str, mode: Mode) -> Self {
        Self::with(url, |config| config.mode(mode))
    }

    pub(crate) fn with(url: &str, wishes: impl FnOnce(Config) -> Config) -> Self {
        let config = Config::new(url).unwrap().timing(TIMING).unwrap();
        // Else the session would follow `X-MSN-Host` past the faults.
        let config = config.hosts(HostPolicy::Stay).unwrap();
        Self {
            drive: D::start(
                Session::new(wishes(config)),
                Limits::default(),
                TurnedClock::new(),
            ),
            sends: BTreeMap::new(),
            fates: BTreeMap::new(),
            received: Vec::new(),
            gaps: 0,
            opened: 0,
            closed: None,
        }
    }

    /// Queues a line.
    #[track_caller]
    pub(crate) fn send(&mut self, line: &str) -> SendId {
        self.try_send(line).unwrap()
    }

    /// The same, where the session may not want it.
    pub(crate) fn try_send(&mut self, line: &str) -> Result<SendId, SendError> {
        let frame = format!("{line}\r\n").into();
        let id = self.drive.call(|session, _| session.send(frame))?;
        self.sends.insert(id, line.to_owned());
        Ok(id)
    }

    pub(crate) fn close(&mut self) {
        self.drive.call(|session, _| session.close());
    }

    /// Lets the driver work for so long, and takes nothing.
    pub(crate) fn rest(&mut self, time: Duration) {
        self.drive.rest(time);
    }

    /// How often the session was opened.
    pub(crate) const fn opened(&self) -> usize {
        self.opened
    }

    /// How often it was said that something is missing.
    pub(crate) const fn gaps(&self) -> usize {
        self.gaps
    }

    /// Sends a line and waits for its fate.
    pub(crate) fn tell(&mut self, line: &str) -> Fate {
        let id = self.send(line);
        self.until("the fate of a send", |chat| chat.fates.contains_key(&id));
        self.fates[&id]
    }

    /// Waits until this has come to be.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let patience = Instant::now() + PATIENCE;
        while !done(self) {
            assert_eq!(self.closed, None, "waited in vain for {what}");
            match self
                .drive
                .next_event(patience.saturating_duration_since(Instant::now()))
            {
                Some(event) => self.note(event),
                None => panic!("waited in vain for {what}"),
            }
        }
    }

    /// Listens for so long.
    pub(crate) fn listen(&mut self, time: Duration) {
        let end = Instant::now() + time;
        let left = || end.saturating_duration_since(Instant::now());
        while let Some(event) = self.drive.next_event(left()) {
            self.note(event);
        }
    }

    fn note(&mut self, event: Event) {
        assert_eq!(self.closed, None, "{event:?} came after the end");
        match event {
            Event::Opened(_) => self.opened += 1,
            Event::Received(bytes) => self.received.extend(bytes),
            Event::Sent(id) => self.decide(id, Sent),
            Event::Unsent { id, fate } => match fate {
                Failure::NotSent | Failure::Untrusted(_) => self.decide(id, NotSent),
                Failure::Unknown => self.decide(id, Unknown),
            },
            Event::Gap => self.gaps += 1,
            Event::Closed(reason) => self.closed = Some(reason),
            Event::HostRefused(_) => panic!("{event:?} was not to be expected"),
        }
    }

    #[track_caller]
    fn decide(&mut self, id: SendId, fate: Fate) {
        assert!(self.sends.contains_key(&id), "{id:?} was never sent");
        let before = self.fates.insert(id, fate);
        assert_eq!(before, None, "{id:?} has one fate");
    }

    /// What was received, as it came.
    pub(crate) fn received_bytes(&self) -> &[u8] {
        &self.received
    }

    /// The whole lines that were received.
    pub(crate) fn received(&self) -> Vec<String> {
        let end = self.received.iter().rposition(|byte| *byte == b'\n');
        lines(&self.received[..end.map_or(0, |at| at + 1)])
    }

    pub(crate) fn fates(&self) -> Vec<Fate> {
        self.fates.values().copied().collect()
    }

    #[track_caller]
    pub(crate) fn until_received(&mut self, line: &str) {
        self.until(line, |chat| chat.received().iter().any(|l| l == line));
    }

    /// Waits for the end, which must have a reason like this.
    #[track_caller]
    pub(crate) fn until_end(&mut self, is_expected: impl Fn(CloseReason) -> bool) {
        self.until("the end", |chat| chat.closed.is_some());
        assert!(self.closed.is_some_and(is_expected), "{:?}", self.closed);
    }

    /// Ends the session, and compares what was said of every send with what really happened.
    #[track_caller]
    pub(crate) fn end_and_compare(&mut self, upstream: &Upstream) {
        if self.closed.is_none() {
            if self.gaps == 0 {
                let said = upstream.said().len();
                self.until("what was said", |chat| chat.received().len() == said);
            }
            self.close();
            self.until_end(|reason| reason == CloseReason::Local);
        }
        self.compare(&upstream.heard(), &upstream.said());
    }

    #[track_caller]
    fn compare(&self, heard: &[String], said: &[String]) {
        for (id, line) in &self.sends {
            let times = heard.iter().filter(|other| *other == line).count();
            match self.fates.get(id).expect("every send has a fate") {
                Sent => assert_eq!(times, 1, "{line} was sent"),
                NotSent => assert_eq!(times, 0, "{line} was not sent"),
                Unknown => assert!(times < 2, "{line} was sent twice"),
            }
        }
        let in_order = self.sends.values().filter(|line| heard.contains(line));
        assert!(in_order.eq(heard), "{heard:?} is in order");

        let received = self.received();
        let known: BTreeSet<_> = said.iter().collect();
        let distinct: BTreeSet<_> = received.iter().collect();
        assert!(distinct.is_subset(&known), "{received:?} was said");
        assert_eq!(distinct.len(), received.len(), "{received:?} came once");
        if self.gaps == 0 && self.closed == Some(CloseReason::Local) {
            assert_eq!(received, said, "nothing is missing without a word");
        }
    }
}

/// The pauses that usually take seconds, in milliseconds. No reply is given up on any machine.
pub(crate) const TIMING: Timing = Timing {
    reply: Duration::from_secs(50),
    margin: Duration::from_secs(50),
    quick: Duration::from_millis(10),
    slow: Duration::from_millis(60),
    retry: Duration::from_millis(10),
    slow_retry: Duration::from_millis(40),
};

/// For replies that do not come: what does come is there in time on a machine with other work, too.
pub(crate) const IMPATIENT: Timing = Timing {
    reply: Duration::from_secs(5),
    margin: Duration::from_secs(5),
    ..TIMING
};

/// Longer than anything takes here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
