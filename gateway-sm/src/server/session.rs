//! One session's queue and its waiting requests: which reply may take which frames, and when. Knows no HTTP.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderValue;

use super::identity::Identity;
use super::{ExchangeId, Peer};
use machine_contract::Instant;

/// The server's side of one session.
///
/// Frames leave in the order in which the application sent them: at most one reply that carries
/// any is on its way at a time, so a lost one can be put back in front of everything later.
pub(super) struct ServerSession {
    pub(super) identity: Identity,
    pub(super) peer: Option<Peer>,
    pub(super) skype_id: Option<HeaderValue>,
    /// Something has changed since its replies were last collected.
    pub(super) stirred: bool,
    /// The deadline under which the gateway has filed this session.
    pub(super) filed: Option<Instant>,
    /// Nobody but the client of the opening exchange can know the id yet.
    pub(super) opening: Option<ExchangeId>,
    queue: VecDeque<Bytes>,
    queued: usize,
    /// The reply that carries frames and is neither sent nor lost yet, and how many bytes.
    flying: Option<(ExchangeId, usize)>,
    /// Replies on their way, with frames or without.
    unconfirmed: usize,
    poll: Option<Held>,
    posts: VecDeque<Waiting>,
    end: End,
    quiet_since: Instant,
}

/// A poll that is held until there is something to say.
struct Held {
    exchange: ExchangeId,
    until: Instant,
}

/// A request that is answered as soon as the application has said all it had to say to it.
struct Waiting {
    exchange: ExchangeId,
    answered: bool,
    /// A poll with a body: held for this long once answered, if there is nothing to say.
    then_hold: Duration,
    give_up: Instant,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum End {
    /// Alive.
    No,
    /// Ended; the client does not know it yet.
    Untold,
    /// A reply with `Session=close` and all that was left has been written.
    Told,
}

/// A reply that is due: to whom, with what.
pub(super) struct Due {
    pub(super) exchange: ExchangeId,
    pub(super) frames: Bytes,
    /// `Session=close`.
    pub(super) close: bool,
}

impl ServerSession {
    pub(super) fn new(
        identity: Identity,
        peer: Option<Peer>,
        opening: ExchangeId,
        now: Instant,
    ) -> Self {
        Self {
            identity,
            peer,
            skype_id: None,
            stirred: false,
            filed: None,
            opening: Some(opening),
            queue: VecDeque::new(),
            queued: 0,
            flying: None,
            unconfirmed: 0,
            poll: None,
            posts: VecDeque::new(),
            end: End::No,
            quiet_since: now,
        }
    }

    /// Frames for the client, whole ones.
    pub(super) fn enqueue(&mut self, frames: Bytes) {
        self.queued += frames.len();
        self.queue.push_back(frames);
    }

    /// Bytes that the client has not got yet, as far as is known.
    pub(super) fn backlog(&self) -> usize {
        self.queued + self.flying.map_or(0, |(_, bytes)| bytes)
    }

    /// Waits for `answered`, at most until `give_up`; is then held for `then_hold` if there is
    /// nothing to say.
    pub(super) fn wait(
        &mut self,
        exchange: ExchangeId,
        answered: bool,
        then_hold: Duration,
        give_up: Instant,
    ) {
        self.posts.push_back(Waiting {
            exchange,
            answered,
            then_hold,
            give_up,
        });
    }

    /// The application has nothing more to say to this request.
    pub(super) fn answered(&mut self, exchange: ExchangeId) {
        if let Some(post) = self.posts.iter_mut().find(|post| post.exchange == exchange) {
            post.answered = true;
        }
    }

    /// The held poll, which gives way to what has come instead.
    pub(super) fn displace_poll(&mut self) -> Option<Due> {
        let held = self.poll.take()?;
        Some(self.depart(held.exchange, Bytes::new()))
    }

    pub(super) fn end(&mut self) {
        self.end = End::Untold;
        for post in &mut self.posts {
            post.answered = true;
            post.then_hold = Duration::ZERO;
        }
    }

    /// Everything not delivered, for the application.
    pub(super) fn take_unsent(&mut self) -> Vec<Bytes> {
        self.queued = 0;
        std::mem::take(&mut self.queue).into()
    }

    /// Collects the replies that can leave now, joining frames up to `max_reply` bytes.
    pub(super) fn collect(&mut self, max_reply: usize, now: Instant, due: &mut Vec<Due>) {
        let mut waiting = std::mem::take(&mut self.posts);
        while let Some(post) = waiting.pop_front() {
            let timed_out = post.give_up <= now;
            // An ended session says so in its last reply, so that waits for those before it.
            let no_gate = self.queue.is_empty() && self.end == End::No;
            let may_leave = post.answered && (no_gate || self.flying.is_none());
            if !timed_out && !may_leave {
                self.posts.push_back(post);
            } else if self.queue.is_empty() && !post.then_hold.is_zero() {
                due.extend(self.displace_poll());
                self.hold(post.exchange, now + post.then_hold);
            } else {
                let frames = self.take_frames(max_reply);
                due.push(self.depart(post.exchange, frames));
            }
        }
        if let Some(held) = &self.poll {
            // What is queued while a post is being worked on belongs to that post's reply.
            let to_say = !self.queue.is_empty() && self.posts.is_empty();
            let free = self.flying.is_none() && (to_say || self.end != End::No);
            if free || held.until <= now {
                let exchange = held.exchange;
                self.poll = None;
                let frames = self.take_frames(max_reply);
                due.push(self.depart(exchange, frames));
            }
        }
    }

