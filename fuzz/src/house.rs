//! The whole server with its store, as a shell runs it; what becomes of what it wants is somebody else's decision.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId};
use http::{Request, Response};
use machine_contract::{Instant, Prng, StreamAsk, StreamId, UnixTime};
use msnp_server::identity::HomeId;
use msnp_server::network::StoreFailed;
use msnp_server::{
    AccessCheck, Caller, CheckId, Config, Effect, Entropy, Memory, Now, Server, Verdict,
};
use simulation::HOST;

use crate::known_people::{known_people, verdict};
use crate::trace::Trace;

/// 2015-03-16T00:13:18Z.
const START: UnixTime = UnixTime::from_millis(1_426_464_798_000);
/// Bounds that a few inputs can meet.
const SESSIONS: usize = 6;
const QUEUED: usize = 192 * 1024;
const QUEUED_BY_ALL: usize = 256 * 1024;
/// What a face may still say above a bound that it only looks at before it says something.
const SLACK: usize = 256 * 1024;

/// What the store does with what it is asked for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// All of it, at once.
    Prompt,
    /// Nothing until it is let.
    Slow,
    /// It refuses all.
    Failing,
}

/// Server and store.
pub(crate) struct House {
    server: Server,
    memory: Memory,
    now: Instant,
    store: Store,
    /// What the store, and whoever checks passwords, have not done yet.
    work: VecDeque<Effect>,
    exchanges: u64,
    /// Those that have no reply.
    unanswered: BTreeSet<ExchangeId>,
    /// Those whose client has gone before there was a reply.
    gone: BTreeSet<ExchangeId>,
    /// Those whose reply was taken, and whose fate is open.
    answered: BTreeSet<ExchangeId>,
    /// Streams, and whether the server has finished them.
    streams: BTreeMap<StreamId, bool>,
    prng: Prng,
    trace: Trace,
}

impl House {
    pub(crate) fn new() -> Self {
        let mut config = Config::new(HOST);
        config.faces.switchboard = format!("{HOST}:1863");
        // A proxy in front speaks https: else nobody would tell a password.
        config.secure_cookies = true;
        config.sessions = SESSIONS;
        config.anonymous_sessions = SESSIONS;
        config.queued_bytes = QUEUED;
        config.queued_bytes_of_all = QUEUED_BY_ALL;
        config.faces.outgoing_bytes = QUEUED / 2;
        config.network.unreceived_bytes = QUEUED / 4;
        let memory = known_people();
        let now = Now {
            monotonic: Instant::ORIGIN,
            wall: START,
        };
        let last_name = memory.last_name(HomeId::default());
        let server = Server::new(&config, last_name, [7; 32], now);
        Self {
            server: server.expect("a configuration that can be used"),
            memory,
            now: Instant::ORIGIN,
            store: Store::Prompt,
            work: VecDeque::new(),
            exchanges: 0,
            unanswered: BTreeSet::new(),
            gone: BTreeSet::new(),
            answered: BTreeSet::new(),
            streams: BTreeMap::new(),
            prng: Prng::from_number(1),
            trace: Trace::default(),
        }
    }

    pub(crate) fn sum(&self) -> u64 {
        self.trace.sum()
    }

    fn time(&self) -> Now {
        let since = self.now.saturating_duration_since(Instant::ORIGIN);
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Now {
            monotonic: self.now,
            wall: UnixTime::from_millis(START.as_millis().saturating_add(millis)),
        }
    }

    /// A request has come.
    pub(crate) fn ask(&mut self, request: Request<Bytes>) -> ExchangeId {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        let mut bytes = [0; Entropy::BYTES];
        for some in bytes.chunks_mut(16) {
            some.copy_from_slice(&self.prng.bytes()[..some.len()]);
        }
        let now = self.time();
        self.unanswered.insert(exchange);
        let entropy = Entropy::new(bytes);
        self.server
            .handle_request(exchange, request, Caller::nowhere(), &entropy, now);
        self.run();
        exchange
    }

