//! Desktop clients of MSNP24, in bytes as BitlBee's branch writes them (msnp24.md 6.2, 6.3, 18): a compact ticket of the token
//! service and no uic, feature set 1, a bare `PNG`; by TCP, and through the gateway.

use std::net::SocketAddr;
use std::time::Duration;

use msnp_service::{Service, ServiceConfig};
use soap_codec::call::Response as Decoded;
use soap_codec::sign_in::{RequestSecurityTokens, TokenResponse};
use soap_codec::{Budget, Envelope};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::sign_in::request;
use crate::{post, raw, service};

const SITE: &str = "chatservice.live.com";

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

fn frame(line: &str, body: &str) -> String {
    format!("{line} {}\r\n\r\n{body}", body.len() + 2)
}

fn first() -> [String; 2] {
    let connect = "<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>";
    let bind = "<msgr><ver>1</ver><client><name>Skype</name><ver>2/4.3.0.37/174</ver></client><epid>cabba291-a68d-9370-3a70-26009dc4fb0e</epid></msgr>";
    [frame("CNT 1 CON", connect), frame("BND 3 CON\\MSGR", bind)]
}

fn proof(ticket: &str) -> String {
    let ticket = ticket.replace('&', "&amp;");
    let user = format!(
        "<user><ssl-compact-ticket>{ticket}</ssl-compact-ticket><ssl-site-name>{SITE}</ssl-site-name></user>"
    );
    frame("ATH 2 CON\\USER", &user)
}

/// Alice's ticket for a service of this name.
async fn ticket(to: SocketAddr, site: &str, policy: &str) -> String {
    let body = request("alice@example.org", "secret", &[(site, policy)]);
    let reply = post(to, "/RST.srf", "", &body).await;
    let envelope = Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope");
    let read = Decoded::<RequestSecurityTokens>::decode(&envelope).expect("tokens");
    let ticket = read.body.of(site).and_then(TokenResponse::ticket);
    ticket.expect("a ticket").expose().clone()
}

async fn with_streams() -> (Service, SocketAddr) {
    let anywhere = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let change = |config: &mut ServiceConfig| config.tcp = anywhere;
    let service = service(change).await;
    let tcp = service.tcp_address().expect("it was asked for");
    (service, tcp)
}

/// Says one thing after the other, each once what is expected of the one before has come; all that was heard.
async fn talk(to: SocketAddr, said: &[(&str, &str)]) -> String {
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    let mut heard = String::new();
    for (say, expected) in said {
        let from = heard.len();
        stream.write_all(say.as_bytes()).await.expect("it is read");
        while !heard[from..].contains(expected) {
            let mut some = vec![0; 4096];
            let read = timeout(PATIENCE, stream.read(&mut some)).await;
            let read = read.unwrap_or_else(|_| panic!("no {expected}: {heard}"));
            let read = read.expect("in order");
            assert!(read > 0, "ended without {expected}: {heard}");
            heard.push_str(&String::from_utf8_lossy(&some[..read]));
        }
    }
    heard
}

#[tokio::test]
async fn bitlbees_branch_signs_in_by_tcp_with_a_ticket_and_no_uic() {
    let (service, tcp) = with_streams().await;
    let ticket = ticket(service.address(), SITE, "MBI_SSL").await;
    let [connect, bind] = first();
    let all = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";
    let heard = talk(
        tcp,
        &[
            (&connect, "</connect-response>"),
            (&proof(&ticket), "</auth-response>"),
            (&bind, "</msgr-response>"),
            (&frame("PUT 4 MSGR\\SUBSCRIPTIONS", all), "PUT 4 MSGR 2\r\n"),
            // What is left over of MSNP21.
            ("PNG\r\n", "QNG "),
            ("ADL 5 4\r\n<a/>", "200 "),
            ("OUT 6 CON 2\r\n\r\n", "OUT 6 CON"),
        ],
    )
    .await;
    assert!(!heard.contains("911"), "{heard}");
    service.stop().await;
}

#[tokio::test]
async fn the_same_signs_in_through_the_gateway() {
    let (service, _) = with_streams().await;
    let to = service.address();
    let ticket = ticket(to, SITE, "MBI_SSL").await;
    let [connect, bind] = first();
    let body = [connect, proof(&ticket), bind].concat();
    let head = format!(
        "POST /gateway/gateway.dll?Action=open&Server=NS&SessionID=&Version=1&Protocol=mtp HTTP/1.1\nHost: {to}"
    );
    let reply = raw::send(to, &head, body.as_bytes()).await;
    let text = String::from_utf8(reply.body.clone()).expect("UTF-8");
    assert!(
        text.contains("ATH 2 CON ") && text.contains("BND 3 CON "),
        "{text}"
    );
    service.stop().await;
}

/// Those of the lists go over plain HTTP call after call: whoever hears one must not be able to sign in by it. And one that
/// has to be proved is none by itself.
#[tokio::test]
async fn the_ticket_of_another_service_signs_in_to_no_connection() {
    let (service, tcp) = with_streams().await;
    let [connect, _] = first();
    for (site, policy) in [
        ("contacts.msn.com", "MBI"),
        ("storage.live.com", "MBI"),
        ("messengerclear.live.com", "MBI_KEY_OLD"),
    ] {
        let ticket = ticket(service.address(), site, policy).await;
        let refused = [
            (connect.as_str(), "</connect-response>"),
            (&proof(&ticket), "911 2 CON 23\r\n"),
        ];
        talk(tcp, &refused).await;
    }
    service.stop().await;
}
