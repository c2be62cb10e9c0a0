//! `BitlBee` 3.5.1 as it was seen to use the gateway with MSNP21, request for request (real-clients.md 1): a connection for each, several
//! commands in one body, an empty `SessionID` on open and a bare `&` behind others, a poll that is held, and what it says meanwhile.

use std::net::SocketAddr;

use msnp_service::Service;
use tokio::task::JoinHandle;

use crate::raw::{self, Response};
use crate::sign_in::proof;
use crate::{between, service};

/// The minimum that the gateway of old needed (gateway.md 3).
async fn ask(to: SocketAddr, query: &str, body: &str) -> Response {
    let head = format!("POST /gateway/gateway.dll?{query} HTTP/1.1\nHost: {to}");
    raw::send(to, &head, body.as_bytes()).await
}

struct Bee {
    to: SocketAddr,
    session: String,
    account: String,
    place: &'static str,
}

impl Bee {
    /// Signs in, and waits after each command whose answer it needs.
    async fn sign_in(to: SocketAddr, name: &str, place: &'static str) -> Self {
        let account = format!("{name}@example.org");
        let burst = format!(
            "VER 1 MSNP21 CVR0\r\n\
             CVR 2 0x0409 mac 10.2.0 ppc macmsgs 3.5.1 macmsgs {account} VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCklzR2VvWGZyOiB0cnVlDQo=\r\n\
             USR 3 SSO I {account}\r\n"
        );
        let opened = ask(to, "SessionID=&Action=open&Server=NS", &burst).await;
        let said = opened.text();
        assert!(said.starts_with("VER 1 MSNP21\r\nCVR 2 "), "{said}");
        let nonce = between(said, "USR 3 SSO S MBI_KEY_OLD ", "\r\n");
        let proof = proof(to, name, nonce).await;
        let session = opened.session();
        let mut bee = Self {
            to,
            session,
            account,
            place,
        };
        let line = format!("USR 4 SSO S {proof} {place}\r\n");
        let said = bee.say(&line).await;
        let welcome = format!("USR 4 OK {} 1 0\r\n", bee.account);
        assert!(said.starts_with(&welcome), "{said}");
        let asked = between(&said, "CHL 0 ", "\r\n");
        let product = msnp_proto::auth::challenge::product("PROD0120PW!CCV9@").expect("known");
        let answer = product.respond(asked);
        let list = "<ml l=\"1\"><d n=\"example.org\"><c n=\"carol\" t=\"1\"><s l=\"3\" n=\"IM\" /></c></d></ml>";
        let both = format!(
            "QRY 5 {} 32\r\n{}ADL 6 {}\r\n{list}",
            product.id,
            answer.as_str(),
            list.len()
        );
        let said = bee.say(&both).await;
        assert!(
            said.contains("QRY 5\r\n") && said.contains("ADL 6 OK\r\n"),
            "{said}"
        );
        let document = "<user><s n=\"IM\"><Status>NLN</Status></s><sep n=\"IM\"><Capabilities>49152:0</Capabilities></sep></user>";
        let publication = format!(
            "Publication: 1.0\r\nUri: /user\r\nContent-Type: application/user+xml\r\nContent-Length: {}\r\n\r\n{document}",
            document.len()
        );
        let to = bee.account.clone();
        let put = bee.layers("PUT 7", &to, "", &publication);
        let said = bee.say(&put).await;
        assert!(said.contains("PUT 7 OK "), "{said}");
        bee
    }

    fn layers(&self, line: &str, to: &str, routing: &str, third: &str) -> String {
        let payload = format!(
            "Routing: 1.0\r\nTo: 1:{to}\r\nFrom: 1:{};epid={}\r\n{routing}\r\nReliability: 1.0\r\n\r\n{third}",
            self.account, self.place
        );
        format!("{line} {}\r\n{payload}", payload.len())
    }

    fn text(&self, trid: u32, to: &str, text: &str) -> String {
        let third = format!(
            "Messaging: 2.0\r\nMessage-Type: Text\r\nContent-Length: {}\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n{text}",
            text.len()
        );
        let channel = "Service-Channel: IM/Online\r\n";
        self.layers(&format!("SDG {trid}"), to, channel, &third)
    }

    async fn say(&mut self, body: &str) -> String {
        let query = format!("SessionID={}&", self.session);
        let reply = ask(self.to, &query, body).await;
        self.take(&reply)
    }

    async fn poll(to: SocketAddr, session: String) -> Response {
        let query = format!("SessionID={session}&Action=poll&Lifespan=60");
        ask(to, &query, "").await
    }

    fn take(&mut self, reply: &Response) -> String {
        assert_eq!(reply.status(), 200);
        self.session = reply.session();
        reply.text().to_owned()
    }
}

/// A poll that the service holds.
async fn hold(service: &Service, session: &str) -> JoinHandle<Response> {
    let poll = Bee::poll(service.address(), session.to_owned());
    let poll = tokio::spawn(poll);
    let operator = service.operator_address().expect("it was asked for");
    loop {
        let figures = raw::send(operator, "GET /metrics HTTP/1.1\nHost: h", b"").await;
        if between(figures.text(), "\nmsnp_requests_waiting ", "\n") == "1" {
            return poll;
        }
    }
}

#[tokio::test]
async fn bitlbee_speaks_msnp21_while_its_poll_is_held() {
    let service = service(|config| config.operator = Some(([127, 0, 0, 1], 0).into())).await;
    let to = service.address();
    let place = "{11111111-2222-3333-4444-555555555555}";
    let mut alice = Bee::sign_in(to, "alice", place).await;
    let mut bob = Bee::sign_in(to, "bob", place).await;
    // While it is held, he says something on another connection, and both are answered.
    let held = hold(&service, &bob.session).await;
    let said = bob.text(8, "alice@example.org", "h\u{e9} alice");
    assert_eq!(bob.say(&said).await, "");
    let home = held.await.expect("a reply");
    assert_eq!(bob.take(&home), "");
    let told = Bee::poll(to, alice.session.clone()).await;
    let told = alice.take(&told);
    assert!(
        told.contains("SDG 0 ") && told.ends_with("h\u{e9} alice"),
        "{told}"
    );
    // The next is held for what is said to him.
    let held = hold(&service, &bob.session).await;
    let said = alice.text(8, "bob@example.org", "h\u{e9} bob");
    alice.say(&said).await;
    let told = held.await.expect("a reply");
    let told = bob.take(&told);
    assert!(
        told.contains("SDG 0 ") && told.ends_with("h\u{e9} bob"),
        "{told}"
    );
    assert_eq!(bob.say("PNG\r\n").await, "QNG 45\r\n");
    let query = format!("SessionID={}&", bob.session);
    let over = ask(to, &query, "OUT\r\n").await;
    let session = over.header("X-MSN-Messenger").expect("it is there");
    assert!(session.contains("Session=close"), "{session}");
    service.stop().await;
}
