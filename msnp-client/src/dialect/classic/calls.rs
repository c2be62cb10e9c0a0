//! Commands that wait for their replies, on one connection, and the facts that come of them.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use machine_contract::{Instant, Machine, SortedMap};
use msnp_proto::classic::{ClientBody, ClientCommand, ServerCommand, ServerKind, SignOut};
use msnp_proto::{Dialect, Frame, FrameDecoder, FrameError, PayloadTable, Side, TrId};

use super::stage::Stage;
use crate::event::Reason;
use crate::fact::{Fact, Route};
use crate::link::{Link, LinkError, LinkEvent, SendId};

/// A command that waits for its reply.
#[derive(Debug)]
struct Pending<P> {
    purpose: P,
    send: SendId,
    within: Duration,
    /// Counts from when the service has it, or will soon.
    deadline: Option<Instant>,
}

/// One connection, with what is open on it. `P` says what a command was sent for.
#[derive(Debug)]
pub(super) struct Calls<P> {
    link: Link,
    decoder: FrameDecoder,
    dialect: Dialect,
    server: ServerKind,
    last_trid: u32,
    pending: SortedMap<TrId, Pending<P>>,
    stage: Stage,
    facts: VecDeque<Fact>,
    /// How long a reply may take.
    command: Duration,
    tell_frames: bool,
}

/// Why a command was not sent.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Unposted {
    /// The link does not take it.
    Link(LinkError),
    /// The dialect has no such command.
    NotInDialect,
}

/// What the server said.
#[derive(Debug)]
pub(super) enum Heard {
    Command(Box<ServerCommand>),
    /// A verb that is known, in words that are not; whose reply it is.
    Unreadable(Option<TrId>),
}

impl<P> Calls<P> {
    pub(super) fn new(
        link: Link,
        (dialect, server): (Dialect, ServerKind),
        command: Duration,
        tell_frames: bool,
    ) -> Self {
        Self {
            link,
            decoder: FrameDecoder::new(PayloadTable::sent_by(Side::Server)),
            dialect,
            server,
            last_trid: 0,
            pending: SortedMap::new(),
            stage: Stage::Greeting,
            facts: VecDeque::new(),
            command,
            tell_frames,
        }
    }

    pub(super) const fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    pub(super) const fn as_link(&self) -> &Link {
        &self.link
    }

    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
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

    /// Sends a command and waits for its reply.
    ///
    /// # Errors
    /// [`Unposted`]: nothing was sent, and the transaction id is free again.
    pub(super) fn post(
        &mut self,
        body: impl Into<ClientBody>,
        purpose: P,
    ) -> Result<TrId, Unposted> {
        self.post_within(body, purpose, self.command)
    }

