//! `Product`: the proof that the client is one of the known programs, `CHL` and `QRY` (msnp8-18.md 11).

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::auth::challenge::product;
use msnp_proto::classic::{ChallengeAccepted, ChallengeResponse};
use msnp_proto::{ErrorCode, TrId};

use super::writer::Writer;
use super::{greeting, refusal};
use crate::faces::config::Challenge;
use crate::faces::turn::Turn;

/// What was asked of the client.
#[derive(Debug)]
pub(super) struct Product {
    writer: Writer,
    /// What was to be answered, and until when.
    asked: Option<(String, Instant)>,
}

/// How long a client has for its answer (msnp8-18.md 11).
const TO_ANSWER: Duration = Duration::from_secs(50);

impl Product {
    pub(super) const fn new(writer: Writer) -> Self {
        Self {
            writer,
            asked: None,
        }
    }

    /// Until when something has to come.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.asked.as_ref().map(|(_, until)| *until)
    }

    /// False: the answer is late, which the client is told.
    pub(super) fn is_in_time(&self, turn: &mut Turn<'_>) -> bool {
        let is_late = self
            .deadline()
            .is_some_and(|until| until <= turn.monotonic());
        if is_late {
            let code = refusal::CHALLENGE_FAILED;
            self.writer.refuse(TrId(0), code, turn);
        }
        !is_late
    }

    /// Asks, if clients are asked at all.
    pub(super) fn ask(&mut self, turn: &mut Turn<'_>) {
        let asks = turn.config().challenge != Challenge::Absent;
        if asks && self.writer.dialect().has_challenge() {
            let until = match turn.config().challenge {
                Challenge::Checked => turn.monotonic() + TO_ANSWER,
                Challenge::Absent | Challenge::Ignored => Instant::END,
            };
            let asked = greeting::challenge(self.writer, turn);
            self.asked = Some((asked, until));
        }
    }

    /// `QRY`
    pub(super) fn check(
        &mut self,
        trid: TrId,
        response: &ChallengeResponse,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let asked = self.asked.take();
        if turn.config().challenge == Challenge::Checked {
            let (challenge, _) = asked.ok_or(refusal::CHALLENGE_FAILED)?;
            let product = product(&response.product.text()).ok_or(refusal::CHALLENGE_FAILED)?;
            if !product.respond(&challenge).matches(&response.payload) {
                return Err(refusal::CHALLENGE_FAILED);
            }
        }
        self.writer.reply(trid, ChallengeAccepted {}, turn);
        Ok(())
    }
}
