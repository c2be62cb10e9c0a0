//! `Host`: the machine, its store, its clock and its timer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Request, Response};
use machine_contract::{Secret, UnixTime};
use machine_driver::{Clock, LONGEST_WAIT, SystemClock};
use msnp_server::identity::{Address, EmailAddress, SkypeId};
use msnp_server::{
    Caller, Claimant, Config, Effect, Entropy, Memory, NewAccount, Now, PasswordCheck, Server,
    Verdict,
};
use smol::Timer;
use smol::channel::{Receiver, Sender, bounded};
use smol::future::or;

/// A server machine and what it needs.
pub struct Host {
    desk: Mutex<Desk>,
    moved: Sender<()>,
    moves: Receiver<()>,
}

struct Desk {
    server: Server,
    memory: Memory,
    exchanges: u64,
    /// Who waits for a reply.
    waiting: BTreeMap<ExchangeId, Sender<Response<Bytes>>>,
}

/// Why there is no host.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// The name cannot be one of a host.
    Name,
    /// An account's name cannot be one, or there are two of it.
    Account,
    /// The system has no randomness.
    Randomness,
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "that is no name of a host",
            Self::Account => "an account's name cannot be one, or is there twice",
            Self::Randomness => "the system has no randomness",
        })
    }
}

impl std::error::Error for HostError {}

impl Host {
    /// A server that clients reach at `name`, which may have a port. Each account is a name and a password: `alice` is
    /// `alice@example.org`, and `8:live:alice`.
    ///
    /// # Errors
    /// [`HostError`].
    pub fn new(name: &str, accounts: &[(&str, &str)]) -> Result<Self, HostError> {
        let mut memory = Memory::new();
        for (name, password) in accounts {
            let account = new_account(name, password).ok_or(HostError::Account)?;
            memory
                .add_account(account)
                .map_err(|_| HostError::Account)?;
        }
        let seed = random().ok_or(HostError::Randomness)?;
        let server = Server::new(&Config::new(name), 0, seed, now());
        let (moved, waits) = bounded(1);
        Ok(Self {
            desk: Mutex::new(Desk {
                server: server.map_err(|_| HostError::Name)?,
                memory,
                exchanges: 0,
                waiting: BTreeMap::new(),
            }),
            moved,
            moves: waits,
        })
    }

    /// A request has come. What it is called, and where its reply will come; nothing comes if the system has no
    /// randomness.
    pub(crate) fn request(
        &self,
        request: Request<Bytes>,
    ) -> (ExchangeId, Receiver<Response<Bytes>>) {
        let (reply, replied) = bounded(1);
        let id = self.tell(|desk| {
            desk.exchanges += 1;
            let id = ExchangeId::new(desk.exchanges);
            if let Some(entropy) = random() {
                desk.waiting.insert(id, reply);
                let (from, entropy) = (Caller::nowhere(), Entropy::new(entropy));
                let Desk { server, .. } = desk;
                server.handle_request(id, request, from, &entropy, now());
            }
            id
        });
        (id, replied)
    }

    /// The reply went out, or will not.
    pub(crate) fn replied(&self, id: ExchangeId, sent: bool) {
        self.tell(|desk| {
            desk.waiting.remove(&id);
            if sent {
                desk.server.handle_reply_sent(id, now());
            } else {
                desk.server.handle_reply_lost(id, now());
            }
        });
    }

    /// Has the machine act when it wants to, for ever.
    pub(crate) async fn keep_time(&self) {
        loop {
            let due = self.desk().server.poll_timeout();
            let wait = due.map_or(LONGEST_WAIT, |due| {
                let wait = due.saturating_duration_since(now().monotonic);
                // Timers stand still while a host sleeps: no wait is longer without a look at the clock.
                wait.min(LONGEST_WAIT) + ROUNDED
            });
            let rang = async {
                Timer::after(wait).await;
            };
            let moved = async {
                // The sender is in this very host.
                let _ = self.moves.recv().await;
            };
            or(rang, moved).await;
            self.tell(|desk| desk.server.handle_timeout(now()));
        }
    }

    /// Something happens to the machine; what it wants then is done at once.
    fn tell<R>(&self, input: impl FnOnce(&mut Desk) -> R) -> R {
        let mut desk = self.desk();
        let before = desk.server.poll_timeout();
        let result = input(&mut desk);
        desk.work();
        if desk.server.poll_timeout() != before {
            // One that is waiting to be heard is enough.
            let _ = self.moved.try_send(());
        }
        result
    }

    // A panic in the machine has left it in the middle of something; whoever comes next goes on with what there is.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Carries out effects until there are none, and hands the replies out.
    fn work(&mut self) {
        while let Some(effect) = self.server.poll_effect() {
            match effect {
                Effect::Commit(batch) => {
                    self.memory.commit(&batch);
                    self.server.handle_committed(batch.id, Ok(()), now());
                }
                Effect::Read(id, read) => {
                    let found = self.memory.read(&read);
                    self.server.handle_read(id, Ok(found), now());
                }
                Effect::CheckPassword(check) => {
                    let verdict = self.verdict(&check);
                    self.server
                        .handle_password_checked(check.id, verdict, now());
                }
                // Nobody was given an access token.
                Effect::CheckAccess(check) => {
                    self.server
                        .handle_password_checked(check.id, Verdict::Wrong, now());
                }
                Effect::Log(_) => {}
            }
        }
        while let Some((id, reply)) = self.server.poll_reply() {
            match self.waiting.remove(&id) {
                // There is room: each is answered once.
                Some(waits) if waits.try_send(reply).is_ok() => {}
                _ => self.server.handle_reply_lost(id, now()),
            }
        }
    }

    /// Passwords are kept as they are, like everything here for as long as the process lives. One with a disk keeps
    /// hashes, and checks them in another thread.
    fn verdict(&self, check: &PasswordCheck) -> Verdict {
        let Claimant::Person(address) = &check.account else {
            // Nobody was made a user of the IM web service.
            return Verdict::Wrong;
        };
        let address = Address::Email(address.clone());
        match self.memory.account_by_address(&address) {
            Some(it) if it.password_hash.expose() == check.password.expose() => {
                Verdict::Right(it.who.clone())
            }
            _ => Verdict::Wrong,
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

/// A timer that rings early would ring again at once.
const ROUNDED: Duration = Duration::from_millis(1);

fn new_account(name: &str, password: &str) -> Option<NewAccount> {
    Some(NewAccount {
        skype_id: SkypeId::parse(&format!("live:{name}")).ok()?,
        email: EmailAddress::parse(&format!("{name}@example.org")).ok()?,
        name: name.into(),
        password_hash: Secret::new(password.to_owned()),
    })
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

fn now() -> Now {
    Now {
        monotonic: SystemClock.now(),
        wall: SystemClock.wall().unwrap_or(UnixTime::from_millis(0)),
    }
}
