//! Accounts, contacts, groups, and what is known of others.

use msnp_proto::Guid;
use msnp_server::identity::{Address, EmailAddress, PersonId, SkypeId, Who};
use msnp_server::network::{
    Change, ContactRecord, Found, Group, Listed, Lists, PersonRecord, Privacy, Read,
};
use msnp_server::{NewAccount, Taken};

use crate::conformance;
use crate::store::{Store, account, people};

fn skype(name: &str) -> Address {
    Address::Skype(SkypeId::parse(name).unwrap())
}

fn email(address: &str) -> Address {
    Address::Email(EmailAddress::parse(address).unwrap())
}

fn contact(who: &Who, lists: Lists) -> ContactRecord {
    ContactRecord {
        who: who.clone(),
        name: "only when read".into(),
        lists,
        own_name: "".into(),
        groups: Vec::new(),
        version: 1,
        told: true,
    }
}

fn group(id: u8, name: &str) -> Group {
    Group {
        id: Guid::from_bytes([id; 16]),
        name: name.into(),
    }
}

fn contacts(found: &PersonRecord) -> Vec<(String, Lists)> {
    let all = found.contacts.iter();
    all.map(|one| (one.name.to_string(), one.lists)).collect()
}

fn accounts_are_found_by_name_and_by_address<S: Store>(mut store: S) {
    let bob = store.add(account("bob")).unwrap();
    let alice = store.add(account("alice")).unwrap();
    assert_eq!(bob.person(), PersonId::new(1));
    assert_eq!(alice.person(), PersonId::new(2));
    for (address, expected) in [
        (skype("Alice"), Some(&alice)),
        (skype("8:alice"), Some(&alice)),
        (email("BOB@example.org"), Some(&bob)),
        (skype("carol"), None),
        (email("carol@example.org"), None),
    ] {
        let found = store.by_address(&address);
        assert_eq!(found.as_ref().map(|found| &found.who), expected);
        let asked = store.read(Read::Addresses(vec![address.clone()]));
        let told = expected.map(|who| (who.clone(), who.skype_id().as_str().to_uppercase().into()));
        assert_eq!(asked, Found::Addresses(vec![told]));
        if let Some(found) = found {
            assert!(found.who.is_at(&address));
            let name = found.who.skype_id();
            assert_eq!(found.password_hash.expose(), &format!("hash of {name}"));
        }
    }
    let listed: Vec<String> = store
        .list()
        .iter()
        .map(|one| one.who.skype_id().to_string())
        .collect();
    assert_eq!(listed, ["alice", "bob"]);
}

fn names_and_addresses_are_taken_once<S: Store>(mut store: S) {
    assert!(store.add(account("alice")).is_ok());
    assert_eq!(store.add(account("alice")), Err(Taken::SkypeId));
    let same_address = NewAccount {
        skype_id: SkypeId::parse("alice2").unwrap(),
        ..account("alice")
    };
    assert_eq!(store.add(same_address), Err(Taken::Email));
    assert!(store.by_address(&skype("alice2")).is_none());
    assert_eq!(store.list().len(), 1);
}

fn an_account_can_change_its_name_and_password<S: Store>(mut store: S) {
    let [alice, bob, _] = people(&mut store);
    let nobody = PersonId::new(99);
    assert!(store.set_name(alice.person(), "Älice <3"));
    assert!(store.set_password_hash(alice.person(), "new"));
    assert!(!store.set_name(nobody, "x") && !store.set_password_hash(nobody, "x"));
    store.keep(vec![
        Change::Name(bob.person(), "Bobby".into()),
        Change::Name(nobody, "x".into()),
    ]);
    let found = store.by_address(&skype("alice")).unwrap();
    assert_eq!(
        (&*found.name, found.password_hash.expose().as_str()),
        ("Älice <3", "new")
    );
    assert_eq!(&*store.person(&bob).name, "Bobby");
    assert_eq!(store.read(Read::Person(nobody)), Found::Person(None));
}

