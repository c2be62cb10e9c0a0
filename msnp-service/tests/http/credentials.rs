//! What a page of another site can make a browser send, and that it proves nothing.

use std::net::SocketAddr;
use std::time::Duration;

use gateway_sm::Origins;
use msnp_client::sign_in::Cookies;
use msnp_client::{Access, Client, Config, Event, Reason, Uic};
use transport_reqwest::{Http, HttpOptions, spawn};

use super::raw::{Response, send};
use super::seed::{FIRST, OPEN, Signed, message};
use super::service;
use super::sign_in::{between, cookies};

/// A page's request without a preflight: cookies, `text/plain`, no header of its own.
async fn simple_post(
    to: SocketAddr,
    origin: &str,
    target: &str,
    more: &str,
    body: &str,
) -> Response {
    let head =
        format!("POST {target} HTTP/1.1\nHost: {to}\nContent-Type: text/plain\n{origin}\n{more}");
    let lines = head.lines().filter(|line| !line.is_empty());
    let head = lines.collect::<Vec<_>>().join("\n");
    send(to, &head, body.as_bytes()).await
}

#[track_caller]
fn check_nobody(answer: &Response) {
    assert_eq!(answer.status(), 200, "{}", answer.head);
    let text = answer.text();
    assert!(text.contains("911 2 CON "), "{text}");
    assert!(!text.contains("SDG"), "{text}");
    assert_eq!(answer.header("X-MSN-SkypeId"), None);
}

#[tokio::test]
async fn cookies_at_the_gateway_without_use_cookie_are_nobody_s() {
    let service = service(|_| {}).await;
    let to = service.address();
    let cookies = cookies(to, "alice").await;
    let own = format!("Origin: http://{to}");
    let body = format!("{FIRST}{}", message("bob", "alice", "not from alice"));
    for origin in ["", "Origin: https://evil.example", "Origin: null", &own] {
        for auth in ["", "\nX-MSN-Auth: Use-X-MSN-SslAuthToken"] {
            let more = format!("Cookie: {cookies}{auth}");
            check_nobody(&simple_post(to, origin, OPEN, &more, &body).await);
        }
    }
    service.stop().await;
}

#[tokio::test]
async fn cookies_of_a_later_post_count_with_use_cookie_only() {
    let service = service(|_| {}).await;
    let to = service.address();
    let cookies = cookies(to, "alice").await;
    let opened = simple_post(to, "", OPEN, "", "").await;
    let target = format!("/gateway/gateway.dll?SessionID={}", opened.session());
    let more = format!("Cookie: {cookies}");
    check_nobody(&simple_post(to, "Origin: https://evil.example", &target, &more, FIRST).await);
    let more = format!("{more}\nX-MSN-Auth: Use-Cookie");
    let opened = simple_post(to, "", OPEN, "", "").await;
    let target = format!("/gateway/gateway.dll?SessionID={}", opened.session());
    let answer = simple_post(to, "", &target, &more, FIRST).await;
    assert_eq!(answer.header("X-MSN-SkypeId"), Some("live:alice"));
    service.stop().await;
}

#[tokio::test]
async fn a_post_that_says_use_cookie_is_still_signed_in() {
    let service = service(|_| {}).await;
    let (_, answer) = Signed::open(service.address(), "alice").await;
    assert_eq!(answer.header("X-MSN-SkypeId"), Some("live:alice"));
    service.stop().await;
}

const UIC: &str = "/v1/user/Initialization";
const UIC_BODY: &str = r#"{"trouterurl":"https://","connectionid":"a"}"#;

/// The status of the uic call with alice's cookies, asked for by a page of each origin.
async fn uic_statuses(to: SocketAddr, origins: &[&str]) -> Vec<u16> {
    let cookies = cookies(to, "alice").await;
    let more = format!("Cookie: {cookies}");
    let mut statuses = Vec::new();
    for origin in origins {
        let answer = simple_post(to, origin, UIC, &more, UIC_BODY).await;
        assert_eq!(answer.status() == 200, answer.text().contains("Mapping"));
        statuses.push(answer.status());
    }
    statuses
}

#[tokio::test]
async fn a_uic_is_given_to_no_page_of_another_site() {
    let service = service(|_| {}).await;
    let to = service.address();
    let (own, by_name) = (
        format!("Origin: http://{to}"),
        format!("Origin: http://localhost:{}", to.port()),
    );
    let statuses = uic_statuses(
        to,
        &[
            "",
            &own,
            &by_name,
            "Origin: null",
            "Origin: https://evil.example",
            "Origin: http://localhost:1",
        ],
    )
    .await;
    assert_eq!(statuses, [200, 200, 200, 401, 401, 401]);
    service.stop().await;
}

