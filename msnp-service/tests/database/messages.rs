//! How a message comes to people, waits, and is received.

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_server::identity::HomeId;
use msnp_server::network::{
    Activity, Author, Change, Content, ConversationId, Deed, Member, Message, MessageName, Number,
    Role, SENT, Thread, ThreadId,
};

use crate::conformance;
use crate::store::{Store, backlog, message, message_name, numbers, people, said, share, with};

fn a_thread_is_replaced_as_a_whole<S: Store>(mut store: S) {
    use msnp_server::network::{Found, Read};

    let [alice, bob, _] = people(&mut store);
    let id = ThreadId([0xAB; 16]);
    assert_eq!(store.read(Read::Thread(id)), Found::Thread(None));
    let member = |who: &_, role, left: Option<u64>| Member {
        who: Clone::clone(who),
        role,
        left: left.map(UnixTime::from_millis),
    };
    let mut thread = Thread {
        id,
        version: 7,
        topic: "".into(),
        creator: bob.clone(),
        members: vec![
            member(&bob, Role::Admin, None),
            member(&alice, Role::User, None),
        ],
    };
    for _ in 0..2 {
        let now = Arc::new(thread.clone());
        store.keep(vec![Change::Thread(Arc::clone(&now))]);
        assert_eq!(store.read(Read::Thread(id)), Found::Thread(Some(now)));
        thread.version = 8;
        thread.topic = "tea & <cake>".into();
        thread.members = vec![
            member(&alice, Role::Admin, None),
            member(&bob, Role::User, Some(99)),
        ];
    }
}

fn a_message_waits_until_it_is_delivered<S: Store>(mut store: S) {
    let [alice, bob, _] = people(&mut store);
    assert_eq!(store.last_name(HomeId::default()), 0);
    assert_eq!(store.person(&bob).last, Number(0));
    for changes in [
        said(10, &alice, &bob),
        said(20, &alice, &bob),
        said(30, &bob, &alice),
    ] {
        store.keep(changes);
    }
    assert_eq!(store.last_name(HomeId::default()), 30);
    assert_eq!(store.last_name(HomeId(7)), 0);
    assert_eq!(store.person(&bob).last, Number(30));
    assert_eq!(store.person(&alice).last, Number(31));
    assert_eq!(store.waiting(&bob), [11, 21]);
    assert_eq!(store.waiting(&alice), [31]);
    let page = |store: &mut S, after, until, limit| {
        numbers(&store.kept(backlog(&bob, after, until, true, limit)))
    };
    assert_eq!(page(&mut store, 11, 99, 9), [21]);
    assert_eq!(page(&mut store, 0, 11, 9), [11]);
    assert_eq!(page(&mut store, 0, 99, 1), [11]);
    assert!(page(&mut store, 21, 21, 9).is_empty());
    assert!(page(&mut store, 22, 21, 9).is_empty());
    store.keep(vec![
        Change::Received(bob.person(), Number(11)),
        Change::Received(bob.person(), Number(30)),
        Change::Received(bob.person(), Number(99)),
    ]);
    assert_eq!(store.waiting(&bob), [21]);
    assert_eq!(store.waiting(&alice), [31]);
}

fn a_message_comes_back_as_it_was<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    store.keep(said(10, &alice, &bob));
    let kept = store.kept(backlog(&bob, 0, 11, true, 1)).remove(0);
    assert_eq!(kept.conversation, with(&alice));
    assert_eq!(*kept.message, message(10, &alice, Some("c10")));
    let thread = ThreadId([1; 16]);
    let happened = |number, deed| Message {
        name: MessageName {
            home: HomeId(3),
            number,
        },
        arrival: UnixTime::from_millis(number),
        author: Author::Thread(thread),
        content: Content::Activity(Activity {
            at: UnixTime::from_millis(1_431_882_693_260),
            by: alice.clone(),
            deed,
        }),
    };
    let people = vec![bob.clone(), carol.clone()];
    let roles = vec![(bob.clone(), Role::Admin), (carol.clone(), Role::User)];
    for (number, deed) in [
        (20, Deed::Added(people.clone())),
        (21, Deed::Removed(people)),
        (22, Deed::Roles(roles)),
        (23, Deed::Topic("tea & <cake>".into())),
        (24, Deed::Removed(Vec::new())),
    ] {
        let message = Arc::new(happened(number, deed));
        store.keep(vec![
            Change::Message(Arc::clone(&message)),
            Change::Share {
                owner: bob.person(),
                number: Number(number),
                conversation: ConversationId::Thread(thread),
                message: message.name,
                waiting: true,
            },
        ]);
        let kept = store.kept(backlog(&bob, number - 1, number, false, 9));
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].conversation, ConversationId::Thread(thread));
        assert_eq!((&kept[0].message, kept[0].waiting), (&message, true));
    }
    assert_eq!(store.last_name(HomeId(3)), 24);
    // A thread may also have said what no activity is: old databases hold such.
    let mut words = message(30, &alice, None);
    words.author = Author::Thread(thread);
    store.keep(vec![
        Change::Message(Arc::new(words.clone())),
        share(&bob, 30, ConversationId::Thread(thread), 30, false),
    ]);
    let kept = store.kept(backlog(&bob, 29, 30, false, 9));
    assert_eq!(*kept[0].message, words);
}

