//! What is said to somebody who is away, in another dialect, and the service starts anew before they come back.

use std::path::PathBuf;

use msnp_client::Dialect;
use msnp_service::Database;

use crate::carrier::{Carrier, Home, PASSWORD};
use crate::pairs::Someone;
use crate::person::{Person, Step};

/// Alone in its folder, and gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let own = format!("dialects-{name}-{}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(own);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    async fn home(&self, carrier: Carrier) -> Home {
        let database = Database::File(self.0.join("msnp.db"));
        Home::start(carrier, |config| config.database = database).await
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Who writes in what, and in what it is read.
const WAYS: [(Option<Dialect>, Dialect); 13] = [
    (Some(Dialect::MSNP24), Dialect::MSNP8),
    (Some(Dialect::MSNP24), Dialect::MSNP12),
    (Some(Dialect::MSNP24), Dialect::MSNP18),
    (Some(Dialect::MSNP12), Dialect::MSNP24),
    (Some(Dialect::MSNP15), Dialect::MSNP8),
    (Some(Dialect::MSNP18), Dialect::MSNP24),
    (Some(Dialect::MSNP18), Dialect::MSNP12),
    (Some(Dialect::MSNP21), Dialect::MSNP8),
    (Some(Dialect::MSNP21), Dialect::MSNP24),
    (Some(Dialect::MSNP18), Dialect::MSNP21),
    (Some(Dialect::MSNP24), Dialect::MSNP21),
    (None, Dialect::MSNP8),
    (None, Dialect::MSNP15),
];

async fn it_waits(carrier: Carrier, name: &str) -> Step<()> {
    let folder = Folder::new(name);
    let home = folder.home(carrier).await;
    let added = home
        .service()
        .add_service_account("testing", PASSWORD)
        .await;
    added.map_err(|error| error.to_string())?;
    for (at, (writes, _)) in WAYS.into_iter().enumerate() {
        let (from, to) = (format!("from{at}"), format!("to{at}"));
        home.take_in(&[&from, &to]).await;
        let mut from = Someone::signed_in(&home, writes, &from).await?;
        let said = from
            .leaves(&to, &format!("read this later {at} \u{1f642}"))
            .await;
        said.map_err(|why| format!("{writes:?}: {why}"))?;
    }
    home.stop().await;
    let home = folder.home(carrier).await;
    for (at, (writes, reads)) in WAYS.into_iter().enumerate() {
        let (from, to) = (format!("from{at}"), format!("to{at}"));
        let mut to = Person::signed_in(&home, reads, &to).await?;
        let heard = to
            .hears(&from, &format!("read this later {at} \u{1f642}"))
            .await;
        heard.map_err(|why| format!("{writes:?} to {reads}: {why}"))?;
    }
    home.stop().await;
    Ok(())
}

/// Who has read what waited and signs out is not told it again.
async fn it_is_told_once(carrier: Carrier, dialect: Dialect) -> Step<()> {
    let home = Home::open(carrier, &["ada", "eve"]).await;
    let mut eve = Person::signed_in(&home, Dialect::MSNP24, "eve").await?;
    let mut ada = Person::new(&home, dialect, "ada");
    for round in 0..3 {
        let text = format!("round {round}");
        eve.says("ada", &text).await?;
        ada.sign_in().await?;
        ada.hears("eve", &text).await?;
        ada.sign_out().await?;
    }
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_was_read_before_the_sign_out_is_not_told_again() {
    for carrier in [Carrier::Tcp, Carrier::Gateway] {
        for dialect in [
            Dialect::MSNP8,
            Dialect::MSNP12,
            Dialect::MSNP15,
            Dialect::MSNP18,
            Dialect::MSNP21,
        ] {
            let told = it_is_told_once(carrier, dialect).await;
            assert_eq!(told, Ok(()), "{dialect} {carrier:?}");
        }
    }
}

#[tokio::test]
async fn what_is_said_to_somebody_away_crosses_families_and_a_restart_by_tcp() {
    assert_eq!(it_waits(Carrier::Tcp, "tcp").await, Ok(()));
}

#[tokio::test]
async fn what_is_said_to_somebody_away_crosses_families_and_a_restart_through_the_gateway() {
    assert_eq!(it_waits(Carrier::Gateway, "gateway").await, Ok(()));
}
