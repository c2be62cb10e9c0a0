//! `Inbox`: what the application has not taken yet, in bytes, and which requests that leaves room for.

use super::event::{Event, SendId};
use super::outbox::SendIds;
use machine_contract::{EventQueue, Failure};

/// The events that wait for the application.
pub(super) struct Inbox {
    events: EventQueue<Event>,
    /// Bytes of events at the last input: what requests go by.
    noticed: usize,
    limit: usize,
}

/// What may be asked for while so much waits. The later include the earlier.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// Last words, which never wait.
    Goodbye,
    /// Posts: their replies may bring as much as a poll's, so they have an end as well. Without it, an
    /// application that sends and takes nothing would have it all kept here.
    Posts,
    /// Polls, whose only purpose is to hear more.
    Polls,
}

impl Inbox {
    /// `limit`: above so many bytes no poll is made, above twice as many no post.
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            events: EventQueue::new(Event::heap),
            noticed: 0,
            limit,
        }
    }

    /// Only inputs have something to tell, so what waits now is also what the outputs after this input go
    /// by.
    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
        self.notice();
    }

    /// An input: events taken since the last one have made room. Taking them alone changes nothing, since
    /// one output must not change what another gives.
    pub(super) fn notice(&mut self) {
        self.noticed = self.events.held();
    }

    pub(super) fn take(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// These were sent.
    pub(super) fn tell_sent(&mut self, ids: SendIds) {
        for id in ids {
            self.tell(Event::Sent(SendId::new(id)));
        }
    }

    /// These were not, as far as that is known.
    pub(super) fn tell_unsent(&mut self, ids: SendIds, fate: Failure) {
        for id in ids {
            let id = SendId::new(id);
            self.tell(Event::Unsent { id, fate });
        }
    }

    /// The room at the last input.
    pub(super) fn room(&self) -> Room {
        self.room_beside(self.noticed)
    }

    /// Whether there was too little room for something at the last input, and the next will find enough.
    pub(super) fn has_found(&self, needed: Room) -> bool {
        self.room() < needed && needed <= self.room_beside(self.events.held())
    }

    fn room_beside(&self, bytes: usize) -> Room {
        if bytes <= self.limit {
            Room::Polls
        } else if bytes <= self.limit.saturating_mul(2) {
            Room::Posts
        } else {
            Room::Goodbye
        }
    }
}