#[tokio::test]
async fn the_host_header_does_not_make_an_origin_one_s_own() {
    let service = service(|_| {}).await;
    let to = service.address();
    let cookies = cookies(to, "alice").await;
    // A stranger's name that leads to this address (DNS rebinding).
    let name = format!("evil.example:{}", to.port());
    let head =
        format!("POST {UIC} HTTP/1.1\nHost: {name}\nOrigin: http://{name}\nCookie: {cookies}");
    assert_eq!(send(to, &head, UIC_BODY.as_bytes()).await.status(), 401);
    service.stop().await;
}

#[tokio::test]
async fn the_own_origin_is_the_advertised_host_and_listed_ones_count_too() {
    let service = service(|config| {
        config.advertised_host = Some("im.example.org".to_owned());
        config.origins = Origins::Listed(vec!["https://web.example".to_owned()]);
    })
    .await;
    let to = service.address();
    let listen = format!("Origin: http://{to}");
    let statuses = uic_statuses(
        to,
        &[
            "",
            "Origin: https://im.example.org",
            "Origin: https://web.example",
            &listen,
            "Origin: https://evil.example",
            "Origin: null",
        ],
    )
    .await;
    assert_eq!(statuses, [200, 200, 200, 401, 401, 401]);
    service.stop().await;
}

#[tokio::test]
async fn the_sign_in_form_is_taken_from_the_own_page_only() {
    let service = service(|_| {}).await;
    let to = service.address();
    let page = send(to, "GET / HTTP/1.1\nHost: h", b"").await;
    let token = between(page.text(), "name=\"PPFT\" value=\"", "\"");
    let form = format!("PPFT={token}&login=alice%40example.org&passwd=secret");
    let own = format!("Origin: http://{to}");
    for (origin, status) in [
        ("Origin: https://evil.example", 200),
        ("Origin: null", 200),
        (own.as_str(), 302),
        ("", 302),
    ] {
        let head =
            format!("POST /ppsecure/post.srf HTTP/1.1\nHost: h\nCookie: MSPOK={token}\n{origin}");
        let answer = send(to, head.trim_end(), form.as_bytes()).await;
        assert_eq!(answer.status(), status, "{origin}");
        let granted = answer.headers("Set-Cookie").join("; ").contains("MSPAuth");
        assert_eq!(granted, status == 302, "{origin}");
    }
    service.stop().await;
}

/// What a client with these cookies is told, until it is signed in or out.
async fn client_with_cookies(url: &str, header: &str, uic: Uic) -> Vec<Event> {
    let service = msnp_client::Service::at(url).expect("a base");
    let cookies = Cookies::for_domain(header, "127.0.0.1").expect("cookies");
    let config = Config::new(Access::cookies(service, cookies).uic(uic), [7; 32]);
    let http = HttpOptions::new().direct().client().expect("a client");
    let mut driver = spawn(Client::new(config), Http::new(http));
    let started = driver.call(Client::sign_in);
    started.expect("the driver runs");
    let mut told = Vec::new();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(30), driver.next_event()).await;
        let event = next.expect("an answer").expect("the driver runs");
        let over = matches!(event, Event::SignedIn(_) | Event::SignedOut(_));
        if !matches!(event, Event::SignInProgress(_)) {
            told.push(event);
        }
        if over {
            return told;
        }
    }
}

#[tokio::test]
async fn a_client_whose_cookies_are_no_longer_good_is_told_so_at_once() {
    let service = service(|_| {}).await;
    // As cookies look that were good before the service was restarted.
    let stale = format!("MSPAuth={0}; MSPProf={0}; WLSSC={0}", "A".repeat(43));
    for uic in [Uic::Skip, Uic::Wanted, Uic::Required] {
        let told = client_with_cookies(&service.url(), &stale, uic).await;
        let refused = Event::SignedOut(Reason::WrongCredentials);
        assert_eq!(told, [refused], "once and finally, {uic:?}");
    }
    let good = cookies(service.address(), "alice").await;
    let told = client_with_cookies(&service.url(), &good, Uic::Wanted).await;
    assert!(matches!(told[..], [Event::SignedIn(_)]), "{told:?}");
    service.stop().await;
}
