//! Lines: the connections, with the commands that wait on them and what is to be sent to them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use machine_contract::Instant;

use super::batch_id::BatchId;
use super::command::{Answer, Command, ConnectionId, Refusal, RequestId};
use super::entry::{Entry, Next};
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
    /// In their order; the first is the one that is being carried out or waits to be.
    commands: VecDeque<Queued>,
    /// Addresses of the first command that lead to nobody.
    nobody: BTreeSet<Address>,
    looking_up: bool,
    closing: bool,
    out: VecDeque<(BatchId, Entry)>,
    /// By when each answer in `out` has to leave. Commands come in the order of their deadlines and are
    /// answered in it, so the first of them is before that of the first command.
    answers: VecDeque<Instant>,
    /// The deadline under which the line stands in [`Lines::deadlines`].
    scheduled: Option<Instant>,
    /// Of what was sent since the last rest.
    sent_bytes: usize,
    /// Of the events in `out`.
    held_bytes: usize,
}

#[derive(Debug)]
struct Queued {
    request: RequestId,
    /// `None` while it is being carried out.
    command: Option<Result<Box<Command>, Refusal>>,
    deadline: Instant,
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
        line.commands.push_back(Queued {
            request,
            command: Some(command),
            deadline,
        });
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
            if line.clear_out() {
                line.commands.pop_front();
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
            line.clear_out();
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
        if line.looking_up {
            return Next::Nothing;
        }
        match line.commands.front_mut() {
            Some(first) => match first.command.take() {
                Some(Ok(command)) => Next::Command(first.request, command),
                Some(Err(refusal)) => Next::Refused(first.request, refusal),
                None => Next::Nothing,
            },
            None if line.closing => Next::Gone,
            None => Next::Nothing,
        }
    }

    /// The first command of the line has to wait.
    pub(super) fn put_back(&mut self, connection: ConnectionId, command: Box<Command>) {
        let line = self.open.get_mut(&connection);
        if let Some(first) = line.and_then(|line| line.commands.front_mut()) {
            first.command = Some(Ok(command));
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
            line.looking_up = true;
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
        let waits = line.first() == Some(request) && line.looking_up;
        if waits {
            line.looking_up = false;
            line.nobody.extend(nobody);
            self.runnable.insert(connection);
        }
        waits
    }

    /// Whether the address was looked up for the first command, and leads to nobody.
    pub(super) fn leads_to_nobody(&self, connection: ConnectionId, address: &Address) -> bool {
        let line = self.open.get(&connection);
        line.is_some_and(|line| line.nobody.contains(address))
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
        let Some(line) = line.filter(|line| line.first() == Some(request)) else {
            return;
        };
        let Some(first) = line.pop_command() else {
            return;
        };
        if !line.closing {
            line.answers.push_back(first.deadline);
            line.out.push_back((hold, Entry::Answer(request, answer)));
            self.dirty.insert(connection);
            self.held.insert(connection);
        }
        self.runnable.insert(connection);
        self.schedule(connection);
    }

    /// A command was answered, but what it has asked for is on its way to another home, whatever becomes of the batch.
    pub(super) fn doubt(&mut self, connection: ConnectionId, request: RequestId) {
        let line = self.open.get_mut(&connection);
        let mut out = line.into_iter().flat_map(|line| line.out.iter_mut());
        let answer = out.find_map(|(_, entry)| match entry {
            Entry::Answer(of, answer) if *of == request => Some(answer),
            _ => None,
        });
        if let Some(answer) = answer {
            *answer = Err(Refusal::Uncertain);
        }
    }

    /// Something to be sent once `hold` is kept, behind what is to be sent before. Answers are given by
    /// [`answer`](Self::answer).
    pub(super) fn push_out(&mut self, connection: ConnectionId, hold: BatchId, entry: Entry) {
        let Some(line) = self.open.get_mut(&connection) else {
            return;
        };
        if !line.closing {
            line.held_bytes += entry.size();
            line.out.push_back((hold, entry));
            self.dirty.insert(connection);
            self.held.insert(connection);
        } else if let Entry::Read(request, _) = entry
            && line.first() == Some(request)
        {
            // It need not be read, since nobody is there to be answered.
            line.pop_command();
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

    /// The next thing to leave the line, if what it depends on is decided.
    pub(super) fn take_out(&mut self, connection: ConnectionId, decided: BatchId) -> Option<Entry> {
        let line = self.open.get_mut(&connection)?;
        let (hold, _) = line.out.front()?;
        if *hold > decided {
            return None;
        }
        let (_, entry) = line.out.pop_front()?;
        line.held_bytes -= entry.size();
        if matches!(entry, Entry::Answer(..)) {
            line.answers.pop_front();
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
                let held_bytes = &mut line.held_bytes;
                line.out.retain_mut(|(hold, entry)| match entry {
                    _ if *hold != batch => true,
                    Entry::Answer(_, answer) => {
                        if *answer != Err(Refusal::Uncertain) {
                            *answer = Err(Refusal::Store);
                        }
                        true
                    }
                    // Reading is as right as before.
                    Entry::Read(..) | Entry::Backlog => true,
                    Entry::Event(_) | Entry::Offer(_) => {
                        *held_bytes -= entry.size();
                        false
                    }
                });
            }
            if line.out.iter().any(|(hold, _)| *hold > batch) {
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
            let overdue = line.take_overdue();
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
        line.map_or(0, |line| line.sent_bytes + line.held_bytes)
    }

    /// Brings the deadline of a line up to date.
    fn schedule(&mut self, connection: ConnectionId) {
        let Some(line) = self.open.get_mut(&connection) else {
            return;
        };
        let first = line.commands.front().map(|first| first.deadline);
        let next = line.answers.front().copied().or(first);
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

impl Line {
    /// The first command, which is being carried out or waits to be.
    fn first(&self) -> Option<RequestId> {
        self.commands.front().map(|first| first.request)
    }

    fn pop_command(&mut self) -> Option<Queued> {
        self.looking_up = false;
        self.nobody.clear();
        self.commands.pop_front()
    }

    /// Nothing of it is sent; whether a page was to be read for the first command, which then never is.
    fn clear_out(&mut self) -> bool {
        self.answers.clear();
        self.held_bytes = 0;
        let mut dropped = self.out.drain(..);
        dropped.any(|(_, entry)| matches!(entry, Entry::Read(..)))
    }

    /// The first thing whose time is up, and how it is answered.
    fn take_overdue(&mut self) -> Option<(RequestId, Refusal)> {
        if self.answers.pop_front().is_some() {
            let mut out = self.out.iter();
            let at = out.position(|(_, entry)| matches!(entry, Entry::Answer(..)))?;
            return match self.out.remove(at)?.1 {
                Entry::Answer(request, Err(refusal)) => Some((request, refusal)),
                // What was carried out is kept, or it is not: that is seen later.
                Entry::Answer(request, Ok(_)) => Some((request, Refusal::Uncertain)),
                _ => None,
            };
        }
        let first = self.pop_command()?;
        let refusal = match first.command {
            Some(Ok(_)) => Refusal::Store,
            Some(Err(refusal)) => refusal,
            // What was begun may happen yet.
            None => Refusal::Uncertain,
        };
        Some((first.request, refusal))
    }
}
