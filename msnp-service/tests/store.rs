//! What every store must do: the same tests run on all of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use bytes::Bytes;
use msnp_proto::{Guid, Secret};
use msnp_service::accounts::{SignInAddress, SkypeId, UserId};
use msnp_service::notification::{
    Account, Author, ConversationId, Lists, Member, Message, MessageId, Role, Share, Store, Thread,
    ThreadId,
};
use msnp_service::store::{Memory, OpenError, Sqlite};

fn name(text: &str) -> SkypeId {
    SkypeId::parse(text).unwrap()
}

fn account(text: &str) -> Account {
    Account {
        skype_id: name(text),
        address: SignInAddress::parse(&format!("{text}@example.org")).unwrap(),
        display_name: text.to_uppercase(),
        password_hash: Secret::new(format!("hash of {text}")),
    }
}

fn with(text: &str) -> ConversationId {
    ConversationId::Person(name(text))
}

fn message(id: u64, sender: &str, client_id: Option<&str>) -> Message {
    Message {
        id: MessageId(id),
        arrival: id + 1,
        author: Author::Person(name(sender), Guid::from_bytes([id.to_le_bytes()[0]; 16])),
        kind: "Text".to_owned(),
        client_id: client_id.map(str::to_owned),
        headers: Bytes::from_static(b"Content-Type: Text/plain; charset=UTF-8\r\n"),
        body: Bytes::from(format!("message {id} \0 \u{1F600}")),
    }
}

/// `from` writes to `to`, who does not have it yet.
fn say(store: &mut impl Store, id: u64, from: &str, to: &str) {
    let shares = [
        Share {
            owner: name(from),
            conversation: with(to),
            pending: false,
        },
        Share {
            owner: name(to),
            conversation: with(from),
            pending: true,
        },
    ];
    store
        .append(&message(id, from, Some(&format!("c{id}"))), &shares)
        .unwrap();
}

fn ids(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(|message| message.id.0).collect()
}

fn pending(store: &impl Store, owner: &str) -> Vec<u64> {
    let all = store
        .pending(&name(owner), MessageId(0), MessageId(u64::MAX), 100)
        .unwrap();
    assert!(all.iter().all(|held| held.pending));
    all.iter().map(|held| held.message.id.0).collect()
}

fn accounts_are_found_by_name_and_by_address<S: Store>(mut store: S) {
    assert!(store.add_account(&account("bob")).unwrap());
    assert!(store.add_account(&account("alice")).unwrap());
    assert_eq!(
        store.account(&name("Alice")).unwrap(),
        Some(account("alice"))
    );
    assert_eq!(
        store.account_by_address(&account("bob").address).unwrap(),
        Some(account("bob"))
    );
    assert_eq!(store.account(&name("carol")).unwrap(), None);
    let listed = |after, limit| -> Vec<String> {
        let all = store.accounts(after, limit).unwrap();
        all.iter()
            .map(|account| account.skype_id.to_string())
            .collect()
    };
    assert_eq!(listed(None, 10), ["alice", "bob"]);
    assert_eq!(listed(None, 1), ["alice"]);
    assert_eq!(listed(Some(&name("alice")), 10), ["bob"]);
}

fn names_and_addresses_are_taken_once<S: Store>(mut store: S) {
    assert!(store.add_account(&account("alice")).unwrap());
    assert!(!store.add_account(&account("alice")).unwrap());
    let same_address = Account {
        skype_id: name("alice2"),
        ..account("alice")
    };
    assert!(!store.add_account(&same_address).unwrap());
    assert_eq!(store.account(&name("alice2")).unwrap(), None);
}

fn an_account_can_change_its_name_and_password<S: Store>(mut store: S) {
    store.add_account(&account("alice")).unwrap();
    store.set_display_name(&name("alice"), "Älice <3").unwrap();
    store
        .set_password_hash(&name("alice"), &Secret::new("new".to_owned()))
        .unwrap();
    store.set_display_name(&name("nobody"), "x").unwrap();
    let found = store.account(&name("alice")).unwrap().unwrap();
    assert_eq!(
        (
            found.display_name.as_str(),
            found.password_hash.expose().as_str()
        ),
        ("Älice <3", "new")
    );
    assert_eq!(store.account(&name("nobody")).unwrap(), None);
}