fn everything_since_a_message_is_listed_delivered_or_not<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    store.keep(said(10, &alice, &bob));
    store.keep(said(20, &bob, &alice));
    store.keep(said(30, &carol, &bob));
    store.keep(vec![Change::Received(bob.person(), Number(11))]);
    let mut since = |after, limit| -> Vec<(u64, bool)> {
        let all = store.kept(backlog(&bob, after, u64::MAX, false, limit));
        all.iter()
            .map(|kept| (kept.number.0, kept.waiting))
            .collect()
    };
    assert_eq!(since(0, 9), [(11, false), (20, false), (31, true)]);
    assert_eq!(since(11, 1), [(20, false)]);
    assert_eq!(since(31, 9), []);
}

fn a_message_that_is_there_stays_as_it_is<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    store.keep(said(10, &alice, &bob));
    store.keep(vec![
        Change::Message(Arc::new(message(10, &carol, None))),
        share(&carol, 10, with(&bob), 10, false),
        // Nobody keeps what is not there.
        share(&carol, 11, with(&bob), 999, false),
    ]);
    let kept = store.kept(backlog(&carol, 0, u64::MAX, false, 9));
    assert_eq!(numbers(&kept), [10]);
    assert_eq!(*kept[0].message, message(10, &alice, Some("c10")));
    // The name of another home is another name.
    let elsewhere = Message {
        name: MessageName {
            home: HomeId(1),
            ..message_name(10)
        },
        ..message(10, &carol, None)
    };
    store.keep(vec![
        Change::Message(Arc::new(elsewhere.clone())),
        Change::Share {
            owner: carol.person(),
            number: Number(12),
            conversation: with(&bob),
            message: elsewhere.name,
            waiting: false,
        },
    ]);
    let kept = store.kept(backlog(&carol, 10, u64::MAX, false, 9));
    assert_eq!(*kept[0].message, elsewhere);
}

fn a_sent_message_is_found_by_the_senders_own_id<S: Store>(mut store: S) {
    let [alice, bob, _] = people(&mut store);
    store.keep(said(10, &alice, &bob));
    store.keep(said(20, &bob, &alice));
    store.keep(vec![
        Change::Message(Arc::new(message(30, &alice, None))),
        share(&alice, 30, with(&bob), 30, false),
    ]);
    let sent = store.person(&alice).sent;
    assert_eq!(sent.len(), 1, "her own, and only with a client's id");
    let Content::Said(words) = message(10, &alice, None).content else {
        unreachable!("a message of words");
    };
    assert_eq!(
        (&*sent[0].client_id, sent[0].digest, &sent[0].conversation),
        ("c10", words.digest(), &with(&bob))
    );
    assert_eq!(sent[0].arrival, UnixTime::from_millis(10));
    assert_eq!(store.person(&bob).sent.len(), 1);

    let many = u64::try_from(SENT).unwrap() + 5;
    store.keep(
        (100..100 + many)
            .flat_map(|n| said(n, &alice, &bob))
            .collect(),
    );
    let sent = store.person(&alice).sent;
    assert_eq!(sent.len(), SENT);
    assert_eq!(
        &*sent[0].client_id, "c105",
        "the newest, the oldest of them first"
    );
    assert_eq!(&*sent[SENT - 1].client_id, format!("c{}", 99 + many));
}

conformance! {
    a_thread_is_replaced_as_a_whole
    a_message_waits_until_it_is_delivered
    a_message_comes_back_as_it_was
    everything_since_a_message_is_listed_delivered_or_not
    a_message_that_is_there_stays_as_it_is
    a_sent_message_is_found_by_the_senders_own_id
}
