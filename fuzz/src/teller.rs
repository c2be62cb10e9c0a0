//! The client end of a gateway session, which says numbered frames and keeps account of what it is told of them, and of those that
//! come to it.

use std::collections::BTreeMap;

use bytes::Bytes;
use gateway_sm::{Config, Event, Limits, Mode, SendId, Session};
use http::Response;
use machine_contract::{Failure, RequestId};

use crate::choices::Choices;
use crate::hands::Hands;

/// What the session holds in events that nobody takes.
const UNDRAINED: usize = 256;
/// The verbs of the numbered frames. No generator makes one of them in that shape.
pub(crate) const CLIENT: &str = "PNG";
pub(crate) const SERVER: &str = "BPR";
/// A verb, a number, the end of a line.
const FRAME: usize = 10;

/// The fate of what was said.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Said {
    Open,
    Sent,
    Unsent,
}

pub(crate) struct Teller {
    hands: Hands<Session>,
    said: BTreeMap<SendId, (u16, Said)>,
    next: u16,
    /// The number after that of the last frame that came.
    awaited: u16,
    has_gap: bool,
    is_over: bool,
    is_deaf: bool,
}

impl Teller {
    pub(crate) fn new(mode: Mode, close_action: bool) -> Self {
        let limits = Limits {
            undrained: UNDRAINED,
            ..Limits::default()
        };
        let config = Config::new("https://gateway.example.com").expect("an address");
        let config = config.mode(mode).limits(limits).expect("limits");
        Self {
            hands: Hands::new(Session::new(config.close_action(close_action))),
            said: BTreeMap::new(),
            next: 0,
            awaited: 0,
            has_gap: false,
            is_over: false,
            is_deaf: false,
        }
    }

    pub(crate) const fn hands(&self) -> &Hands<Session> {
        &self.hands
    }

    pub(crate) const fn hands_mut(&mut self) -> &mut Hands<Session> {
        &mut self.hands
    }

    /// Whether its application takes no events.
    pub(crate) const fn set_deaf(&mut self, is_deaf: bool) {
        self.is_deaf = is_deaf;
    }

    pub(crate) const fn is_deaf(&self) -> bool {
        self.is_deaf
    }

    /// Says one to three frames together.
    pub(crate) fn say(&mut self, how: usize) {
        let last = self.next + u16::try_from(how % 3).unwrap_or_default();
        let frames: String = (self.next..=last).map(|it| frame(CLIENT, it)).collect();
        let sent = self.hands.call(|session, _| session.send(frames.into()));
        if let Ok(id) = sent {
            self.next = last + 1;
            self.said.insert(id, (last, Said::Open));
        }
    }

    pub(crate) fn say_good_bye(&mut self) {
        let last = Bytes::from_static(b"OUT\r\n");
        // Refused if it has been said.
        let _ = self.hands.call(|session, _| session.close_with(last));
    }

    pub(crate) fn close(&mut self) {
        self.hands.call(|session, _| session.close());
    }

    /// One of its requests is over, if it still is one.
    pub(crate) fn end_request(&mut self, id: RequestId, outcome: Result<Response<Bytes>, Failure>) {
        let at = self.hands.requests().iter().position(|it| it.id == id);
        if let Some(at) = at {
            self.hands.end(at, outcome);
        }
    }

    /// Takes what the session tells. `arrived` are the frames that the other end has, if that is known.
    pub(crate) fn listen(&mut self, arrived: Option<&[u16]>) {
        if self.is_deaf {
            return;
        }
        let mut held = 0;
        for event in self.hands.events() {
            assert!(!self.is_over, "{event:?} after the end");
            match event {
                Event::Received(bytes) => {
                    held += bytes.len();
                    self.receive(&bytes);
                }
                Event::Sent(id) => {
                    if let (Some(number), Some(arrived)) = (self.fate(id, Said::Sent), arrived) {
                        assert!(arrived.contains(&number), "{number} has not arrived");
                    }
                }
                Event::Unsent { id, fate } => {
                    if let (Some(number), Some(arrived)) = (self.fate(id, Said::Unsent), arrived) {
                        let is_there = arrived.contains(&number);
                        assert!(!fate.is_unsent() || !is_there, "{number} has arrived");
                    }
                }
                Event::Gap => self.has_gap = true,
                Event::HostRefused(host) => panic!("the gateway leads to {host}"),
                Event::Closed(_) => self.is_over = true,
                Event::Opened(_) => {}
            }
        }
        // Beyond the limit, a reply for each of two requests, and the rest of one.
        assert!(held <= UNDRAINED + 3 * 64 * 1024, "{held} bytes were held");
    }

    /// Nothing is doubled or out of order, and what is missing was said to be lost.
    fn receive(&mut self, bytes: &[u8]) {
        for number in numbers(bytes, SERVER) {
            let next = self.awaited;
            assert!(number >= next, "frame {number} in the place of {next}");
            assert!(
                number == next || self.has_gap,
                "{next} to {number} are lost"
            );
            self.awaited = number + 1;
        }
    }

    /// The number of what has this fate. Good-byes have none.
    fn fate(&mut self, id: SendId, fate: Said) -> Option<u16> {
        let (number, said) = self.said.get_mut(&id)?;
        assert_eq!(*said, Said::Open, "{number} has two fates");
        *said = fate;
        Some(*number)
    }

    /// All is over on this side.
    pub(crate) fn over(&self) {
        assert!(self.hands.is_at_rest() && self.is_over, "it has not closed");
        let open = self.said.values().find(|(_, said)| *said == Said::Open);
        assert!(open.is_none(), "{open:?} has no fate");
    }
}

pub(crate) fn mode(choice: u8) -> Mode {
    *Choices::new(&[choice]).of(&[Mode::Serial, Mode::Parallel, Mode::Learn])
}

/// A numbered frame.
pub(crate) fn frame(verb: &str, number: u16) -> String {
    format!("{verb} {number:04}\r\n")
}

/// The numbers of such frames, wherever they stand.
pub(crate) fn numbers(bytes: &[u8], verb: &str) -> Vec<u16> {
    let number = |frame: &[u8]| {
        let text = std::str::from_utf8(frame).ok()?;
        let number = text.strip_prefix(verb)?.strip_suffix("\r\n")?;
        number.strip_prefix(' ')?.parse().ok()
    };
    bytes.windows(FRAME).filter_map(number).collect()
}