fn contacts_are_set_and_removed_one_by_one<S: Store>(mut store: S) {
    let (alice, bob, carol) = (name("alice"), name("bob"), name("carol"));
    let friend = Lists::FORWARD | Lists::ALLOW;
    store
        .set_lists(&alice, &[(carol.clone(), Lists::BLOCK)])
        .unwrap();
    store.set_lists(&alice, &[(bob.clone(), friend)]).unwrap();
    assert_eq!(
        store.contacts(&alice).unwrap(),
        [(bob.clone(), friend), (carol.clone(), Lists::BLOCK)]
    );
    assert_eq!(store.lists(&alice, &bob).unwrap(), friend);
    assert_eq!(store.lists(&bob, &alice).unwrap(), Lists::NONE);
    store
        .set_lists(&alice, &[(bob.clone(), Lists::NONE)])
        .unwrap();
    assert_eq!(store.contacts(&alice).unwrap(), [(carol, Lists::BLOCK)]);
    assert_eq!(store.contacts(&bob).unwrap(), []);
}

fn those_who_watch_are_those_with_a_forward_entry<S: Store>(mut store: S) {
    let bob = name("bob");
    for (owner, lists) in [
        ("dave", Lists::FORWARD),
        ("alice", Lists(3)),
        ("carol", Lists::BLOCK),
    ] {
        store
            .set_lists(&name(owner), &[(bob.clone(), lists)])
            .unwrap();
    }
    assert_eq!(
        store.watchers(&bob, 10).unwrap(),
        [name("alice"), name("dave")]
    );
    assert_eq!(store.watchers(&bob, 1).unwrap(), [name("alice")]);
    store
        .set_lists(&name("alice"), &[(bob.clone(), Lists::BLOCK)])
        .unwrap();
    assert_eq!(store.watchers(&bob, 10).unwrap(), [name("dave")]);
}

fn a_thread_is_replaced_as_a_whole<S: Store>(mut store: S) {
    let id = ThreadId::from_bytes([0xAB; 16]);
    assert_eq!(store.thread(&id).unwrap(), None);
    let member = |who, role, left| Member {
        who: name(who),
        role,
        left,
    };
    let mut thread = Thread {
        id: id.clone(),
        version: 7,
        topic: String::new(),
        creator: name("zoe"),
        members: vec![
            member("zoe", Role::Admin, None),
            member("bob", Role::User, None),
        ],
    };
    store.put_thread(&thread).unwrap();
    assert_eq!(store.thread(&id).unwrap().as_ref(), Some(&thread));
    thread.version = 8;
    "tea & <cake>".clone_into(&mut thread.topic);
    thread.members = vec![
        member("bob", Role::Admin, None),
        member("zoe", Role::User, Some(99)),
    ];
    store.put_thread(&thread).unwrap();
    assert_eq!(store.thread(&id).unwrap(), Some(thread));
}

fn a_message_waits_until_it_is_delivered<S: Store>(mut store: S) {
    assert_eq!(store.last_message_id().unwrap(), MessageId(0));
    say(&mut store, 10, "alice", "bob");
    say(&mut store, 11, "alice", "bob");
    say(&mut store, 12, "bob", "alice");
    assert_eq!(store.last_message_id().unwrap(), MessageId(12));
    assert_eq!(pending(&store, "bob"), [10, 11]);
    assert_eq!(pending(&store, "alice"), [12]);
    let bob = name("bob");
    let page = |after, until, limit| -> Vec<u64> {
        let held = store
            .pending(&bob, MessageId(after), MessageId(until), limit)
            .unwrap();
        held.iter().map(|held| held.message.id.0).collect()
    };
    assert_eq!(page(10, 99, 9), [11]);
    assert_eq!(page(0, 10, 9), [10]);
    assert_eq!(page(0, 99, 1), [10]);
    assert_eq!(
        (
            store.pending_count(&bob, 9).unwrap(),
            store.pending_count(&bob, 1).unwrap()
        ),
        (2, 1)
    );
    store.delivered(&bob, MessageId(10)).unwrap();
    store.delivered(&bob, MessageId(99)).unwrap();
    assert_eq!(pending(&store, "bob"), [11]);
}

