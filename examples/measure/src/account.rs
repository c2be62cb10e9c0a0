//! Signing in to the embedded service over raw HTTP, and the frames that a web client sends.

use std::net::SocketAddr;
use std::time::Duration;

use msnp_server::faces::{self, Challenge};
use msnp_server::network;
use msnp_service::accounts::HashCost;
use msnp_service::{Database, Service, ServiceConfig};

use crate::http_client::Connection;
use crate::scale::Failure;

/// How long polls ask to be held.
pub(crate) const LIFESPAN: u64 = 110;

const PASSWORD: &str = "secret";

/// A service with its rate limits out of the way and the cheapest password hashes: neither is measured.
pub(crate) async fn service(database: Database, accounts: usize) -> Result<Service, Failure> {
    let mut faces = faces::Config::default();
    faces.challenge = Challenge::Absent;
    faces.commands_per_second = 1_000_000;
    faces.command_burst = 1_000_000;
    let mut network = network::Config::default();
    network.commands_per_second = 1_000_000;
    network.command_burst = 1_000_000;
    network.kept_bytes_burst = u32::MAX;
    // A stranger may have a tenth of them.
    network.waiting_messages = 10_000;
    let hash_cost = HashCost {
        memory_kib: 8,
        passes: 1,
    };
    let service = Service::start(ServiceConfig {
        database,
        hash_cost,
        faces,
        network,
        tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..ServiceConfig::default()
    })
    .await?;
    for number in 0..accounts {
        let (address, id) = (format!("u{number}@example.org"), format!("live:u{number}"));
        service
            .add_account(&address, &id, "Somebody", PASSWORD)
            .await?;
    }
    Ok(service)
}

