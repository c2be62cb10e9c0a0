//! Dialect by carrier by duty: a table, printed and kept with the build.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use msnp_client::Dialect;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::carrier::{Carrier, Home};
use crate::duties::{Done, Two};
use crate::envelopes;
use crate::grammar;
use crate::person::{Person, Step};

/// Columns of the table.
const DUTIES: [&str; 12] = [
    "sign-in",
    "lists",
    "presence",
    "personal message",
    "picture",
    "text in seven scripts",
    "3,000 characters",
    "typing",
    "nudge",
    "privacy",
    "strangers",
    "sign-out",
];

/// A row: of each duty what became of it.
struct Row {
    dialect: Dialect,
    cells: Vec<Step<Done>>,
}

/// All that the client offers by a carrier: MSNP22 signs in by the heads of requests (msnp24.md 15).
fn all(carrier: Carrier) -> Vec<Dialect> {
    let by_carrier = |dialect: &Dialect| !dialect.has_web_sign_in() || carrier == Carrier::Gateway;
    let known = Dialect::ALL.iter().copied();
    known
        .filter(|dialect| *dialect >= Dialect::MSNP7)
        .filter(by_carrier)
        .collect()
}

async fn somebody(home: &Home, dialect: Dialect, name: &str) -> Person {
    if dialect.has_md5_sign_in() {
        let token = home.access_token(name).await;
        return Person::with_secret(home, dialect, name, &token);
    }
    Person::new(home, dialect, name)
}

async fn row(carrier: Carrier, dialect: Dialect) -> Row {
    let home = Home::open(carrier, &["alice", "bob"]).await;
    let mut two = Two {
        alice: somebody(&home, dialect, "alice").await,
        bob: somebody(&home, dialect, "bob").await,
    };
    let mut cells = Vec::new();
    for duty in DUTIES {
        let done = match duty {
            "sign-in" => two.sign_in().await,
            "lists" => two.lists().await,
            "presence" => two.presence().await,
            "personal message" => two.personal_message().await,
            "picture" => two.picture().await,
            "text in seven scripts" => two.text().await,
            "3,000 characters" => two.long_text().await,
            "typing" => two.typing().await,
            "nudge" => two.nudge().await,
            "privacy" => two.privacy().await,
            "strangers" => two.strangers().await,
            _ => two.sign_out().await,
        };
        let is_over = duty == "sign-in" && done.is_err();
        cells.push(done);
        if is_over {
            break;
        }
    }
    let Two { alice, bob } = two;
    for written in alice.written().into_iter().chain(bob.written()) {
        if dialect == Dialect::MSNP24 {
            envelopes::check(&written.bytes);
        } else {
            grammar::check(dialect.number().into(), written.server, &written.bytes);
        }
    }
    home.stop().await;
    Row { dialect, cells }
}

async fn table(carrier: Carrier) {
    let mut rows = JoinSet::new();
    let places = Arc::new(Semaphore::new(4));
    for dialect in all(carrier) {
        let places = Arc::clone(&places);
        rows.spawn(async move {
            let _place = places.acquire().await;
            row(carrier, dialect).await
        });
    }
    let mut rows = rows.join_all().await;
    rows.sort_by_key(|row| row.dialect);
    let mut text = String::new();
    let mut missing = Vec::new();
    let heads: Vec<_> = DUTIES.iter().map(|duty| format!(" {duty} |")).collect();
    writeln!(text, "| dialect | carrier |{}", heads.concat()).expect("text");
    writeln!(text, "|---|---|{}", "---|".repeat(DUTIES.len())).expect("text");
    for Row { dialect, cells } in &rows {
        write!(text, "| {dialect} | {} |", carrier.name()).expect("text");
        for (at, duty) in DUTIES.iter().enumerate() {
            let cell = match cells.get(at) {
                Some(Ok(Done::Yes)) => "yes".to_owned(),
                Some(Ok(Done::Lacks(section))) => (*section).to_owned(),
                Some(Err(why)) => {
                    missing.push(format!("{dialect} {}: {duty}: {why}", carrier.name()));
                    "NO".to_owned()
                }
                None => "not tried".to_owned(),
            };
            write!(text, " {cell} |").expect("text");
        }
        text.push('\n');
    }
    println!("{text}");
    let name = format!("dialects-{}.md", carrier.name().to_lowercase());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(file, &text).expect("a file");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[tokio::test]
async fn every_dialect_does_its_duties_by_tcp() {
    table(Carrier::Tcp).await;
}

#[tokio::test]
async fn every_dialect_does_its_duties_through_the_gateway() {
    table(Carrier::Gateway).await;
}

#[tokio::test]
async fn every_dialect_does_its_duties_by_tls() {
    table(Carrier::Tls).await;
}
