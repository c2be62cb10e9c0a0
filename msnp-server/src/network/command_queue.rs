//! `CommandQueue`: the commands of one connection, of which the first is being carried out or waits to be.

use std::collections::{BTreeSet, VecDeque};

use machine_contract::Instant;

use super::command::{Command, RequestId};
use super::entry::Next;
use super::refusal::Refusal;
use crate::identity::Address;

/// The commands of a connection, in their order.
#[derive(Debug, Default)]
pub(super) struct CommandQueue {
    commands: VecDeque<Queued>,
    /// Addresses of the first command that lead to nobody.
    nobody: BTreeSet<Address>,
    looking_up: bool,
}

#[derive(Debug)]
struct Queued {
    request: RequestId,
    /// `None` while it is being carried out.
    command: Option<Result<Box<Command>, Refusal>>,
    deadline: Instant,
}

impl CommandQueue {
    /// A command, behind those that wait.
    pub(super) fn push(
        &mut self,
        request: RequestId,
        command: Result<Box<Command>, Refusal>,
        deadline: Instant,
    ) {
        self.commands.push_back(Queued {
            request,
            command: Some(command),
            deadline,
        });
    }

    pub(super) fn len(&self) -> usize {
        self.commands.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Drops all of them.
    pub(super) fn clear(&mut self) {
        self.commands.clear();
    }

    /// The first command, which is being carried out or waits to be.
    pub(super) fn first(&self) -> Option<RequestId> {
        self.commands.front().map(|first| first.request)
    }

    /// By when the first command has to be answered.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.commands.front().map(|first| first.deadline)
    }

    /// Takes the first command out, which stays the first. `None`: there is no command at all.
    pub(super) fn next(&mut self) -> Option<Next> {
        if self.looking_up {
            return Some(Next::Nothing);
        }
        let first = self.commands.front_mut()?;
        Some(match first.command.take() {
            Some(Ok(command)) => Next::Command(first.request, command),
            Some(Err(refusal)) => Next::Refused(first.request, refusal),
            None => Next::Nothing,
        })
    }

    /// The first command has to wait.
    pub(super) fn put_back(&mut self, command: Box<Command>) {
        if let Some(first) = self.commands.front_mut() {
            first.command = Some(Ok(command));
        }
    }

    /// Nothing is left to do for the first command; gives its deadline.
    pub(super) fn finish_first(&mut self) -> Option<Instant> {
        Some(self.pop()?.deadline)
    }

    /// The addresses of the first command are being looked up.
    pub(super) const fn look_up(&mut self) {
        self.looking_up = true;
    }

    /// They were looked up for that command; these lead to nobody. `false` if it does not wait for them any more.
    pub(super) fn looked_up(&mut self, request: RequestId, nobody: Vec<Address>) -> bool {
        let waits = self.first() == Some(request) && self.looking_up;
        if waits {
            self.looking_up = false;
            self.nobody.extend(nobody);
        }
        waits
    }

    /// Whether the address was looked up for the first command, and leads to nobody.
    pub(super) fn leads_to_nobody(&self, address: &Address) -> bool {
        self.nobody.contains(address)
    }

    /// The first command, whose time is up, and how it is answered.
    pub(super) fn take_overdue(&mut self) -> Option<(RequestId, Refusal)> {
        let first = self.pop()?;
        let refusal = match first.command {
            Some(Ok(_)) => Refusal::Store,
            Some(Err(refusal)) => refusal,
            // What was begun may happen yet.
            None => Refusal::Uncertain,
        };
        Some((first.request, refusal))
    }

    fn pop(&mut self) -> Option<Queued> {
        self.looking_up = false;
        self.nobody.clear();
        self.commands.pop_front()
    }
}
