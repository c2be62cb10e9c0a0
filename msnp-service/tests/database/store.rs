//! The stores under test behind one trait, and the values that the tests are made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use machine_contract::UnixTime;
use msnp_proto::{Guid, Secret};
use msnp_server::identity::{Address, EmailAddress, HomeId, PersonId, SkypeId, Who};
use msnp_server::network::{
    Attributes, Author, Batch, BatchId, Change, Content, ConversationId, Found, Kept, Message,
    MessageName, Number, PersonRecord, Read, Said,
};
use msnp_server::{Account, Memory, NewAccount, Taken};
use msnp_service::database::{Reader, Writer};

/// No test waits for a lock for longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What all stores can do.
pub(crate) trait Store {
    fn keep(&mut self, changes: Vec<Change>);
    fn read(&mut self, question: Read) -> Found;
    fn last_name(&self, home: HomeId) -> u64;
    fn add(&mut self, new: NewAccount) -> Result<Who, Taken>;
    fn by_address(&self, address: &Address) -> Option<Account>;
    fn list(&self) -> Vec<Account>;
    fn set_name(&mut self, who: PersonId, name: &str) -> bool;
    fn set_password_hash(&mut self, who: PersonId, hash: &str) -> bool;

    fn person(&mut self, who: &Who) -> PersonRecord {
        match self.read(Read::Person(who.person())) {
            Found::Person(Some(found)) => *found,
            other => panic!("no person: {other:?}"),
        }
    }

    fn kept(&mut self, question: Read) -> Vec<Kept> {
        match self.read(question) {
            Found::Messages(found) => found,
            other => panic!("no messages: {other:?}"),
        }
    }

    /// What waits for somebody.
    fn waiting(&mut self, owner: &Who) -> Vec<u64> {
        let all = self.kept(backlog(owner, 0, u64::MAX, true, 1_000_000));
        assert!(all.iter().all(|kept| kept.waiting));
        let found = numbers(&all);
        let told = self.person(owner).waiting;
        assert_eq!(told, found.iter().copied().map(Number).collect::<Vec<_>>());
        found
    }
}

impl Store for Memory {
    fn keep(&mut self, changes: Vec<Change>) {
        self.commit(&batch(changes));
    }

    fn read(&mut self, question: Read) -> Found {
        Self::read(self, &question)
    }

    fn last_name(&self, home: HomeId) -> u64 {
        Self::last_name(self, home)
    }

    fn add(&mut self, new: NewAccount) -> Result<Who, Taken> {
        self.add_account(new)
    }

    fn by_address(&self, address: &Address) -> Option<Account> {
        self.account_by_address(address).cloned()
    }

    fn list(&self) -> Vec<Account> {
        self.accounts().cloned().collect()
    }

    fn set_name(&mut self, who: PersonId, name: &str) -> bool {
        Self::set_name(self, who, name.into())
    }

    fn set_password_hash(&mut self, who: PersonId, hash: &str) -> bool {
        Self::set_password_hash(self, who, Secret::new(hash.to_owned()))
    }
}

/// A file with one who writes and one who reads.
pub(crate) struct Pair {
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    // Last, so that the file is closed before it goes.
    pub(crate) file: File,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::over(File::new())
    }

    pub(crate) fn over(file: File) -> Self {
        let writer = Writer::open(file.path(), PATIENCE).unwrap();
        let reader = Reader::open(file.path(), PATIENCE).unwrap();
        Self {
            writer,
            reader,
            file,
        }
    }
}

impl Store for Pair {
    fn keep(&mut self, changes: Vec<Change>) {
        self.writer.commit(&[batch(changes)]).unwrap();
    }

    fn read(&mut self, question: Read) -> Found {
        self.reader.read(&question).unwrap()
    }

    fn last_name(&self, home: HomeId) -> u64 {
        self.reader.last_name(home).unwrap()
    }

    fn add(&mut self, new: NewAccount) -> Result<Who, Taken> {
        self.writer.directory().add(new).unwrap()
    }

    fn by_address(&self, address: &Address) -> Option<Account> {
        self.reader.accounts().by_address(address).unwrap()
    }

