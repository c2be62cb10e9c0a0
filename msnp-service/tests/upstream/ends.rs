//! How it ends: by either side, by the server's death, before it began, and for who asks for what is not theirs.

use std::time::Duration;

use gateway_sm::{CloseReason, Mode, Server};
use http::StatusCode;
use msnp_service::upstream::{UpstreamConfig, UpstreamService};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::client::Line;
use crate::gateway;

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn a_server_that_dies_ends_the_sessions() {
    let (server, gateway) = gateway(|_| {}).await;
    let mut alice = Line::sign_in(&gateway.url(), ALICE, Mode::Parallel).await;
    server.kill().await;
    assert!(matches!(alice.wait_for_end().await, CloseReason::Peer));
    assert_eq!(gateway.open().1, 0);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_as_the_end_of_the_session() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let config = UpstreamConfig::new(gateway_upstream::parse_server(&address).unwrap());
    let gateway = UpstreamService::start(config).await.unwrap();
    let mut line = Line::open(
        &gateway.url(),
        (Server::Notification, "none"),
        Mode::Parallel,
    );
    line.say("VER 1 MSNP12 CVR0\r\n");
    assert!(matches!(line.wait_for_end().await, CloseReason::Peer));
}

/// The same as of the service's own doors.
#[tokio::test]
async fn a_body_that_says_in_front_that_it_is_too_long_is_not_waited_for() {
    let (_server, gateway) = gateway(|config| {
        config.timings.request = Duration::from_secs(3600);
    })
    .await;
    for path in ["/gateway/gateway.dll?Action=open", "/RST2.srf"] {
        let mut wire = TcpStream::connect(gateway.address()).await.unwrap();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\nsome");
        wire.write_all(head.as_bytes()).await.unwrap();
        let mut told = String::new();
        wire.read_to_string(&mut told).await.unwrap();
        assert!(told.starts_with("HTTP/1.1 413 "), "{path}: {told}");
    }
}

#[tokio::test]
async fn whoever_goes_is_gone_for_the_server_too() {
    let (server, gateway) = gateway(|config| {
        config.timings.longest_hold = Duration::ZERO;
        config.timings.session_timeout = Duration::from_secs(1);
    })
    .await;
    let alice = Line::sign_in(&gateway.url(), ALICE, Mode::Serial).await;
    let id = server.connection_of(ALICE);
    drop(alice);
    while !server.with(|server| server.has_ended(id)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn when_the_gateway_stops_both_sides_are_told() {
    let (server, gateway) = gateway(|_| {}).await;
    let mut alice = Line::sign_in(&gateway.url(), ALICE, Mode::Parallel).await;
    let id = server.connection_of(ALICE);
    let (closed, ()) = tokio::join!(alice.wait_for_end(), gateway.stop());
    assert!(matches!(closed, CloseReason::Peer), "{closed:?}");
    assert!(server.with(|server| server.has_ended(id)));
}

#[tokio::test]
async fn nobody_reaches_what_the_server_has_not_named() {
    let secret = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_server, gateway) = gateway(|_| {}).await;
    let named = secret.local_addr().unwrap().to_string();
    for (server, host) in [
        (Server::Switchboard, "127.0.0.1"),
        (Server::Notification, "localhost"),
        (Server::Notification, &named),
        (Server::Switchboard, &named),
    ] {
        let mut line = Line::open(&gateway.url(), (server, host), Mode::Parallel);
        line.say("USR 1 mallory@example.com guessed\r\n");
        let closed = line.wait_for_end().await;
        let refused = CloseReason::Status(StatusCode::BAD_REQUEST);
        assert_eq!(closed, refused, "{host}");
    }
    assert_eq!(gateway.open(), (0, 0));
}
