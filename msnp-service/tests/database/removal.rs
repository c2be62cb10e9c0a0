//! What becomes of somebody who is removed, and of somebody who may not sign in.

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_server::Taken;
use msnp_server::identity::Address;
use msnp_server::network::{
    Change, ContactRecord, ConversationId, Found, Lists, Member, Read, Role, Thread, ThreadId,
};

use msnp_service::accounts::NewAccessToken;

use crate::store::{Pair, Store, account, message, people, said, share, with};

const NOW: UnixTime = UnixTime::from_millis(1_000);
const GROUP: ThreadId = ThreadId([7; 16]);

#[test]
fn who_is_removed_leaves_only_what_they_wrote_to_others() {
    let mut pair = Pair::new();
    let [alice, bob, carol] = people(&mut pair);
    let listed = |who: &msnp_server::identity::Who| ContactRecord {
        who: who.clone(),
        name: "".into(),
        lists: Lists::FORWARD,
        own_name: "".into(),
        groups: Vec::new(),
        version: 1,
        told: true,
    };
    pair.keep(said(10, &alice, &bob));
    pair.keep(said(20, &carol, &alice));
    pair.keep(vec![
        Change::Contact(alice.person(), listed(&bob)),
        Change::Contact(bob.person(), listed(&alice)),
        Change::Contact(bob.person(), listed(&carol)),
        Change::Property(alice.person(), "PHH".into(), "555".into()),
        // A note to herself, which nobody else keeps.
        Change::Message(Arc::new(message(30, &alice, None))),
        share(&alice, 30, with(&alice), 30, false),
    ]);
    let token = NewAccessToken::new("hers", NOW, [3; 10]);
    let email = Address::Email(alice.email().clone());
    let added = pair.writer.directory().add_access_token(&email, &token);
    added.unwrap().unwrap();
    pair.writer.directory().remove(alice.person(), NOW).unwrap();

    // What she wrote to Bob waits for him, under her name, and is all that there is of it.
    assert_eq!(pair.waiting(&bob), [11]);
    let names: Vec<_> = pair
        .person(&bob)
        .contacts
        .into_iter()
        .map(|c| c.who)
        .collect();
    assert_eq!(names, [carol]);
    let copy = rusqlite::Connection::open(pair.file.path()).unwrap();
    let count = |sql: &str| copy.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let id = alice.person().get();
    assert_eq!(count("SELECT count(*) FROM message"), 2);
    assert_eq!(count("SELECT count(*) FROM access_token"), 0);
    for table in ["share", "horizon", "contact", "contact_group", "property"] {
        let sql = format!("SELECT count(*) FROM {table} WHERE owner = {id}");
        assert_eq!(count(&sql), 0, "{table}");
    }
    let whole: String = copy
        .query_row(
            &format!("SELECT email || name || password_hash FROM account WHERE id = {id}"),
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(whole, "removed-1@removed.invalidalice!");
}

#[test]
fn who_is_removed_is_found_by_nobody_and_followed_by_nobody_of_that_name() {
    let mut pair = Pair::new();
    let [alice, ..] = people(&mut pair);
    pair.writer.directory().remove(alice.person(), NOW).unwrap();
    let addresses = vec![
        Address::Skype(alice.skype_id().clone()),
        Address::Email(alice.email().clone()),
    ];
    for address in &addresses {
        assert!(pair.by_address(address).is_none());
    }
    assert_eq!(
        pair.read(Read::Addresses(addresses)),
        Found::Addresses(vec![None, None])
    );
    assert_eq!(pair.list().len(), 2);
    assert_eq!(pair.add(account("alice")), Err(Taken::SkypeId));
    // The address is free again.
    let mut other = account("alice2");
    other.email = alice.email().clone();
    assert!(pair.add(other).is_ok());
}

#[test]
fn who_is_removed_leaves_every_group_and_the_eldest_becomes_admin() {
    let mut pair = Pair::new();
    let [alice, bob, carol] = people(&mut pair);
    let member = |who: &msnp_server::identity::Who, role| Member {
        who: who.clone(),
        role,
        left: None,
    };
    let thread = Thread {
        id: GROUP,
        version: 9,
        topic: "plans".into(),
        creator: alice.clone(),
        members: vec![
            member(&alice, Role::Admin),
            member(&bob, Role::User),
            member(&carol, Role::User),
        ],
    };
    pair.keep(vec![
        Change::Thread(Arc::new(thread)),
        Change::Message(Arc::new(message(5, &alice, None))),
        share(&bob, 5, ConversationId::Thread(GROUP), 5, false),
    ]);
    pair.writer.directory().remove(alice.person(), NOW).unwrap();
    let Found::Thread(Some(thread)) = pair.read(Read::Thread(GROUP)) else {
        panic!("the group is there");
    };
    assert_eq!(thread.version, 1_000);
    let members: Vec<_> = thread
        .members
        .iter()
        .map(|one| (one.who.person(), one.role, one.left))
        .collect();
    assert_eq!(
        members,
        [
            (alice.person(), Role::User, Some(NOW)),
            (bob.person(), Role::Admin, None),
            (carol.person(), Role::User, None),
        ]
    );
    // Another who goes changes nobody's role.
    pair.writer.directory().remove(carol.person(), NOW).unwrap();
    let Found::Thread(Some(thread)) = pair.read(Read::Thread(GROUP)) else {
        panic!("the group is there");
    };
    assert_eq!(thread.version, 1_001);
    assert_eq!(thread.members[1].role, Role::Admin);
}

#[test]
fn a_disabled_account_keeps_its_password_for_later() {
    let mut pair = Pair::new();
    let [alice, ..] = people(&mut pair);
    let address = Address::Email(alice.email().clone());
    let hash = |pair: &Pair| {
        let found = pair.by_address(&address).unwrap();
        found.password_hash.expose().clone()
    };
    let set = |pair: &mut Pair, disabled| {
        let mut directory = pair.writer.directory();
        directory.set_disabled(alice.person(), disabled).unwrap()
    };
    assert!(set(&mut pair, true));
    assert!(!set(&mut pair, true), "it is already");
    assert_eq!(hash(&pair), "!hash of alice");
    assert!(set(&mut pair, false));
    assert!(!set(&mut pair, false));
    assert_eq!(hash(&pair), "hash of alice");
}

#[test]
fn an_address_can_be_changed_to_one_that_nobody_has() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    let mut directory = pair.writer.directory();
    let taken = directory.set_email(alice.person(), bob.email()).unwrap();
    assert_eq!(taken, Err(Taken::Email));
    let new = msnp_server::identity::EmailAddress::parse("new@example.org").unwrap();
    assert_eq!(directory.set_email(alice.person(), &new).unwrap(), Ok(true));
    let found = pair.by_address(&Address::Email(new)).unwrap();
    assert_eq!(found.who.person(), alice.person());
}
