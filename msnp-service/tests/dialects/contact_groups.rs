//! The groups of the contact list, in every dialect that has them, as they are at the next sign-in too.

use msnp_client::{Client, Dialect, Reason, Refused};

use crate::carrier::{Carrier, Home};
use crate::person::{Person, Step};

/// All groups, and those that somebody is in.
type Sorted = (Vec<String>, Vec<String>);

fn sorted(client: &Client, who: &msnp_client::ContactId) -> Sorted {
    let groups = client.contact_groups().map(str::to_owned).collect();
    let mut contacts = client.contacts();
    let contact = contacts.find(|one| one.id == *who);
    let of = contact.map(|one| one.groups.clone()).unwrap_or_default();
    (groups, of)
}

async fn is_sorted(alice: &mut Person, groups: &[&str], of_bob: &[&str]) -> Step<()> {
    let bob = alice.id("bob");
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let expected: Sorted = (owned(groups), owned(of_bob));
    let what = format!("has the groups {expected:?}");
    alice
        .knows(&what, |client| {
            (sorted(client, &bob) == expected).then_some(())
        })
        .await
}

async fn sorts(home: &Home, dialect: Dialect) -> Step<()> {
    let mut alice = Person::signed_in(home, dialect, "alice").await?;
    alice.adds("bob").await?;
    let bob = alice.id("bob");
    for name in ["Work & <play>", "Fr\u{e9}unde 100%"] {
        alice
            .does("adds a group", move |client, now| {
                client.add_contact_group(name, now)
            })
            .await?;
    }
    let both = ["Work & <play>", "Fr\u{e9}unde 100%"];
    is_sorted(&mut alice, &both, &[]).await?;
    for name in both {
        let bob = bob.clone();
        alice
            .does("sorts bob in", move |client, now| {
                client.put_into_contact_group(&bob, name, now)
            })
            .await?;
    }
    is_sorted(&mut alice, &both, &both).await?;
    alice
        .does("renames a group", move |client, now| {
            client.rename_contact_group(both[0], "Office", now)
        })
        .await?;
    is_sorted(&mut alice, &["Office", both[1]], &["Office", both[1]]).await?;
    let of = bob.clone();
    alice
        .does("takes bob out", move |client, now| {
            client.take_out_of_contact_group(&of, both[1], now)
        })
        .await?;
    is_sorted(&mut alice, &["Office", both[1]], &["Office"]).await?;
    // What is kept is what was told.
    alice.sign_out().await?;
    alice.sign_in().await?;
    is_sorted(&mut alice, &["Office", both[1]], &["Office"]).await?;
    alice
        .does("removes a group", |client, now| {
            client.remove_contact_group("Office", now)
        })
        .await?;
    is_sorted(&mut alice, &[both[1]], &[]).await?;
    let gone = alice.does("renames what is gone", |client, now| {
        client.rename_contact_group("Office", "Home", now)
    });
    let gone = gone.await.expect_err("there is none of this name");
    let not_found = format!("({:?})", Reason::NotFound);
    if !gone.ends_with(&not_found) {
        return Err(gone);
    }
    let taken = alice.does("adds a second of the name", move |client, now| {
        client.add_contact_group(both[1], now)
    });
    taken.await.expect_err("there is one already");
    // Whoever leaves the list leaves its groups.
    let of = bob.clone();
    alice
        .does("sorts bob in again", move |client, now| {
            client.put_into_contact_group(&of, both[1], now)
        })
        .await?;
    alice
        .does("removes bob", move |client, now| {
            client.remove_contact(&bob, now)
        })
        .await?;
    alice.adds("bob").await?;
    is_sorted(&mut alice, &[both[1]], &[]).await?;
    alice.sign_out().await
}

#[tokio::test]
async fn the_contact_list_is_sorted_into_groups_in_each_dialect_before_msnp24() {
    let before = (8..=21).filter_map(Dialect::new);
    for dialect in before {
        let home = Home::start(Carrier::Tcp, |_| {}).await;
        home.take_in(&["alice", "bob"]).await;
        let done = sorts(&home, dialect).await;
        done.unwrap_or_else(|why| panic!("{dialect}: {why}"));
    }
}

#[tokio::test]
async fn msnp24_has_no_groups_of_contacts() {
    let home = Home::start(Carrier::Gateway, |_| {}).await;
    home.take_in(&["alice"]).await;
    let alice = Person::signed_in(&home, Dialect::MSNP24, "alice").await;
    let alice = alice.unwrap_or_else(|why| panic!("{why}"));
    let refused = alice.call(|client, now| client.add_contact_group("Friends", now));
    assert_eq!(refused, Err(Refused::NotPossible));
}
