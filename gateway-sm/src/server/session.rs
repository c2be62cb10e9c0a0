//! One session's queue and its waiting requests: which reply may take which frames, and when. Knows no HTTP.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;

use super::arrival::{Arrival, Requester};
use super::config::Settings;
use super::event::{ExchangeId, HttpConnection, Peer};
use super::frames::Piece;
use super::identity::Identity;
use super::outgoing::Outgoing;
use super::ready_reply::ReadyReply;
use super::refusal::Refusal;
use super::repeats::Repeats;
use crate::state::{Life, PostsState, ServerSessionState};
use machine_contract::Instant;

/// The server's side of one session.
///
/// Frames leave in the order in which the application sent them: at most one reply that carries
/// any is on its way at a time, so a lost one can be put back in front of everything later.
pub(super) struct ServerSession {
    identity: Identity,
    peer: Option<Peer>,
    skype_id: Option<HeaderValue>,
    /// Nobody but the client of the opening exchange can know the id yet.
    opening: Option<ExchangeId>,
    outgoing: Outgoing,
    /// A held poll stays when the session posts.
    keeps_poll: bool,
    /// Replies on their way, with frames or without.
    unconfirmed: usize,
    poll: Option<HeldPoll>,
    posts: VecDeque<WaitingPost>,
    repeats: Repeats,
    life: Life,
    quiet_since: Instant,
}

/// A poll that is held until there is something to say.
struct HeldPoll {
    to: Requester,
    until: Instant,
    /// The session has posted: it is answered together with the post.
    let_go: bool,
}

/// A request that is answered as soon as the application has said all it had to say to it.
struct WaitingPost {
    to: Requester,
    answered: bool,
    /// A poll with a body: held for this long once answered, if there is nothing to say.
    then_hold: Duration,
    give_up: Instant,
}

impl ServerSession {
    /// A session that this request opens. It waits for the application like a post.
    pub(super) fn new(
        identity: Identity,
        peer: Option<Peer>,
        keeps_poll: bool,
        opening: Arrival,
        settings: &Settings,
        now: Instant,
    ) -> Self {
        let mut session = Self {
            identity,
            peer,
            skype_id: None,
            opening: Some(opening.exchange),
            outgoing: Outgoing::default(),
            keeps_poll,
            unconfirmed: 0,
            poll: None,
            posts: VecDeque::new(),
            repeats: Repeats::default(),
            life: Life::Open,
            quiet_since: now,
        };
        session.wait(opening, Duration::ZERO, now + settings.post_hold);
        session
    }

    /// Takes a later request in. The reply is that of the poll which was held until now and gives way.
    pub(super) fn take(
        &mut self,
        arrival: Arrival,
        settings: &Settings,
        now: Instant,
    ) -> Result<Option<ReadyReply>, Refusal> {
        if self.ended() && arrival.brings.is_some() {
            return Err(Refusal::Ended);
        }
        if settings.strict_serial && self.busy() {
            return Err(Refusal::Busy);
        }
        if self.posts.len() >= settings.max_posts {
            return Err(Refusal::TooManyPosts);
        }
        // Whoever names the session has read the reply to the open, whatever became of it.
        self.opening = None;
        let mut hold = Duration::ZERO;
        let mut displaced = None;
        if let Some(wished) = arrival.poll {
            displaced = self.displace_poll();
            if !self.ended() {
                hold = wished.min(settings.longest_hold);
            }
        } else if let Some(held) = self.poll.as_mut().filter(|_| !self.keeps_poll) {
            // Some clients ask for the next poll a moment after any answer, that to a post too: it would send the held
            // one home, whose answer would call for the next, for ever. So both are answered at once.
            held.let_go = true;
        }
        if arrival.brings.is_some() || hold.is_zero() {
            self.wait(arrival, hold, now + settings.post_hold);
        } else {
            self.hold(Requester::of(&arrival), now + hold);
        }
        Ok(displaced)
    }

    /// Frames for the client, whole ones.
    pub(super) fn enqueue(&mut self, piece: Piece) {
        self.outgoing.push(piece);
    }

    /// Bytes that the client has not got yet, as far as is known.
    pub(super) fn backlog(&self) -> usize {
        self.outgoing.bytes()
    }

