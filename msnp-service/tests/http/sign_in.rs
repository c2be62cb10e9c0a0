//! The sign-in page, the cookies and the uic.

use std::net::SocketAddr;

use super::raw::{Response, send};
use super::service;

/// Fills in the page and returns the answer to it.
pub(crate) async fn submit(to: SocketAddr, login: &str, password: &str) -> Response {
    let page = send(
        to,
        "GET /oauth20_authorize.srf?client_id=00000000480BC46C HTTP/1.1\nHost: h",
        b"",
    )
    .await;
    assert_eq!(page.status(), 200);
    let token = between(page.text(), "name=\"PPFT\" value=\"", "\"");
    let post_url = between(page.text(), "urlPost:'", "'");
    let cookie = page
        .header("Set-Cookie")
        .expect("MSPOK")
        .split(';')
        .next()
        .expect("never empty")
        .to_owned();
    let form = format!("PPFT={token}&login={login}&passwd={password}");
    let head = format!(
        "POST {post_url} HTTP/1.1\nHost: h\nCookie: {cookie}\nContent-Type: application/x-www-form-urlencoded"
    );
    send(to, &head, form.as_bytes()).await
}

pub(crate) fn between(text: &str, start: &str, end: &str) -> String {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start}")) + start.len();
    let value = text[from..].split(end).next();
    value.expect("never empty").to_owned()
}

/// The `Cookie` header of a signed-in user.
pub(crate) async fn cookies(to: SocketAddr, name: &str) -> String {
    let answer = submit(to, &format!("{name}%40example.org"), "secret").await;
    assert_eq!(answer.status(), 302, "{}", answer.text());
    let set = answer.headers("Set-Cookie");
    let pairs: Vec<_> = set
        .iter()
        .map(|cookie| cookie.split(';').next().expect("never empty"))
        .collect();
    pairs.join("; ")
}

#[tokio::test]
async fn the_page_grants_three_cookies() {
    let service = service(|_| {}).await;
    let cookies = cookies(service.address(), "alice").await;
    let names: Vec<_> = cookies
        .split("; ")
        .map(|pair| pair.split('=').next().unwrap())
        .collect();
    assert_eq!(names, ["MSPAuth", "MSPProf", "WLSSC"]);
    service.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_read_the_same() {
    let service = service(|_| {}).await;
    let wrong = submit(service.address(), "alice%40example.org", "guess").await;
    let unknown = submit(service.address(), "nobody%40example.org", "guess").await;
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.status(), 200);
        assert_eq!(
            between(answer.text(), "sErrTxt:'", "'"),
            "That account or password is not right."
        );
        assert_eq!(answer.header("Set-Cookie"), None);
    }
    service.stop().await;
}

#[tokio::test]
async fn guessing_is_stopped() {
    let service = service(|config| config.limits.password_attempts = 2).await;
    for _ in 0..2 {
        submit(service.address(), "alice%40example.org", "guess").await;
    }
    let answer = submit(service.address(), "alice%40example.org", "secret").await;
    assert_eq!(
        between(answer.text(), "sErrTxt:'", "'"),
        "Too many attempts. Please try again later."
    );
    service.stop().await;
}

#[tokio::test]
async fn a_form_posted_from_elsewhere_is_refused() {
    let service = service(|_| {}).await;
    let form = b"PPFT=x&login=alice%40example.org&passwd=secret";
    let answer = send(
        service.address(),
        "POST /ppsecure/post.srf HTTP/1.1\nHost: h",
        form,
    )
    .await;
    assert_eq!(answer.status(), 200);
    // The page once more, with a token of its own for who goes on by hand.
    let set = answer.headers("Set-Cookie");
    assert!(
        matches!(set[..], [cookie] if cookie.starts_with("MSPOK=")),
        "{set:?}"
    );
    let token = between(answer.text(), "name=\"PPFT\" value=\"", "\"");
    assert!(token != "x" && set[0].contains(&token), "{set:?}");
    service.stop().await;
}

#[tokio::test]
async fn nobody_is_sent_to_a_strange_place() {
    let service = service(|_| {}).await;
    let to = service.address();
    let page = send(
        to,
        "GET /oauth20_authorize.srf?redirect_uri=https%3A%2F%2Fevil.example%2F HTTP/1.1\nHost: h",
        b"",
    )
    .await;
    let token = between(page.text(), "name=\"PPFT\" value=\"", "\"");
    let post_url = between(page.text(), "urlPost:'", "'");
    let head = format!("POST {post_url} HTTP/1.1\nHost: h\nCookie: MSPOK={token}");
    let form = format!("PPFT={token}&login=alice%40example.org&passwd=secret");
    let answer = send(to, &head, form.as_bytes()).await;
    let location = answer.header("Location").expect("a redirect");
    assert!(
        location.starts_with("/oauth20_desktop.srf#access_token="),
        "{location}"
    );
    service.stop().await;
}

#[tokio::test]
async fn the_uic_comes_from_two_calls_and_the_cookies() {
    let service = service(|_| {}).await;
    let to = service.address();
    let cookies = cookies(to, "alice").await;
    let place = send(to, "POST /v2/a HTTP/1.1\nHost: h", b"").await;
    let (url, id) = (
        between(place.text(), "\"url\":\"", "\""),
        between(place.text(), "\"connId\":\"", "\""),
    );
    let body = format!(r#"{{"trouterurl":"{url}","connectionid":"{id}"}}"#);
    let head = "POST /v1/user/Initialization HTTP/1.1\nHost: h\nContent-Type: application/json";
    let refused = send(to, head, body.as_bytes()).await;
    assert_eq!(refused.status(), 401);
    let answer = send(to, &format!("{head}\nCookie: {cookies}"), body.as_bytes()).await;
    let uic = between(answer.text(), "\"MappingContainer\":\"", "\"");
    assert!(uic.starts_with("AAAAABnpOEW"), "{uic}");
    // The fixed body of a client that skips the first call (gateway.md 16.3).
    let fixed = br#"{"trouterurl":"https://","connectionid":"a"}"#;
    let head = format!("POST /v1/User/Initialization HTTP/1.1\nHost: h\nCookie: {cookies}");
    assert_eq!(send(to, &head, fixed).await.status(), 200);
    service.stop().await;
}

#[tokio::test]
async fn pages_of_listed_origins_may_use_the_calls() {
    let origins = gateway_sm::Origins::Listed(vec!["https://web.example".to_owned()]);
    let service = service(|config| config.origins = origins).await;
    let to = service.address();
    let preflight = "OPTIONS /v1/user/Initialization HTTP/1.1\nHost: h\nAccess-Control-Request-Method: POST\nOrigin: ";
    let answer = send(to, &format!("{preflight}https://web.example"), b"").await;
    assert_eq!(
        answer.header("Access-Control-Allow-Origin"),
        Some("https://web.example")
    );
    assert_eq!(
        answer.header("Access-Control-Allow-Credentials"),
        Some("true")
    );
    let answer = send(to, &format!("{preflight}https://evil.example"), b"").await;
    assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    service.stop().await;
}
