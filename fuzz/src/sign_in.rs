//! Properties of the flows that get cookies, tokens and uics: whatever the pages say, they come to one end, soon, and their secrets go
//! nowhere else.

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use machine_contract::{CertificateFault, Failure, HttpMachine, Secret, StreamMachine};
use msnp_client::sign_in::Cookies;
use msnp_client::sign_in::oauth::TokenRefresh;
use msnp_client::sign_in::web::WebSignIn;
use msnp_client::uic::UicFlow;

use crate::choices::Choices;
use crate::hands::Hands;
use crate::trace::repeatable;

const PATIENCE: Duration = Duration::from_secs(30);
/// A page, a form, eight redirects after each.
const REQUESTS: usize = 20;
const SITE: &str = "example.net";
const SECRETS: [&[u8]; 3] = [b"hunter2", b"crumb", b"refresh-me"];

/// The first byte chooses a flow. Then a length of two bytes and a reply, again and again: the byte in front of it chooses status or
/// failure, header lines stand before an empty line, the rest is the body.
pub fn sign_in(data: &[u8]) {
    repeatable(data, |data| {
        let mut choices = Choices::new(data);
        let uri = |path: &str| -> Uri {
            let uri = format!("https://login.{SITE}{path}");
            uri.parse().expect("an address")
        };
        let password = Secret::new("hunter2".to_owned());
        // The page twice: it has more to read than all others.
        match choices.below(6) {
            0 | 1 => flow(
                WebSignIn::new(uri("/authorize"), "alice", password, PATIENCE),
                &mut choices,
            ),
            2 => {
                let query =
                    "/authorize?response_type=token&state=x&redirect_uri=https://a.example/";
                flow(
                    WebSignIn::new(uri(query), "alice", password, PATIENCE),
                    &mut choices,
                )
            }
            3 => {
                let cookies = Cookies::for_domain("MSPAuth=crumb", SITE).expect("a cookie");
                let (trouter, init) = (uri("/v2/a"), uri("/v1/user/Initialization"));
                flow(UicFlow::new(trouter, init, cookies, PATIENCE), &mut choices)
            }
            4 => {
                let (trouter, init) = (uri("/v2/a"), uri("/v1/user/Initialization"));
                flow(
                    UicFlow::with_host_cookies(trouter, init, PATIENCE),
                    &mut choices,
                )
            }
            _ => {
                let token = Secret::new("refresh-me".to_owned());
                let service = uri("/oauth20_token.srf");
                flow(
                    TokenRefresh::new(service, "1", &token, "a", PATIENCE),
                    &mut choices,
                )
            }
        }
    });
}

fn flow<M>(machine: M, choices: &mut Choices<'_>) -> u64
where
    M: HttpMachine + StreamMachine,
    M::Event: Debug,
{
    let mut hands = Hands::new(machine);
    hands.drain();
    let mut outcomes = 0;
    for number in 0.. {
        assert!(number < REQUESTS, "it goes on and on");
        outcomes += hands.events().len();
        assert!(hands.requests().len() <= 1, "one after the other");
        let Some(asked) = hands.requests().first() else {
            break;
        };
        keeps_its_secrets(&asked.request);
        hands.pester();
        // Nobody answers for long: that is an end too.
        match choices.byte() {
            None => {
                assert!(hands.wait(), "whoever has asked waits for no answer");
            }
            Some(byte) => {
                let outcome = outcome(byte, choices);
                hands.end(0, outcome);
            }
        }
    }
    outcomes += hands.events().len();
    assert_eq!(outcomes, 1, "one end");
    assert!(hands.is_at_rest());
    hands.pester();
    assert!(hands.events().is_empty());
    hands.sum()
}

fn outcome(kind: u8, choices: &mut Choices<'_>) -> Result<Response<Bytes>, Failure> {
    let status = match kind % 16 {
        0 => return Err(Failure::NotSent),
        1 => return Err(Failure::Unknown),
        2 => return Err(Failure::Untrusted(CertificateFault::WrongName)),
        3 => 302,
        4 => 303,
        5 => 307,
        6 => 400,
        7 => 401,
        8 => 429,
        9 => 503,
        _ => 200,
    };
    let len = choices.below(256) * 256 + choices.below(256);
    let text = choices.take(len);
    let (head, body) = match text.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&text[..at], &text[at + 2..]),
        None => (&[][..], text),
    };
    let mut reply = Response::new(Bytes::copy_from_slice(body));
    *reply.status_mut() = status.try_into().expect("a status");
    *reply.headers_mut() = headers(head);
    Ok(reply)
}

