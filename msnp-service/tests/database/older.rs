//! Files that earlier versions wrote: everything of them is still there.
//!
//! `tests/data/database-v2.sqlite` was written by version 2 itself: three people, contacts, a
//! conversation with an edit, half of it read and a part received, a group in which something happened
//! of each kind, messages that wait, and a user of the IM web service. Names and numbers in these tests
//! are what its clients sent and were told.

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_proto::Guid;
use msnp_server::identity::{Address, EmailAddress, HomeId, SkypeId, Who};
use msnp_server::network::{
    Activity, Author, Content, ConversationId, Deed, Found, Horizon, Kept, Listed, Lists, Member,
    Number, PersonRecord, Read, Role, Said, Thread, ThreadId,
};
use msnp_service::accounts::{NewAccessToken, UserId};
use msnp_service::database::{OpenError, Reader};

use crate::store::{File, PATIENCE, Pair, Store, backlog, message_name, numbers, with};

/// The second in which the first message was sent, in milliseconds.
const FIRST: u64 = 1_431_882_694_260;

const GROUP: [u8; 16] = 0xda03_9b83_ff7e_1db5_c2e2_fa18_dfa8_9ba5_u128.to_be_bytes();

/// The file that version 2 wrote.
fn version_2() -> File {
    let file = File::new();
    std::fs::write(file.path(), include_bytes!("../data/database-v2.sqlite")).unwrap();
    file
}

/// The file as the first version would have written it: it knew no users of the IM web service.
fn version_1() -> File {
    let file = version_2();
    let connection = rusqlite::Connection::open(file.path()).unwrap();
    let back = "DROP TABLE service_account; PRAGMA user_version = 1";
    connection.execute_batch(back).unwrap();
    file
}

/// The file as version 3 would have left it: it knew no access tokens.
fn version_3() -> File {
    let Pair {
        writer,
        reader,
        file,
    } = Pair::over(version_2());
    drop((writer, reader));
    let connection = rusqlite::Connection::open(file.path()).unwrap();
    let back = "DROP TABLE access_token; PRAGMA user_version = 3";
    connection.execute_batch(back).unwrap();
    file
}

fn people(pair: &Pair) -> [Who; 3] {
    ["live:alice", "bob", "carol"].map(|name| {
        let address = Address::Skype(SkypeId::parse(name).unwrap());
        pair.by_address(&address).unwrap().who
    })
}

fn after(seconds: u64) -> u64 {
    FIRST + seconds * 1000
}

fn said(kept: &Kept) -> (&Author, &Said) {
    match &kept.message.content {
        Content::Said(said) => (&kept.message.author, said),
        Content::Activity(_) => panic!("an activity: {kept:?}"),
    }
}

fn messages(pair: &mut Pair, owner: &Who, conversation: ConversationId) -> Vec<Kept> {
    let mut all = pair.kept(Read::Messages {
        owner: owner.person(),
        conversation,
        from: Number(0),
        before: Number::LAST,
        limit: 100,
    });
    all.reverse();
    all
}

