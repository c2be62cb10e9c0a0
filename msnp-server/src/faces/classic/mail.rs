//! `Mail`: what waited for the person when they came. Since MSNP11 clients are told what waits, and fetch it from the web
//! service (msnp8-18.md 10); who does not within a while is called to a conversation for it, as before MSNP11.

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::classic::{Account, Message, Name};
use msnp_proto::payload::mail_data::{MailData, WaitingMessage};
use msnp_proto::payload::mime::{Fields, MailStatus, MailStatusKind};
use msnp_proto::{Dialect, Timestamp};

use super::message;
use super::writer::Writer;
use crate::account_number::message_guid;
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{Command, Kept, Number};

/// Who sends what is not of a person.
pub(super) const HOTMAIL: &str = "Hotmail";

/// How long a client has for fetching what waits: several times what its calls take.
const TO_FETCH: Duration = Duration::from_secs(30);

/// Messages that are told of one by one; more are only told to be there (msnp8-18.md 10).
const MOST_TOLD: usize = 25;

/// Messages that are left to be fetched at most: what one call of the web service lists.
const MOST: usize = 100;

/// What is left to be fetched: up to which number, and until when.
#[derive(Debug, Default)]
pub(super) struct Mail {
    left: Option<(Number, Instant)>,
}

/// Whether clients of a dialect are told.
pub(super) const fn is_told(dialect: Dialect) -> bool {
    dialect.has_personal_message()
}

/// Asks what waits.
pub(super) const fn ask() -> Command {
    waiting(Number::LAST)
}

const fn waiting(until: Number) -> Command {
    Command::ListWaiting {
        after: Number(0),
        until,
        limit: MOST,
    }
}

impl Mail {
    /// Tells the client what waits, and leaves it to be fetched. Without anything in it, too: clients of the time wait for it.
    pub(super) fn announce(
        &mut self,
        waiting: &[Kept],
        own: &Who,
        writer: Writer,
        turn: &mut Turn<'_>,
    ) {
        let told: Vec<_> = waiting.iter().filter_map(|one| entry(one, own)).collect();
        let mut data = MailData::empty();
        for message in &told {
            data.push(message);
        }
        let status = MailStatus {
            kind: MailStatusKind::Initial,
            data: (told.len() <= MOST_TOLD).then_some(data),
            fields: Fields::new(),
        };
        let last = waiting.last().filter(|_| !told.is_empty());
        self.left = last.map(|last| (last.number, turn.monotonic() + TO_FETCH));
        let news = Message {
            sender: Account::new(HOTMAIL),
            name: Some(Name::new(HOTMAIL)),
            payload: status.to_mime().as_bytes().clone(),
        };
        writer.say(news, turn);
    }

    /// Whether a message is left to be fetched.
    pub(super) fn has(&self, kept: &Kept) -> bool {
        self.left.is_some_and(|(last, _)| kept.number <= last)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.left.map(|(_, until)| until)
    }

    /// What still waits is waited for no longer, if it is time: asks which that is.
    pub(super) fn give_up(&mut self, now: Instant) -> Option<Command> {
        let (last, _) = self.left.take_if(|(_, until)| *until <= now)?;
        Some(waiting(last))
    }
}

/// A message as a client is told of it, if it is one that it can show.
fn entry(kept: &Kept, own: &Who) -> Option<WaitingMessage> {
    let (by, said) = message::of_another(&kept.conversation, &kept.message, own)?;
    let name = said.attributes.get(message::NAME);
    let id = message_guid(kept.number).to_string().to_ascii_uppercase();
    let account = by.email().as_str();
    message::is_shown(said).then(|| WaitingMessage {
        received: Some(Timestamp::new(kept.message.arrival)),
        size: u32::try_from(said.body.len()).ok(),
        ..WaitingMessage::new(id, account, name.unwrap_or(account))
    })
}
