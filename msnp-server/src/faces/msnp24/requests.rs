//! `Requests`: replies leave in the order of their commands, whoever makes them.
//!
//! Most commands are the network's to answer, and it may take a while; what the face refuses by
//! itself has to wait its turn behind them.

use std::collections::VecDeque;

use bytes::BytesMut;
use msnp_proto::Frame;

use super::asked::Asked;
use crate::faces::turn::Turn;
use crate::identity::Address;
use crate::network::{Command, Number, RequestId};

/// The open commands of one connection, and the replies that wait behind them.
#[derive(Debug, Default)]
pub(super) struct Requests {
    last: u64,
    slots: VecDeque<Slot>,
    /// Bytes of replies that wait.
    waiting: usize,
    /// Open questions about the history, each of which may bring a page.
    pages: usize,
    /// Something that waits its turn has come since the last mark.
    unmarked: bool,
}

#[derive(Debug)]
enum Slot {
    /// The network has not answered it.
    Open(RequestId, Box<Open>),
    /// To be sent; the request that it answers, if the network has just answered it.
    Ready(Option<RequestId>, BytesMut),
    /// Every command of these bytes is answered.
    Mark(u64),
    /// The connection is over.
    Close,
}

/// A command that the network has not answered.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) asked: Asked,
    pub(super) then: Then,
}

/// How the answer to a command becomes a reply.
#[derive(Debug)]
pub(super) enum Then {
    /// There is none: `ACK` (msnp24.md 20, question 4). A refusal is told.
    Nothing,
    /// There is none, whatever is answered: the client knows nothing of this request.
    Unseen,
    /// No body.
    Done,
    /// No body, also if nobody named was there to be listed.
    ListedIfKnown,
    /// No body, but `UtcTime` and `Context`.
    Clock,
    /// No body; the contacts will be told.
    Subscribed,
    /// The reply to `BND`.
    Bound,
    /// The name of a presence document; its refusal is that of the request behind it.
    Renamed,
    /// The reply to `SDG`; whether nobody's being there means that there is no way.
    Said { no_way: bool },
    /// The thread that was made or changed is named.
    Thread,
    /// Members were removed.
    Members,
    /// Conversations are listed.
    Conversations,
    /// A page of a conversation.
    Page(Page),
    /// Documents of threads.
    Threads,
    /// Whose these e-mail addresses are that the client has used.
    Introduce(Vec<Address>),
}

/// A page of a conversation that was asked for.
#[derive(Debug)]
pub(super) struct Page {
    /// The conversation, as the client names it.
    pub(super) id: msnp_proto::Address,
    /// The page ends in front of this.
    pub(super) before: Number,
    /// Messages that it may have.
    pub(super) limit: usize,
}

impl Then {
    const fn is_page(&self) -> bool {
        matches!(self, Self::Conversations | Self::Page(_) | Self::Threads)
    }
}

impl Requests {
    /// Gives a command to the network.
    pub(super) fn ask(&mut self, asked: &Asked, then: Then, command: Command, turn: &mut Turn<'_>) {
        self.last += 1;
        let request = RequestId(self.last);
        self.pages += usize::from(then.is_page());
        let asked = asked.clone();
        let open = Box::new(Open { asked, then });
        self.slots.push_back(Slot::Open(request, open));
        self.unmarked = true;
        turn.command(request, command);
    }

    /// Puts a reply behind the others, unless none was asked for.
    pub(super) fn reply(&mut self, asked: &Asked, frame: &Frame) {
        if asked.wants_reply() {
            self.say(frame);
        }
    }

    /// Puts a frame behind the replies that wait.
    pub(super) fn say(&mut self, frame: &Frame) {
        let frame = frame.as_bytes();
        self.waiting += frame.len();
        self.unmarked = true;
        if let Some(Slot::Ready(None, bytes)) = self.slots.back_mut() {
            bytes.extend_from_slice(frame);
        } else {
            let ready = Slot::Ready(None, BytesMut::from(&frame[..]));
            self.slots.push_back(ready);
        }
    }

    /// Says that all before these is answered, when it is. Bytes that brought nothing but pings wait for nobody:
    /// their answers are there, and must not be held with a post that has to wait for the others.
    pub(super) fn mark(&mut self, marks: impl Iterator<Item = u64>, turn: &mut Turn<'_>) {
        let waits = std::mem::take(&mut self.unmarked);
        for mark in marks {
            if waits {
                self.slots.push_back(Slot::Mark(mark));
            } else {
                turn.answered(mark);
            }
        }
    }

    /// Ends the connection, when all before it is answered.
    pub(super) fn close(&mut self) {
        self.slots.push_back(Slot::Close);
        self.unmarked = true;
    }

    /// The network has answered: what it was asked. Its reply is given to [`fill`](Self::fill).
    pub(super) fn take(&mut self, request: RequestId) -> Option<Open> {
        let is_it = |slot: &&mut Slot| matches!(slot, Slot::Open(id, _) if *id == request);
        let slot = self.slots.iter_mut().find(is_it)?;
        let ready = Slot::Ready(Some(request), BytesMut::new());
        let Slot::Open(_, open) = std::mem::replace(slot, ready) else {
            return None;
        };
        self.pages -= usize::from(open.then.is_page());
        Some(*open)
    }

    /// Puts a frame where the reply to a request belongs that was just taken.
    pub(super) fn fill(&mut self, request: RequestId, frame: &Frame) {
        for slot in &mut self.slots {
            if let Slot::Ready(Some(id), bytes) = slot
                && *id == request
            {
                self.waiting += frame.as_bytes().len();
                bytes.extend_from_slice(frame.as_bytes());
            }
        }
    }

    /// Nothing is said about the request behind this one, which has said all.
    pub(super) fn silence_next(&mut self, request: RequestId) {
        let next = RequestId(request.0 + 1);
        for slot in &mut self.slots {
            if let Slot::Open(id, open) = slot
                && *id == next
            {
                open.then = Then::Unseen;
            }
        }
    }

    /// Sends what waits no longer for anything before it.
    pub(super) fn flush(&mut self, turn: &mut Turn<'_>) {
        while let Some(slot) = self.slots.pop_front() {
            match slot {
                Slot::Open(..) => {
                    self.slots.push_front(slot);
                    break;
                }
                Slot::Ready(_, bytes) => {
                    self.waiting -= bytes.len();
                    if !bytes.is_empty() {
                        turn.send(&bytes);
                    }
                }
                Slot::Mark(mark) => turn.answered(mark),
                Slot::Close => {
                    turn.close();
                    self.abandon();
                }
            }
        }
    }

    /// Nothing of it is said any more.
    pub(super) fn abandon(&mut self) {
        self.slots.clear();
        (self.waiting, self.pages) = (0, 0);
        self.unmarked = false;
    }

    /// Bytes of replies that wait, and that open questions may bring, each `answer_bytes`.
    pub(super) const fn reserved(&self, answer_bytes: usize) -> usize {
        let pages = self.pages.saturating_mul(answer_bytes);
        self.waiting.saturating_add(pages)
    }
}
