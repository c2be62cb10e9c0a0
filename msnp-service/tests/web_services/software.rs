//! A SOAP client that others wrote (zeep for Python), from descriptions of the calls that lie beside this.

use std::path::Path;
use std::process::Command;

use crate::installed::{said, zeep};
use crate::service;
use crate::sign_in::ticket;

#[tokio::test(flavor = "multi_thread")]
async fn zeep_edits_the_lists_leaves_a_message_and_fetches_it() {
    let place = tokio::task::spawn_blocking(zeep).await.expect("installed");
    let service = service(|_| {}).await;
    let to = service.address();
    let tickets = [
        ticket(to, "alice", "contacts.msn.com").await,
        ticket(to, "alice", "messengersecure.live.com").await,
        ticket(to, "bob", "messenger.msn.com").await,
    ];
    let url = service.url();
    let script = tokio::task::spawn_blocking(move || {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web_services/software");
        let mut python = Command::new(place.join("bin/python"));
        python.arg(here.join("session.py")).arg(url).args(tickets);
        said(&python.output().expect("python runs"))
    });
    let steps = script.await.expect("the script ends well");
    let expected = [
        "ABFindAll",
        "ABContactAdd",
        "groups",
        "memberships",
        "ABContactDelete",
        "a challenge",
        "Store2",
        "GetMetadata",
        "GetMessage",
        "DeleteMessages",
    ];
    assert_eq!(steps.lines().collect::<Vec<_>>(), expected);
    service.stop().await;
}
