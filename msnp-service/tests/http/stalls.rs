//! A database that another program holds: what needs it is refused, all else goes on.

use msnp_service::Database;

use super::file::File;
use super::raw::send;
use super::seed::{Signed, frame, message};
use super::{service, soon};

#[tokio::test]
async fn a_file_that_another_program_holds_refuses_what_is_to_be_kept_and_nothing_else() {
    let file = File::new("stall");
    let service = service(|config| config.database = Database::File(file.path().into())).await;
    let to = service.address();
    let (alice, _) = Signed::open(to, "alice").await;
    let (bob, _) = Signed::open(to, "bob").await;
    alice.subscribe().await;
    bob.subscribe().await;
    let text = |answer: &super::raw::Response| answer.text().to_owned();
    let said = text(&alice.post(&message("bob", "alice", "before")).await);
    assert!(said.contains("SDG 8 MSGR 2\r\n"), "{said}");

    let other = rusqlite::Connection::open(file.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held = message("bob", "alice", "meanwhile");
    let recent =
        "<recentconversations><start>0</start><pagesize>9</pagesize></recentconversations>";
    let recent = frame("GET 10 MSGR\\RECENTCONVERSATIONS", recent);
    let how = format!("GET /health HTTP/1.1\nHost: {to}");
    let (refused, pong, history, health) = soon("an answer", async {
        tokio::join!(
            alice.post(&held),
            alice.post("PNG 9 CON 0\r\n"),
            bob.post(&recent),
            send(to, &how, b""),
        )
    })
    .await;
    assert!(text(&refused).contains("501 8 MSGR "), "{}", text(&refused));
    assert!(text(&pong).contains("PNG 9 CON "), "{}", text(&pong));
    assert!(text(&history).contains("before"), "{}", text(&history));
    assert_eq!(health.status(), 200);
    // After one has waited in vain, the others need not; nobody is signed out.
    let again = text(&soon("an answer", alice.post(&held)).await);
    assert!(again.contains("501 8 MSGR "), "{again}");
    let health = send(to, &how, b"").await;
    assert!(health.text().contains("\"degraded\""), "{}", health.text());

    other.execute_batch("ROLLBACK").unwrap();
    // Said again it is no repetition, and comes once.
    let said = text(&alice.post(&held).await);
    assert!(said.contains("SDG 8 MSGR 2\r\n"), "{said}");
    let (_, waited) = bob.held_poll().await;
    assert_eq!(waited.matches("meanwhile").count(), 1, "{waited}");
    let health = send(to, &how, b"").await;
    assert!(health.text().contains("\"ok\""), "{}", health.text());
    service.stop().await;
}
