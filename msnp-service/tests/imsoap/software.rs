//! SOAP software that others wrote, from the served WSDL alone: zeep for Python, node-soap for
//! JavaScript. Each is installed once, in its own place below the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::friend::bob_and_alice;
use crate::installed::{installed, run, said, zeep};
use crate::secrets::{IM_PASSWORD, PASSWORD};
use crate::service;

const NODE_SOAP: &str = "soap@1.13.0";

async fn zeep_session(port: &'static str) {
    let place = tokio::task::spawn_blocking(zeep).await.expect("installed");
    let service = service(|_| {}).await;
    let mut bob = bob_and_alice(&service).await;
    let wsdl = format!("{}?WSDL", service.imsoap_url());
    let chat = tokio::spawn(async move {
        let message = bob.whatever_it_takes_to_hear().await;
        let answer = format!("You said: {}", message.text);
        bob.say(&message.from.to_string(), &answer);
        (bob, message.text)
    });
    let script = tokio::task::spawn_blocking(move || {
        let mut python = Command::new(place.join("bin/python"));
        python.arg(checked_in("session.py")).arg(wsdl).arg(port);
        python.args(["testing", PASSWORD, "alice@example.org", IM_PASSWORD]);
        said(&python.arg("bob@example.org").output().expect("python runs"))
    });
    let steps = script.await.expect("the script ends well");
    assert!(
        steps.ends_with("OnMessage\na refused KeepSessionAlive\n"),
        "{steps}"
    );
    let (_bob, heard) = chat.await.expect("bob hears");
    assert_eq!(heard, "50% off: 你好, \"friends\" & <all>");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zeep_runs_the_whole_session_over_soap_11() {
    zeep_session("BSIMServiceSoap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zeep_runs_the_whole_session_over_soap_12() {
    zeep_session("BSIMServiceSoap12").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_soap_signs_in_and_is_refused() {
    let place = tokio::task::spawn_blocking(node_soap)
        .await
        .expect("installed");
    let service = service(|_| {}).await;
    let wsdl = format!("{}?wsdl", service.imsoap_url());
    let script = tokio::task::spawn_blocking(move || {
        let mut node = Command::new("node");
        node.env("NODE_PATH", place.join("node_modules"));
        node.env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1");
        node.arg(checked_in("session.js")).arg(wsdl);
        node.args(["testing", PASSWORD, "alice@example.org", IM_PASSWORD]);
        said(&node.output().expect("node runs"))
    });
    let steps = script.await.expect("no panic");
    assert_eq!(steps, "a refused Login\nLogin\nLoginIM\nOnLogin\n");
    service.stop().await;
}

/// A folder with node-soap in it.
fn node_soap() -> PathBuf {
    installed("node-soap-1.13.0", |place| {
        fs::create_dir_all(place).expect("writable");
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"]);
        run(npm.arg(place).arg(NODE_SOAP));
    })
}

fn checked_in(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/imsoap")
        .join(name)
}
