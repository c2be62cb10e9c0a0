//! `Config`: every limit and every choice of the network.

use std::time::Duration;

use super::lists::Privacy;
use super::receipt::WithoutReceipt;

/// How the network behaves; the defaults suit a service open to strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What holds for people on neither the allow nor the block list of somebody who has not said it.
    /// Default [`Privacy::AllowOthers`], as Messenger's own default was.
    pub privacy: Privacy,
    /// Bytes of a thread's topic, of a display name, of a property. Default 512.
    pub text_bytes: usize,
    /// Contacts of one person, blocked ones included. Default 1000 (error-codes.tsv 210).
    pub contacts: usize,
    /// Groups of contacts of one person. Default 30 (msnp8-18.md 7.3).
    pub groups: usize,
    /// Properties of one person. Default 64.
    pub properties: usize,
    /// People in one thread. Default 300.
    pub thread_members: usize,
    /// People in one room. Default 50.
    pub room_members: usize,
    /// Rooms that one connection may be in; one that belongs to a conversation is in two at most. Default 64.
    pub rooms: usize,
    /// Endpoints of one person. Default 8.
    pub endpoints: usize,
    /// Connections of one person that [belong to one conversation](super::Command::EnterConversation) each. Default 64.
    pub conversations: usize,
    /// Connections of one person that are [aside](super::Command::EnterAside), each for as long as one question takes.
    /// Default 16.
    pub asides: usize,
    /// Services that one publication may hold, and that one person may have. Default 16.
    pub services: usize,
    /// Whether somebody on neither the forward nor the allow list of a person may put them into a thread. Whoever is
    /// not let in is left out without a word, as if they were blocked. Default `false`.
    pub strangers_may_add: bool,
    /// Messages that may wait for one person; a further one is refused. One sender may have half of them there, and a
    /// stranger (on neither the forward nor the allow list) a tenth, while not more than half of all are taken, so that
    /// there is room for friends. Default 1000.
    pub waiting_messages: usize,
    /// Bytes of messages that one person may have kept for good per second, on average. What an account stores is so
    /// bounded by this times the [`retention`](Self::retention), and
    /// [`kept_bytes_burst`](Self::kept_bytes_burst): 1 GiB by default. A further one is refused. Default 128.
    pub kept_bytes_per_second: u32,
    /// Bytes of messages that one person may have kept at once. Default 16 MiB.
    pub kept_bytes_burst: u32,
    /// Messages on the way to one endpoint and not received; the next ones wait in the store. Of an endpoint that never
    /// says what it has received, only those count that have not been written yet. Default 100.
    pub unreceived: usize,
    /// Bytes of them, about: the message that goes beyond is still sent. Default 256 KiB.
    pub unreceived_bytes: usize,
    /// Bytes of events that one connection may be told at once, about: beyond it, what only passes
    /// through is left out. Default 512 KiB.
    pub outgoing_bytes: usize,
    /// Commands of one connection that may wait, and questions to one person or thread; a further one is
    /// refused. Default 256.
    pub waiting_commands: usize,
    /// Messages to people of other homes that are on their way; a further one is refused. Default 10,000.
    pub on_the_way: usize,
    /// How long a command may wait. Default 30 s.
    pub command_within: Duration,
    /// How long the store may take for a batch before it is said to hang: then whoever waits for that is told that nobody
    /// knows, and further writes are refused at once, until it answers. Default 10 s.
    pub store_hangs_after: Duration,
    /// What becomes of a message that was shown to an endpoint which never says what it has received, since a proxy
    /// may have lost it. Default [`WithoutReceipt::PerhapsNever`].
    pub without_receipt: WithoutReceipt,
    /// How long a change that nobody waits for may stay in memory. Default 1 s.
    pub commit_within: Duration,
    /// How long messages are kept. Default 90 days.
    pub retention: Duration,
    /// How long the same words under the same client id in the same conversation are taken for the
    /// same message, sent again. Default 1 h; some clients count their ids from 1 at every start.
    pub duplicates: Duration,
    /// Commands per second that one person may send for ever, over all endpoints. Default 20.
    pub commands_per_second: u32,
    /// Commands that one person may send at once. Default 200.
    pub command_burst: u32,
    /// People that are kept in memory though nobody needs them just now. Default 10,000.
    pub idle_people: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            privacy: Privacy::AllowOthers,
            text_bytes: 512,
            contacts: 1000,
            groups: 30,
            properties: 64,
            thread_members: 300,
            room_members: 50,
            rooms: 64,
            endpoints: 8,
            conversations: 64,
            asides: 16,
            services: 16,
            strangers_may_add: false,
            waiting_messages: 1000,
            kept_bytes_per_second: 128,
            kept_bytes_burst: 16 * 1024 * 1024,
            unreceived: 100,
            unreceived_bytes: 256 * 1024,
            outgoing_bytes: 512 * 1024,
            waiting_commands: 256,
            on_the_way: 10_000,
            command_within: Duration::from_secs(30),
            store_hangs_after: Duration::from_secs(10),
            without_receipt: WithoutReceipt::PerhapsNever,
            commit_within: Duration::from_secs(1),
            retention: Duration::from_secs(90 * 24 * 60 * 60),
            duplicates: Duration::from_secs(60 * 60),
            commands_per_second: 20,
            command_burst: 200,
            idle_people: 10_000,
        }
    }
}
