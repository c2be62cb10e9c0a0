//! `ThreadKeeper`: one thread that is in memory, and its rules.
//!
//! Every member may write, add people, set the topic and leave; only an admin may remove others or change
//! roles. When the last admin leaves, the member who has been there longest becomes one. Who does not let the
//! one who adds them write to them is left out, without a word. A thread is unknown to those who are not in
//! it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use machine_contract::Instant;

use super::batch::Gathering;
use super::batch_id::BatchId;
use super::letter::{Actor, AskId, Letter, Reply, ThreadChange, Words};
use super::message::{Author, Content, ConversationId, Message};
use super::refusal::Refusal;
use super::store::Change;
use super::thread::{Member, Role, Thread, ThreadId};
use super::thread_asking::Asking;
use super::thread_change::{Differences, forget_leavers, keep_an_admin, put, remove};
use super::turn::Turn;
use super::work::{Work, queue};
use crate::identity::{PersonId, Who};

/// One thread.
#[derive(Debug)]
pub(super) struct ThreadKeeper {
    id: ThreadId,
    /// `None`: it is not made yet.
    thread: Option<Arc<Thread>>,
    before: Option<(BatchId, Option<Arc<Thread>>)>,
    /// Changes that wait for the people named to say whether they may be added.
    asking: Asking,
    queue: VecDeque<Work>,
}

impl ThreadKeeper {
    pub(super) fn new(id: ThreadId, thread: Option<Arc<Thread>>) -> Self {
        Self {
            id,
            thread,
            before: None,
            asking: Asking::default(),
            queue: VecDeque::new(),
        }
    }

    /// Whether a batch that touches it is under way.
    pub(super) fn must_wait(&self, turn: &mut Turn) -> bool {
        let under_way = turn.batches().under_way();
        under_way.is_some() && self.touched() == under_way
    }

    /// Whether a letter can be read at once: none that came before waits, nor has to.
    pub(super) fn is_free(&self, turn: &mut Turn) -> bool {
        self.queue.is_empty() && !self.must_wait(turn)
    }

    /// Puts something behind what waits.
    pub(super) fn queue(&mut self, work: Work, most: usize, turn: &mut Turn) {
        queue(&mut self.queue, work, most, turn);
    }

    /// What waits, in its order.
    pub(super) const fn work(&mut self) -> &mut VecDeque<Work> {
        &mut self.queue
    }

    /// That batch is decided.
    pub(super) fn decide(&mut self, batch: &Gathering, kept: bool) {
        if let Some((_, before)) = self.before.take_if(|(touched, _)| *touched == batch.id())
            && !kept
        {
            self.thread = before;
        }
    }

