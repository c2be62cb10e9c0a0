//! How much the application may leave untaken, and which requests wait until it takes something.

use super::lane::{Poll, Post};
use super::{Flow, Session, State};
use crate::session::event::Event;

impl Session {
    /// Every event goes through here. Only inputs have something to tell, so what is undrained now is
    /// also what the outputs after this input go by.
    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
        self.undrained = self.events.held();
    }

    /// An input: events taken since the last one have made room. Taking them alone changes nothing, since
    /// one output must not change what another gives.
    pub(super) fn look(&mut self) {
        self.undrained = self.events.held();
    }

    /// Whether a poll may be made while so much is undrained. A probe is made for the sake of the posts
    /// behind it, and waits when they do.
    pub(super) fn has_room_for_poll(&self, undrained: usize) -> bool {
        match self.flow {
            Flow::Probing => self.has_room_for_post(undrained),
            Flow::Serial | Flow::Parallel => undrained <= self.config.limits.undrained,
        }
    }

    /// The same for a post. Its reply may bring as much as a poll's: without an end to them, an
    /// application that sends and takes nothing would have it all kept here. Good-byes never wait.
    pub(super) fn has_room_for_post(&self, undrained: usize) -> bool {
        self.leaving || undrained <= self.config.limits.undrained.saturating_mul(2)
    }

    /// Whether a request waited for room at the last input and has it now.
    pub(super) fn has_found_room(&self) -> bool {
        let (then, now) = (self.undrained, self.events.held());
        let post_waits = match (&self.post, &self.state) {
            (Post::Ready(Some(_)), _) => true,
            (Post::Ready(None), State::Live(_)) => !self.outbox.is_empty(),
            _ => false,
        };
        let poll_waits = matches!(self.poll, Poll::Due);
        (poll_waits && !self.has_room_for_poll(then) && self.has_room_for_poll(now))
            || (post_waits && !self.has_room_for_post(then) && self.has_room_for_post(now))
    }
}
