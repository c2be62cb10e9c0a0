//! The sign-in page, the cookies and the uic.

use std::net::SocketAddr;
use std::time::Duration;

use msnp_client::sign_in::oauth::{OAuthTokens, RefreshError, TokenRefresh};
use msnp_client::sign_in::web::WebSignIn;
use msnp_proto::Secret;
use transport_reqwest::{Http, HttpOptions, spawn};

use super::raw::{Response, send};
use super::seed::{FIRST, OPEN};
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

/// Signs alice in with our own client at this page of the service, as a program does; the tokens, if there are any.
async fn by_client(to: SocketAddr, page: &str) -> Option<OAuthTokens> {
    let page = format!("http://{to}{page}").parse().expect("an address");
    let (password, patience) = (Secret::new("secret".to_owned()), Duration::from_secs(60));
    let machine = WebSignIn::new(page, "alice@example.org", password, patience);
    let http = HttpOptions::new().direct().client().expect("a client");
    let mut driver = spawn(machine, Http::new(http));
    let outcome = driver.next_event().await.expect("it runs");
    assert!(outcome.expect("cookies").contains("MSPAuth"));
    let tokens = driver.call(|sign_in, _| sign_in.tokens().cloned());
    tokens.expect("it runs")
}

/// Case F7, in the client's role: it knew one form, and threw the tokens and `state` away.
#[tokio::test]
async fn our_client_signs_in_by_both_forms_and_gets_more_tokens() {
    let service = service(|_| {}).await;
    let to = service.address();
    assert!(by_client(to, "/login.srf").await.is_none());
    assert!(by_client(to, "/oauth20_authorize.srf").await.is_none());
    let scope = "service::ssl.live.com::MBI_SSL";
    let form = format!("/oauth20_authorize.srf?response_type=token&scope={scope}&state=a%26b");
    let tokens = by_client(to, &form).await.expect("tokens");
    assert_eq!(tokens.scope.as_deref(), Some(scope));
    assert_eq!(tokens.expires_in, Some(Duration::from_secs(86_400)));
    let refresh = tokens.refresh_token.expect("one for more");
    let more = async |refresh: &Secret<String>| {
        let at = format!("http://{to}/oauth20_token.srf").parse();
        let (at, patience) = (at.expect("an address"), Duration::from_secs(60));
        let machine = TokenRefresh::new(at, "00000000480BC46C", refresh, scope, patience);
        let http = HttpOptions::new().direct().client().expect("a client");
        let mut driver = spawn(machine, Http::new(http));
        driver.next_event().await.expect("it runs")
    };
    let second = more(&refresh).await.expect("tokens");
    assert_ne!(second.access_token.expose(), tokens.access_token.expose());
    let refused = more(&Secret::new("no such token".to_owned())).await;
    let Err(RefreshError::Refused { error, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(&*error, "invalid_grant");
    service.stop().await;
}

/// Case E19.
#[tokio::test]
async fn after_a_wrong_password_only_that_is_typed_again() {
    let service = service(|_| {}).await;
    let page = submit(service.address(), "alice%40example.org", "wrong").await;
    assert_eq!(page.status(), 200);
    let text = page.text();
    assert!(text.contains("value=\"alice@example.org\""), "{text}");
    assert!(text.contains("required autofocus>\n<button>"), "{text}");
    assert_eq!(text.matches("autofocus").count(), 1);
    assert!(!text.contains("wrong"), "{text}");
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
    assert!(location == "/oauth20_desktop.srf", "{location}");
    service.stop().await;
}

/// Signs alice in at a form that was asked for so, and gives where she is sent.
async fn sent_to(to: SocketAddr, form: &str) -> String {
    let page = send(to, &format!("GET {form} HTTP/1.1\nHost: h"), b"").await;
    assert_eq!(page.status(), 200, "{form}");
    let token = between(page.text(), "name=\"PPFT\" value=\"", "\"");
    let post_url = between(page.text(), "urlPost:'", "'");
    let head = format!("POST {post_url} HTTP/1.1\nHost: h\nCookie: MSPOK={token}");
    let form = format!("PPFT={token}&login=alice%40example.org&passwd=secret");
    let answer = send(to, &head, form.as_bytes()).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers("Set-Cookie").len(), 3);
    answer.header("Location").expect("a redirect").to_owned()
}

/// The fields behind the `#` of a place.
fn fragment(place: &str) -> std::collections::BTreeMap<String, String> {
    let (_, fragment) = place.split_once('#').expect("a fragment");
    let pairs = fragment.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Cases B17, F7 and E20: nobody was sent back, `state` was lost, and the token stood in everybody's address.
#[tokio::test]
async fn whoever_comes_from_a_page_of_a_listed_origin_is_sent_back_to_it() {
    let origins = gateway_sm::Origins::Listed(vec!["https://web.example".to_owned()]);
    let service = service(|config| config.origins = origins).await;
    let to = service.address();
    let back = "redirect_uri=https%3A%2F%2Fweb.example%2Fchat%3Fa%3Db";
    let place = sent_to(to, &format!("/oauth20_authorize.srf?{back}&state=x")).await;
    assert_eq!(place, "https://web.example/chat?a=b");
    let form = format!("/oauth20_authorize.srf?{back}&response_type=token&scope=s&state=a%26b");
    let place = sent_to(to, &form).await;
    let fields = fragment(&place);
    assert!(place.starts_with("https://web.example/chat?a=b#access_token="));
    assert_eq!((&*fields["state"], &*fields["scope"]), ("a%26b", "s"));
    assert_eq!(
        (&*fields["token_type"], &*fields["expires_in"]),
        ("bearer", "86400")
    );
    // By the regular form.
    let place = sent_to(to, "/login.srf?wreply=https%3A%2F%2Fweb.example").await;
    assert_eq!(place, "https://web.example");
    let place = sent_to(to, "/login.srf?wreply=https%3A%2F%2Fweb.example.evil").await;
    assert_eq!(place, "/oauth20_desktop.srf");
    assert_eq!(sent_to(to, "/").await, "/oauth20_desktop.srf");
    service.stop().await;
}

/// Case B17: an `X-MSN-SslAuthToken` was allowed by CORS, and ignored.
#[tokio::test]
async fn a_token_in_its_header_signs_in_at_the_gateway_as_cookies_do() {
    let service = service(|_| {}).await;
    let to = service.address();
    let place = sent_to(to, "/oauth20_authorize.srf?response_type=token").await;
    let token = fragment(&place)["access_token"].clone();
    let open = async |auth: &str, token: &str| {
        let head = format!(
            "POST {OPEN} HTTP/1.1\nHost: {to}\nX-MSN-Auth: {auth}\nX-MSN-SslAuthToken: t={token}&p="
        );
        let answer = send(to, &head, FIRST.as_bytes()).await;
        answer.header("X-MSN-SkypeId").map(str::to_owned)
    };
    let auth = "Use-X-MSN-SslAuthToken";
    assert_eq!(open(auth, &token).await.as_deref(), Some("live:alice"));
    assert_eq!(open("Use-Cookie", &token).await, None);
    let refresh = fragment(&place)["refresh_token"].clone();
    assert_eq!(
        open(auth, &refresh).await,
        None,
        "it is for more tokens alone"
    );
    let more = async |form: String| {
        let head = "POST /oauth20_token.srf HTTP/1.1\nHost: h";
        send(to, head, form.as_bytes()).await
    };
    let scope = "scope=service%3A%3Assl.live.com%3A%3AMBI_SSL";
    let grant = format!("grant_type=refresh_token&client_id=x&{scope}&refresh_token=");
    let answer = more(format!("{grant}{refresh}")).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let further = between(answer.text(), "\"access_token\":\"", "\"");
    assert_eq!(open(auth, &further).await.as_deref(), Some("live:alice"));
    for wrong in [
        format!("{grant}{token}"),
        format!("{grant}x"),
        String::new(),
    ] {
        let answer = more(wrong).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.text().contains("error_description"));
    }
    service.stop().await;
}

/// Case E20: whoever came with a browser was not told what this is.
#[tokio::test]
async fn a_page_says_what_this_is_and_the_sign_in_page_leads_there() {
    let service = service(|_| {}).await;
    let to = service.address();
    let page = send(to, "GET / HTTP/1.1\nHost: h", b"").await;
    assert!(page.text().contains("href=\"/about\""));
    let about = send(to, &format!("GET /about HTTP/1.1\nHost: {to}"), b"").await;
    assert_eq!(about.status(), 200);
    let gateway = format!("http://{to}/gateway/gateway.dll");
    assert!(about.text().contains(&gateway), "{}", about.text());
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
