//! What a face has at hand while it handles one input, and where it puts what it wants.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use machine_contract::{Instant, Prng, Secret};

use super::config::Config;
use super::passes::{Pass, Passes};
use super::ticket::{AccessClaim, AccessRefused, Ticket, Tickets};
use crate::identity::Who;
use crate::network::{
    Answer, CloseReason, Command, ConnectionId, Event, Evidence, Network, Number, Refusal,
    RequestId,
};
use crate::now::Now;

/// What happened to a connection.
#[derive(Debug)]
pub(crate) enum Input {
    /// A later request of it came with these cookies; they count at the next proof that is asked for.
    Ticket(Ticket),
    /// What it [claimed](Output::CheckAccess) is right, or not.
    AccessChecked(Result<Ticket, AccessRefused>),
    /// Bytes have come, cut anywhere; the mark is given back with [`Output::Answered`].
    Bytes(Bytes, u64),
    /// A command was carried out, or not.
    Answer(RequestId, Result<Answer, Refusal>),
    /// It is told something.
    Event(Event),
    /// Something is known of messages that it [was sent](Output::Shows). The network has been told if the connection is one of
    /// its places.
    Evidence(Evidence, Vec<Number>),
    /// The network has ended it.
    Closed(CloseReason),
    /// The service stops.
    Shutdown,
    /// Time has passed.
    Timeout,
}

/// What a face wants done, in order.
#[derive(Debug)]
pub(crate) enum Output {
    /// Whole frames for the client.
    Send(BytesMut),
    /// What was just sent is, or ends with, this message.
    Shows(Number),
    /// A command for the network.
    Command(RequestId, Command),
    /// Somebody claims to have an access token; answered by [`Input::AccessChecked`], once. Until then it makes no
    /// other claim.
    CheckAccess(AccessClaim),
    /// The connection now speaks for this person.
    SignedIn(Who),
    /// Every command up to this mark was answered or refused.
    Answered(u64),
    /// The connection is over, once what was sent is out.
    Close,
}

/// One input's surroundings.
pub(crate) struct Turn<'a> {
    connection: ConnectionId,
    now: Now,
    config: &'a Config,
    switchboard: &'a str,
    tickets: &'a dyn Tickets,
    prng: &'a mut Prng,
    passes: &'a mut Passes,
    network: &'a mut Network,
    outgoing: usize,
    outputs: Vec<Output>,
}

/// What all turns have in common.
pub(crate) struct Surroundings<'a> {
    pub(crate) config: &'a Config,
    /// The address that this connection's client is sent to for a conversation.
    pub(crate) switchboard: &'a str,
    pub(crate) tickets: &'a dyn Tickets,
    pub(crate) prng: &'a mut Prng,
    pub(crate) passes: &'a mut Passes,
    pub(crate) network: &'a mut Network,
}

impl<'a> Turn<'a> {
    /// A turn of `connection`, for which `outgoing` bytes wait to be sent.
    pub(crate) const fn new(
        around: Surroundings<'a>,
        connection: ConnectionId,
        outgoing: usize,
        now: Now,
    ) -> Self {
        let Surroundings {
            config,
            switchboard,
            tickets,
            prng,
            passes,
            network,
        } = around;
        Self {
            connection,
            now,
            config,
            switchboard,
            tickets,
            prng,
            passes,
            network,
            outgoing,
            outputs: Vec::new(),
        }
    }

    /// Sends whole frames.
    pub(crate) fn send(&mut self, frames: &[u8]) {
        self.outgoing += frames.len();
        if let Some(Output::Send(before)) = self.outputs.last_mut() {
            before.extend_from_slice(frames);
        } else {
            self.outputs.push(Output::Send(BytesMut::from(frames)));
        }
    }

    /// What was just sent is, or ends with, a message that is kept until it is received, if it has a number.
    pub(crate) fn shows(&mut self, message: Option<Number>) {
        self.outputs.extend(message.map(Output::Shows));
    }

    /// A word with which another connection shows that it is of the same person.
    pub(crate) fn grant(&mut self, pass: Pass) -> Secret<String> {
        self.passes.grant(pass, self.now.monotonic)
    }

    /// What such a word is good for, once.
    pub(crate) fn take_pass(&mut self, word: &[u8]) -> Option<Pass> {
        self.passes.take(word, self.now.monotonic)
    }

    /// Gives a command to the network.
    pub(crate) fn command(&mut self, request: RequestId, command: Command) {
        self.outputs.push(Output::Command(request, command));
    }

    /// Has a claim checked.
    pub(crate) fn check_access(&mut self, claim: AccessClaim) {
        self.outputs.push(Output::CheckAccess(claim));
    }

    /// The connection now speaks for `who`.
    pub(crate) fn signed_in(&mut self, who: Who) {
        self.outputs.push(Output::SignedIn(who));
    }

    /// Every command up to `mark` was answered or refused.
    pub(crate) fn answered(&mut self, mark: u64) {
        self.outputs.push(Output::Answered(mark));
    }

    /// The connection is over.
    pub(crate) fn close(&mut self) {
        self.outputs.push(Output::Close);
    }

    /// Takes one command's worth from the person's allowance, if there is one left; `None` while nobody
    /// has signed in.
    pub(crate) fn take_allowance(&mut self) -> Option<bool> {
        self.network.take_allowance(self.connection, self.now)
    }

    /// The name that others are shown of the person.
    pub(crate) fn name(&mut self) -> Option<Arc<str>> {
        self.network.name(self.connection)
    }

    /// What knows whom a uic was made for.
    pub(crate) const fn tickets(&self) -> &'a dyn Tickets {
        self.tickets
    }

    /// Numbers that need not be hard to guess.
    pub(crate) const fn prng(&mut self) -> &mut Prng {
        self.prng
    }

    pub(crate) const fn config(&self) -> &'a Config {
        self.config
    }

    /// Where the client is sent for a conversation, by the carrier that it has come by.
    pub(crate) const fn switchboard(&self) -> &'a str {
        self.switchboard
    }

    pub(crate) const fn now(&self) -> Now {
        self.now
    }

    pub(crate) const fn monotonic(&self) -> Instant {
        self.now.monotonic
    }

    /// Bytes that wait to be sent, those of this turn included.
    pub(crate) const fn outgoing(&self) -> usize {
        self.outgoing
    }

    /// What is wanted, in order.
    pub(crate) fn into_outputs(self) -> Vec<Output> {
        self.outputs
    }
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("connection", &self.connection)
            .field("now", &self.now)
            .field("outgoing", &self.outgoing)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}
