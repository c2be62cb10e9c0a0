//! What a message costs the disk, counted by the database itself.

use std::path::Path;
use std::time::Duration;

use msnp_service::Database;

use super::file::File;
use super::seed::{Signed, message};
use super::{service, soon};

const MESSAGES: u32 = 1000;

/// As SQLite counts them: `iChange` of the header of the WAL index, "incremented with each transaction"
/// (sqlite.org/walformat.html).
fn commits(path: &Path) -> u32 {
    let mut index = path.as_os_str().to_owned();
    index.push("-shm");
    let index = std::fs::read(index).expect("the index of the log");
    u32::from_ne_bytes(index[8..12].try_into().expect("four bytes"))
}

#[tokio::test]
async fn a_thousand_messages_and_their_receipts_are_at_most_eleven_hundred_commits() {
    let file = File::new("commits");
    let service = service(|config| {
        config.database = Database::File(file.path().into());
        // However slow the machine: a receipt does not wait so long that it leaves without a message.
        config.network.commit_within = Duration::from_secs(24 * 60 * 60);
        for (burst, rate) in [
            (
                &mut config.network.command_burst,
                &mut config.network.commands_per_second,
            ),
            (
                &mut config.faces.command_burst,
                &mut config.faces.commands_per_second,
            ),
        ] {
            (*burst, *rate) = (1_000_000, 1_000_000);
        }
    })
    .await;
    let (alice, _) = Signed::open(service.address(), "alice").await;
    let (bob, _) = Signed::open(service.address(), "bob").await;
    bob.subscribe().await;
    let before = commits(file.path());
    for number in 0..MESSAGES {
        let text = format!("number {number}.");
        let said = alice.post(&message("bob", "alice", &text)).await;
        assert!(said.text().starts_with("SDG 8 MSGR 2\r\n"), "{said:?}");
        let delivery = soon("the message", async {
            loop {
                let answer = super::raw::read(&mut bob.poll("5").await).await;
                if answer.text().contains(&text) {
                    return answer;
                }
            }
        })
        .await;
        let (_, id) = delivery.text().split_once("Ack-Id: ").expect("an Ack-Id");
        let id = id.split("\r\n").next().expect("never empty");
        let headers = format!("Ack-Id: {id}\r\n\r\n");
        bob.post(&format!("ACK 0 MSGR {}\r\n{headers}", headers.len()))
            .await;
    }
    let seen = commits(file.path()) - before;
    assert!(
        (MESSAGES..=MESSAGES * 11 / 10).contains(&seen),
        "{seen} commits"
    );
    service.stop().await;
}