    /// The next reply.
    pub(crate) fn reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        loop {
            let (exchange, reply) = self.server.poll_reply()?;
            self.trace.note(exchange.get());
            self.trace.show(&reply);
            // It may have been on its way when its client went.
            if self.gone.remove(&exchange) {
                continue;
            }
            assert!(
                self.unanswered.remove(&exchange),
                "a reply to nobody, or a second one: {reply:?}"
            );
            self.answered.insert(exchange);
            return Some((exchange, reply));
        }
    }

    /// A reply was written.
    pub(crate) fn written(&mut self, exchange: ExchangeId) {
        if self.answered.remove(&exchange) {
            let now = self.time();
            self.server.handle_reply_sent(exchange, now);
            self.run();
        }
    }

    /// Nobody waits for a reply any more.
    pub(crate) fn lost(&mut self, exchange: ExchangeId) {
        let is_unanswered = self.unanswered.remove(&exchange);
        if is_unanswered {
            self.gone.insert(exchange);
        }
        if is_unanswered || self.answered.remove(&exchange) {
            let now = self.time();
            self.server.handle_reply_lost(exchange, now);
            self.run();
        }
    }

    /// Whoever waits for a reply says nothing more, and may be gone.
    pub(crate) fn half_closed(&mut self, exchange: ExchangeId) {
        if self.unanswered.contains(&exchange) {
            let now = self.time();
            self.server.handle_half_closed(exchange, now);
            self.run();
        }
    }

    /// A peer has made a stream.
    pub(crate) fn accept(&mut self) -> Option<StreamId> {
        let now = self.time();
        let id = self.server.handle_accepted(Caller::nowhere(), now)?;
        self.run();
        let before = self.streams.insert(id, false);
        assert!(before.is_none(), "a stream's id is used twice");
        Some(id)
    }

    /// Whether a stream is there.
    pub(crate) fn has(&self, id: StreamId) -> bool {
        self.streams.contains_key(&id)
    }

    /// Whether a stream is to be read.
    pub(crate) fn wants_read(&mut self, id: StreamId) -> bool {
        self.streams.contains_key(&id) && self.server.wants_read(id)
    }

    /// The client of a stream that is to be read says something; nothing is its end.
    pub(crate) fn hear(&mut self, id: StreamId, bytes: &[u8]) {
        let now = self.time();
        if bytes.is_empty() {
            self.server.handle_finished(id, now);
        } else {
            let bytes = Bytes::copy_from_slice(bytes);
            self.server.handle_received(id, bytes, now);
        }
        self.run();
    }

    /// What the server says on a stream, as far as it may be said before the client has taken it; and whether that is all.
    pub(crate) fn speak(&mut self, id: StreamId) -> (Vec<u8>, bool) {
        let Some(is_finished) = self.streams.get(&id).copied() else {
            return (Vec::new(), true);
        };
        let said = self.server.poll_send(id);
        if let Some(bytes) = &said {
            assert!(!bytes.is_empty() && bytes.len() <= 64 * 1024, "a chunk");
            self.trace.note(&bytes[..]);
        }
        let is_all = said.is_none() && is_finished;
        (said.map(|it| it.to_vec()).unwrap_or_default(), is_all)
    }

    /// A stream's client has taken what was said.
    pub(crate) fn taken(&mut self, id: StreamId) {
        if self.has(id) {
            let now = self.time();
            self.server.handle_taken(id, now);
            self.run();
        }
    }

    /// A stream is over.
    pub(crate) fn closed(&mut self, id: StreamId, end: ConnectionEnd) {
        if self.streams.remove(&id).is_some() {
            let now = self.time();
            self.server.handle_closed(id, end, now);
            self.run();
        }
    }

    /// Another store. A prompt one does what waits.
    pub(crate) fn set_store(&mut self, store: Store) {
        self.store = store;
        if store != Store::Slow {
            self.do_all();
            self.run();
        }
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.saturating_add(time);
        let now = self.time();
        self.server.handle_timeout(now);
        let next = self.server.poll_timeout();
        assert!(
            next.is_none_or(|at| at > self.now),
            "the server would spin: it waits for {next:?}"
        );
        self.trace.show(&next);
        self.run();
    }

    pub(crate) fn timeout(&self) -> Option<Instant> {
        self.server.poll_timeout()
    }

    /// The service stops.
    pub(crate) fn shut_down(&mut self) {
        let now = self.time();
        self.server.handle_shutdown(now);
        self.run();
    }

    /// What the server wants, as far as the store lets it; then its bounds.
    fn run(&mut self) {
        for turn in 0.. {
            while let Some(effect) = self.server.poll_effect() {
                match effect {
                    Effect::Log(_) => continue,
                    Effect::Commit(_) => {
                        let is_batch = |it: &Effect| matches!(it, Effect::Commit(_));
                        assert!(!self.work.iter().any(is_batch), "two batches at a time");
                    }
                    Effect::Read(..) | Effect::CheckPassword(_) | Effect::CheckAccess(_) => {}
                }
                self.work.push_back(effect);
            }
            let last = self.work.back();
            assert!(turn < 10_000, "one input has no end of effects: {last:?}");
            if self.store == Store::Slow || !self.do_one() {
                break;
            }
        }
        while let Some(ask) = self.server.poll_stream() {
            match ask {
                StreamAsk::Finish(id) => {
                    let stream = self.streams.get_mut(&id);
                    *stream.expect("a stream that is open") = true;
                }
                StreamAsk::Drop(id) => {
                    let dropped = self.streams.remove(&id);
                    assert!(dropped.is_some(), "a stream is dropped that is not open");
                }
                StreamAsk::Connect { .. } => panic!("the server makes no stream"),
            }
        }
        while self.server.poll_ready().is_some() {}
        assert!(self.server.sessions() <= SESSIONS);
        assert!(self.server.open_streams() <= SESSIONS);
        assert!(self.server.queued_bytes_of_sessions() <= QUEUED_BY_ALL + SLACK);
        assert!(self.server.queued_bytes() <= SESSIONS * QUEUED + SLACK);
    }

    /// The store and the others do all that they were asked for.
    fn do_all(&mut self) {
        while self.do_one() {}
    }

    /// The store is let do one thing. False: it wanted to do none.
    pub(crate) fn let_one(&mut self) -> bool {
        let moved = self.do_one();
        self.run();
        moved
    }

    /// One thing that was wanted is done, or refused. False: there was none.
    fn do_one(&mut self) -> bool {
        let Some(effect) = self.work.pop_front() else {
            return false;
        };
        let now = self.time();
        let fails = self.store == Store::Failing;
        match effect {
            Effect::Commit(batch) => {
                let outcome = if fails { Err(StoreFailed) } else { Ok(()) };
                if !fails {
                    self.memory.commit(&batch);
                }
                self.server.handle_committed(batch.id, outcome, now);
            }
            Effect::Read(id, _) if fails => self.server.handle_read(id, Err(StoreFailed), now),
            Effect::Read(id, read) => {
                let found = self.memory.read(&read);
                self.server.handle_read(id, Ok(found), now);
            }
            Effect::CheckPassword(check) => {
                let verdict = verdict(&self.memory, &check);
                self.verdict_is(check.id, verdict, now);
            }
            Effect::CheckAccess(AccessCheck { id, claim }) => {
                let claimant = self.memory.claimant(&claim);
                let verdict = claimant.map_or(Verdict::Wrong, Verdict::Right);
                self.verdict_is(id, verdict, now);
            }
            Effect::Log(_) => {}
        }
        true
    }

    fn verdict_is(&mut self, check: CheckId, verdict: Verdict, now: Now) {
        let verdict = match self.store {
            Store::Failing => Verdict::Unavailable,
            Store::Prompt | Store::Slow => verdict,
        };
        self.server.handle_password_checked(check, verdict, now);
    }

    /// Everybody has gone, and all is quiet for long: every request was answered, and nobody is left.
    pub(crate) fn end(mut self) {
        self.set_store(Store::Prompt);
        for id in self.streams.keys().copied().collect::<Vec<_>>() {
            self.closed(id, ConnectionEnd::Broken);
        }
        for _ in 0..8 {
            self.pass(Duration::from_secs(121));
            while let Some((exchange, _)) = self.reply() {
                self.written(exchange);
            }
        }
        assert!(
            self.unanswered.is_empty(),
            "requests without a reply: {:?}",
            self.unanswered
        );
        assert_eq!(self.server.sessions(), 0);
        assert_eq!(self.server.connections(), 0);
        assert_eq!(self.server.open_streams(), 0);
        assert_eq!(self.server.queued_bytes(), 0);
        assert_eq!(self.server.queued_bytes_of_sessions(), 0);
    }
}
