//! The relay makes the calls of its list for the pages of its origins, and nothing else for anybody.

use std::time::Duration;

use bytes::Bytes;
use gateway_upstream::RelayConfig;
use http::{HeaderMap, Request, Response, StatusCode};
use machine_contract::{Instant, UnixTime};
use simulation_kit::{ExchangeNumber, Host, Peer, Time};

use crate::front::Front;
use crate::person::config;
use crate::tiny_server::TinyServer;

const PAGE: &str = "https://chat.example.com";

struct Rig {
    front: Front,
    now: Instant,
    exchange: u64,
}

impl Rig {
    fn new() -> Self {
        let relay = RelayConfig::default();
        let relay = relay.origin(PAGE).expect("it is fine");
        let relay = relay
            .call("rst", "https://login.example.com/RST.srf")
            .expect("it is fine");
        let relay = relay
            .call("config", "http://10.0.0.2/Config/MsgrConfig.asmx?ver=8.5")
            .expect("it is fine");
        let relay = relay
            .body_bytes(1000, 2000)
            .expect("it is fine")
            .at_once(3, 2)
            .expect("it is fine");
        let front = Front::new(config().relay(relay), TinyServer::new("10.0.0.9:1864"), 1);
        Self {
            front,
            now: Instant::ORIGIN,
            exchange: 0,
        }
    }

    fn time(&self) -> Time {
        Time {
            monotonic: self.now,
            wall: UnixTime::from_secs(0),
        }
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) {
        self.exchange += 1;
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .expect("it is fine");
        let time = self.time();
        self.front
            .handle_request(ExchangeNumber(self.exchange), Peer(0), request, time);
    }

    fn reply(&mut self) -> Option<Response<Bytes>> {
        let time = self.time();
        Some(self.front.poll_reply(time)?.1)
    }

    #[track_caller]
    fn refused(
        &mut self,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &str,
        status: u16,
    ) {
        self.send(method, path, headers, body);
        let reply = self.reply().expect("an answer at once");
        assert_eq!(
            reply.status().as_u16(),
            status,
            "{method} {path} {headers:?}"
        );
        assert!(self.front.calls.is_empty(), "no call is made");
        assert!(reply.body().is_empty());
    }
}

fn text(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (
            name.to_string(),
            value.to_str().expect("it is fine").to_owned(),
        )
    };
    let mut all: Vec<_> = headers.iter().map(text).collect();
    all.sort();
    all
}

const OURS: (&str, &str) = ("Origin", PAGE);

#[test]
fn a_page_makes_a_call_of_the_list_and_reads_what_it_may_not_read_elsewhere() {
    let mut rig = Rig::new();
    let headers = [
        OURS,
        ("SOAPAction", "\"x\""),
        ("Content-Type", "text/xml; charset=utf-8"),
        ("Authorization", "Passport1.4 OrgVerb=GET"),
        ("X-MSN-Relay-Cookie", "MSPOK=1"),
        ("Cookie", "session=this-host"),
        ("X-Forwarded-For", "1.2.3.4"),
        ("Referer", "https://chat.example.com/a"),
        ("User-Agent", "Browser"),
        ("Host", "gw.example.com"),
    ];
    rig.send("POST", "//relay/rst", &headers, "<Envelope/>");
    let call = rig.front.calls.front().expect("a call");
    assert_eq!(call.request.uri(), "https://login.example.com/RST.srf");
    assert_eq!(call.request.body(), "<Envelope/>");
    assert!(!call.host_cookies);
    let sent = text(call.request.headers());
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["authorization", "content-type", "cookie", "soapaction"]
    );
    assert!(sent.contains(&("cookie".to_owned(), "MSPOK=1".to_owned())));

    let response = Response::builder()
        .status(302)
        .header("Location", "https://login2.example.com/")
        .header("Set-Cookie", "MSPAuth=1")
        .header("Authentication-Info", "Passport1.4 da-status=success")
        .header("Access-Control-Allow-Origin", "*")
        .header("Server", "x")
        .body(Bytes::from_static(b"moved"))
        .unwrap();
    let now = rig.now;
    rig.front.answer_call(response, now);
    let reply = rig.reply().expect("an answer");
    assert_eq!(reply.status(), StatusCode::OK);
    let headers = reply.headers();
    assert_eq!(headers["x-msn-relay-status"], "302");
    assert_eq!(
        headers["x-msn-relay-location"],
        "https://login2.example.com/"
    );
    assert_eq!(headers["x-msn-relay-set-cookie"], "MSPAuth=1");
    assert_eq!(
        headers["authentication-info"],
        "Passport1.4 da-status=success"
    );
    assert_eq!(headers["access-control-allow-origin"], PAGE);
    for gone in ["location", "set-cookie", "server"] {
        assert!(!headers.contains_key(gone), "{gone}");
    }
    assert_eq!(reply.body(), "moved");
}

