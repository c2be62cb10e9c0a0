//! `Inbox`: what others say to the person, on its way to the client, and what of it the client has shown to have read.

use machine_contract::UnixTime;
use msnp_proto::TrId;
use msnp_proto::classic::Datagram;
use msnp_proto::payload::layers::Layers;

use super::words;
use crate::faces::classic::requests::Requests;
use crate::faces::classic::unshown::Unshown;
use crate::faces::classic::writer::Writer;
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{Command, ConversationId, Kept, Message, Number};

/// What comes to one place.
#[derive(Debug)]
pub(super) struct Inbox {
    writer: Writer,
    own: Who,
    /// Since when the person is there: what is older has waited.
    since: UnixTime,
    /// The client was sent these, and has not shown to have read them.
    unshown: Unshown,
}

impl Inbox {
    pub(super) const fn new(own: Who, writer: Writer) -> Self {
        Self {
            writer,
            own,
            since: UnixTime::from_secs(0),
            unshown: Unshown::new(),
        }
    }

    /// The person is there from now on.
    pub(super) const fn open(&mut self, now: UnixTime) {
        self.since = now;
    }

    /// A message that is kept. What this dialect cannot show is received all the same: left waiting, it would take the room of
    /// what it can.
    pub(super) fn on_message<T>(
        &mut self,
        kept: &Kept,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        match words::layers(&kept.conversation, &kept.message, &self.own, self.since) {
            Some(layers) => {
                self.write(layers, turn);
                turn.shows(Some(kept.number));
                self.unshown.add(kept.number);
            }
            None => requests.tell(Command::CountsAsReceived(kept.number), turn),
        }
    }

    /// One that only passes by, which is left out where much waits for the client.
    pub(super) fn on_passing(
        &self,
        conversation: &ConversationId,
        message: &Message,
        turn: &mut Turn<'_>,
    ) {
        let is_half_full = turn.outgoing() >= turn.config().outgoing_bytes / 2;
        let layers = words::layers(conversation, message, &self.own, self.since);
        if let Some(layers) = layers.filter(|_| !is_half_full) {
            self.write(layers, turn);
        }
    }

    /// Those are known to have been shown. There is no word for it in this dialect: whoever says something more has read what came
    /// before.
    pub(super) fn shown<T>(
        &mut self,
        which: impl Fn(&Number) -> bool,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        for number in self.unshown.take(which) {
            requests.tell(Command::CountsAsReceived(number), turn);
        }
    }

    fn write(&self, layers: Layers, turn: &mut Turn<'_>) {
        let payload = layers.into_bytes();
        self.writer.reply(TrId(0), Datagram { payload }, turn);
    }
}
