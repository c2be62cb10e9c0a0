//! Lines: the connections, and which of them have something to do.

use std::collections::{BTreeMap, BTreeSet};

use machine_contract::Instant;

use super::batch_id::BatchId;
use super::command::{Answer, Command, ConnectionId, RequestId};
use super::command_queue::CommandQueue;
use super::entry::{Entry, Next};
use super::outgoing::Outgoing;
use super::refusal::Refusal;
use crate::identity::{Address, PersonId};

/// All connections that have asked for something.
#[derive(Debug, Default)]
pub(super) struct Lines {
    open: BTreeMap<ConnectionId, Line>,
    /// Those with something to be sent.
    dirty: BTreeSet<ConnectionId>,
    /// Those whose next command may be carried out.
    runnable: BTreeSet<ConnectionId>,
    /// Those with something that depends on a batch.
    held: BTreeSet<ConnectionId>,
    /// Those that were told something since the last rest.
    told: BTreeSet<ConnectionId>,
    /// When the first command of a line, or an answer that is held back on it, has to be answered. Each
    /// line stands here once at most, as it is [scheduled](Line::scheduled).
    deadlines: BTreeSet<(Instant, ConnectionId)>,
}

/// One connection.
#[derive(Debug, Default)]
struct Line {
    person: Option<PersonId>,
    entered: bool,
    commands: CommandQueue,
    closing: bool,
    out: Outgoing,
    /// The deadline under which the line stands in [`Lines::deadlines`].
    scheduled: Option<Instant>,
    /// Of what was sent since the last rest.
    sent_bytes: usize,
}