    /// The application has nothing more to say to this request.
    pub(super) fn answered(&mut self, exchange: ExchangeId) {
        let both = [exchange, self.repeats.answered(exchange)];
        for post in &mut self.posts {
            post.answered |= both.contains(&post.to.exchange);
        }
    }

    /// The client of this exchange has nothing more to ask by its connection: a poll is not held any longer.
    pub(super) fn release(&mut self, exchange: ExchangeId) {
        for post in &mut self.posts {
            if post.to.exchange == exchange {
                post.then_hold = Duration::ZERO;
            }
        }
        if let Some(held) = self.poll.take_if(|held| held.to.exchange == exchange) {
            self.posts.push_back(WaitingPost {
                to: held.to,
                answered: true,
                then_hold: Duration::ZERO,
                give_up: held.until,
            });
        }
    }

    /// What the client has not got yet, and what is known of the rest.
    pub(super) const fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    /// The application or the client ends it: nobody has anything more to say to what waits.
    pub(super) fn end(&mut self) {
        self.life = Life::Ended;
        for post in &mut self.posts {
            post.answered = true;
            post.then_hold = Duration::ZERO;
        }
    }

    /// Everything not delivered, for the application.
    pub(super) fn take_unsent(&mut self) -> Vec<Bytes> {
        self.outgoing.drain()
    }

    /// Collects the replies that can leave now, joining frames up to `max_reply` bytes.
    pub(super) fn collect(
        &mut self,
        max_reply: usize,
        now: Instant,
        ready: &mut impl Extend<ReadyReply>,
    ) {
        let mut waiting = std::mem::take(&mut self.posts);
        while let Some(post) = waiting.pop_front() {
            let timed_out = post.give_up <= now;
            // What is queued leaves in order: while frames are on their way, none may overtake them. An ended
            // session says so in its last reply, so that waits for those before it.
            let no_gate = !self.outgoing.is_queued() && self.life == Life::Open;
            let may_leave = post.answered && (no_gate || !self.outgoing.is_out());
            if !timed_out && !may_leave {
                self.posts.push_back(post);
            } else if !self.outgoing.is_queued() && !post.then_hold.is_zero() {
                ready.extend(self.displace_poll());
                self.hold(post.to, now + post.then_hold);
            } else {
                let frames = self.take_frames(max_reply);
                ready.extend([self.take_reply(post.to, frames)]);
            }
        }
        if let Some(held) = &self.poll {
            // What is queued while a post is being worked on belongs to that post's reply.
            let to_say = self.outgoing.is_queued() && self.posts.is_empty();
            let free = !self.outgoing.is_out() && (to_say || self.ended());
            let quiet = self.posts.is_empty() && !self.outgoing.is_queued();
            let let_go = held.let_go && quiet && !self.ended();
            if free || let_go || held.until <= now {
                let to = held.to;
                self.poll = None;
                let frames = self.take_frames(max_reply);
                ready.extend([self.take_reply(to, frames)]);
            }
        }
    }

    /// A reply was written whole. Gives the tags of its frames, and the connection that it was written to.
    pub(super) fn reply_sent(
        &mut self,
        exchange: ExchangeId,
        minor: u64,
        close: bool,
        now: Instant,
    ) -> Option<(HttpConnection, Vec<u64>)> {
        if self.is_opened_by(exchange) {
            self.opening = None;
        }
        self.identity.sent(minor);
        self.reply_ended(now);
        let carried = self.outgoing.sent(exchange);
        self.repeats.sent(exchange, self.has_nothing_to_say(), now);
        // Something may have come back after that reply was made: then the client has not got all yet.
        if close && self.has_nothing_to_say() {
            self.life = Life::Told;
        }
        carried.filter(|_| !self.ended())
    }

    /// A reply did not reach the client: its frames go back in front.
    pub(super) fn reply_lost(&mut self, exchange: ExchangeId, frames: Bytes, now: Instant) {
        self.reply_ended(now);
        self.repeats.lost(exchange, now);
        self.outgoing.lost(exchange, frames);
    }

