//! Requests that wait for their replies: how they go out, and what becomes of them without one. And the end
//! of a connection, which is the end of them all.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use machine_contract::{Failure, Instant, Machine, SortedMap};
use msnp_proto::msnp24::{ClientBody, HeaderValue, Headers};
use msnp_proto::{Frame, FrameError, Side, TrId};

use super::stage::Stage;
use super::wire::Wire;
use crate::event::{Reason, Step};
use crate::fact::{Fact, Route};
use crate::link::{Link, LinkError, LinkEvent, SendId};
use crate::request::RequestNumber;

/// What a request was sent for.
#[derive(Copy, Clone, Debug)]
pub(super) enum Purpose {
    Connect,
    Authenticate,
    Bind,
    Challenge,
    Subscribe,
    /// The first presence of the connection.
    Appear,
    Conversations,
    /// The documents of the groups among them.
    Groups,
    /// Subscribing once more, after a lost reply.
    Refresh,
    Ping,
    Renew,
    /// The client above asked for it.
    Asked(RequestNumber),
}

impl Purpose {
    /// What it means that nothing is said to it.
    const fn silence(self) -> Reason {
        match self {
            Self::Connect => Reason::SilentAt(Step::Connecting),
            Self::Authenticate | Self::Bind => Reason::SilentAt(Step::Authenticating),
            Self::Subscribe | Self::Appear => Reason::SilentAt(Step::Synchronizing),
            _ => Reason::TimedOut,
        }
    }
}

/// A request that waits for its reply.
#[derive(Debug)]
struct Pending {
    purpose: Purpose,
    send: SendId,
    /// Counts from when the service has it.
    deadline: Option<Instant>,
}

/// How far both sides have come to speak.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Exchanged {
    Nothing,
    /// The service has commands, and has said nothing.
    Commands,
    /// It has said something in the dialect.
    Envelopes,
}

/// A wire with what is open on it, and the facts that come of it.
#[derive(Debug)]
pub(super) struct Calls {
    wire: Wire,
    pending: SortedMap<TrId, Pending>,
    stage: Stage,
    facts: VecDeque<Fact>,
    /// A request without which there is no connection did not arrive.
    must_close: bool,
    exchanged: Exchanged,
    /// How long a reply may take.
    command: Duration,
    tell_frames: bool,
}

impl Calls {
    pub(super) fn new(link: Link, command: Duration, tell_frames: bool) -> Self {
        Self {
            wire: Wire::new(link),
            pending: SortedMap::new(),
            stage: Stage::Arriving,
            facts: VecDeque::new(),
            must_close: false,
            exchanged: Exchanged::Nothing,
            command,
            tell_frames,
        }
    }

    pub(super) const fn link(&mut self) -> &mut Link {
        self.wire.link()
    }