    /// Holds a poll, in place of the one that was held (see [`Self::displace_poll`]).
    pub(super) fn hold(&mut self, exchange: ExchangeId, until: Instant) {
        self.poll = Some(Held { exchange, until });
    }

    /// A reply was written whole.
    pub(super) fn reply_sent(&mut self, exchange: ExchangeId, close: bool, now: Instant) {
        self.landed(exchange, now);
        if close && self.queue.is_empty() && self.flying.is_none() {
            self.end = End::Told;
        }
    }

    /// A reply did not reach the client: its frames go back in front.
    pub(super) fn reply_lost(&mut self, exchange: ExchangeId, frames: Bytes, now: Instant) {
        self.landed(exchange, now);
        if !frames.is_empty() {
            self.queued += frames.len();
            self.queue.push_front(frames);
        }
    }

    /// The client of a request that had no reply yet went away.
    pub(super) fn forget(&mut self, exchange: ExchangeId, now: Instant) {
        self.quiet_since = now;
        self.posts.retain(|post| post.exchange != exchange);
        if self
            .poll
            .as_ref()
            .is_some_and(|held| held.exchange == exchange)
        {
            self.poll = None;
        }
    }

    pub(super) fn ended(&self) -> bool {
        self.end != End::No
    }

    /// Nothing is left to do for it: the client knows, and no request is in progress.
    pub(super) fn finished(&self) -> bool {
        self.end == End::Told && self.idle()
    }

    /// Requests in progress besides the held poll.
    pub(super) fn posts(&self) -> usize {
        self.posts.len()
    }

    /// Whether a request has no reply yet.
    pub(super) fn busy(&self) -> bool {
        self.poll.is_some() || !self.posts.is_empty()
    }

    /// When it dies of silence. A request in progress, a held poll too, counts as activity.
    pub(super) fn expiry(&self, timeout: Duration) -> Option<Instant> {
        self.idle().then(|| self.quiet_since + timeout)
    }

    /// When something has to be done if nothing happens before.
    pub(super) fn deadline(&self, timeout: Duration) -> Option<Instant> {
        let held = self.poll.iter().map(|held| held.until);
        let posts = self.posts.iter().map(|post| post.give_up);
        held.chain(posts).chain(self.expiry(timeout)).min()
    }

    fn idle(&self) -> bool {
        !self.busy() && self.unconfirmed == 0
    }

    fn landed(&mut self, exchange: ExchangeId, now: Instant) {
        self.quiet_since = now;
        self.unconfirmed = self.unconfirmed.saturating_sub(1);
        if self.flying.is_some_and(|(flying, _)| flying == exchange) {
            self.flying = None;
        }
    }

    fn depart(&mut self, exchange: ExchangeId, frames: Bytes) -> Due {
        self.unconfirmed += 1;
        let last = self.queue.is_empty() && self.flying.is_none();
        if !frames.is_empty() {
            self.flying = Some((exchange, frames.len()));
        }
        Due {
            exchange,
            frames,
            close: self.ended() && last,
        }
    }

    /// The next body: whole pieces as the application sent them, up to `most` bytes, or one larger
    /// piece; the whole rest of an ended session, which gets no second chance. Nothing while
    /// another reply with frames is on its way.
    fn take_frames(&mut self, most: usize) -> Bytes {
        if self.flying.is_some() {
            return Bytes::new();
        }
        let most = if self.ended() { usize::MAX } else { most };
        let Some(first) = self.queue.pop_front() else {
            return Bytes::new();
        };
        self.queued -= first.len();
        let Some(second) = self.queue.front() else {
            return first;
        };
        if first.len() + second.len() > most {
            return first;
        }
        let mut body = BytesMut::with_capacity((first.len() + self.queued).min(most));
        body.extend_from_slice(&first);
        while let Some(next) = self.queue.front()
            && body.len() + next.len() <= most
        {
            body.extend_from_slice(next);
            self.queued -= next.len();
            self.queue.pop_front();
        }
        body.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::Exchange;
    use super::*;

    #[test]
    fn a_held_session_is_small() {
        // 10,000 of them, with their exchanges and their places in the maps, within 10 MB.
        let held = size_of::<ServerSession>() + size_of::<Exchange>();
        assert!(held <= 640, "{held} bytes");
    }
}
