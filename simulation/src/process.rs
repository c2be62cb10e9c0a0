//! `Process`: the server machine and the shell around it, as one host.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Request, Response};
use machine_contract::{Instant, Prng};
use msnp_server::identity::{Address, HomeId};
use msnp_server::{
    AccessCheck, Account, Caller, CheckId, Claimant, Config, Effect, Entropy, Log, Memory, Now,
    PasswordCheck, Server, Verdict,
};
use simulation_kit::{ExchangeNumber, Host, Peer, Time};

use crate::account::PASSWORD;
use crate::store::{Outcome, Store, StoreFaults, UnderWay};

/// How long it takes to check a password.
const PASSWORD_CHECK: Duration = Duration::from_millis(50);

/// The server's process: what `msnp-service` is, without threads, sockets and files.
///
/// The password hash of an account is the password itself. Anybody may use the IM web service, with [`PASSWORD`].
#[derive(Debug)]
pub struct Process {
    server: Server,
    config: Config,
    store: Store,
    prng: Prng,
    checks: Vec<(Instant, CheckId, Verdict)>,
    log: Vec<Log>,
}

impl Process {
    /// A server over a store that has what `memory` has.
    ///
    /// # Panics
    /// If the configuration cannot be used.
    pub fn new(config: Config, memory: Memory, seed: u64, time: Time) -> Self {
        let mut prng = Prng::from_number(seed);
        let store = Store::new(memory, Prng::from_number(prng.number()));
        let server = server(&config, &store, &mut prng, time);
        Self {
            server,
            config,
            store,
            prng,
            checks: Vec::new(),
            log: Vec::new(),
        }
    }

    /// What the store has.
    pub const fn memory(&self) -> &Memory {
        self.store.memory()
    }

    /// How many batches were kept, by all processes.
    pub const fn committed(&self) -> usize {
        self.store.committed()
    }

    /// How many batches failed, by all processes.
    pub const fn failed(&self) -> usize {
        self.store.failed()
    }

    /// What the server has logged since it started.
    pub fn log(&self) -> &[Log] {
        &self.log
    }

    /// The server.
    pub const fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn set_store_faults(&mut self, faults: StoreFaults, time: Time) {
        self.store.set_faults(faults, time.monotonic);
    }

    /// Everybody is told that it stops.
    pub fn shut_down(&mut self, time: Time) {
        self.server.handle_shutdown(now(time));
    }

    /// The process ends without a word and another one starts, which knows what the store does.
    pub fn restart(&mut self, under_way: UnderWay, time: Time) {
        self.store.crash(under_way);
        self.checks.clear();
        self.log.clear();
        self.server = server(&self.config, &self.store, &mut self.prng, time);
    }

    /// Does what the server wants, until there is nothing more to be done at this moment.
    fn work(&mut self, time: Time) {
        loop {
            while let Some(effect) = self.server.poll_effect() {
                match effect {
                    Effect::Commit(batch) => self.store.commit(batch, time.monotonic),
                    Effect::Read(id, read) => self.store.read(id, read, time.monotonic),
                    Effect::CheckPassword(check) => self.check(&check, time.monotonic),
                    Effect::CheckAccess(check) => self.check_access(&check, time.monotonic),
                    Effect::Log(line) => self.log.push(line),
                }
            }
            match self.store.poll(time.monotonic) {
                Some(Outcome::Committed(batch, outcome)) => {
                    self.server.handle_committed(batch, outcome, now(time));
                }
                Some(Outcome::Read(read, outcome)) => {
                    self.server.handle_read(read, outcome, now(time));
                }
                None => return,
            }
        }
    }

    fn check(&mut self, check: &PasswordCheck, now: Instant) {
        let verdict = match &check.account {
            Claimant::Person(address) => {
                let address = Address::Email(address.clone());
                let account = self.store.memory().account_by_address(&address);
                let is_right = |it: &&Account| it.password_hash.expose() == check.password.expose();
                account
                    .filter(is_right)
                    .map_or(Verdict::Wrong, |it| Verdict::Right(it.who.clone()))
            }
            Claimant::ServiceUser(_) if check.password.expose() == PASSWORD => {
                Verdict::RightUser { is_on_trial: false }
            }
            Claimant::ServiceUser(_) => Verdict::Wrong,
        };
        self.checks.push((now + PASSWORD_CHECK, check.id, verdict));
    }

    fn check_access(&mut self, check: &AccessCheck, now: Instant) {
        let claimant = self.store.memory().claimant(&check.claim);
        let verdict = claimant.map_or(Verdict::Wrong, Verdict::Right);
        self.checks.push((now, check.id, verdict));
    }
}

impl Host for Process {
    fn handle_request(
        &mut self,
        exchange: ExchangeNumber,
        _: Peer,
        request: Request<Bytes>,
        time: Time,
    ) {
        let mut bytes = [0; Entropy::BYTES];
        for some in bytes.chunks_mut(16) {
            some.copy_from_slice(&self.prng.bytes()[..some.len()]);
        }
        let (exchange, entropy) = (ExchangeId::new(exchange.0), Entropy::new(bytes));
        self.server
            .handle_request(exchange, request, Caller::nowhere(), &entropy, now(time));
    }

    fn handle_reply_sent(&mut self, exchange: ExchangeNumber, time: Time) {
        self.server
            .handle_reply_sent(ExchangeId::new(exchange.0), now(time));
    }

    fn handle_reply_lost(&mut self, exchange: ExchangeNumber, time: Time) {
        self.server
            .handle_reply_lost(ExchangeId::new(exchange.0), now(time));
    }

    fn handle_timeout(&mut self, time: Time) {
        let done = |(at, _, _): &mut (Instant, CheckId, Verdict)| *at <= time.monotonic;
        for (_, check, verdict) in self.checks.extract_if(.., done).collect::<Vec<_>>() {
            self.server
                .handle_password_checked(check, verdict, now(time));
        }
        let mut due = self.server.poll_timeout();
        if due.is_some_and(|at| at <= time.monotonic) {
            self.server.handle_timeout(now(time));
            due = self.server.poll_timeout();
            let later = due.is_none_or(|at| at > time.monotonic);
            assert!(later, "the server would spin: it waits for {due:?}");
        }
        self.work(time);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let checks = self.checks.iter().map(|(at, _, _)| *at);
        let others = [self.server.poll_timeout(), self.store.timeout()];
        checks.chain(others.into_iter().flatten()).min()
    }

    fn poll_reply(&mut self, time: Time) -> Option<(ExchangeNumber, Response<Bytes>)> {
        self.work(time);
        let (exchange, reply) = self.server.poll_reply()?;
        Some((ExchangeNumber(exchange.get()), reply))
    }
}

fn server(config: &Config, store: &Store, prng: &mut Prng, time: Time) -> Server {
    let mut seed = [0; 32];
    for half in seed.chunks_exact_mut(16) {
        half.copy_from_slice(&prng.bytes());
    }
    let last_name = store.memory().last_name(HomeId::default());
    Server::new(config, last_name, seed, now(time)).expect("a configuration that can be used")
}

const fn now(time: Time) -> Now {
    Now {
        monotonic: time.monotonic,
        wall: time.wall,
    }
}
