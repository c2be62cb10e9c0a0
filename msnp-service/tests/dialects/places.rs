//! Several places of one person, of which one signs another out.

use msnp_client::{Dialect, Event, Reason, Status};

use crate::carrier::{Carrier, Home};
use crate::person::{Person, Step};

/// The dialects of a place, and of the other that it signs out.
const PAIRS: [(Dialect, Dialect); 9] = [
    (Dialect::MSNP16, Dialect::MSNP16),
    (Dialect::MSNP17, Dialect::MSNP17),
    (Dialect::MSNP18, Dialect::MSNP18),
    (Dialect::MSNP16, Dialect::MSNP18),
    (Dialect::MSNP21, Dialect::MSNP21),
    (Dialect::MSNP18, Dialect::MSNP21),
    (Dialect::MSNP21, Dialect::MSNP18),
    (Dialect::MSNP22, Dialect::MSNP22),
    (Dialect::MSNP18, Dialect::MSNP22),
];

async fn signs_the_other_out(carrier: Carrier, here: Dialect, there: Dialect) -> Step<()> {
    let home = Home::open(carrier, &["ada"]).await;
    let mut first = Person::signed_in(&home, here, "ada").await?;
    let mut other = Person::elsewhere(&home, there, "ada");
    other.sign_in().await?;
    let endpoint = first
        .until("sees the other place", |event| match event {
            Event::OwnPresence(own) => {
                let mut all = own.presence.endpoints.iter();
                all.find(|it| it.id != own.this_endpoint).map(|it| it.id)
            }
            _ => None,
        })
        .await?;
    first
        .does("signs it out", move |client, now| {
            client.sign_out_endpoint(endpoint, now)
        })
        .await?;
    let reason = other
        .until("is signed out", |event| match event {
            Event::SignedOut(reason) => Some(*reason),
            _ => None,
        })
        .await?;
    if reason != Reason::Elsewhere {
        return Err(format!("signed out: {reason}"));
    }
    let me = first.id("ada");
    first
        .knows("sees that it is gone", |client| {
            let places = client.presence(&me).endpoints;
            places.iter().all(|it| it.id != endpoint).then_some(())
        })
        .await?;
    // Who has said so stays.
    first
        .does("is busy", |client, now| {
            client.set_status(Status::BUSY, now)
        })
        .await?;
    home.stop().await;
    Ok(())
}

async fn each(carrier: Carrier) {
    let is_spoken = |it: Dialect| !it.has_web_sign_in() || carrier == Carrier::Gateway;
    let pairs = PAIRS.into_iter();
    for (here, there) in pairs.filter(|(here, there)| is_spoken(*here) && is_spoken(*there)) {
        let done = signs_the_other_out(carrier, here, there).await;
        assert_eq!(done, Ok(()), "{here} signs {there} out, {carrier:?}");
    }
}

#[tokio::test]
async fn a_place_signs_another_out_by_tcp() {
    each(Carrier::Tcp).await;
}

#[tokio::test]
async fn a_place_signs_another_out_through_the_gateway() {
    each(Carrier::Gateway).await;
}