    pub(super) const fn as_link(&self) -> &Link {
        self.wire.as_link()
    }

    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) const fn enter(&mut self, stage: Stage) {
        self.stage = stage;
    }

    pub(super) fn tell(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    pub(super) fn poll_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    pub(super) fn has_facts(&self) -> bool {
        !self.facts.is_empty()
    }

    fn tell_frame(&mut self, side: Side, frame: &Frame) {
        if self.tell_frames {
            let bytes = frame.as_bytes().clone();
            self.facts.push_back(Fact::Frame(side, bytes));
        }
    }

    /// Sends requests together and waits for their replies.
    ///
    /// # Errors
    /// [`LinkError`]: none was sent.
    pub(super) fn post(&mut self, requests: Vec<(ClientBody, Purpose)>) -> Result<(), LinkError> {
        let (bodies, purposes): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
        let (send, frames) = self.wire.send(bodies)?;
        for ((trid, frame), purpose) in frames.into_iter().zip(purposes) {
            self.tell_frame(Side::Client, &frame);
            let pending = Pending {
                purpose,
                send,
                deadline: None,
            };
            self.pending.insert(trid, pending);
        }
        Ok(())
    }

    /// Takes in bytes of the link.
    pub(super) fn push(&mut self, bytes: Bytes) {
        self.wire.push(bytes);
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// [`FrameError`]: what comes next is no frame.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let frame = self.wire.next_frame()?;
        if let Some(frame) = &frame {
            self.tell_frame(Side::Server, frame);
        }
        Ok(frame)
    }

    /// Takes in the header block of what the service has said, which is of this dialect if it has one.
    pub(super) fn take_registration(&mut self, headers: &Headers) {
        self.exchanged = Exchanged::Envelopes;
        self.wire.take_registration(headers);
    }

    pub(super) fn owe_acknowledgement(&mut self, id: HeaderValue) {
        self.wire.owe_acknowledgement(id);
    }

    pub(super) fn send_acknowledgements(&mut self) {
        for frame in self.wire.send_acknowledgements() {
            self.tell_frame(Side::Client, &frame);
        }
    }

    /// Whether this is the transaction id of a request that waits for its reply.
    pub(super) fn is_asked(&self, trid: TrId) -> bool {
        self.pending.contains_key(&trid)
    }

    /// The request with this transaction id has its reply.
    pub(super) fn answered(&mut self, trid: TrId) -> Option<Purpose> {
        self.pending.remove(&trid).map(|pending| pending.purpose)
    }

    /// Whether a request of such a purpose waits for its reply.
    pub(super) fn waits_for(&self, which: impl Fn(&Purpose) -> bool) -> bool {
        self.pending.values().any(|pending| which(&pending.purpose))
    }

    /// Waits no longer for the replies to such requests, whatever became of them.
    pub(super) fn forget(&mut self, which: impl Fn(&Purpose) -> bool) {
        self.pending.retain(|_, pending| !which(&pending.purpose));
    }

    /// The service has what was sent so: from now on its replies are waited for.
    pub(super) fn sent(&mut self, id: SendId, now: Instant) {
        if self.exchanged == Exchanged::Nothing {
            self.exchanged = Exchanged::Commands;
        }
        let deadline = Some(now + self.command);
        for pending in self.pending.values_mut().filter(|it| it.send == id) {
            pending.deadline = deadline;
        }
    }

    /// Each request that waits gets its whole time once more.
    pub(super) fn restart_deadlines(&mut self, now: Instant) {
        for pending in self.pending.values_mut() {
            pending.deadline = pending.deadline.map(|_| now + self.command);
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.pending.values().filter_map(|it| it.deadline).min()
    }

    /// What was sent so did not, or may not, arrive.
    pub(super) fn unsent(&mut self, id: SendId, fate: Failure) {
        for purpose in self.take_all(|pending| pending.send == id) {
            match (purpose, fate) {
                (Purpose::Asked(number), Failure::NotSent | Failure::Untrusted(_)) => {
                    self.tell(Fact::Unsent(number));
                }
                (Purpose::Asked(number), Failure::Unknown) => {
                    let reason = match self.stage {
                        Stage::Leaving => Reason::Requested,
                        _ => Reason::ConnectionLost,
                    };
                    self.tell(Fact::Uncertain(number, reason));
                }
                // A connection lives without these, or asks for them again.
                (
                    Purpose::Challenge
                    | Purpose::Conversations
                    | Purpose::Groups
                    | Purpose::Refresh
                    | Purpose::Ping,
                    _,
                ) => {}
                (Purpose::Renew, _) => self.tell(Fact::Renewed(Err(Reason::ConnectionLost))),
                (
                    Purpose::Connect
                    | Purpose::Authenticate
                    | Purpose::Bind
                    | Purpose::Subscribe
                    | Purpose::Appear,
                    _,
                ) => self.must_close = self.stage != Stage::Leaving,
            }
        }
    }

    /// Gives up requests whose time is over.
    pub(super) fn expire(&mut self, now: Instant) {
        for purpose in self.take_all(|pending| pending.deadline.is_some_and(|at| at <= now)) {
            match purpose {
                Purpose::Asked(number) => self.tell(Fact::Uncertain(number, Reason::TimedOut)),
                Purpose::Challenge
                | Purpose::Conversations
                | Purpose::Groups
                | Purpose::Refresh => {}
                Purpose::Renew => self.tell(Fact::Renewed(Err(Reason::TimedOut))),
                // Without these there is no connection; a ping proves that there is one.
                Purpose::Connect
                | Purpose::Authenticate
                | Purpose::Bind
                | Purpose::Subscribe
                | Purpose::Appear
                | Purpose::Ping => {
                    if self.stage != Stage::Leaving {
                        self.end(purpose.silence());
                    }
                }
            }
        }
    }

    /// Ends the connection if something without which there is none did not arrive.
    pub(super) fn close_if_broken(&mut self) {
        if std::mem::take(&mut self.must_close) {
            self.end(Reason::ConnectionLost);
        }
    }

    /// Says good-bye. True: its answer is waited for.
    pub(super) fn sign_out(&mut self) -> bool {
        self.stage = Stage::Leaving;
        let (frame, closing) = self.wire.sign_out();
        self.tell_frame(Side::Client, &frame);
        if closing.is_err() {
            self.link().close();
        }
        closing.is_ok()
    }

    /// The service sends the client elsewhere.
    pub(super) fn redirect(&mut self, route: Route) {
        self.close();
        if self.stage != Stage::Over {
            self.stage = Stage::Over;
            self.give_up_pending(Reason::ConnectionLost);
            self.tell(Fact::Redirected(route));
        }
    }

    /// Ends at once.
    pub(super) fn end(&mut self, reason: Reason) {
        self.close();
        self.finish(reason);
    }

    /// The last word, once: whatever still waits for a reply is of unknown fate.
    pub(super) fn finish(&mut self, reason: Reason) {
        if self.stage == Stage::Over {
            return;
        }
        // Servers of the older dialects say nothing to commands that they do not know (msnp8-18.md 2.5), or let the client go.
        // A connection that breaks says nothing of the server.
        let is_mute = self.stage == Stage::Greeting
            && self.exchanged == Exchanged::Commands
            && matches!(
                reason,
                Reason::SilentAt(_) | Reason::ClosedByService | Reason::ProtocolError
            );
        self.stage = Stage::Over;
        self.give_up_pending(reason);
        self.tell(if is_mute {
            Fact::DialectRefused(reason)
        } else {
            Fact::Ended(reason)
        });
    }

    /// Closes the link and learns what became of what it held.
    fn close(&mut self) {
        if self.stage == Stage::Over {
            return;
        }
        self.link().close();
        while let Some(event) = self.link().poll_event() {
            if let LinkEvent::Unsent { id, fate } = event {
                self.unsent(id, fate);
            }
        }
        self.must_close = false;
    }

    fn give_up_pending(&mut self, reason: Reason) {
        let reason = match reason {
            Reason::Requested => reason,
            _ => Reason::ConnectionLost,
        };
        for purpose in self.take_all(|_| true) {
            if let Purpose::Asked(number) = purpose {
                self.tell(Fact::Uncertain(number, reason));
            }
        }
    }

    /// In the order in which they were sent.
    fn take_all(&mut self, which: impl Fn(&Pending) -> bool) -> Vec<Purpose> {
        let taken = self.pending.take(|_, pending| which(pending));
        taken.into_values().map(|pending| pending.purpose).collect()
    }
}