    /// The client of a request that had no reply yet went away.
    pub(super) fn forget(&mut self, exchange: ExchangeId, now: Instant) {
        self.quiet_since = now;
        self.repeats.lost(exchange, now);
        self.posts.retain(|post| post.to.exchange != exchange);
        self.poll.take_if(|held| held.to.exchange == exchange);
    }

    /// What its client is called from now on.
    pub(super) fn set_skype_id(&mut self, skype_id: Option<HeaderValue>) {
        self.skype_id = skype_id;
    }

    /// Whether this exchange has opened it, and nobody is known to have read the reply.
    pub(super) fn is_opened_by(&self, exchange: ExchangeId) -> bool {
        self.opening == Some(exchange)
    }

    /// What the application is to see of the bytes of a request: nothing, if they came before.
    pub(super) fn unless_repeated(
        &mut self,
        arrival: &Arrival,
        bytes: Bytes,
        now: Instant,
    ) -> Bytes {
        self.repeats.filter(arrival, bytes, now)
    }

    /// The lasting part of its id.
    pub(super) fn major(&self) -> u64 {
        self.identity.major()
    }

    /// Whether a client may name it by an id with this minor.
    pub(super) fn knows(&self, minor: u64) -> bool {
        self.identity.knows(minor)
    }

    pub(super) const fn peer(&self) -> Option<Peer> {
        self.peer
    }

    pub(super) fn ended(&self) -> bool {
        self.life != Life::Open
    }

    /// Nothing is left to do for it: the client knows, and no request is in progress.
    pub(super) fn finished(&self) -> bool {
        self.life == Life::Told && self.idle()
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

    pub(super) fn state(&self) -> ServerSessionState {
        let posts = if self.posts.is_empty() {
            PostsState::None
        } else if self.posts.iter().all(|post| post.answered) {
            PostsState::Answered
        } else {
            PostsState::Unanswered
        };
        ServerSessionState {
            life: self.life,
            queued: self.outgoing.is_queued(),
            frames_out: self.outgoing.is_out(),
            posts,
            poll_held: self.poll.is_some(),
        }
    }

    /// Waits for `answered`, at most until `give_up`; is then held for `then_hold` if there is
    /// nothing to say.
    fn wait(&mut self, arrival: Arrival, then_hold: Duration, give_up: Instant) {
        self.posts.push_back(WaitingPost {
            to: Requester::of(&arrival),
            answered: self.repeats.note(&arrival),
            then_hold,
            give_up,
        });
    }

    /// Holds a poll, in place of the one that was held (see [`Self::displace_poll`]).
    fn hold(&mut self, to: Requester, until: Instant) {
        self.poll = Some(HeldPoll {
            to,
            until,
            let_go: false,
        });
    }

    /// The held poll, which gives way to what has come instead.
    fn displace_poll(&mut self) -> Option<ReadyReply> {
        let held = self.poll.take()?;
        Some(self.take_reply(held.to, Piece::default()))
    }

    /// Whether a request has no reply yet.
    fn busy(&self) -> bool {
        self.poll.is_some() || !self.posts.is_empty()
    }

    fn idle(&self) -> bool {
        !self.busy() && self.unconfirmed == 0
    }

    fn reply_ended(&mut self, now: Instant) {
        self.quiet_since = now;
        self.unconfirmed = self.unconfirmed.saturating_sub(1);
    }

    fn has_nothing_to_say(&self) -> bool {
        !self.outgoing.is_queued() && !self.outgoing.is_out()
    }

    fn take_reply(&mut self, to: Requester, piece: Piece) -> ReadyReply {
        self.unconfirmed += 1;
        let last = self.has_nothing_to_say();
        let (exchange, by, minor) = (to.exchange, to.by, to.minor);
        let Piece { frames, tags } = piece;
        self.outgoing.leave(exchange, by, frames.len(), tags);
        ReadyReply {
            exchange,
            frames,
            close: self.ended() && last,
            minor: self.identity.next(minor),
            session: self.identity.id(),
            skype_id: self.skype_id.clone(),
        }
    }

    /// The next body; the whole rest of an ended session, which gets no second chance. Nothing while another
    /// reply with frames is on its way.
    fn take_frames(&mut self, most: usize) -> Piece {
        let most = if self.ended() { usize::MAX } else { most };
        self.outgoing.take(most)
    }
}
