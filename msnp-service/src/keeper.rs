//! Who keeps what the server wants kept: the process itself, or a file with two threads, one that writes and one
//! that reads, so that a flush holds back nothing that it need not.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use msnp_proto::Secret;
use msnp_server::faces::AccessClaim;
use msnp_server::identity::{Address, HomeId, PersonId, Who};
use msnp_server::network::{Batch, BatchId, Found, Read, ReadId, StoreFailed};
use msnp_server::{Account, Memory, NewAccount, Taken};
use tokio::sync::oneshot;

use crate::accounts::{ACCESS_TOKENS, NewAccessToken, TokenRefused, UserId};
use crate::database::{Error, ErrorKind, OpenError, Reader, Writer};

/// How long a write waits for another process that holds the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long writes are refused at once after one had to give up waiting.
const IMPATIENCE: Duration = Duration::from_secs(5);

/// How long one write may take before nothing can be said to be kept; the network refuses others from about then on.
const HANGS_AFTER: Duration = Duration::from_secs(10);

/// What a keeper has found out, for the thread that asked.
#[derive(Debug)]
pub(crate) enum Kept {
    /// A batch is kept, or none of it is.
    Committed(BatchId, Result<(), StoreFailed>),
    /// Something was read, or could not be.
    Found(ReadId, Result<Found, StoreFailed>),
}

/// A user of the IM web service.
#[derive(Debug)]
pub(crate) struct ServiceUser {
    pub(crate) password_hash: Secret<String>,
    pub(crate) is_on_trial: bool,
}

/// A question about accounts.
#[derive(Debug)]
pub(crate) enum AccountQuestion {
    Find(Address, Reply<Option<Account>>),
    FindUser(UserId, Reply<Option<ServiceUser>>),
    /// Who has made a claim, if it is right.
    Claim(AccessClaim, Reply<Option<Who>>),
}

/// An account that is to be made.
#[derive(Debug)]
pub(crate) enum Newcomer {
    Person(NewAccount, Reply<Result<(), Taken>>),
    /// Whether nobody is called so yet.
    User(UserId, Secret<String>, Reply<bool>),
    AccessToken(Address, NewAccessToken, Reply<Result<(), TokenRefused>>),
}

/// Who waits for an answer.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreFailed>>;

/// What is kept, and where.
pub(crate) enum Keeper {
    /// In the process.
    Memory(Box<InMemory>),
    /// In a file.
    File(File),
}

/// What ends with the process.
#[derive(Debug, Default)]
pub(crate) struct InMemory {
    store: Memory,
    users: BTreeMap<UserId, Secret<String>>,
}

/// A file, and the threads that work on it.
pub(crate) struct File {
    writer: Sender<Write>,
    reader: Sender<Question>,
    threads: [JoinHandle<()>; 2],
    health: Arc<Health>,
    last_name: u64,
}

/// How the writing goes.
#[derive(Debug, Default)]
struct Health(Mutex<Writing>);

#[derive(Debug, Default)]
struct Writing {
    /// Since when one is under way.
    since: Option<Instant>,
    /// Whether the last one failed.
    failed: bool,
}

impl Health {
    fn begin(&self, now: Instant) {
        self.with(|writing| writing.since = Some(now));
    }

    fn end(&self, failed: bool) {
        self.with(|writing| {
            *writing = Writing {
                since: None,
                failed,
            }
        });
    }

