//! MSNP7: signing in by an access token, its lists, and a talk with somebody of today.

use msnp_client::{Dialect, Lists, Reason, Status};

use crate::carrier::{Carrier, Home};
use crate::person::{Person, Step};

const ALICE: &str = "alice";

async fn talks(carrier: Carrier) -> Step<()> {
    let home = Home::start(carrier, |_| {}).await;
    home.take_in(&[ALICE, "bob"]).await;
    let token = home.access_token(ALICE).await;
    let mut alice = Person::with_secret(&home, Dialect::MSNP7, ALICE, &token);
    let mut bob = Person::signed_in(&home, Dialect::MSNP18, "bob").await?;
    alice.sign_in().await?;
    alice.adds("bob").await?;
    bob.adds(ALICE).await?;
    alice.sees_status("bob", Status::ONLINE).await?;
    bob.sees_status(ALICE, Status::ONLINE).await?;
    let id = alice.id("bob");
    for name in ["Friends", "Work"] {
        alice
            .does("adds a group", move |client, now| {
                client.add_contact_group(name, now)
            })
            .await?;
    }
    let of = id.clone();
    alice
        .does("sorts bob in", move |client, now| {
            client.put_into_contact_group(&of, "Work", now)
        })
        .await?;
    alice.sign_out().await?;
    alice.sign_in().await?;
    alice
        .knows("has the lists of before", |client| {
            let groups: Vec<_> = client.contact_groups().collect();
            let is_known = groups == ["Friends", "Work"]
                && client.contacts().any(|one| {
                    one.id == id && one.lists.contains(Lists::FORWARD) && one.groups == ["Work"]
                });
            is_known.then_some(())
        })
        .await?;
    alice.says("bob", "gr\u{fc}\u{df}e by MD5").await?;
    bob.hears(ALICE, "gr\u{fc}\u{df}e by MD5").await?;
    bob.says(ALICE, "from 2009").await?;
    alice.hears("bob", "from 2009").await?;
    alice.sign_out().await?;
    bob.sees_status(ALICE, Status::OFFLINE).await?;
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn msnp7_signs_in_by_an_access_token_and_talks() {
    for carrier in [Carrier::Tcp, Carrier::Gateway, Carrier::Tls] {
        let done = talks(carrier).await;
        done.unwrap_or_else(|why| panic!("{}: {why}", carrier.name()));
    }
}

#[tokio::test]
async fn no_password_signs_in_by_md5() {
    let home = Home::start(Carrier::Tcp, |_| {}).await;
    home.take_in(&[ALICE]).await;
    let mut alice = Person::new(&home, Dialect::MSNP7, ALICE);
    let refused = alice.sign_in().await.expect_err("a password is none");
    let reason = format!("({:?})", Reason::WrongCredentials);
    assert!(refused.ends_with(&reason), "{refused}");
    home.stop().await;
}
