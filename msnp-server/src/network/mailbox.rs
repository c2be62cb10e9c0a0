//! `Mailbox`: the numbers of a person's messages, which of them wait, and what was sent lately.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use machine_contract::{Instant, UnixTime};

use super::batch_id::BatchId;
use super::letter::AskId;
use super::message::{Author, Content, ConversationId, EndpointId, Number};
use super::sending::Sending;
use super::store::{PersonRecord, SENT, SentRecord};
use crate::identity::PersonId;
use crate::now::Now;

/// One person's keeping, as far as it has to be in memory.
#[derive(Debug)]
pub(super) struct Mailbox {
    last: Number,
    /// With the sender, of those that came while the person was in memory.
    waiting: BTreeMap<Number, Option<PersonId>>,
    /// Of those, the ones that were shown once and may come twice.
    shown: BTreeSet<Number>,
    /// The oldest first.
    sent: VecDeque<Sent>,
    /// Their digests, in the same order, for a look at all of them that is not a walk through memory.
    digests: VecDeque<u64>,
    /// How many of them are not [`Stage::Kept`]. Few are, and there may be hundreds.
    undecided: usize,
}

/// A message that was sent, and how far it has come.
#[derive(Debug)]
struct Sent {
    record: SentRecord,
    /// `None`: sent before this process was there.
    at: Option<Instant>,
    stage: Stage,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// It is not decided whether it will be sent.
    Asked(AskId),
    /// It will be, if that batch is kept.
    Batch(BatchId),
    /// It was.
    Kept,
}

/// What is known of a message that is sent again.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    /// The first time is not decided.
    Asked(AskId),
    /// It was accepted.
    Accepted,
}

impl Mailbox {
    pub(super) fn new(record: &mut PersonRecord) -> Self {
        let sent = std::mem::take(&mut record.sent);
        Self {
            last: record.last,
            waiting: record
                .waiting
                .iter()
                .map(|number| (*number, None))
                .collect(),
            shown: BTreeSet::new(),
            digests: sent.iter().map(|record| record.digest).collect(),
            sent: sent
                .into_iter()
                .map(|record| Sent {
                    record,
                    at: None,
                    stage: Stage::Kept,
                })
                .collect(),
            undecided: 0,
        }
    }

    /// The last number that was given.
    pub(super) const fn last(&self) -> Number {
        self.last
    }

    /// How many messages wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many of these are from that sender, as far as is known.
    pub(super) fn waiting_from(&self, sender: PersonId) -> usize {
        let senders = self.waiting.values();
        senders.filter(|one| **one == Some(sender)).count()
    }

    /// Whether that message waits.
    pub(super) fn is_waiting(&self, number: Number) -> bool {
        self.waiting.contains_key(&number)
    }

    /// Gives the next number, to a message that waits for nobody.
    pub(super) fn add(&mut self, now: UnixTime) -> Number {
        self.last = self.last.next(now);
        self.last
    }

    /// Gives the next number, to a message that waits; `sender` is the person who wrote it.
    pub(super) fn add_waiting(&mut self, sender: Option<PersonId>, now: UnixTime) -> Number {
        let number = self.add(now);
        self.waiting.insert(number, sender);
        number
    }

    /// A message was received; whether it was waiting.
    pub(super) fn received(&mut self, number: Number) -> bool {
        self.shown.remove(&number);
        self.waiting.remove(&number).is_some()
    }

    /// A message that waits was shown; whether it was before.
    pub(super) fn shown(&mut self, number: Number) -> bool {
        self.waiting.contains_key(&number) && !self.shown.insert(number)
    }

    /// Messages below that number are no more.
    pub(super) fn forget_below(&mut self, number: Number) {
        self.waiting = self.waiting.split_off(&number);
        self.shown = self.shown.split_off(&number);
    }

    /// Undoes all numbers above `last`, and what that batch would have sent.
    pub(super) fn restore(&mut self, last: Number, batch: BatchId) {
        self.last = last;
        self.waiting.split_off(&Number(last.0.saturating_add(1)));
        self.forget_sent(Stage::Batch(batch));
    }