#[test]
fn it_is_no_open_proxy() {
    let mut rig = Rig::new();
    let post = |path| ("POST", path);
    // Not of the list, whatever it looks like.
    for path in [
        "/relay/",
        "/relay/other",
        "/relay/rst/more",
        "/relay/rst/../config",
        "/relay/RST",
        "/relay/https://evil.example/",
        "/relay/http:%2f%2fevil.example%2f",
        "http://evil.example/relay/evil",
        "/relay/%72st",
    ] {
        rig.refused(post(path), &[OURS], "", 404);
    }
    rig.refused(
        post("/relay/rst?url=https://evil.example"),
        &[OURS],
        "",
        400,
    );
    rig.refused(("PUT", "/relay/rst"), &[OURS], "", 405);
    rig.refused(("CONNECT", "/relay/rst"), &[OURS], "", 405);
    rig.refused(post("/relay/rst"), &[OURS], &"x".repeat(1001), 413);
    // Of nobody's page.
    for origin in [
        "https://evil.example",
        "null",
        "https://chat.example.com.evil.example",
        "http://chat.example.com",
    ] {
        rig.refused(post("/relay/rst"), &[("Origin", origin)], "", 403);
        rig.refused(("OPTIONS", "/relay/rst"), &[("Origin", origin)], "", 403);
    }
    rig.refused(post("/relay/rst"), &[], "", 403);
}

#[test]
fn the_host_that_a_request_names_does_not_change_where_the_call_goes() {
    let mut rig = Rig::new();
    let headers = [OURS, ("X-Forwarded-Host", "evil.example")];
    rig.send("GET", "http://evil.example/relay/config", &headers, "");
    let call = rig.front.calls.front().expect("a call");
    let to = call.request.uri().to_string();
    assert_eq!(to, "http://10.0.0.2/Config/MsgrConfig.asmx?ver=8.5");
    assert!(call.request.headers().is_empty());
}

#[test]
fn pages_of_other_origins_are_told_nothing() {
    let mut rig = Rig::new();
    rig.send(
        "OPTIONS",
        "/relay/rst",
        &[("Origin", "https://evil.example")],
        "",
    );
    let reply = rig.reply().unwrap();
    assert!(!reply.headers().contains_key("access-control-allow-origin"));
    rig.send("OPTIONS", "/relay/rst", &[OURS], "");
    let reply = rig.reply().unwrap();
    let allowed = reply.headers()["access-control-allow-headers"]
        .to_str()
        .unwrap();
    assert!(allowed.contains("soapaction") && allowed.contains("x-msn-relay-cookie"));
    assert_eq!(reply.headers()["access-control-allow-origin"], PAGE);
}

#[test]
fn calls_are_bounded_in_number_time_and_length() {
    let mut rig = Rig::new();
    rig.send("POST", "/relay/rst", &[OURS], "");
    rig.send("POST", "/relay/rst", &[OURS], "");
    rig.send("POST", "/relay/rst", &[OURS], "");
    assert_eq!(rig.reply().unwrap().status(), 429);
    assert_eq!(rig.front.calls.len(), 2);
    let now = rig.now;
    rig.front
        .answer_call(Response::new(Bytes::from(vec![b'x'; 2001])), now);
    assert_eq!(rig.reply().unwrap().status(), 502);
    rig.now += Duration::from_secs(30);
    rig.front.handle_timeout(rig.time());
    assert_eq!(rig.reply().unwrap().status(), 504);
    assert!(rig.reply().is_none());
}

#[test]
fn who_goes_away_takes_the_call_back() {
    let mut rig = Rig::new();
    rig.send("POST", "/relay/rst", &[OURS], "");
    assert_eq!(rig.front.calls.len(), 1);
    let (time, exchange) = (rig.time(), ExchangeNumber(rig.exchange));
    rig.front.handle_reply_lost(exchange, time);
    assert_eq!(rig.front.cancelled, [rig.front.calls[0].id]);
    assert!(rig.reply().is_none());
}

/// The page of the gateway's own origin could not ask for its login page: a browser says `Origin` of no GET to where the page is from.
#[test]
fn a_page_that_reads_from_its_own_origin_is_known_by_its_referer() {
    let mut rig = Rig::new();
    let page = ("Referer", "https://chat.example.com/?a#b");
    rig.send("GET", "/relay/config", &[page], "");
    assert_eq!(rig.front.calls.len(), 1);
    assert!(rig.front.calls[0].request.headers().is_empty());
    let mut rig = Rig::new();
    for referer in [
        "https://evil.example/https://chat.example.com",
        "https://chat.example.com@evil.example/",
        "https://chat.example.com.evil.example/",
        "http://chat.example.com/",
        "/relay/config",
        "about:blank",
        "",
    ] {
        rig.refused(("GET", "/relay/config"), &[("Referer", referer)], "", 403);
    }
    // Who says both is where `Origin` says.
    let both = [page, ("Origin", "https://evil.example")];
    rig.refused(("GET", "/relay/config"), &both, "", 403);
}