/// Header lines, one in each.
fn headers(head: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n').take(32) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = HeaderName::from_bytes(parts.next().unwrap_or_default());
        let value = parts.next().unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// They go to the own site, and not in the clear.
fn keeps_its_secrets(request: &Request<Bytes>) {
    let heads = request.headers().values().map(HeaderValue::as_bytes);
    let whole = heads.chain([&request.body()[..]]).collect::<Vec<_>>();
    let is_in = |secret: &[u8]| {
        let mut whole = whole.iter();
        whole.any(|part| part.windows(secret.len()).any(|it| it == secret))
    };
    let uri = request.uri();
    if SECRETS.iter().any(|secret| is_in(secret)) {
        let host = uri.host().unwrap_or_default();
        let is_own = host == SITE || host.ends_with(&format!(".{SITE}"));
        assert!(
            is_own && uri.scheme_str() == Some("https"),
            "secrets go to {uri}"
        );
    }
}

/// Each line is a host, a space, and what it sets (`Set-Cookie`). What comes to a host was set by it, or by one of its own site for all of
/// that; what is `Secure` goes over https; there are bounds, and what is sent can be read.
pub fn cookies(data: &[u8]) {
    let mut cookies = Cookies::default();
    let mut set: Vec<(String, String)> = Vec::new();
    for line in data.split(|byte| *byte == b'\n').take(200) {
        let Some(at) = line.iter().position(|byte| *byte == b' ') else {
            continue;
        };
        let host = String::from_utf8_lossy(&line[..at]).to_ascii_lowercase();
        let Ok(uri) = format!("https://{host}/").parse::<Uri>() else {
            continue;
        };
        let Ok(value) = HeaderValue::from_bytes(&line[at + 1..]) else {
            continue;
        };
        let pair = value.to_str().unwrap_or_default().split(';').next();
        set.push((
            uri.host().unwrap_or_default().to_owned(),
            pair.unwrap_or_default().to_owned(),
        ));
        let mut headers = HeaderMap::new();
        headers.insert("set-cookie", value);
        cookies.take_from(&headers, &uri);
    }
    // By a model of its own: who has set what, and which hosts are of one site.
    for target in TARGETS {
        let plain = format!("http://{target}/").parse().expect("an address");
        let safe = format!("https://{target}/").parse().expect("an address");
        let (plain, safe) = (cookies.header_for(&plain), cookies.header_for(&safe));
        let pairs = |value: &Option<HeaderValue>| -> Vec<String> {
            let text = value.as_ref().map(|it| it.to_str().expect("visible ASCII"));
            let pairs = text.unwrap_or_default().split("; ");
            pairs
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let all = pairs(&safe);
        assert!(all.len() <= Cookies::MAX_COUNT);
        assert!(pairs(&plain).iter().all(|pair| all.contains(pair)));
        for pair in &all {
            assert!(pair.len() <= Cookies::MAX_LEN + 1);
            let (name, value) = pair.split_once('=').expect("a cookie");
            assert!(cookies.contains(name));
            let is_this = |(host, said): &&(String, String)| {
                let (of, what) = said.split_once('=').unwrap_or_default();
                of.trim() == name && what.trim() == value && are_related(host, target)
            };
            assert!(
                set.iter().any(|it| is_this(&it)),
                "{pair} comes to {target}"
            );
            let again = Cookies::for_domain(pair, target).expect("what was sent");
            assert!(again.contains(name));
        }
    }
    let shown = format!("{cookies:?}");
    let secrets = set.iter().filter_map(|(_, pair)| pair.split_once('='));
    // What has quotes may look like a list of names.
    let tells = |value: &str| value.trim().len() > 8 && !value.contains('"');
    for (_, value) in secrets.filter(|(_, value)| tells(value)) {
        let is_a_name = set.iter().any(|(_, pair)| {
            let name = pair.split('=').next();
            name.is_some_and(|name| name.contains(value.trim()))
        });
        assert!(is_a_name || !shown.contains(value.trim()), "{shown}");
    }
}

/// Whether one of the hosts may set cookies that come to the other: they share their last two labels.
fn are_related(host: &str, other: &str) -> bool {
    let site = |host: &str| {
        let labels: Vec<_> = host.rsplit('.').take(2).map(str::to_owned).collect();
        labels
    };
    host == other || site(host) == site(other)
}

const TARGETS: [&str; 6] = [
    "login.example.net",
    "example.net",
    "gw.example.net",
    "example.net.evil.example",
    "127.0.0.1",
    "localhost",
];
