//! What people see who come with a browser.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::SocketAddr;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Request, Response};
use machine_contract::{Instant, UnixTime};
use msnp_server::{Caller, Config, Entropy, Now, Server};

const NOW: Now = Now {
    monotonic: Instant::ORIGIN,
    wall: UnixTime::from_millis(1_431_882_693_260),
};

/// What is answered to a request that came in at this address.
fn answer(config: &Config, local: &str, request: Request<Bytes>) -> Response<Bytes> {
    let mut server = Server::new(config, 0, [7; 32], NOW).unwrap();
    let from = Caller {
        local: Some(local.parse::<SocketAddr>().unwrap()),
        ..Caller::nowhere()
    };
    let (id, entropy) = (ExchangeId::new(1), Entropy::new([9; Entropy::BYTES]));
    server.handle_request(id, request, from, &entropy, NOW);
    server.poll_reply().unwrap().1
}

fn text(reply: &Response<Bytes>) -> &str {
    std::str::from_utf8(reply.body()).unwrap()
}

fn get(path: &str) -> Request<Bytes> {
    let request = Request::get(path).header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    request.body(Bytes::new()).unwrap()
}

const ELSEWHERE: &str = "192.0.2.7:80";

/// Nobody was told that the password would go in the clear.
#[test]
fn the_sign_in_page_says_when_it_is_not_encrypted() {
    let plain = Config::new("im.example.org");
    let mut secure = plain.clone();
    secure.secure_cookies = true;
    for (config, local, is_told) in [
        (&plain, ELSEWHERE, true),
        (&plain, "[2001:db8::1]:80", true),
        // Nobody is on the way, or a proxy whose affair it is.
        (&plain, "127.0.0.1:8080", false),
        (&plain, "[::1]:8080", false),
        (&secure, ELSEWHERE, false),
    ] {
        for page in ["/", "/login.srf", "/oauth20_authorize.srf"] {
            let reply = answer(config, local, get(page));
            assert_eq!(reply.status(), 200);
            let told = text(&reply).contains("This page is not encrypted");
            assert_eq!(told, is_told, "{page} at {local}");
        }
    }
}

/// They were empty.
#[test]
fn where_nothing_is_a_person_is_told_so_and_a_program_gets_the_status_alone() {
    let config = Config::new("im.example.org");
    let page = answer(&config, ELSEWHERE, get("/favicon.ico"));
    assert_eq!(page.status(), 404);
    assert!(text(&page).contains("href=\"/about\""));
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    assert_eq!(page.headers()["cache-control"], "no-store");
    let program = Request::get("/favicon.ico").body(Bytes::new()).unwrap();
    let bare = answer(&config, ELSEWHERE, program);
    assert_eq!((bare.status().as_u16(), bare.body().len()), (404, 0));
    let mut post = get("/nowhere");
    *post.method_mut() = http::Method::POST;
    assert_eq!(text(&answer(&config, ELSEWHERE, post)), "");
}

/// A page that was out of date lost the address that had been typed.
#[test]
fn the_address_that_was_typed_stands_there_again_whatever_it_is() {
    let config = Config::new("im.example.org");
    for (typed, shown) in [
        ("alice%40example.org", "value=\"alice@example.org\""),
        (
            "%22%3E%3Cscript%3E%7Bat_login%7D",
            "value=\"&quot;&gt;&lt;script&gt;{at_login}\"",
        ),
    ] {
        let form = format!("PPFT=old&login={typed}&passwd=secret");
        let post = Request::post("/ppsecure/post.srf").body(Bytes::from(form));
        let page = answer(&config, ELSEWHERE, post.unwrap());
        let page = text(&page);
        assert!(page.contains(shown), "{page}");
        assert!(page.contains("id=\"passwd\" name=\"passwd\" type=\"password\""));
        assert!(page.contains("required autofocus>\n<button>"), "{page}");
        assert!(!page.contains("secret"));
    }
    let fresh = answer(&config, ELSEWHERE, get("/"));
    assert!(text(&fresh).contains("value=\"\" autocomplete=\"username\" required autofocus>"));
}

/// An apostrophe in the complaint ended the word that programs read it from.
#[test]
fn a_complaint_ends_where_it_ends_for_programs_too() {
    let config = Config::new("im.example.org");
    for (origin, complaint) in [
        (
            "https://evil.example",
            "Please sign in on this page, at the address of the service itself.",
        ),
        (
            "http://192.0.2.7",
            "This page is out of date. Please try again.",
        ),
    ] {
        let post = Request::post("/ppsecure/post.srf").header("Origin", origin);
        let page = answer(&config, ELSEWHERE, post.body(Bytes::new()).unwrap());
        let page = text(&page);
        let (_, script) = page.split_once("sErrTxt:'").unwrap();
        let (told, rest) = script.split_once('\'').unwrap();
        assert_eq!(told, complaint);
        assert!(rest.starts_with(",urlPost:'"), "{rest}");
    }
}