impl Lines {
    /// A command, behind those that wait.
    pub(super) fn push(
        &mut self,
        connection: ConnectionId,
        request: RequestId,
        command: Result<Box<Command>, Refusal>,
        deadline: Instant,
    ) {
        let line = self.open.entry(connection).or_default();
        if line.closing {
            return;
        }
        if line.commands.is_empty() {
            self.runnable.insert(connection);
        }
        line.commands.push(request, command, deadline);
        self.schedule(connection);
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn waiting(&self, connection: ConnectionId) -> usize {
        self.open
            .get(&connection)
            .map_or(0, |line| line.commands.len())
    }

    /// The connection is closed: what waits is carried out, and then it is gone.
    pub(super) fn close(&mut self, connection: ConnectionId) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.closing = true;
            if line.out.clear() {
                line.commands.finish_first();
            }
            self.runnable.insert(connection);
            self.schedule(connection);
        }
    }

    /// The network ends the connection: what waits is dropped. The line stays until whoever drives the
    /// network has been [told](Self::remove), so that what it asks before it knows is passed over.
    pub(super) fn end(&mut self, connection: ConnectionId) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.closing = true;
            line.person = None;
            line.commands.clear();
            line.out.clear();
            self.runnable.remove(&connection);
            self.schedule(connection);
        }
    }

    /// What is to be done next on a line. A command is taken out of it, and stays the first until it is
    /// answered or [put back](Self::put_back).
    pub(super) fn next(&mut self, connection: ConnectionId) -> Next {
        let Some(line) = self.open.get_mut(&connection) else {
            return Next::Nothing;
        };
        match line.commands.next() {
            Some(next) => next,
            None if line.closing => Next::Gone,
            None => Next::Nothing,
        }
    }

    /// The first command of the line has to wait.
    pub(super) fn put_back(&mut self, connection: ConnectionId, command: Box<Command>) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.commands.put_back(command);
        }
    }

    /// Forgets a line.
    pub(super) fn remove(&mut self, connection: ConnectionId) -> Option<PersonId> {
        let line = self.open.remove(&connection)?;
        if let Some(at) = line.scheduled {
            self.deadlines.remove(&(at, connection));
        }
        self.dirty.remove(&connection);
        self.runnable.remove(&connection);
        self.held.remove(&connection);
        self.told.remove(&connection);
        line.person
    }

    pub(super) fn person(&self, connection: ConnectionId) -> Option<PersonId> {
        self.open.get(&connection)?.person
    }

    /// The person of a connection that has entered.
    pub(super) fn entered(&self, connection: ConnectionId) -> Option<PersonId> {
        let line = self.open.get(&connection)?;
        line.person.filter(|_| line.entered)
    }

    /// The connection has not entered after all.
    pub(super) fn clear_person(&mut self, connection: ConnectionId) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.person = None;
        }
    }

    /// The first command of the line is about to be carried out: it wants to enter as `person`.
    pub(super) fn set_person(&mut self, connection: ConnectionId, person: PersonId) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.person = Some(person);
        }
    }

    pub(super) fn set_entered(&mut self, connection: ConnectionId) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.entered = true;
        }
    }

    /// The addresses of the first command are being looked up.
    pub(super) fn look_up(&mut self, connection: ConnectionId) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.commands.look_up();
        }
    }

    /// They were looked up for that command; these lead to nobody. `false` if it does not wait for them
    /// any more: a miss is never remembered for another.
    pub(super) fn looked_up(
        &mut self,
        connection: ConnectionId,
        request: RequestId,
        nobody: Vec<Address>,
    ) -> bool {
        let Some(line) = self.open.get_mut(&connection) else {
            return false;
        };
        let waits = line.commands.looked_up(request, nobody);
        if waits {
            self.runnable.insert(connection);
        }
        waits
    }

    /// Whether the address was looked up for the first command, and leads to nobody.
    pub(super) fn leads_to_nobody(&self, connection: ConnectionId, address: &Address) -> bool {
        let line = self.open.get(&connection);
        line.is_some_and(|line| line.commands.leads_to_nobody(address))
    }

    /// Answers the first command of the line, if it is still that one.
    pub(super) fn answer(
        &mut self,
        connection: ConnectionId,
        request: RequestId,
        answer: Result<Answer, Refusal>,
        hold: BatchId,
    ) {
        let line = self.open.get_mut(&connection);
        let Some(line) = line.filter(|line| line.commands.first() == Some(request)) else {
            return;
        };
        let Some(deadline) = line.commands.finish_first() else {
            return;
        };
        if !line.closing {
            line.out.push_answer(request, answer, hold, deadline);
            self.dirty.insert(connection);
            self.held.insert(connection);
        }
        self.runnable.insert(connection);
        self.schedule(connection);
    }

    /// A command was answered, but what it has asked for is on its way to another home, whatever becomes of the batch.
    pub(super) fn doubt(&mut self, connection: ConnectionId, request: RequestId) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.out.doubt(request);
        }
    }

    /// Something to be sent once `hold` is kept, behind what is to be sent before. Answers are given by
    /// [`answer`](Self::answer).
    pub(super) fn push_out(&mut self, connection: ConnectionId, hold: BatchId, entry: Entry) {
        let Some(line) = self.open.get_mut(&connection) else {
            return;
        };
        if !line.closing {
            line.out.push(entry, hold);
            self.dirty.insert(connection);
            self.held.insert(connection);
        } else if let Entry::Read(request, _) = entry
            && line.commands.first() == Some(request)
        {
            // It need not be read, since nobody is there to be answered.
            line.commands.finish_first();
            self.runnable.insert(connection);
            self.schedule(connection);
        }
    }

    /// A line whose next command may be carried out, which is looked at now.
    pub(super) fn take_runnable(&mut self) -> Option<ConnectionId> {
        self.runnable.pop_first()
    }

    /// A line with something to be sent, which is looked at now.
    pub(super) fn take_dirty(&mut self) -> Option<ConnectionId> {
        self.dirty.pop_first()
    }

    /// The store takes too long. Answers that wait for it are taken out, each with what is said in its place; and all
    /// commands that wait are looked at again.
    pub(super) fn stop_waiting(
        &mut self,
        decided: BatchId,
    ) -> Vec<(ConnectionId, RequestId, Refusal)> {
        let mut given_up = Vec::new();
        let waiting: Vec<ConnectionId> = self.open.keys().copied().collect();
        for connection in waiting {
            if let Some(line) = self.open.get_mut(&connection) {
                for (request, refusal) in line.out.stop_waiting(decided) {
                    given_up.push((connection, request, refusal));
                }
            }
            self.runnable.insert(connection);
            self.dirty.insert(connection);
            self.schedule(connection);
        }
        given_up
    }

    /// The next thing to leave the line, if what it depends on is decided. Where the store `hangs`, answers and what is to
    /// be read for them pass what waits for it.
    pub(super) fn take_out(
        &mut self,
        connection: ConnectionId,
        decided: BatchId,
        hangs: bool,
    ) -> Option<Entry> {
        let line = self.open.get_mut(&connection)?;
        let entry = match line.out.take(decided) {
            None if hangs => line.out.take_passing(decided)?,
            next => next?,
        };
        if matches!(entry, Entry::Answer(..)) {
            self.schedule(connection);
        }
        Some(entry)
    }

    /// That batch is kept, or not: what depends on it may leave, or never does. Answers become
    /// refusals.
    pub(super) fn decide(&mut self, batch: BatchId, kept: bool) {
        for connection in std::mem::take(&mut self.held) {
            let Some(line) = self.open.get_mut(&connection) else {
                continue;
            };
            if !kept {
                line.out.undo(batch);
            }
            if line.out.is_held_behind(batch) {
                self.held.insert(connection);
            }
            self.dirty.insert(connection);
        }
    }

    /// A command whose time is up, or one whose answer is held back by a batch that takes too long; and
    /// how it is answered now, before what is held back with it.
    pub(super) fn take_overdue(
        &mut self,
        now: Instant,
    ) -> Option<(ConnectionId, RequestId, Refusal)> {
        loop {
            let (at, connection) = self.deadlines.first().copied()?;
            if at > now {
                return None;
            }
            let line = self.open.get_mut(&connection)?;
            let overdue = if line.out.has_answers() {
                line.out.take_overdue()
            } else {
                line.commands.take_overdue()
            };
            let closing = line.closing;
            self.runnable.insert(connection);
            self.schedule(connection);
            if let Some((request, refusal)) = overdue.filter(|_| !closing) {
                return Some((connection, request, refusal));
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Counts what is sent to a connection at once.
    pub(super) fn add_bytes(&mut self, connection: ConnectionId, bytes: usize) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.sent_bytes += bytes;
            self.told.insert(connection);
        }
    }

    /// All that was to be sent has been taken: the counts begin anew.
    pub(super) fn rest(&mut self) {
        for connection in std::mem::take(&mut self.told) {
            if let Some(line) = self.open.get_mut(&connection) {
                line.sent_bytes = 0;
            }
        }
    }

    /// The bytes of events that are on their way to a connection: held back, or not taken yet.
    pub(super) fn bytes(&self, connection: ConnectionId) -> usize {
        let line = self.open.get(&connection);
        line.map_or(0, |line| line.sent_bytes + line.out.held_bytes())
    }

    /// Brings the deadline of a line up to date.
    fn schedule(&mut self, connection: ConnectionId) {
        let Some(line) = self.open.get_mut(&connection) else {
            return;
        };
        let next = line.out.deadline().or(line.commands.deadline());
        let before = std::mem::replace(&mut line.scheduled, next);
        if before == next {
            return;
        }
        if let Some(before) = before {
            self.deadlines.remove(&(before, connection));
        }
        if let Some(next) = next {
            self.deadlines.insert((next, connection));
        }
    }
}
