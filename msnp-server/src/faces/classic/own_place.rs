//! `OwnPlace`: the lines in which the client speaks of itself, from the first of which on the person is there
//! (msnp8-18.md 8.1, 8.3).

use msnp_proto::classic::{OwnDataReply, OwnStatus, Word};
use msnp_proto::payload::personal_data::PersonalData;
use msnp_proto::payload::presence::{Capabilities, Status as Code};
use msnp_proto::{ErrorCode, TrId};

use super::mail;
use super::presence::OwnPresence;
use super::refusal;
use super::requests::Requests;
use super::writer::Writer;
use crate::faces::status;
use crate::faces::turn::Turn;
use crate::network::{Command, Status, Subscription};

/// This place, as its client says.
#[derive(Debug)]
pub(super) struct OwnPlace {
    writer: Writer,
    own: OwnPresence,
}

impl OwnPlace {
    pub(super) fn new(writer: Writer) -> Self {
        Self {
            writer,
            own: OwnPresence::default(),
        }
    }

    /// Whether the client puts parts of a long message together.
    pub(super) fn joins_parts(&self) -> bool {
        let capabilities = self.own.capabilities();
        capabilities.has(Capabilities::MULTI_PACKET_MESSAGES)
    }

    /// Whether it may call somebody: who is not there may not (error-codes.tsv 913).
    pub(super) fn may_call(&self) -> bool {
        let is_early = self.writer.dialect().has_synchronization();
        let hides = |status| status == Status::Hidden && is_early;
        self.own.status().is_some_and(|status| !hides(status))
    }

    /// `CHG`: whether it was the first, with which the person is told of others.
    pub(super) fn set_status<T>(
        &mut self,
        trid: TrId,
        said: &OwnStatus,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> Result<bool, ErrorCode> {
        let status = status::read(said.status);
        let object = said.object.as_ref().map(Word::text);
        let object = object.filter(|object| !object.is_empty() && object != "0");
        let length = object.as_ref().map_or(0, |one| one.len());
        let is_status = said.status != Code::FLN && !matches!(status, Status::Other(_));
        if !is_status || length > turn.config().presence_bytes {
            return Err(refusal::INVALID_PARAMETER);
        }
        let is_first = self.own.status().is_none();
        self.own
            .set_status(status, said.capabilities, object.as_deref());
        // Nothing refuses it, and what follows from it comes behind the answer.
        self.writer.reply(trid, said.clone(), turn);
        self.publish(requests, turn);
        if is_first {
            let all = Subscription {
                roster: false,
                presence: true,
                // Who is told what waits is told of it first.
                messages: !mail::is_told(self.writer.dialect()),
                rooms: true,
            };
            requests.tell(Command::Subscribe(all), turn);
        }
        Ok(is_first)
    }

    /// `UUX`
    pub(super) fn set_data<T>(
        &mut self,
        trid: TrId,
        payload: &[u8],
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        if payload.len() > turn.config().presence_bytes {
            return Err(refusal::INVALID_PARAMETER);
        }
        let data = PersonalData::parse(payload).map_err(|_| refusal::SYNTAX)?;
        self.own.set_data(data);
        let payload = "".into();
        self.writer.reply(trid, OwnDataReply { payload }, turn);
        // Before the first status nobody is there who could say anything.
        if self.own.status().is_some() {
            self.publish(requests, turn);
        }
        Ok(())
    }

    fn publish<T>(&self, requests: &mut Requests<T>, turn: &mut Turn<'_>) {
        let publication = self.own.publication(self.writer.dialect());
        requests.tell(Command::Publish(publication), turn);
    }
}
