//! History: conversations, their messages, how far they were read, and what is forgotten.

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_server::identity::Who;
use msnp_server::network::{
    Change, Conversation, ConversationId, Found, Horizon, Member, Number, Read, Role, Thread,
    ThreadId,
};

use crate::conformance;
use crate::store::{Store, backlog, message, numbers, people, said, share, with};

fn history(
    owner: &Who,
    conversation: ConversationId,
    from: u64,
    before: u64,
    limit: usize,
) -> Read {
    Read::Messages {
        owner: owner.person(),
        conversation,
        from: Number(from),
        before: Number(before),
        limit,
    }
}

fn conversations(
    store: &mut impl Store,
    owner: &Who,
    since: u64,
    limit: usize,
) -> Vec<Conversation> {
    let found = store.read(Read::Conversations {
        owner: owner.person(),
        since: Number(since),
        limit,
    });
    match found {
        Found::Conversations(found) => found,
        other => panic!("no conversations: {other:?}"),
    }
}

fn read(owner: &Who, conversation: ConversationId, number: u64, at: u64) -> Change {
    Change::Read(
        owner.person(),
        conversation,
        Number(number),
        UnixTime::from_millis(at),
    )
}

fn horizon(number: u64, client_id: Option<&str>, at: u64) -> Horizon {
    Horizon {
        number: Number(number),
        client_id: client_id.map(Arc::from),
        at: UnixTime::from_millis(at),
    }
}

fn history_is_read_backwards_in_pages<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    for number in 10..20 {
        store.keep(said(2 * number, &alice, &bob));
    }
    store.keep(said(40, &carol, &bob));
    let mut page = |from, before, limit| {
        numbers(&store.kept(history(&bob, with(&alice), from, before, limit)))
    };
    assert_eq!(page(0, u64::MAX, 3), [39, 37, 35]);
    assert_eq!(page(0, 35, 3), [33, 31, 29]);
    assert_eq!(page(31, 35, 3), [33, 31]);
    assert!(page(35, 35, 3).is_empty());
    assert!(page(36, 35, 3).is_empty());
    assert_eq!(store.kept(history(&carol, with(&alice), 0, 99, 9)), []);
}

fn conversations_come_newest_first_with_their_last_message<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    store.keep(said(10, &alice, &bob));
    store.keep(said(20, &carol, &bob));
    store.keep(said(30, &bob, &alice));
    let list = |store: &mut S, since, limit| -> Vec<(ConversationId, u64, Option<Horizon>)> {
        let all = conversations(store, &bob, since, limit);
        all.into_iter()
            .map(|one| (one.last.conversation, one.last.number.0, one.horizon))
            .collect()
    };
    let alice_30 = (with(&alice), 30, None);
    assert_eq!(
        list(&mut store, 0, 9),
        [alice_30.clone(), (with(&carol), 21, None)]
    );
    assert_eq!(list(&mut store, 30, 9), std::slice::from_ref(&alice_30));
    assert_eq!(list(&mut store, 31, 9), []);
    assert_eq!(list(&mut store, 0, 1), std::slice::from_ref(&alice_30));
    assert_eq!(list(&mut store, 0, 0), []);
    store.keep(vec![
        read(&bob, with(&carol), 21, 25),
        read(&bob, with(&bob), 1, 2),
    ]);
    store.keep(said(40, &carol, &bob));
    assert_eq!(
        list(&mut store, 0, 9),
        [
            (with(&carol), 41, Some(horizon(21, Some("c20"), 25))),
            alice_30
        ]
    );
}

fn a_horizon_is_told_by_a_message_that_is_there<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    store.keep(said(10, &alice, &bob));
    store.keep(said(20, &carol, &bob));
    store.keep(vec![
        Change::Message(Arc::new(message(30, &bob, None))),
        share(&bob, 30, with(&alice), 30, false),
    ]);
    let mut told = |number| {
        store.keep(vec![read(&bob, with(&alice), number, 99)]);
        conversations(&mut store, &bob, 0, 1)
            .remove(0)
            .horizon
            .unwrap()
    };
    assert_eq!(told(29), horizon(11, Some("c10"), 99));
    assert_eq!(told(30), horizon(30, None, 99));
    assert_eq!(told(u64::MAX), horizon(30, None, 99));
    assert_eq!(told(5), horizon(5, None, 99), "before all that is there");
}

fn who_is_out_of_a_thread_is_told_since_when<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    let id = ThreadId([7; 16]);
    let there = ConversationId::Thread(id);
    store.keep(vec![
        Change::Message(Arc::new(message(10, &alice, None))),
        share(&alice, 10, there.clone(), 10, false),
        share(&bob, 11, there.clone(), 10, false),
        share(&carol, 12, there, 10, false),
    ]);
    let mut left = |who: &Who| conversations(&mut store, who, 0, 9).remove(0).left;
    assert_eq!(left(&alice), Some(UnixTime::from_millis(10)));
    let member = |who: &Who, left: Option<u64>| Member {
        who: who.clone(),
        role: Role::User,
        left: left.map(UnixTime::from_millis),
    };
    let thread = Thread {
        id,
        version: 1,
        topic: "".into(),
        creator: alice.clone(),
        members: vec![member(&alice, None), member(&bob, Some(77))],
    };
    store.keep(vec![Change::Thread(Arc::new(thread))]);
    let mut left = |who: &Who| conversations(&mut store, who, 0, 9).remove(0).left;
    assert_eq!(left(&alice), None);
    assert_eq!(left(&bob), Some(UnixTime::from_millis(77)));
    assert_eq!(left(&carol), Some(UnixTime::from_millis(12)));
}

fn old_messages_are_forgotten_everywhere<S: Store>(mut store: S) {
    let [alice, bob, carol] = people(&mut store);
    store.keep(said(10, &alice, &bob));
    store.keep(said(20, &carol, &bob));
    store.keep(said(30, &alice, &bob));
    store.keep(vec![
        read(&bob, with(&alice), 11, 12),
        read(&bob, with(&carol), 21, 22),
    ]);
    store.keep(vec![Change::Forget(UnixTime::from_millis(30))]);
    assert_eq!(store.waiting(&bob), [31]);
    let all = store.kept(history(&bob, with(&alice), 0, u64::MAX, 9));
    assert_eq!(numbers(&all), [31]);
    let left = conversations(&mut store, &bob, 0, 9);
    assert_eq!(left.len(), 1);
    assert_eq!(
        left[0].horizon,
        Some(horizon(11, None, 12)),
        "as far as it was read"
    );
    assert_eq!(conversations(&mut store, &carol, 0, 9), []);
    let sent = store.person(&alice).sent;
    assert_eq!(
        sent.iter().map(|one| &*one.client_id).collect::<Vec<_>>(),
        ["c30"]
    );
    assert_eq!(store.kept(backlog(&bob, 0, u64::MAX, false, 9)).len(), 1);

    // No number is given again, and a conversation that comes back was not read.
    store.keep(vec![Change::Forget(UnixTime::from_millis(31))]);
    assert_eq!(conversations(&mut store, &bob, 0, 9), []);
    assert_eq!(store.person(&bob).last, Number(31));
    store.keep(said(40, &carol, &bob));
    assert_eq!(conversations(&mut store, &bob, 0, 9)[0].horizon, None);
    assert_eq!(store.person(&bob).last, Number(41));
}

conformance! {
    history_is_read_backwards_in_pages
    conversations_come_newest_first_with_their_last_message
    a_horizon_is_told_by_a_message_that_is_there
    who_is_out_of_a_thread_is_told_since_when
    old_messages_are_forgotten_everywhere
}