fn a_message_comes_back_as_it_was<S: Store>(mut store: S) {
    say(&mut store, 10, "alice", "bob");
    let held = store
        .pending(&name("bob"), MessageId(0), MessageId(10), 1)
        .unwrap()
        .remove(0);
    assert_eq!(
        (held.conversation, held.message),
        (with("alice"), message(10, "alice", Some("c10")))
    );
    let id = ThreadId::from_bytes([1; 16]);
    let activity = Message {
        author: Author::Thread(id.clone()),
        ..message(11, "alice", None)
    };
    let share = Share {
        owner: name("bob"),
        conversation: ConversationId::Thread(id.clone()),
        pending: true,
    };
    store.append(&activity, &[share]).unwrap();
    let held = store
        .since(&name("bob"), MessageId(10), 9)
        .unwrap()
        .remove(0);
    assert_eq!(
        (held.conversation, held.message, held.pending),
        (ConversationId::Thread(id), activity, true)
    );
}

fn everything_since_a_message_is_listed_delivered_or_not<S: Store>(mut store: S) {
    say(&mut store, 10, "alice", "bob");
    say(&mut store, 11, "bob", "alice");
    say(&mut store, 12, "carol", "bob");
    store.delivered(&name("bob"), MessageId(10)).unwrap();
    let since = |after, limit| -> Vec<(u64, bool)> {
        let held = store.since(&name("bob"), MessageId(after), limit).unwrap();
        held.iter()
            .map(|held| (held.message.id.0, held.pending))
            .collect()
    };
    assert_eq!(since(0, 9), [(10, false), (11, false), (12, true)]);
    assert_eq!(since(10, 1), [(11, false)]);
    assert_eq!(since(12, 9), []);
}

fn a_sent_message_is_found_by_the_senders_own_id<S: Store>(mut store: S) {
    say(&mut store, 10, "alice", "bob");
    let alice = name("alice");
    assert_eq!(
        store.sent(&alice, "c10").unwrap().map(|message| message.id),
        Some(MessageId(10))
    );
    assert_eq!(store.sent(&alice, "c11").unwrap(), None);
    assert_eq!(store.sent(&name("bob"), "c10").unwrap(), None);
    store
        .append(&message(11, "alice", Some("c10")), &[])
        .unwrap();
    assert_eq!(
        store.sent(&alice, "c10").unwrap().map(|message| message.id),
        Some(MessageId(11))
    );
}

fn history_is_read_backwards_in_pages<S: Store>(mut store: S) {
    for id in 10..20 {
        say(&mut store, id, "alice", "bob");
    }
    say(&mut store, 20, "carol", "bob");
    let page = |start, before, limit| {
        ids(&store
            .history(
                &name("bob"),
                &with("alice"),
                MessageId(start),
                MessageId(before),
                limit,
            )
            .unwrap())
    };
    assert_eq!(page(0, u64::MAX, 3), [19, 18, 17]);
    assert_eq!(page(0, 17, 3), [16, 15, 14]);
    assert_eq!(page(15, 17, 3), [16, 15]);
    assert!(page(17, 17, 3).is_empty());
    assert!(page(18, 17, 3).is_empty());
    let nobody = store
        .history(
            &name("carol"),
            &with("alice"),
            MessageId(0),
            MessageId(99),
            9,
        )
        .unwrap();
    assert_eq!(nobody, []);
}

fn conversations_come_newest_first_with_their_last_message<S: Store>(mut store: S) {
    say(&mut store, 10, "alice", "bob");
    say(&mut store, 11, "carol", "bob");
    say(&mut store, 12, "bob", "alice");
    let bob = name("bob");
    let list = |store: &S, start, limit| -> Vec<(ConversationId, u64, String)> {
        let all = store.conversations(&bob, MessageId(start), limit).unwrap();
        all.into_iter()
            .map(|one| (one.id, one.last.id.0, one.horizon))
            .collect()
    };
    let alice_12 = (with("alice"), 12, String::new());
    assert_eq!(
        list(&store, 0, 9),
        [alice_12.clone(), (with("carol"), 11, String::new())]
    );
    assert_eq!(list(&store, 12, 9), std::slice::from_ref(&alice_12));
    assert_eq!(list(&store, 0, 1), std::slice::from_ref(&alice_12));
    store
        .set_horizon(&bob, &with("carol"), "11;12;c11")
        .unwrap();
    store.set_horizon(&bob, &with("dave"), "1;2;3").unwrap();
    say(&mut store, 13, "carol", "bob");
    assert_eq!(
        list(&store, 0, 9),
        [(with("carol"), 13, "11;12;c11".to_owned()), alice_12]
    );
}