    /// Whether nothing can be kept, as far as is known.
    fn is_degraded(&self, now: Instant) -> bool {
        self.with(|writing| {
            let hangs = |since| now.saturating_duration_since(since) >= HANGS_AFTER;
            writing.failed || writing.since.is_some_and(hangs)
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut Writing) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

enum Write {
    Batch(Batch),
    Account(Newcomer),
}

enum Question {
    Read(ReadId, Read),
    Accounts(AccountQuestion),
}

impl Keeper {
    /// Keeps everything in the process.
    pub(crate) fn memory() -> Self {
        Self::Memory(Box::default())
    }

    /// Keeps everything in a file. Answers go to `answers`.
    pub(crate) fn file(
        path: &Path,
        answers: impl Fn(Kept) + Clone + Send + 'static,
    ) -> Result<Self, OpenError> {
        let writer = Writer::open_alone(path, PATIENCE)?;
        let reader = Reader::open(path, PATIENCE)?;
        let last_name = reader.last_name(HomeId::default())?;
        let health = Arc::<Health>::default();
        let (to_writer, inbox) = channel();
        let (to_reader, questions) = channel();
        let (telling, state) = (answers.clone(), Arc::clone(&health));
        let writing = std::thread::Builder::new()
            .name("msnp-writer".to_owned())
            .spawn(move || write(writer, &inbox, &telling, &state))?;
        let reading = std::thread::Builder::new()
            .name("msnp-reader".to_owned())
            .spawn(move || read(reader, &questions, &answers))?;
        Ok(Self::File(File {
            writer: to_writer,
            reader: to_reader,
            threads: [writing, reading],
            health,
            last_name,
        }))
    }

    /// The highest number of a message that was named.
    pub(crate) fn last_name(&self) -> u64 {
        match self {
            Self::Memory(memory) => memory.store.last_name(HomeId::default()),
            Self::File(file) => file.last_name,
        }
    }

    /// Whether the last write failed, or the one that is under way takes too long.
    pub(crate) fn is_degraded(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::File(file) => file.health.is_degraded(Instant::now()),
        }
    }

    /// Keeps a batch. What is kept at once is told at once.
    pub(crate) fn commit(&mut self, batch: Batch) -> Option<Kept> {
        let id = batch.id;
        match self {
            Self::Memory(memory) => {
                memory.store.commit(&batch);
                Some(Kept::Committed(id, Ok(())))
            }
            Self::File(file) => match file.writer.send(Write::Batch(batch)) {
                Ok(()) => None,
                Err(_) => Some(Kept::Committed(id, Err(StoreFailed))),
            },
        }
    }

    /// Reads something. What is there at once is told at once.
    pub(crate) fn read(&mut self, id: ReadId, read: Read) -> Option<Kept> {
        match self {
            Self::Memory(memory) => Some(Kept::Found(id, Ok(memory.store.read(&read)))),
            Self::File(file) => match file.reader.send(Question::Read(id, read)) {
                Ok(()) => None,
                Err(_) => Some(Kept::Found(id, Err(StoreFailed))),
            },
        }
    }

    /// Answers a question about accounts.
    pub(crate) fn ask(&mut self, question: AccountQuestion) {
        match self {
            Self::Memory(memory) => memory.ask(question),
            // A thread that has ended drops the question, which tells whoever waits.
            Self::File(file) => drop(file.reader.send(Question::Accounts(question))),
        }
    }

    /// Makes an account.
    pub(crate) fn add(&mut self, new: Newcomer) {
        match self {
            Self::Memory(memory) => memory.add(new),
            Self::File(file) => drop(file.writer.send(Write::Account(new))),
        }
    }

    /// Waits until all that was given is written.
    pub(crate) fn close(self) {
        if let Self::File(file) = self {
            drop((file.writer, file.reader));
            for thread in file.threads {
                // A thread that panicked has said so.
                let _ = thread.join();
            }
        }
    }
}

/// Nobody may be waiting for an answer any more.
impl InMemory {
    fn ask(&self, question: AccountQuestion) {
        match question {
            AccountQuestion::Find(address, reply) => {
                let found = self.store.account_by_address(&address).cloned();
                let _ = reply.send(Ok(found));
            }
            AccountQuestion::FindUser(user, reply) => {
                let _ = reply.send(Ok(self.users.get(&user).map(|hash| ServiceUser {
                    password_hash: hash.clone(),
                    is_on_trial: false,
                })));
            }
            AccountQuestion::Claim(claim, reply) => {
                let _ = reply.send(Ok(self.store.claimant(&claim)));
            }
        }
    }

    fn add(&mut self, new: Newcomer) {
        match new {
            Newcomer::Person(account, reply) => {
                let _ = reply.send(Ok(self.store.add_account(account).map(drop)));
            }
            Newcomer::User(user, hash, reply) => {
                let new = !self.users.contains_key(&user);
                if new {
                    self.users.insert(user, hash);
                }
                let _ = reply.send(Ok(new));
            }
            Newcomer::AccessToken(address, new, reply) => {
                let who = self.store.account_by_address(&address);
                let who = who.map(|account| account.who.person());
                let _ = reply.send(Ok(self.add_access_token(who, &new)));
            }
        }
    }
}

impl InMemory {
    fn add_access_token(
        &mut self,
        who: Option<PersonId>,
        new: &NewAccessToken,
    ) -> Result<(), TokenRefused> {
        let who = who.ok_or(TokenRefused::Nobody)?;
        let known = self.store.access_tokens(who);
        if known.len() >= ACCESS_TOKENS {
            return Err(TokenRefused::TooMany);
        }
        let number = known.last().map_or(1, |token| token.number + 1);
        self.store.add_access_token(who, new.numbered(number));
        Ok(())
    }
}

/// The thread that writes: one batch at a time, in order.
fn write(mut writer: Writer, inbox: &Receiver<Write>, tell: &impl Fn(Kept), health: &Health) {
    let mut impatient_until: Option<Instant> = None;
    for next in inbox {
        if impatient_until.is_some_and(|until| until <= Instant::now()) {
            impatient_until = None;
        }
        let patience = impatient_until.map_or(PATIENCE, |_| Duration::ZERO);
        let patient = writer.set_patience(patience);
        match next {
            Write::Batch(batch) => {
                health.begin(Instant::now());
                let outcome = patient.and_then(|()| writer.commit(std::slice::from_ref(&batch)));
                health.end(outcome.is_err());
                if let Err(error) = &outcome {
                    tracing::error!(%error, cause = ?error.kind(), "a batch could not be kept; its commands are refused");
                    // After one has waited in vain, the others need not.
                    if error.kind() == ErrorKind::Locked {
                        impatient_until.get_or_insert(Instant::now() + IMPATIENCE);
                    }
                }
                tell(Kept::Committed(batch.id, outcome.map_err(|_| StoreFailed)));
            }
            Write::Account(Newcomer::Person(account, reply)) => {
                let _ = reply.send(told(
                    writer.directory().add(account).map(|added| added.map(drop)),
                ));
            }
            Write::Account(Newcomer::User(user, hash, reply)) => {
                let _ = reply.send(told(writer.directory().add_service_account(&user, &hash)));
            }
            Write::Account(Newcomer::AccessToken(address, new, reply)) => {
                let added = writer.directory().add_access_token(&address, &new);
                let _ = reply.send(told(added.map(|added| added.map(drop))));
            }
        }
    }
}

/// The thread that reads.
fn read(mut reader: Reader, questions: &Receiver<Question>, tell: &impl Fn(Kept)) {
    for next in questions {
        match next {
            Question::Read(id, read) => tell(Kept::Found(id, told(reader.read(&read)))),
            Question::Accounts(AccountQuestion::Find(address, reply)) => {
                let _ = reply.send(told(reader.accounts().by_address(&address)));
            }
            Question::Accounts(AccountQuestion::FindUser(user, reply)) => {
                let accounts = reader.accounts();
                let found = accounts.service_account(&user).and_then(|hash| {
                    let is_on_trial = accounts.is_on_trial(&user)?;
                    Ok(hash.map(|password_hash| ServiceUser {
                        password_hash,
                        is_on_trial,
                    }))
                });
                let _ = reply.send(told(found));
            }
            Question::Accounts(AccountQuestion::Claim(claim, reply)) => {
                let _ = reply.send(told(reader.accounts().claimant(&claim)));
            }
        }
    }
}

/// The operator is told why; whoever asked, that it failed.
fn told<T>(outcome: Result<T, Error>) -> Result<T, StoreFailed> {
    outcome.map_err(|error| {
        tracing::error!(%error, cause = ?error.kind(), "the database failed");
        StoreFailed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_hangs_is_no_health_until_it_ends_and_neither_is_one_that_failed() {
        let (health, now) = (Health::default(), Instant::now());
        assert!(!health.is_degraded(now));
        health.begin(now);
        assert!(!health.is_degraded(now + HANGS_AFTER / 2));
        assert!(health.is_degraded(now + HANGS_AFTER));
        health.end(false);
        assert!(!health.is_degraded(now + HANGS_AFTER));
        health.end(true);
        assert!(health.is_degraded(now + HANGS_AFTER));
    }
}