    /// When who has not answered is not waited for any longer.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.asking.deadline()
    }

    /// Who has not answered in time lets nobody add them. It is as if they had said so, so that it waits for
    /// a batch under way as their answers would.
    pub(super) fn stop_asking(&mut self, turn: &mut Turn) {
        let now = turn.now().monotonic;
        let thread = Actor::Thread(self.id);
        for (ask, who, hold) in self.asking.take_overdue(now) {
            let refused = Words::Reply(ask, Reply::Admitted(false));
            turn.write(Actor::Person(who), Some(hold), thread, refused);
        }
    }

    /// How much waits for the thread, or for what it has asked.
    pub(super) fn waiting(&self) -> usize {
        self.asking.len() + self.queue.len()
    }

    /// Whether nobody needs it to be in memory.
    pub(super) fn is_idle(&self) -> bool {
        self.before.is_none() && self.asking.is_empty() && self.queue.is_empty()
    }

    fn touched(&self) -> Option<BatchId> {
        self.before.as_ref().map(|(batch, _)| *batch)
    }

    /// Who has to be in memory before a letter is read: all who will keep what comes of it.
    pub(super) fn keepers(&self, letter: &Letter) -> Vec<PersonId> {
        let admitted = match letter.words() {
            Words::Say { by, kept: true, .. } | Words::Change { by, .. } => {
                if self.known_to(by).is_err() {
                    return Vec::new();
                }
                &[]
            }
            // Who has not answered may be read for ever; an answer is not held up by that.
            Words::Reply(ask, _) => self.asking.admitted(*ask),
            _ => return Vec::new(),
        };
        let present = self.thread.iter().flat_map(|thread| thread.present());
        let mut keepers: Vec<_> = present.map(|member| member.who.person()).collect();
        keepers.extend(admitted);
        keepers
    }

    /// Reads a letter to the thread.
    pub(super) fn read_letter(&mut self, letter: &Letter, turn: &mut Turn) {
        match letter.words() {
            Words::Describe { by, .. } => {
                let thread = self.thread.clone();
                let known = thread.filter(|thread| thread.role(by.person()).is_some());
                turn.reply(letter, self.touched(), Reply::Thread(known));
            }
            Words::Say {
                by,
                message,
                kept,
                numbered,
                ..
            } => {
                let (kept, numbered) = (*kept, *numbered);
                self.say(letter, by, message, kept, numbered, turn);
            }
            Words::Change { by, change, .. } => {
                let (by, change) = (by.clone(), change.clone());
                if let Err(refusal) = self.ask_people(letter.clone(), &by, &change, turn) {
                    turn.reply(letter, self.touched(), Reply::Refused(refusal));
                }
            }
            // Nobody is left out because the store failed.
            Words::Reply(ask, Reply::Refused(refusal)) => self.give_up(*ask, *refusal, turn),
            Words::Reply(ask, reply) => {
                let admitted = matches!(reply, Reply::Admitted(true));
                if let Some(change) = self.asking.take_answer(*ask, admitted) {
                    self.apply(change, turn);
                }
            }
            _ => {}
        }
    }

    /// A member says something to all others.
    fn say(
        &self,
        letter: &Letter,
        by: &Who,
        message: &Arc<Message>,
        kept: bool,
        numbered: bool,
        turn: &mut Turn,
    ) {
        let Ok(thread) = self.known_to(by).cloned() else {
            let unknown = Reply::Refused(Refusal::NoSuchUser);
            turn.reply(letter, self.touched(), unknown);
            return;
        };
        // The author keeps it before anybody else, so that no answer overtakes it.
        turn.reply(letter, self.touched(), Reply::Done);
        let conversation = ConversationId::Thread(self.id);
        for member in thread.present().filter(|member| member.who != *by) {
            let words = if kept {
                Words::Deliver {
                    ask: None,
                    conversation: conversation.clone(),
                    message: message.clone(),
                }
            } else {
                Words::Pass {
                    ask: None,
                    by: by.clone(),
                    conversation: conversation.clone(),
                    message: message.clone(),
                    endpoint: None,
                    numbered,
                    seen: false,
                }
            };
            self.write(&member.who, words, turn);
        }
    }

    /// Before people are added, each is asked whether they may be.
    fn ask_people(
        &mut self,
        letter: Letter,
        by: &Who,
        change: &ThreadChange,
        turn: &mut Turn,
    ) -> Result<(), Refusal> {
        if matches!(change, ThreadChange::Make { .. }) {
            if self.thread.is_some() {
                turn.reply(&letter, self.touched(), Reply::Taken);
                return Ok(());
            }
        } else {
            self.known_to(by)?;
        }
        // Refused at once what would be refused in the end.
        let new = self.changed(by, change, None, turn)?.1;
        let Some(asked) = letter.ask() else {
            return Ok(());
        };
        let mut open = BTreeMap::new();
        for who in new.added() {
            let ask = turn.next_ask();
            let by = by.clone();
            self.write(who, Words::MayAdd { ask, by }, turn);
            open.insert(ask, who.person());
        }
        let ready = open.is_empty();
        let until = turn.now().monotonic + turn.config().command_within;
        self.asking.open(asked, letter, open, until);
        if ready {
            self.apply(asked, turn);
        }
        Ok(())
    }

    /// Somebody could not be asked: the whole change is refused.
    fn give_up(&mut self, ask: AskId, refusal: Refusal, turn: &mut Turn) {
        let change = self.asking.change(ask);
        if let Some((letter, _)) = change.and_then(|change| self.asking.close(change)) {
            turn.reply(&letter, self.touched(), Reply::Refused(refusal));
        }
    }

    /// All have answered: checks again, changes, answers, and tells everybody once.
    fn apply(&mut self, change: AskId, turn: &mut Turn) {
        let Some((letter, admitted)) = self.asking.close(change) else {
            return;
        };
        let Words::Change { by, change, .. } = letter.words() else {
            return;
        };
        if turn.batches().has_failed(letter.hold()) {
            // It was asked for in a batch that is not kept, while people were still answering.
            turn.post_reply(&letter, Refusal::Store);
            return;
        }
        match self.changed(by, change, Some(&admitted), turn) {
            Ok((thread, differences)) => self.commit(&letter, by, thread, &differences, turn),
            Err(refusal) => turn.reply(&letter, self.touched(), Reply::Refused(refusal)),
        }
    }

    /// The thread as it would be, and what would be different. People are added if they are among
    /// `admitted`, or all of them if that is not known yet.
    fn changed(
        &self,
        by: &Who,
        change: &ThreadChange,
        admitted: Option<&[PersonId]>,
        turn: &Turn,
    ) -> Result<(Thread, Differences), Refusal> {
        let mut differences = Differences::default();
        let mut thread = match (change, &self.thread) {
            (ThreadChange::Make { .. }, None) => self.new_thread(by),
            (ThreadChange::Make { .. }, Some(_)) => return Err(Refusal::Invalid),
            (_, _) => (**self.known_to(by)?).clone(),
        };
        match change {
            ThreadChange::Make { members, topic } | ThreadChange::Put { members, topic } => {
                let may = |who: &Who| admitted.is_none_or(|all| all.contains(&who.person()));
                put(&mut thread, by, members, may, &mut differences)?;
                if let Some(topic) = topic {
                    if thread.topic != *topic {
                        differences.set_topic();
                    }
                    thread.topic = topic.clone();
                }
            }
            ThreadChange::Remove(people) => {
                remove(&mut thread, by, people, turn.now().wall, &mut differences)?;
            }
        }
        keep_an_admin(&mut thread, &mut differences);
        // How many there will be is known when all have answered.
        if admitted.is_some() && thread.present().count() > turn.config().thread_members {
            return Err(Refusal::ListFull);
        }
        Ok((thread, differences))
    }

    fn commit(
        &mut self,
        letter: &Letter,
        by: &Who,
        mut thread: Thread,
        differences: &Differences,
        turn: &mut Turn,
    ) {
        let now = turn.now().wall;
        let is_new = thread.version == 0;
        let activities = differences.activities(by, &thread, now);
        if !is_new && activities.is_empty() {
            turn.reply(letter, self.touched(), Reply::Done);
            return;
        }
        thread.version = now.as_millis().max(thread.version.saturating_add(1));
        forget_leavers(&mut thread, turn.config().thread_members);
        let thread = Arc::new(thread);
        self.touch(turn);
        self.thread = Some(thread.clone());
        turn.keep(Change::Thread(thread.clone()));
        turn.reply(letter, self.touched(), Reply::Done);
        // Also those who are in it no longer.
        let present = thread.present().map(|member| &member.who);
        let told: Vec<&Who> = present.chain(differences.removed()).collect();
        for who in &told {
            self.write(who, Words::Thread(thread.clone()), turn);
        }
        for activity in activities {
            let message = Arc::new(Message {
                name: turn.next_name(),
                arrival: now,
                author: Author::Thread(self.id),
                content: Content::Activity(activity),
            });
            for who in &told {
                let words = Words::Deliver {
                    ask: None,
                    conversation: ConversationId::Thread(self.id),
                    message: message.clone(),
                };
                self.write(who, words, turn);
            }
        }
    }

    /// Something that is kept is about to change.
    fn touch(&mut self, turn: &mut Turn) {
        let batch = turn.touch(Actor::Thread(self.id));
        self.before.get_or_insert((batch, self.thread.clone()));
    }

    fn write(&self, to: &Who, words: Words, turn: &mut Turn) {
        let to = turn.actor(to);
        turn.write(Actor::Thread(self.id), self.touched(), to, words);
    }

    fn new_thread(&self, by: &Who) -> Thread {
        Thread {
            id: self.id,
            version: 0,
            topic: Arc::default(),
            creator: by.clone(),
            members: vec![Member {
                who: by.clone(),
                role: Role::Admin,
                left: None,
            }],
        }
    }

    fn known_to(&self, by: &Who) -> Result<&Arc<Thread>, Refusal> {
        let thread = self.thread.as_ref();
        let known = thread.filter(|thread| thread.role(by.person()).is_some());
        known.ok_or(Refusal::NoSuchUser)
    }
}
