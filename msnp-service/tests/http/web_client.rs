//! The page for people with a browser.

use std::net::SocketAddr;
use std::sync::Arc;

use msnp_server::{WebClient, WebFile};
use msnp_service::Service;

use crate::raw::{Response, send};
use crate::sign_in::between;

const FORM: &str = "<form action=\"{post}\">{shown}<input name=\"PPFT\" value=\"{token}\">";

async fn with_page() -> Service {
    let script = WebFile::new("text/javascript", "plain").packed("gzip", "packed");
    let page = WebClient::new(FORM, "the page").file("app.js", script);
    crate::service(|config| config.web_client = Some(Arc::new(page))).await
}

/// Fills in the form; the answer.
async fn fill_in(to: SocketAddr, password: &str) -> Response {
    let form = send(to, "GET / HTTP/1.1\nHost: h", b"").await;
    assert!(form.headers("Set-Cookie")[0].starts_with("MSPOK="));
    let token = between(form.text(), "value=\"", "\"");
    let post = between(form.text(), "action=\"", "\"");
    let head = format!("POST {post} HTTP/1.1\nHost: h\nCookie: MSPOK={token}");
    let fields = format!("PPFT={token}&login=alice%40example.org&passwd={password}");
    send(to, &head, fields.as_bytes()).await
}

fn cookies(answer: &Response) -> String {
    let set = answer.headers("Set-Cookie");
    let pairs = set.iter().filter_map(|line| line.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn the_form_leads_to_the_page_and_a_sign_out_back_to_the_form() {
    let service = with_page().await;
    let to = service.address();
    let refused = fill_in(to, "guess").await;
    assert!(refused.text().contains("<p role=alert>") && refused.text().starts_with("<form"));
    let answer = fill_in(to, "secret").await;
    assert_eq!(
        (answer.status(), answer.header("Location")),
        (302, Some("/"))
    );
    let cookies = cookies(&answer);
    let start = format!("GET / HTTP/1.1\nHost: h\nCookie: {cookies}");
    assert_eq!(send(to, &start, b"").await.text(), "the page");
    // A page of another site makes a browser ask, and has no say.
    let foreign = format!(
        "POST /logout.srf HTTP/1.1\nHost: h\nOrigin: http://evil.example\nCookie: {cookies}"
    );
    assert_eq!(send(to, &foreign, b"").await.status(), 403);
    assert_eq!(send(to, &start, b"").await.text(), "the page");
    let out = format!("POST /logout.srf HTTP/1.1\nHost: h\nCookie: {cookies}");
    let out = send(to, &out, b"").await;
    assert_eq!((out.status(), out.header("Location")), (303, Some("/")));
    let gone = out.headers("Set-Cookie");
    assert!(
        gone.len() == 3 && gone.iter().all(|line| line.contains("=; Max-Age=0;")),
        "{gone:?}"
    );
    // Whoever has kept them has nothing any more.
    assert!(send(to, &start, b"").await.text().starts_with("<form"));
    service.stop().await;
}

#[tokio::test]
async fn programs_find_the_form_that_they_know_and_files_are_there_for_all() {
    let service = with_page().await;
    let to = service.address();
    let known = send(to, "GET /oauth20_authorize.srf HTTP/1.1\nHost: h", b"").await;
    assert!(known.text().contains("urlPost:'/ppsecure/post.srf?'"));
    let file = send(
        to,
        "GET /web/app.js HTTP/1.1\nHost: h\nAccept-Encoding: gzip",
        b"",
    )
    .await;
    assert_eq!(
        (file.text(), file.header("Content-Encoding")),
        ("packed", Some("gzip"))
    );
    let file = send(to, "GET /web/app.js HTTP/1.1\nHost: h", b"").await;
    assert_eq!(
        (file.text(), file.header("Content-Encoding")),
        ("plain", None)
    );
    let none = send(to, "GET /web/none.js HTTP/1.1\nHost: h", b"").await;
    assert_eq!(none.status(), 404);
    service.stop().await;
}

#[tokio::test]
async fn a_service_without_the_page_says_how_to_get_it() {
    let service = crate::service(|_| {}).await;
    let to = service.address();
    let place = send(to, "GET /oauth20_desktop.srf HTTP/1.1\nHost: h", b"").await;
    assert!(place.text().contains("web/README.md"), "{}", place.text());
    let file = send(to, "GET /web/app.js HTTP/1.1\nHost: h", b"").await;
    assert_eq!(file.status(), 404);
    service.stop().await;
}