fn old_messages_are_forgotten_everywhere<S: Store>(mut store: S) {
    say(&mut store, 10, "alice", "bob");
    say(&mut store, 11, "carol", "bob");
    say(&mut store, 12, "alice", "bob");
    store.forget_before(MessageId(12)).unwrap();
    let (bob, all) = (name("bob"), MessageId(u64::MAX));
    assert_eq!(pending(&store, "bob"), [12]);
    assert_eq!(
        ids(&store
            .history(&bob, &with("alice"), MessageId(0), all, 9)
            .unwrap()),
        [12]
    );
    assert_eq!(store.conversations(&bob, MessageId(0), 9).unwrap().len(), 1);
    assert_eq!(
        store
            .conversations(&name("carol"), MessageId(0), 9)
            .unwrap(),
        []
    );
    assert_eq!(store.sent(&name("alice"), "c10").unwrap(), None);
    assert!(store.sent(&name("alice"), "c12").unwrap().is_some());
    assert_eq!(store.since(&bob, MessageId(0), 9).unwrap().len(), 1);
}

fn what_is_rolled_back_never_was<S: Store>(mut store: S) {
    store.add_account(&account("alice")).unwrap();
    say(&mut store, 10, "alice", "bob");
    store
        .set_lists(&name("alice"), &[(name("bob"), Lists(3))])
        .unwrap();
    store.commit().unwrap();

    store.add_account(&account("bob")).unwrap();
    store.set_display_name(&name("alice"), "changed").unwrap();
    store
        .set_lists(&name("alice"), &[(name("bob"), Lists::NONE)])
        .unwrap();
    say(&mut store, 11, "alice", "bob");
    store.delivered(&name("bob"), MessageId(10)).unwrap();
    store
        .set_horizon(&name("bob"), &with("alice"), "1;2;3")
        .unwrap();
    store.forget_before(MessageId(11)).unwrap();
    store.roll_back();

    assert_eq!(store.account(&name("bob")).unwrap(), None);
    assert_eq!(
        store.account(&name("alice")).unwrap(),
        Some(account("alice"))
    );
    assert_eq!(store.watchers(&name("bob"), 9).unwrap(), [name("alice")]);
    assert_eq!(pending(&store, "bob"), [10]);
    assert_eq!(store.last_message_id().unwrap(), MessageId(10));
    let conversations = store.conversations(&name("bob"), MessageId(0), 9).unwrap();
    assert_eq!(
        (conversations[0].last.id, conversations[0].horizon.as_str()),
        (MessageId(10), "")
    );
    assert!(store.sent(&name("alice"), "c10").unwrap().is_some());
    say(&mut store, 11, "alice", "bob");
    store.commit().unwrap();
    store.roll_back();
    assert_eq!(pending(&store, "bob"), [10, 11]);
}

