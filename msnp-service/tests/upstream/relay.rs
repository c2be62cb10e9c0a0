//! A page signs in by the relay, over real HTTP.

use std::sync::Arc;

use gateway_upstream::RelayConfig;
use msnp_server::WebClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use transport_reqwest::HttpOptions;

use crate::gateway;

const PAGE: &str = "https://chat.example.com";

/// Answers one request so, and gives back what it was.
async fn answer_once(listener: TcpListener, reply: &'static str) -> String {
    let (mut stream, _) = listener.accept().await.expect("it works");
    let mut request = Vec::new();
    while !request.ends_with(b"<Envelope/>") {
        let mut buffer = [0; 1024];
        let length = stream.read(&mut buffer).await.expect("it works");
        assert!(length > 0, "the request broke off");
        request.extend_from_slice(&buffer[..length]);
    }
    stream.write_all(reply.as_bytes()).await.expect("it works");
    String::from_utf8(request).expect("it works")
}

#[tokio::test]
async fn a_page_signs_in_and_reads_headers_that_no_page_may_read() {
    let login = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/RST.srf?id=7", login.local_addr().unwrap());
    let relay = RelayConfig::default()
        .origin(PAGE)
        .unwrap()
        .call("rst", &url)
        .unwrap();
    let (_server, gateway) = gateway(|config| config.relay = relay).await;
    let reply = "HTTP/1.1 302 Found\r\nLocation: https://other.example/\r\nSet-Cookie: MSPAuth=1\r\nSet-Cookie: MSPProf=2\r\nX-Secret: x\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>";
    let asked = tokio::spawn(answer_once(login, reply));
    let client = HttpOptions::new().client().unwrap();
    let post = |path: &str| {
        client
            .post(format!("{}{path}", gateway.url()))
            .body("<Envelope/>")
    };
    let reply = post("/relay/rst")
        .header("Origin", PAGE)
        .header("SOAPAction", "issue")
        .header("Cookie", "own=1")
        .header("X-MSN-Relay-Cookie", "MSPOK=1");
    let reply = reply.send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let headers = reply.headers();
    assert_eq!(headers["x-msn-relay-status"], "302");
    assert_eq!(headers["x-msn-relay-location"], "https://other.example/");
    assert_eq!(headers.get_all("x-msn-relay-set-cookie").iter().count(), 2);
    assert_eq!(headers["access-control-allow-origin"], PAGE);
    assert!(!headers.contains_key("x-secret") && !headers.contains_key("set-cookie"));
    assert_eq!(reply.text().await.unwrap(), "<a/>");
    let asked = asked.await.unwrap().to_lowercase();
    assert!(
        asked.starts_with("post /rst.srf?id=7 http/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("\r\ncookie: mspok=1\r\n") && !asked.contains("own=1"));
    assert!(!asked.contains("origin") && !asked.contains("relay"));

    for path in ["/relay/other", "/relay/rst/x", "/relay/http://127.0.0.1/"] {
        let refused = post(path).header("Origin", PAGE).send().await.unwrap();
        assert_eq!(refused.status(), 404, "{path}");
    }
    let refused = post("/relay/rst").header("Origin", "https://evil.example");
    assert_eq!(refused.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn its_own_page_is_there_if_one_can_sign_in_by_the_relay_and_may_use_it() {
    let login = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/RST.srf", login.local_addr().unwrap());
    let page = WebClient::new("", "").network("<html data-relay=\"{relay}\">");
    let page = Some(Arc::new(page));
    let relay = RelayConfig::default().call("rst", &url).unwrap();
    let (_server, with) = gateway(|config| {
        config.relay = relay;
        config.web_client.clone_from(&page);
    })
    .await;
    let (_other, without) = gateway(|config| config.web_client = page).await;
    let client = HttpOptions::new().client().unwrap();
    let reply = client.get(with.url()).send().await.unwrap();
    assert!(reply.headers().contains_key("content-security-policy"));
    assert_eq!(reply.text().await.unwrap(), "<html data-relay=\"rst\">");
    let reply = client.get(without.url()).send().await.unwrap();
    assert!(!reply.text().await.unwrap().contains("data-relay"));

    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>";
    let asked = tokio::spawn(answer_once(login, reply));
    let own = client.post(format!("{}/relay/rst", with.url()));
    let own = own.header("Origin", with.url()).body("<Envelope/>");
    assert_eq!(own.send().await.unwrap().text().await.unwrap(), "<a/>");
    asked.await.unwrap();
}