#[test]
fn accounts_and_lists_are_still_there() {
    let mut pair = Pair::over(version_2());
    let [alice, bob, carol] = people(&pair);
    let ids = [&bob, &carol, &alice].map(|who| who.person().get());
    assert_eq!(ids, [1, 2, 3], "in the order of their names");
    let email = Address::Email(EmailAddress::parse("bob@example.com").unwrap());
    let found = pair.by_address(&email).unwrap();
    assert_eq!((&found.who, &*found.name), (&bob, "Bob"));
    assert_eq!(found.password_hash.expose(), "$argon2id$ hash of bob");
    let user = UserId::parse("testing").unwrap();
    let hash = pair.reader.accounts().service_account(&user).unwrap();
    assert_eq!(hash.unwrap().expose(), "$argon2id$ hash of testing");

    let friend = Lists::FORWARD | Lists::ALLOW;
    let contacts = |found: &PersonRecord| -> Vec<(Who, Lists, u64)> {
        let plain = |one: &msnp_server::network::ContactRecord| {
            assert!(one.told && one.own_name.is_empty() && one.groups.is_empty());
            (one.who.clone(), one.lists, one.version)
        };
        found.contacts.iter().map(plain).collect()
    };
    let found = pair.person(&alice);
    assert_eq!(&*found.name, "Älice <3");
    assert_eq!(
        contacts(&found),
        [(bob.clone(), friend, 1), (carol.clone(), friend, 1)]
    );
    let fact = |answered| Listed {
        lists: true,
        version: 1,
        answered,
    };
    assert_eq!(found.listed, [(bob.clone(), "Bob".into(), fact(true))]);
    let found = pair.person(&bob);
    assert_eq!(
        contacts(&found),
        [(carol.clone(), Lists::BLOCK, 0), (alice.clone(), friend, 1)]
    );
    assert_eq!(
        found.listed,
        [(alice.clone(), "Älice <3".into(), fact(true))]
    );
    let found = pair.person(&carol);
    assert_eq!(found.listed, [(alice, "Älice <3".into(), fact(false))]);
    assert!(found.privacy.is_none() && found.groups.is_empty() && found.properties.is_empty());
}

#[test]
fn conversations_are_still_there() {
    let mut pair = Pair::over(version_2());
    let [alice, bob, carol] = people(&pair);
    let all = messages(&mut pair, &bob, with(&alice));
    assert_eq!(
        numbers(&all),
        [after(0), after(1), after(3), after(4), after(11)]
    );
    let words: Vec<_> = all
        .iter()
        .map(|kept| {
            let (author, said) = said(kept);
            let Author::Person(who, endpoint) = author else {
                panic!("a person's: {author:?}");
            };
            assert_eq!(
                (&*said.kind, kept.conversation.clone()),
                ("Text", with(&alice))
            );
            let name = message_name(kept.number.0);
            assert_eq!(kept.message.name, name);
            assert_eq!(kept.message.arrival.as_millis(), kept.number.0);
            let body = std::str::from_utf8(&said.body).unwrap();
            (who.clone(), *endpoint, said.client_id.as_deref(), body)
        })
        .collect();
    let [hers, his] = [1, 2].map(|n| Guid::from_bytes([n; 16]));
    assert_eq!(
        words,
        [
            (alice.clone(), hers, Some("101"), "hello, Bob"),
            (bob.clone(), his, Some("7"), "hi \u{1F600}"),
            (alice.clone(), hers, Some("102"), "hello, Bobby"),
            (alice.clone(), hers, None, "without an id"),
            (alice.clone(), hers, Some("103"), "you are gone"),
        ]
    );
    let attributes = |at: usize| said(&all[at]).1.attributes.iter().collect::<Vec<_>>();
    assert_eq!(
        attributes(0),
        [
            ("IM-Display-Name", "Älice <3"),
            ("Content-Type", "Text/plain; charset=UTF-8")
        ]
    );
    assert_eq!(
        attributes(1),
        [("IM-Display-Name", "Bob"), ("X-Unknown", "kept")]
    );
    assert_eq!(
        said(&all[2]).1.attributes.get("Skype-EditedId"),
        Some("101")
    );

    let found = pair.read(Read::Conversations {
        owner: bob.person(),
        since: Number(0),
        limit: 9,
    });
    let Found::Conversations(found) = found else {
        panic!("conversations: {found:?}");
    };
    assert_eq!(found.len(), 2);
    let read = Horizon {
        number: Number(after(1)),
        client_id: Some("7".into()),
        at: UnixTime::from_millis(after(2)),
    };
    assert_eq!(found[0].last, all[4]);
    assert_eq!(
        (found[0].horizon.as_ref(), found[0].left),
        (Some(&read), None)
    );
    assert_eq!((found[1].horizon.as_ref(), found[1].left), (None, None));

    // What waits, what was sent, and the numbers that were given.
    assert_eq!(messages(&mut pair, &carol, with(&alice)).len(), 1);
    let hers = pair.kept(backlog(&carol, after(9), u64::MAX, true, 9));
    assert_eq!(numbers(&hers), [after(10)]);
    let waiting = pair.waiting(&bob);
    assert!(!waiting.contains(&after(0)) && waiting.contains(&after(3)));
    assert_eq!(waiting.len(), 8);
    let record = pair.person(&bob);
    assert_eq!(record.last, Number(after(11)));
    let sent: Vec<_> = record
        .sent
        .iter()
        .map(|one| (&*one.client_id, one.conversation.clone()))
        .collect();
    let group = ConversationId::Thread(ThreadId(GROUP));
    assert_eq!(sent, [("7", with(&alice)), ("8", group)]);
    assert_eq!(record.sent[0].digest, said(&all[1]).1.digest());
    assert_eq!(pair.last_name(HomeId::default()), after(11));
}