    /// That batch is kept: what was sent with it stands.
    pub(super) fn kept(&mut self, batch: BatchId) {
        let mut to_see = self.undecided;
        for one in self.sent.iter_mut().rev() {
            if to_see == 0 {
                break;
            }
            to_see -= usize::from(one.stage != Stage::Kept);
            if one.stage == Stage::Batch(batch) {
                one.stage = Stage::Kept;
                self.undecided -= 1;
            }
        }
    }

    fn forget_sent(&mut self, stage: Stage) {
        self.sent.retain(|one| one.stage != stage);
        self.digests.clear();
        self.digests
            .extend(self.sent.iter().map(|one| one.record.digest));
        let undecided = self.sent.iter().filter(|one| one.stage != Stage::Kept);
        self.undecided = undecided.count();
    }

    /// Remembers something that is sent and not decided, in place of the oldest if there are too many.
    fn remember(&mut self, sent: Sent) {
        if self.sent.len() >= SENT {
            self.digests.pop_front();
            let oldest = self.sent.pop_front();
            self.undecided -= usize::from(oldest.is_some_and(|one| one.stage != Stage::Kept));
        }
        self.digests.push_back(sent.record.digest);
        self.sent.push_back(sent);
        self.undecided += 1;
    }

    /// Whether the same was said before, at the same place, under the same name of the client, in the same
    /// conversation, and no longer ago than `window`.
    pub(super) fn repetition(
        &self,
        client_id: &str,
        endpoint: EndpointId,
        conversation: &ConversationId,
        digest: u64,
        window: Duration,
        now: Now,
    ) -> Option<Repetition> {
        // Most are new, which the digests tell.
        if !self.digests.contains(&digest) {
            return None;
        }
        let mut newest = self.sent.iter().rev();
        let same = newest
            .find(|one| &*one.record.client_id == client_id && one.record.endpoint == endpoint)?;
        // Of what another process sent, the wall clock is all that tells an age. An age below zero is as
        // strange as a high one.
        let by_wall = || {
            now.wall
                .as_millis()
                .abs_diff(same.record.arrival.as_millis())
        };
        let recent = same.at.map_or_else(
            || Duration::from_millis(by_wall()) <= window,
            |at| now.monotonic <= at + window,
        );
        let same_words = same.record.digest == digest && same.record.conversation == *conversation;
        (recent && same_words).then_some(match same.stage {
            Stage::Asked(ask) => Repetition::Asked(ask),
            Stage::Batch(_) | Stage::Kept => Repetition::Accepted,
        })
    }

    /// A message is to be sent, if the answer to `ask` allows it.
    pub(super) fn note_sending(
        &mut self,
        client_id: &Arc<str>,
        endpoint: EndpointId,
        conversation: &ConversationId,
        digest: u64,
        ask: AskId,
        now: Now,
    ) {
        self.remember(Sent {
            record: SentRecord {
                client_id: client_id.clone(),
                endpoint,
                conversation: conversation.clone(),
                digest,
                arrival: now.wall,
            },
            at: Some(now.monotonic),
            stage: Stage::Asked(ask),
        });
    }

    /// A message is on its way to somebody of another home, under a question of an earlier process or one whose answer
    /// was not kept.
    pub(super) fn resume(&mut self, ask: AskId, sending: &Sending) {
        let (Content::Said(said), Author::Person(_, endpoint)) =
            (&sending.message.content, &sending.message.author)
        else {
            return;
        };
        let Some(client_id) = &said.client_id else {
            return;
        };
        self.remember(Sent {
            record: SentRecord {
                client_id: client_id.clone(),
                endpoint: *endpoint,
                conversation: sending.conversation.clone(),
                digest: said.digest(),
                arrival: sending.message.arrival,
            },
            at: None,
            stage: Stage::Asked(ask),
        });
    }

    /// What was asked for will be sent with `batch`, or never.
    pub(super) fn note_outcome(&mut self, ask: AskId, batch: Option<BatchId>) {
        match batch {
            Some(batch) => {
                let asked = |one: &&mut Sent| one.stage == Stage::Asked(ask);
                if let Some(one) = self.sent.iter_mut().rev().find(asked) {
                    one.stage = Stage::Batch(batch);
                }
            }
            None => self.forget_sent(Stage::Asked(ask)),
        }
    }
}
