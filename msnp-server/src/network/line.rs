//! Lines: the connections, with the commands that wait on them and what is to be sent to them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use machine_contract::Instant;

use super::command::{Answer, Command, ConnectionId, Refusal, RequestId};
use super::event::Event;
use super::inbox::Backlog;
use super::message::Kept;
use super::store::{BatchId, Read};
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
    bytes: usize,
}

#[derive(Debug)]
struct Queued {
    request: RequestId,
    /// `None` while it is being carried out.
    command: Option<Result<Box<Command>, Refusal>>,
    deadline: Instant,
}

/// Something that leaves a connection in its turn.
#[derive(Debug)]
pub(super) enum Entry {
    Answer(RequestId, Result<Answer, Refusal>),
    Event(Event),
    /// To be shown to the endpoint's inbox.
    Offer(Kept),
    /// To be read, for a command.
    Read(RequestId, Read),
    /// To be read, for the endpoint's inbox.
    Backlog(Backlog),
}

/// What the first command of a line is waiting for.
#[derive(Debug)]
pub(super) enum Next {
    /// To be carried out.
    Command(RequestId, Box<Command>),
    /// To be answered so.
    Refused(RequestId, Refusal),
    /// The connection is closed, and nothing is left to do.
    Gone,
    Nothing,
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
            self.deadlines.insert((deadline, connection));
            self.runnable.insert(connection);
        }
        line.commands.push_back(Queued {
            request,
            command: Some(command),
            deadline,
        });
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
            line.out.clear();
            self.runnable.insert(connection);
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
        if let Some(first) = line.commands.front() {
            self.deadlines.remove(&(first.deadline, connection));
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

    /// They were looked up; these lead to nobody.
    pub(super) fn looked_up(
        &mut self,
        connection: ConnectionId,
        nobody: impl Iterator<Item = Address>,
    ) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.looking_up = false;
            line.nobody.extend(nobody);
            self.runnable.insert(connection);
        }
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
        let Some(line) = self.open.get_mut(&connection) else {
            return;
        };
        if line
            .commands
            .front()
            .is_none_or(|first| first.request != request)
        {
            return;
        }
        let Some(first) = line.commands.pop_front() else {
            return;
        };
        self.deadlines.remove(&(first.deadline, connection));
        line.looking_up = false;
        line.nobody.clear();
        if let Some(next) = line.commands.front() {
            self.deadlines.insert((next.deadline, connection));
        }
        self.runnable.insert(connection);
        self.push_out(connection, hold, Entry::Answer(request, answer));
    }

    /// Something to be sent once `hold` is kept, behind what is to be sent before.
    pub(super) fn push_out(&mut self, connection: ConnectionId, hold: BatchId, entry: Entry) {
        let Some(line) = self.open.get_mut(&connection).filter(|line| !line.closing) else {
            return;
        };
        line.out.push_back((hold, entry));
        self.dirty.insert(connection);
        self.held.insert(connection);
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
        line.out.pop_front().map(|(_, entry)| entry)
    }

    /// That batch is kept, or not: what depends on it may leave, or never does. Answers become
    /// refusals.
    pub(super) fn decide(&mut self, batch: BatchId, kept: bool) {
        for connection in std::mem::take(&mut self.held) {
            let Some(line) = self.open.get_mut(&connection) else {
                continue;
            };
            if !kept {
                line.out.retain_mut(|(hold, entry)| match entry {
                    _ if *hold != batch => true,
                    Entry::Answer(_, answer) => {
                        *answer = Err(Refusal::Store);
                        true
                    }
                    // Reading is as right as before.
                    Entry::Read(..) | Entry::Backlog(_) => true,
                    Entry::Event(_) | Entry::Offer(_) => false,
                });
            }
            if line.out.iter().any(|(hold, _)| *hold > batch) {
                self.held.insert(connection);
            }
            self.dirty.insert(connection);
        }
    }

    /// The first command whose time is up; whether it was begun.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Option<(ConnectionId, RequestId, bool)> {
        let (at, connection) = self.deadlines.first().copied()?;
        if at > now {
            return None;
        }
        let line = self.open.get(&connection)?;
        let first = line.commands.front()?;
        Some((connection, first.request, first.command.is_none()))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Counts what is sent to a connection at once.
    pub(super) fn add_bytes(&mut self, connection: ConnectionId, bytes: usize) {
        if let Some(line) = self.open.get_mut(&connection) {
            line.bytes += bytes;
            self.told.insert(connection);
        }
    }

    /// All that was to be sent has been taken: the counts begin anew.
    pub(super) fn rest(&mut self) {
        for connection in std::mem::take(&mut self.told) {
            if let Some(line) = self.open.get_mut(&connection) {
                line.bytes = 0;
            }
        }
    }

    pub(super) fn bytes(&self, connection: ConnectionId) -> usize {
        self.open.get(&connection).map_or(0, |line| line.bytes)
    }
}