fn contacts_are_set_and_removed_one_by_one<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    let friend = Lists::FORWARD | Lists::ALLOW;
    let set = |contact| Change::Contact(alice.person(), contact);
    store.keep(vec![set(contact(&carol, Lists::BLOCK))]);
    store.keep(vec![set(contact(&bob, friend))]);
    assert_eq!(
        contacts(&store.person(&alice)),
        [
            ("BOB".to_owned(), friend),
            ("CAROL".to_owned(), Lists::BLOCK)
        ]
    );
    store.set_name(carol.person(), "Caro");
    store.keep(vec![set(contact(&bob, Lists::NONE))]);
    let left = [("Caro".to_owned(), Lists::BLOCK)];
    assert_eq!(contacts(&store.person(&alice)), left);
    assert_eq!(store.person(&bob).contacts, []);
    // A name, or something left to be told, is enough to be remembered.
    let named = ContactRecord {
        own_name: "Bobby".into(),
        ..contact(&bob, Lists::NONE)
    };
    let untold = ContactRecord {
        told: false,
        version: 7,
        ..contact(&carol, Lists::NONE)
    };
    store.keep(vec![set(named), set(untold)]);
    let found = store.person(&alice).contacts;
    assert_eq!((&*found[0].own_name, found[0].told), ("Bobby", true));
    assert_eq!((found[1].version, found[1].told), (7, false));
    let told = |version| Change::Told(alice.person(), carol.person(), version);
    store.keep(vec![told(6)]);
    assert_eq!(store.person(&alice).contacts.len(), 2);
    store.keep(vec![told(7)]);
    assert_eq!(store.person(&alice).contacts.len(), 1);
}

fn groups_are_in_the_order_in_which_they_were_made<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    let me = alice.person();
    let (work, friends) = (group(9, "work"), group(3, "friends"));
    let inside = ContactRecord {
        groups: vec![friends.id, work.id],
        ..contact(&bob, Lists::FORWARD)
    };
    let alone = ContactRecord {
        groups: vec![work.id],
        ..contact(&carol, Lists::NONE)
    };
    store.keep(vec![
        Change::Group(me, work.clone()),
        Change::Group(me, friends.clone()),
        Change::Group(bob.person(), group(9, "another's")),
        Change::Contact(me, inside),
        Change::Contact(me, alone),
    ]);
    let work = group(9, "work!");
    store.keep(vec![Change::Group(me, work.clone())]);
    let found = store.person(&alice);
    assert_eq!(found.groups, [work.clone(), friends.clone()]);
    assert_eq!(found.contacts[0].groups, [friends.id, work.id]);
    assert_eq!(found.contacts[1].groups, [work.id]);
    store.keep(vec![Change::GroupRemoved(me, work.id)]);
    let found = store.person(&alice);
    assert_eq!(found.groups, std::slice::from_ref(&friends));
    assert_eq!(found.contacts.len(), 1, "nothing was left of Carol");
    assert_eq!(found.contacts[0].groups, [friends.id]);
    assert_eq!(store.person(&bob).groups, [group(9, "another's")]);
}

fn privacy_and_properties_are_kept<S: Store>(mut store: S) {
    let [alice, bob, _] = people(&mut store);
    let me = alice.person();
    let set = |name: &str, value: &str| Change::Property(me, name.into(), value.into());
    assert_eq!(store.person(&alice).privacy, None);
    store.keep(vec![
        Change::Privacy(me, Privacy::BlockOthers),
        set("PHH", "1"),
        set("MFN", "a"),
        set("PHH", "2"),
        set("HSB", "x"),
    ]);
    store.keep(vec![set("HSB", ""), set("none", "")]);
    let found = store.person(&alice);
    assert_eq!(found.privacy, Some(Privacy::BlockOthers));
    assert_eq!(
        found.properties,
        [("MFN".into(), "a".into()), ("PHH".into(), "2".into())]
    );
    store.keep(vec![Change::Privacy(me, Privacy::AllowOthers)]);
    assert_eq!(store.person(&alice).privacy, Some(Privacy::AllowOthers));
    assert_eq!(store.person(&bob).properties, []);
}

fn those_who_watch_are_those_with_a_forward_entry<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    let fact = |lists, version, answered| Listed {
        lists,
        version,
        answered,
    };
    let state = |by: &Who, fact| Change::Listed {
        holder: bob.person(),
        by: by.clone(),
        fact,
    };
    store.keep(vec![state(&carol, fact(true, 1, false))]);
    store.keep(vec![state(&alice, fact(true, 4, true))]);
    assert_eq!(
        store.person(&bob).listed,
        [
            (alice.clone(), "ALICE".into(), fact(true, 4, true)),
            (carol.clone(), "CAROL".into(), fact(true, 1, false)),
        ]
    );
    store.keep(vec![state(&alice, fact(false, 5, true))]);
    assert_eq!(store.person(&bob).listed[0].2, fact(false, 5, true));
    assert_eq!(store.person(&alice).listed, []);
}

conformance! {
    accounts_are_found_by_name_and_by_address
    names_and_addresses_are_taken_once
    an_account_can_change_its_name_and_password
    contacts_are_set_and_removed_one_by_one
    groups_are_in_the_order_in_which_they_were_made
    privacy_and_properties_are_kept
    those_who_watch_are_those_with_a_forward_entry
}
