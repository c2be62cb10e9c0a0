//! What the operator has said to everybody, as each dialect has it (`faces/classic/table.md`).

use msnp_client::Dialect;

use crate::carrier::{Carrier, Home, PASSWORD};
use crate::person::{Person, Step};
use crate::soap_caller::SoapCaller;

/// One of each way to be told something.
const DIALECTS: [(Dialect, &str); 5] = [
    (Dialect::MSNP8, "ada"),
    (Dialect::MSNP12, "ben"),
    (Dialect::MSNP18, "dan"),
    (Dialect::MSNP21, "eve"),
    (Dialect::MSNP24, "fay"),
];

async fn everybody_is_told(carrier: Carrier) -> Step<()> {
    let names = DIALECTS.map(|(_, name)| name);
    let home = Home::open(carrier, &names).await;
    home.take_in(&["desk", "gus"]).await;
    let added = home.service().add_service_account("testing", PASSWORD);
    added.await.expect("the user is new");
    let mut people = Vec::new();
    for (dialect, name) in DIALECTS {
        people.push(Person::signed_in(&home, dialect, name).await?);
    }
    let mut caller = SoapCaller::signed_in(&home, "gus").await?;
    let told = home.service().announce("desk@example.org", "back at noon");
    assert_eq!(told.await.map_err(|error| error.to_string())?, 6);
    for person in &mut people {
        person.hears("desk", "back at noon").await?;
    }
    caller.hears("desk", "back at noon").await?;
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_announced_is_told_in_every_dialect_by_tcp() {
    assert_eq!(everybody_is_told(Carrier::Tcp).await, Ok(()));
}

#[tokio::test]
async fn what_is_announced_is_told_in_every_dialect_through_the_gateway() {
    assert_eq!(everybody_is_told(Carrier::Gateway).await, Ok(()));
}