#[test]
fn groups_are_still_there() {
    let mut pair = Pair::over(version_2());
    let [alice, bob, carol] = people(&pair);
    let id = ThreadId(GROUP);
    let member = |who: &Who, role, left: Option<u64>| Member {
        who: who.clone(),
        role,
        left: left.map(UnixTime::from_millis),
    };
    let thread = Thread {
        id,
        version: after(9),
        topic: "tea & <cake>".into(),
        creator: alice.clone(),
        members: vec![
            member(&alice, Role::Admin, None),
            member(&bob, Role::Admin, None),
            member(&carol, Role::User, Some(after(9))),
        ],
    };
    let found = pair.read(Read::Thread(id));
    assert_eq!(found, Found::Thread(Some(Arc::new(thread))));

    let all = messages(&mut pair, &alice, ConversationId::Thread(id));
    let happened: Vec<Activity> = all
        .iter()
        .filter_map(|kept| match &kept.message.content {
            Content::Activity(activity) => {
                assert_eq!(kept.message.author, Author::Thread(id));
                Some(activity.clone())
            }
            Content::Said(_) => None,
        })
        .collect();
    let at = |seconds, deed| Activity {
        at: UnixTime::from_millis(after(seconds)),
        by: alice.clone(),
        deed,
    };
    assert_eq!(
        happened,
        [
            at(4, Deed::Added(vec![bob.clone()])),
            at(5, Deed::Added(vec![carol.clone()])),
            at(6, Deed::Roles(vec![(bob, Role::Admin)])),
            at(7, Deed::Topic("tea & <cake>".into())),
            at(9, Deed::Removed(vec![carol.clone()])),
        ]
    );
    assert_eq!(all.len(), 6, "five activities and what Bob said");
    let found = pair.read(Read::Conversations {
        owner: carol.person(),
        since: Number(0),
        limit: 9,
    });
    let Found::Conversations(found) = found else {
        panic!("conversations: {found:?}");
    };
    assert_eq!(found[1].last.conversation, ConversationId::Thread(id));
    assert_eq!(found[1].left, Some(UnixTime::from_millis(after(9))));
}

#[test]
fn what_cannot_be_read_as_an_activity_stays_as_it_is() {
    let file = version_2();
    let connection = rusqlite::Connection::open(file.path()).unwrap();
    let change = "UPDATE message SET body = CAST('<addmember><eventtime>1</eventtime>\
        <initiator>8:nobody</initiator></addmember>' AS BLOB) WHERE id = ?1";
    let at = i64::try_from(after(5)).unwrap();
    assert_eq!(connection.execute(change, [at]).unwrap(), 1);
    drop(connection);
    let mut pair = Pair::over(file);
    let [alice, ..] = people(&pair);
    let id = ThreadId(GROUP);
    let all = messages(&mut pair, &alice, ConversationId::Thread(id));
    let kept = all.iter().find(|kept| kept.number.0 == after(5)).unwrap();
    let (author, words) = said(kept);
    assert_eq!(*author, Author::Thread(id));
    assert_eq!(&*words.kind, "ThreadActivity/AddMember");
    assert!(words.body.starts_with(b"<addmember>"));
}