macro_rules! conformance {
    ($($test:ident)*) => {
        mod memory {
            $(#[test] fn $test() { super::$test(super::Memory::new()); })*
        }
        mod sqlite {
            $(#[test] fn $test() { super::$test(super::Sqlite::in_memory().unwrap()); })*
        }
    };
}

conformance! {
    accounts_are_found_by_name_and_by_address
    names_and_addresses_are_taken_once
    an_account_can_change_its_name_and_password
    contacts_are_set_and_removed_one_by_one
    those_who_watch_are_those_with_a_forward_entry
    a_thread_is_replaced_as_a_whole
    a_message_waits_until_it_is_delivered
    a_message_comes_back_as_it_was
    everything_since_a_message_is_listed_delivered_or_not
    a_sent_message_is_found_by_the_senders_own_id
    history_is_read_backwards_in_pages
    conversations_come_newest_first_with_their_last_message
    old_messages_are_forgotten_everywhere
    what_is_rolled_back_never_was
}

/// A file that is gone when the test ends.
struct File(std::path::PathBuf);

impl File {
    fn new(test: &str) -> Self {
        // Not the process's id: another container that shares the folder may have the same.
        let own = getrandom::u64().expect("random bytes");
        Self(std::env::temp_dir().join(format!("msnp-store-{test}-{own:016x}.db")))
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}

#[test]
fn a_file_keeps_what_was_committed_and_nothing_else() {
    let file = File::new("keeps");
    let mut store = Sqlite::open(&file.0).unwrap();
    say(&mut store, 10, "alice", "bob");
    store.commit().unwrap();
    say(&mut store, 11, "alice", "bob");
    drop(store);
    assert_eq!(pending(&Sqlite::open(&file.0).unwrap(), "bob"), [10]);
}

#[test]
fn a_file_of_the_first_version_gets_what_is_new() {
    let file = File::new("earlier");
    drop(Sqlite::open(&file.0).unwrap());
    let connection = rusqlite::Connection::open(&file.0).unwrap();
    // The first version knew no accounts of the IM web service.
    let back = "DROP TABLE service_account; PRAGMA user_version = 1";
    connection.execute_batch(back).unwrap();
    drop(connection);
    let user = UserId::parse("testing").unwrap();
    let mut store = Sqlite::open(&file.0).unwrap();
    let hash = Secret::new("hash".to_owned());
    assert!(store.add_service_account(&user, &hash).unwrap());
    store.commit().unwrap();
    drop(store);
    let store = Sqlite::open(&file.0).unwrap();
    assert_eq!(store.service_account(&user).unwrap(), Some(hash));
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let file = File::new("later");
    drop(Sqlite::open(&file.0).unwrap());
    let connection = rusqlite::Connection::open(&file.0).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = Sqlite::open(&file.0).unwrap_err();
    assert!(
        matches!(
            refused,
            OpenError::Newer {
                found: 99,
                known: 2
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let file = File::new("noise");
    std::fs::write(
        &file.0,
        b"this is not a database, and long enough to be sure of it".repeat(20),
    )
    .unwrap();
    assert!(matches!(Sqlite::open(&file.0), Err(OpenError::Sqlite(_))));
}

/// The child of the test below: appends for ever, says each number once it is committed.
#[test]
#[ignore = "started by the test below, in a process of its own"]
fn child_that_appends_until_it_is_killed() {
    use std::io::Write as _;

    let Ok(path) = std::env::var("MSNP_STORE_TO_KILL") else {
        return;
    };
    let mut store = Sqlite::open(path).unwrap();
    let first = store.last_message_id().unwrap().0 + 1;
    let mut out = std::io::stdout().lock();
    for batch in 0u64.. {
        let ids = first + batch * 3..first + batch * 3 + 3;
        for id in ids.clone() {
            say(&mut store, id, "alice", "bob");
        }
        store.commit().unwrap();
        for id in ids {
            writeln!(out, "committed {id}").unwrap();
        }
        out.flush().unwrap();
    }
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let file = File::new("kill");
    let mut acknowledged = 0;
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "child_that_appends_until_it_is_killed",
            ])
            .env("MSNP_STORE_TO_KILL", &file.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let number =
            |line: String| -> Option<u64> { line.rsplit_once("committed ")?.1.parse().ok() };
        let mut seen = 0;
        while seen < 40 * round {
            if let Some(id) = number(
                lines
                    .next()
                    .expect("the child writes until it is killed")
                    .unwrap(),
            ) {
                acknowledged = id;
                seen += 1;
            }
        }
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        for id in lines.map_while(Result::ok).filter_map(number) {
            acknowledged = id;
        }

        let store = Sqlite::open(&file.0).unwrap();
        let held = store
            .pending(&name("bob"), MessageId(0), MessageId(u64::MAX), usize::MAX)
            .unwrap();
        let found: Vec<u64> = held.iter().map(|held| held.message.id.0).collect();
        let last = store.last_message_id().unwrap().0;
        assert!(
            last >= acknowledged && last.is_multiple_of(3),
            "{acknowledged} was acknowledged, the last is {last}"
        );
        assert_eq!(found, (1..=last).collect::<Vec<_>>());
    }
    assert!(acknowledged >= 120);
}
