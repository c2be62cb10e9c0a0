//! `Work`: what waits for a person or a thread.

use std::collections::VecDeque;

use super::command::ConnectionId;
use super::letter::Letter;
use super::refusal::Refusal;
use super::turn::Turn;

/// Something that is to be done with a person or a thread.
#[derive(Debug)]
pub(super) enum Work {
    /// The first command of that line.
    Line(ConnectionId),
    /// Reading a letter.
    Letter(Letter),
}

/// Puts something behind what waits for a person or a thread.
///
/// A line waits once at most, since it waits with its first command. Of the letters, only what can be refused is, if
/// `most` wait already: answers, and what is kept for somebody who was not asked, must never be missing.
pub(super) fn queue(queue: &mut VecDeque<Work>, work: Work, most: usize, turn: &mut Turn) {
    match &work {
        Work::Line(connection) => {
            let waits = |one: &Work| matches!(one, Work::Line(other) if other == connection);
            if queue.iter().any(waits) {
                return;
            }
        }
        Work::Letter(letter) => {
            if queue.len() >= most && letter.may_be_refused() {
                turn.post_reply(letter, Refusal::Busy);
                return;
            }
            // Who waits for a store that hangs would be told of every change in between.
            queue.retain(|one| !matches!(one, Work::Letter(before) if letter.outdates(before)));
        }
    }
    queue.push_back(work);
}