    /// In pages of one, which is where a page's end can be wrong.
    fn list(&self) -> Vec<Account> {
        let accounts = self.reader.accounts();
        let mut all: Vec<Account> = Vec::new();
        loop {
            let after = all.last().map(|last| last.who.skype_id());
            let page = accounts.list(after, 1).unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    fn set_name(&mut self, who: PersonId, name: &str) -> bool {
        self.writer.directory().set_name(who, name).unwrap()
    }

    fn set_password_hash(&mut self, who: PersonId, hash: &str) -> bool {
        let hash = Secret::new(hash.to_owned());
        self.writer
            .directory()
            .set_password_hash(who, &hash)
            .unwrap()
    }
}

/// A file that is gone when the test ends.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        // Not the process's id: another container that shares the folder may have the same.
        let own = getrandom::u64().expect("random bytes");
        Self(std::env::temp_dir().join(format!("msnp-database-{own:016x}.db")))
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.0
    }

    /// The file, its log, and the log's index.
    pub(crate) fn all(&self) -> [PathBuf; 3] {
        ["", "-wal", "-shm"].map(|suffix| self.beside(suffix))
    }

    /// The file whose name is longer by this.
    pub(crate) fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = self.0.clone().into_os_string();
        path.push(suffix);
        path.into()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let others = [".lock", ".part", ".before", ".before-wal", ".before-shm"];
        let others = others.map(|suffix| self.beside(suffix));
        for path in self.all().into_iter().chain(others) {
            let _ = std::fs::remove_file(path);
        }
    }
}

pub(crate) fn batch(changes: Vec<Change>) -> Batch {
    Batch {
        id: BatchId(1),
        changes,
    }
}

pub(crate) fn account(name: &str) -> NewAccount {
    NewAccount {
        skype_id: SkypeId::parse(name).unwrap(),
        email: EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        name: name.to_uppercase().into(),
        password_hash: Secret::new(format!("hash of {name}")),
    }
}

/// Alice, Bob and Carol, who are there.
pub(crate) fn people(store: &mut impl Store) -> [Who; 3] {
    ["alice", "bob", "carol"].map(|name| store.add(account(name)).unwrap())
}

pub(crate) fn with(who: &Who) -> ConversationId {
    ConversationId::Person(who.clone())
}

pub(crate) fn message_name(number: u64) -> MessageName {
    MessageName {
        home: HomeId::default(),
        number,
    }
}

/// A message that came at its number.
pub(crate) fn message(number: u64, from: &Who, client_id: Option<&str>) -> Message {
    let mut attributes = Attributes::new();
    attributes.push("Content-Type", "Text/plain; charset=UTF-8");
    attributes.push("odd: name\r\n", "");
    Message {
        name: message_name(number),
        arrival: UnixTime::from_millis(number),
        author: Author::Person(
            from.clone(),
            Guid::from_bytes([number.to_le_bytes()[0]; 16]),
        ),
        content: Content::Said(Said {
            kind: "Text".into(),
            client_id: client_id.map(Arc::from),
            attributes,
            body: format!("message {number} \0 \u{1F600}").into(),
        }),
    }
}

pub(crate) fn share(
    owner: &Who,
    number: u64,
    conversation: ConversationId,
    message: u64,
    waiting: bool,
) -> Change {
    Change::Share {
        owner: owner.person(),
        number: Number(number),
        conversation,
        message: message_name(message),
        waiting,
    }
}

/// `from` has written to `to`, who has not received it yet. The number that `to` gives is one above.
pub(crate) fn said(number: u64, from: &Who, to: &Who) -> Vec<Change> {
    vec![
        Change::Message(Arc::new(message(number, from, Some(&format!("c{number}"))))),
        share(from, number, with(to), number, false),
        share(to, number + 1, with(from), number, true),
    ]
}

pub(crate) fn backlog(owner: &Who, after: u64, until: u64, waiting: bool, limit: usize) -> Read {
    Read::Backlog {
        owner: owner.person(),
        after: Number(after),
        until: Number(until),
        waiting,
        limit,
    }
}

pub(crate) fn numbers(all: &[Kept]) -> Vec<u64> {
    all.iter().map(|kept| kept.number.0).collect()
}