#[test]
fn a_second_opening_changes_nothing() {
    fn all(pair: &mut Pair) -> Vec<Found> {
        let [alice, bob, carol] = people(pair);
        let whole = |who: &Who| {
            [
                Read::Person(who.person()),
                backlog(who, 0, u64::MAX, false, 100),
                Read::Conversations {
                    owner: who.person(),
                    since: Number(0),
                    limit: 100,
                },
            ]
        };
        let questions = [&alice, &bob, &carol].map(whole);
        questions
            .into_iter()
            .flatten()
            .map(|one| pair.read(one))
            .collect()
    }
    let mut pair = Pair::over(version_2());
    let first = all(&mut pair);
    let Pair {
        writer,
        reader,
        file,
    } = pair;
    drop((writer, reader));
    let mut pair = Pair::over(file);
    assert_eq!(all(&mut pair), first);
}

#[test]
fn a_file_of_the_first_version_gets_what_is_new() {
    let mut pair = Pair::over(version_1());
    let [alice, bob, _] = people(&pair);
    assert_eq!(messages(&mut pair, &bob, with(&alice)).len(), 5);
    let user = UserId::parse("testing").unwrap();
    let hash = msnp_proto::Secret::new("hash".to_owned());
    let found = |pair: &Pair| pair.reader.accounts().service_account(&user).unwrap();
    assert_eq!(found(&pair), None);
    for added in [true, false] {
        let mut directory = pair.writer.directory();
        assert_eq!(directory.add_service_account(&user, &hash).unwrap(), added);
    }
    assert_eq!(found(&pair), Some(hash.clone()));
    let tried = UserId::parse("tried").unwrap();
    let on_trial = |pair: &Pair, user| pair.reader.accounts().is_on_trial(user).unwrap();
    for added in [true, false] {
        let mut directory = pair.writer.directory();
        assert_eq!(directory.add_trial_account(&tried, &hash).unwrap(), added);
        assert!(!directory.add_trial_account(&user, &hash).unwrap());
    }
    assert!(on_trial(&pair, &tried) && !on_trial(&pair, &user));
    assert!(
        pair.writer
            .directory()
            .remove_service_account(&tried)
            .unwrap()
    );
    assert!(!on_trial(&pair, &tried), "whoever is called so next is not");
}

#[test]
fn a_file_of_version_3_gets_access_tokens_and_loses_nothing() {
    let mut pair = Pair::over(version_3());
    let [alice, bob, _] = people(&pair);
    assert_eq!(messages(&mut pair, &bob, with(&alice)).len(), 5);
    let accounts = pair.reader.accounts();
    assert_eq!(accounts.access_tokens(alice.person()).unwrap(), []);
    let new = NewAccessToken::new("an old client", UnixTime::from_millis(7), [3; 10]);
    let address = Address::Email(alice.email().clone());
    let added = pair.writer.directory().add_access_token(&address, &new);
    let number = added.unwrap().unwrap();
    let kept = pair.reader.accounts().access_tokens(alice.person());
    assert_eq!(kept.unwrap(), [new.numbered(number)]);
}

#[test]
fn a_reader_leaves_an_older_file_as_it_is() {
    let file = version_2();
    let refused = Reader::open(file.path(), PATIENCE).unwrap_err();
    let older = OpenError::Older { found: 2, known: 5 };
    assert_eq!(refused.to_string(), older.to_string());
    let bytes = std::fs::read(file.path()).unwrap();
    assert_eq!(bytes, include_bytes!("../data/database-v2.sqlite"));
}

#[cfg(unix)]
#[test]
fn an_older_file_is_taken_from_others() {
    use std::os::unix::fs::PermissionsExt as _;

    let file = version_2();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(file.path(), open).unwrap();
    let pair = Pair::over(file);
    for path in pair.file.all() {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}
