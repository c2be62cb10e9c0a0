//! Two people talk through the gateway, by held polls and by short ones.

use std::fmt::Write as _;

use gateway_sm::{Mode, Server};

use crate::client::Line;
use crate::gateway;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

/// Goes where a referral says, by the words of it from the address on.
fn follow(url: &str, words: &[&str], first: &str, mode: Mode) -> Line {
    let (host, _) = words[0].rsplit_once(':').expect("a port");
    let line = Line::open(url, (Server::Switchboard, host), mode);
    line.say(&first.replace("TOKEN", words[2]));
    line
}

/// Both sign in, one calls the other, who is told what is said. Gives back what Alice has received at the notification server.
async fn talk(url: &str, modes: [Mode; 2], host: &str) -> Vec<u8> {
    let mut alice = Line::sign_in(url, ALICE, modes[0]).await;
    let mut bob = Line::sign_in(url, BOB, modes[1]).await;
    alice.say("XFR 6 SB\r\n");
    let xfr = alice.wait_for("XFR 6 SB").await;
    let words: Vec<&str> = xfr.split(' ').skip(3).collect();
    assert!(words[0].starts_with(&format!("{host}:")), "{xfr}");
    let mut calling = follow(url, &words, &format!("USR 1 {ALICE} TOKEN\r\n"), modes[0]);
    calling.wait_for("USR 1 OK").await;
    calling.say(&format!("CAL 2 {BOB}\r\n"));
    calling.wait_for("CAL 2 RINGING").await;
    let rng = bob.wait_for("RNG 77").await;
    let words: Vec<&str> = rng.split(' ').skip(2).collect();
    let ans = format!("ANS 1 {BOB} TOKEN 77\r\n");
    let mut called = follow(url, &words, &ans, modes[1]);
    called.wait_for("ANS 1 OK").await;
    calling.wait_for("JOI bob").await;
    for n in 3..20 {
        let text = format!("MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nmessage {n}");
        calling.say(&format!("MSG {n} A {}\r\n{text}", text.len()));
        calling.wait_for(&format!("ACK {n}")).await;
        called.wait_for("MSG alice").await;
        assert!(called.received.ends_with(text.as_bytes()));
    }
    alice.received
}

#[tokio::test]
async fn two_people_talk_by_held_polls() {
    let (server, gateway) = gateway(|_| {}).await;
    let received = talk(&gateway.url(), [Mode::Parallel; 2], "127.0.0.1").await;
    let id = server.connection_of(ALICE);
    assert!(server.with(|server| server.record(id).0 == received));
    gateway.stop().await;
}

#[tokio::test]
async fn somebody_of_2003_talks_to_somebody_who_keeps_a_poll() {
    let (_server, gateway) = gateway(|_| {}).await;
    talk(&gateway.url(), [Mode::Parallel, Mode::Serial], "127.0.0.1").await;
}

#[tokio::test]
async fn ids_that_change_with_every_reply_are_followed() {
    let (_server, gateway) = gateway(|config| config.rotate_session_ids = true).await;
    talk(&gateway.url(), [Mode::Serial; 2], "127.0.0.1").await;
}

#[tokio::test]
async fn under_the_gateways_own_name_everybody_finds_the_switchboard() {
    let (_server, gateway) =
        gateway(|config| config.advertise = Some("gw.example.com".into())).await;
    talk(&gateway.url(), [Mode::Parallel; 2], "gw.example.com").await;
}

#[tokio::test]
async fn a_burst_comes_whole() {
    let (server, gateway) = gateway(|_| {}).await;
    let mut alice = Line::sign_in(&gateway.url(), ALICE, Mode::Parallel).await;
    let id = server.connection_of(ALICE);
    let before = alice.received.len();
    let mut burst = String::new();
    for n in 0..1100 {
        let _ = write!(burst, "MSG a@b A 1000\r\n{n:01000}");
    }
    burst.push_str("QNG 50\r\n");
    server.with(|server| server.say(id, burst.as_bytes()));
    alice.wait_for("QNG 50").await;
    let got = alice.received.split_off(before);
    assert_eq!(server.with(|server| server.waiting(id)), 0);
    assert!(
        got == burst.as_bytes(),
        "{} of {} bytes",
        got.len(),
        burst.len()
    );
}