/// The `Cookie` header's value for account `number`.
pub(crate) async fn cookies(connection: &mut Connection, number: usize) -> Result<String, Failure> {
    let page = connection
        .exchange("GET /oauth20_authorize.srf", "", b"")
        .await?;
    let text = page.text();
    let token = between(&text, "name=\"PPFT\" value=\"", "\"")?;
    let target = between(&text, "urlPost:'", "'")?;
    let headers =
        format!("Cookie: MSPOK={token}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    let form = format!("PPFT={token}&login=u{number}%40example.org&passwd={PASSWORD}");
    let granted = connection
        .exchange(&format!("POST {target}"), &headers, form.as_bytes())
        .await?;
    let pairs: Vec<_> = granted
        .headers("set-cookie")
        .filter_map(|cookie| cookie.split(';').next())
        .collect();
    if pairs.len() == 3 {
        Ok(pairs.join("; "))
    } else {
        Err("the sign-in page granted no cookies".into())
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Result<&'a str, Failure> {
    let (_, rest) = text
        .split_once(start)
        .ok_or("the sign-in page has another form")?;
    Ok(rest.split(end).next().unwrap_or_default())
}

/// Signs account `number` in by a stream, with a uic that comes by this connection; returns when it is at rest.
pub(crate) async fn by_tcp(
    connection: &mut Connection,
    to: SocketAddr,
    number: usize,
) -> Result<Connection, Failure> {
    let cookies = cookies(connection, number).await?;
    let body = br#"{"trouterurl":"https://","connectionid":"a"}"#;
    let headers = format!("Cookie: {cookies}\r\n");
    let line = "POST /v1/user/Initialization";
    let answer = connection.exchange(line, &headers, body).await?.text();
    let uic = between(&answer, "\"MappingContainer\":\"", "\"")?;
    let uic = uic
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    let user = format!("<user><uic>{uic}</uic><id>live:u{number}</id></user>");
    let frames = [
        frames_with(number, &user),
        subscribe_frame(),
        frame("PNG 9 CON", ""),
    ];
    let mut stream = Connection::open(to).await?;
    stream.say(&frames.concat()).await?;
    stream
        .hear("PNG 9 CON 48\r\n\r\n<ping-response><wait>45</wait></ping-response>")
        .await?;
    Ok(stream)
}

/// `CNT`, `ATH` and `BND` of a web client (msnp24.md 16.3).
pub(crate) fn sign_in_frames(number: usize) -> String {
    frames_with(number, "<user><web-compact-ticket /></user>")
}

fn frames_with(number: usize, user: &str) -> String {
    let connect = "<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>";
    let bind = format!(
        "<msgr><ver>2</ver><client><name>msgrliboutlook</name><ver>6.4.0.0</ver></client><epid>{}</epid></msgr>",
        endpoint(number)
    );
    [
        frame("CNT 1 CON", connect),
        frame("ATH 2 CON\\USER", user),
        frame("BND 3 CON\\MSGR", &bind),
    ]
    .concat()
}

/// Asks for presence and messages.
pub(crate) fn subscribe_frame() -> String {
    frame(
        "PUT 5 MSGR\\SUBSCRIPTIONS",
        "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>",
    )
}

/// What is said in every message.
pub(crate) const TEXT: &str = "What would you say to a walk by the river after lunch?";

/// A text message; `id` must be another each time.
pub(crate) fn message_frame(from: usize, to: usize, id: u64) -> String {
    let text = TEXT;
    let layers = format!(
        "Routing: 1.0\r\nTo: 8:live:u{to}\r\nFrom: 8:live:u{from};epid={}\r\n\r\nReliability: 1.0\r\n\r\n\
         Messaging: 2.0\r\nClient-Message-ID: {id}\r\nMessage-Type: Text\r\nContent-Type: Text/plain; charset=UTF-8\r\n\
         Content-Length: {}\r\n\r\n{text}",
        endpoint(from),
        text.len(),
    );
    frame("SDG 8 MSGR", &layers)
}

/// Returns the `Ack-Id` of a delivery.
pub(crate) fn acknowledge_frame(delivery: &str) -> Option<String> {
    let (_, rest) = delivery.split_once("Ack-Id: ")?;
    let id = rest.split("\r\n").next()?;
    let headers = format!("Ack-Id: {id}\r\n\r\n");
    Some(format!("ACK 0 MSGR {}\r\n{headers}", headers.len()))
}

fn endpoint(number: usize) -> String {
    format!("{{006213cd-00b8-7e9c-0022-{number:012x}}}")
}

fn frame(line: &str, body: &str) -> String {
    format!("{line} {}\r\n\r\n{body}", body.len() + 2)
}

/// A signed-in session that is driven by hand.
#[derive(Debug)]
pub(crate) struct SignedIn {
    session: String,
    headers: String,
}

impl SignedIn {
    /// Signs account `number` in on `connection` and takes what the service says at first, so that the next poll is held.
    pub(crate) async fn open(connection: &mut Connection, number: usize) -> Result<Self, Failure> {
        let cookies = cookies(connection, number).await?;
        let headers = format!("X-MSN-Auth: Use-Cookie\r\nCookie: {cookies}\r\n");
        let target =
            "POST /gateway/gateway.dll?Version=1&Protocol=mtp&Action=open&Server=NS&IP=none";
        let opened = connection
            .exchange(target, &headers, sign_in_frames(number).as_bytes())
            .await?;
        let messenger = opened.header("x-msn-messenger").unwrap_or_default();
        let session = between(messenger, "SessionID=", ";")?.to_owned();
        let signed_in = Self { session, headers };
        let subscribed = signed_in.post(connection, &subscribe_frame()).await?;
        if !subscribed.contains("PUT 5 MSGR") {
            return Err("the service refused the subscriptions".into());
        }
        // The contact list comes by a poll of its own.
        for _ in 0..5 {
            let line = format!("{}&Action=poll", signed_in.target());
            let told = connection.exchange(&line, &signed_in.headers, b"").await?;
            if told.body().is_empty() {
                return Ok(signed_in);
            }
        }
        Err("the service does not come to rest".into())
    }

    pub(crate) async fn post(
        &self,
        connection: &mut Connection,
        frames: &str,
    ) -> Result<String, Failure> {
        let reply = connection
            .exchange(&self.target(), &self.headers, frames.as_bytes())
            .await?;
        Ok(reply.text())
    }

    /// Sends a poll that is to be held.
    pub(crate) async fn poll(&self, connection: &mut Connection) -> Result<(), Failure> {
        let line = format!("{}&Action=poll&Lifespan={LIFESPAN}", self.target());
        connection.send(&line, &self.headers, b"").await
    }

    fn target(&self) -> String {
        format!("POST /gateway/gateway.dll?SessionID={}", self.session)
    }
}

/// The cookies of account `number`, on a connection of their own.
pub(crate) async fn fresh_cookies(to: SocketAddr, number: usize) -> Result<String, Failure> {
    let mut connection = Connection::open(to).await?;
    cookies(&mut connection, number).await
}

/// Time for a request that was sent to arrive and be held.
pub(crate) const SETTLE: Duration = Duration::from_millis(2);