    /// The same for a reply that comes so soon or never.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub(super) fn post_within(
        &mut self,
        body: impl Into<ClientBody>,
        purpose: P,
        within: Duration,
    ) -> Result<TrId, Unposted> {
        let (trid, send) = self.send_numbered(body.into())?;
        let pending = Pending {
            purpose,
            send,
            within,
            deadline: None,
        };
        self.pending.insert(trid, pending);
        Ok(trid)
    }

    /// Sends a command to which nobody replies.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub(super) fn say_numbered(&mut self, body: impl Into<ClientBody>) -> Result<(), Unposted> {
        self.send_numbered(body.into()).map(|_| ())
    }

    /// The same for one without a transaction id.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub(super) fn say(&mut self, body: impl Into<ClientBody>) -> Result<(), Unposted> {
        self.send(&ClientCommand::without_id(body)).map(|_| ())
    }

    fn send_numbered(&mut self, body: ClientBody) -> Result<(TrId, SendId), Unposted> {
        // Official servers want numbers that grow (msnp8-18.md 2.5).
        let trid = TrId(self.last_trid.wrapping_add(1).max(1));
        let send = self.send(&ClientCommand::new(trid, body))?;
        self.last_trid = trid.0;
        Ok((trid, send))
    }

    fn send(&mut self, command: &ClientCommand) -> Result<SendId, Unposted> {
        let frame = command
            .to_frame(self.dialect)
            .map_err(|_| Unposted::NotInDialect)?;
        let sent = self.link.send(frame.clone().into_bytes());
        let id = sent.map_err(Unposted::Link)?;
        self.tell_frame(Side::Client, &frame);
        Ok(id)
    }

    /// Takes in bytes of the link.
    pub(super) fn push(&mut self, bytes: Bytes) {
        self.decoder.push(bytes);
    }

    /// The next whole command.
    ///
    /// # Errors
    /// [`FrameError`]: what comes next is no frame.
    pub(super) fn next_command(&mut self) -> Result<Option<Heard>, FrameError> {
        let Some(frame) = self.decoder.next_frame()? else {
            return Ok(None);
        };
        self.tell_frame(Side::Server, &frame);
        let heard = match ServerCommand::parse(&frame, self.dialect, self.server) {
            Ok(command) => Heard::Command(Box::new(command)),
            Err(_) => Heard::Unreadable(frame.trid()),
        };
        Ok(Some(heard))
    }

    /// What the command with this transaction id was sent for, which has its reply.
    pub(super) fn answered(&mut self, trid: Option<TrId>) -> Option<P> {
        Some(self.pending.remove(&trid?)?.purpose)
    }

    /// Whether a reply to what was sent for this is waited for.
    pub(super) fn waits_for(&self, purpose: &P) -> bool
    where
        P: PartialEq,
    {
        self.pending.values().any(|it| it.purpose == *purpose)
    }

    /// Waits no longer for a reply to what was sent for this.
    pub(super) fn forget(&mut self, purpose: &P)
    where
        P: PartialEq,
    {
        self.pending
            .retain(|_, pending| pending.purpose != *purpose);
    }

    /// The time of what was sent so counts from now.
    pub(super) fn sent(&mut self, id: SendId, now: Instant) {
        for pending in self.pending.values_mut().filter(|it| it.send == id) {
            pending.deadline = Some(now + pending.within);
        }
    }

    /// Each command that waits gets its whole time once more.
    pub(super) fn restart_deadlines(&mut self, now: Instant) {
        for pending in self.pending.values_mut() {
            pending.deadline = pending.deadline.map(|_| now + pending.within);
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.pending.values().filter_map(|it| it.deadline).min()
    }

    /// Waits no longer for the replies to what was sent so.
    pub(super) fn take_sent(&mut self, id: SendId) -> Vec<P> {
        self.take(|pending| pending.send == id)
    }

    /// The same for what is late.
    pub(super) fn take_late(&mut self, now: Instant) -> Vec<P> {
        self.take(|pending| pending.deadline.is_some_and(|at| at <= now))
    }

    /// The same for everything.
    pub(super) fn take_all(&mut self) -> Vec<P> {
        self.take(|_| true)
    }

    /// In the order in which they were sent.
    fn take(&mut self, which: impl Fn(&Pending<P>) -> bool) -> Vec<P> {
        let taken = self.pending.take(|_, pending| which(pending));
        taken.into_values().map(|it| it.purpose).collect()
    }

    /// Says good-bye. True: the end of the link is waited for.
    pub(super) fn sign_out(&mut self) -> bool {
        self.stage = Stage::Leaving;
        // Every dialect has it.
        let frame = ClientCommand::without_id(SignOut {}).to_frame(self.dialect);
        let closing = frame.map(|frame| {
            self.tell_frame(Side::Client, &frame);
            self.link.close_with(frame.into_bytes())
        });
        let is_said = matches!(closing, Ok(Ok(())));
        if !is_said {
            self.link.close();
        }
        is_said
    }

    /// Closes the link, and gives what it did not deliver.
    pub(super) fn close(&mut self) -> Vec<LinkEvent> {
        self.link.close();
        let link = &mut self.link;
        std::iter::from_fn(|| link.poll_event())
            .filter(|event| matches!(event, LinkEvent::Unsent { .. }))
            .collect()
    }

    /// The last word, once.
    pub(super) fn finish(&mut self, reason: Reason) {
        self.last_word(Fact::Ended(reason));
    }

    /// The same, when the service sends the client elsewhere.
    pub(super) fn redirect(&mut self, route: Route) {
        self.last_word(Fact::Redirected(route));
    }

    /// The same, when the service does not speak the dialect.
    pub(super) fn refuse_dialect(&mut self) {
        self.last_word(Fact::DialectRefused(Reason::DialectRefused));
    }

    fn last_word(&mut self, fact: Fact) {
        if self.stage != Stage::Over {
            self.stage = Stage::Over;
            self.tell(fact);
        }
    }
}
