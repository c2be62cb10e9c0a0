//! Messages to who is away, and for who was.

use std::net::SocketAddr;

use msnp_proto::auth::{challenge, lock_key};
use msnp_proto::payload::oim::OfflineMessage;
use soap_codec::call::Response as Decoded;
use soap_codec::offline_messages::{GetMessage, GetMetadata, WaitingMessage};
use soap_codec::{Budget, Envelope, FaultReason};

use crate::raw::Response;
use crate::sign_in::ticket;
use crate::{between, post, service};

const SEND: &str = "/OimWS/oim.asmx";
const FETCH: &str = "/rsi/rsi.asmx";
const STORE2: &str = "http://messenger.live.com/ws/2006/09/oim/Store2";
const PRODUCT: &str = "PROD0119GSJUC$18";

/// A message to be sent.
struct Message<'a> {
    from: &'a str,
    to: &'a str,
    ticket: &'a str,
    lock_key: &'a str,
    sequence: u32,
    text: &'a str,
}

/// Sent as libpurple does: the action of 2006 over elements of 2004 (soap.md 5.5).
async fn send(to: SocketAddr, message: &Message<'_>) -> Response {
    let Message {
        from,
        to: whom,
        ticket,
        lock_key,
        sequence,
        text,
    } = message;
    let ticket = ticket.replace('&', "&amp;");
    let oim = "http://messenger.msn.com/ws/2004/09/oim/";
    let run = "F9A6C9DD-0D94-4E85-9CC6-F9D118CC1CAF"
        .parse()
        .expect("a run");
    // XML would take the carriage returns for ends of lines.
    let content = OfflineMessage::new(*text, run, *sequence)
        .to_content()
        .replace('\r', "&#13;");
    let body = format!(
        "<?xml version='1.0' encoding='utf-8'?><soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'>\
         <soap:Header><From memberName='{from}' friendlyName='=?utf-8?B?w4RsaWNl?=' xml:lang='en-US' proxy='MSNMSGR' xmlns='{oim}' \
         msnpVer='MSNP15' buildVer='8.5.1302'/><To memberName='{whom}' xmlns='{oim}'/>\
         <Ticket passport='{ticket}' appid='{PRODUCT}' lockkey='{lock_key}' xmlns='{oim}'/>\
         <Sequence xmlns='http://schemas.xmlsoap.org/ws/2003/03/rm'><Identifier xmlns='http://schemas.xmlsoap.org/ws/2002/07/utility'>\
         http://messenger.msn.com</Identifier><MessageNumber>{sequence}</MessageNumber></Sequence></soap:Header>\
         <soap:Body><MessageType xmlns='{oim}'>text</MessageType><Content xmlns='{oim}'>{content}</Content></soap:Body></soap:Envelope>"
    );
    post(to, SEND, STORE2, &body).await
}

async fn fetch(to: SocketAddr, ticket: &str, name: &str, body: &str) -> Response {
    let t = ticket.trim_start_matches("t=").trim_end_matches("&p=");
    let rsi = "http://www.hotmail.msn.com/ws/2004/09/oim/rsi";
    let body = format!(
        "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Header><PassportCookie xmlns='{rsi}'>\
         <t>{t}</t><p></p></PassportCookie></soap:Header><soap:Body><{name} xmlns='{rsi}'>{body}</{name}></soap:Body></soap:Envelope>"
    );
    post(to, FETCH, &format!("{rsi}/{name}"), &body).await
}

async fn waiting(to: SocketAddr, ticket: &str) -> Vec<WaitingMessage> {
    let reply = fetch(to, ticket, "GetMetadata", "").await;
    let mut budget = Budget::default();
    let envelope = Envelope::parse(&reply.body, &mut budget).expect("an envelope");
    let read = Decoded::<GetMetadata>::decode(&envelope).expect("what waits");
    let waiting = read.body.waiting(&mut budget).expect("a mailbox");
    waiting.expect("a mailbox").messages
}

async fn message(to: SocketAddr, ticket: &str, id: &str) -> OfflineMessage {
    let body = format!("<messageId>{id}</messageId><alsoMarkAsRead>false</alsoMarkAsRead>");
    let reply = fetch(to, ticket, "GetMessage", &body).await;
    let envelope = Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope");
    let read = Decoded::<GetMessage>::decode(&envelope).expect("a message");
    let email = read.body.message.expect("a message");
    OfflineMessage::parse(email.as_str()).expect("an e-mail")
}

/// It looks for its lines by their feeds alone, and crashes where it finds no empty one.
#[tokio::test]
async fn libpurple_finds_the_end_of_a_head_in_what_waited() {
    let service = service(|_| {}).await;
    let to = service.address();
    let alice = ticket(to, "alice", "messengersecure.live.com").await;
    let bob = ticket(to, "bob", "messenger.msn.com").await;
    let mut letter = Message {
        from: "alice@example.org",
        to: "bob@example.org",
        ticket: &alice,
        lock_key: "",
        sequence: 1,
        text: "you were away",
    };
    let FaultReason::AuthenticationFailed {
        lock_key_challenge: Some(asked),
        ..
    } = reason(&send(to, &letter).await)
    else {
        panic!("it is asked for a key");
    };
    let key = challenge::product(PRODUCT).map(|product| lock_key(&asked, product).to_string());
    letter.lock_key = key.as_deref().expect("in the table");
    assert_eq!(send(to, &letter).await.status(), 200);
    let all = waiting(to, &bob).await;
    let body = format!("<messageId>{}</messageId>", id(&all[0]));
    let reply = fetch(to, &bob, "GetMessage", &body).await;
    let text = reply.text();
    let email = between(text, "<GetMessageResult>", "</GetMessageResult>");
    let (head, said) = email.split_once("\n\n").expect("an empty line");
    assert!(
        head.starts_with("From: =?utf-8?B?") && !email.contains('\r') && !email.contains("&#13;"),
        "{email}"
    );
    assert_eq!(said.trim(), "eW91IHdlcmUgYXdheQ==");
    service.stop().await;
}

fn reason(reply: &Response) -> FaultReason {
    let envelope = Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope");
    FaultReason::of(&envelope.fault().expect("a fault"))
}

fn id(message: &WaitingMessage) -> String {
    message.id.as_ref().expect("an id").as_str().to_owned()
}

#[tokio::test]
async fn a_message_waits_is_fetched_and_is_deleted() {
    let service = service(|_| {}).await;
    let to = service.address();
    let alice = ticket(to, "alice", "messengersecure.live.com").await;
    let bob = ticket(to, "bob", "messenger.msn.com").await;
    let mut letter = Message {
        from: "alice@example.org",
        to: "bob@example.org",
        ticket: &alice,
        lock_key: "",
        sequence: 1,
        text: "first, grüße",
    };
    // The first try gets the challenge.
    let reply = send(to, &letter).await;
    assert_eq!(reply.status(), 500);
    let FaultReason::AuthenticationFailed {
        lock_key_challenge: Some(asked),
        tweener_challenge: Some(_),
    } = reason(&reply)
    else {
        panic!("{}", reply.text());
    };
    let product = challenge::product(PRODUCT).expect("in the table");
    let key = lock_key(&asked, product).to_string();
    letter.lock_key = &key;
    for (sequence, text) in [(1, "first, grüße"), (2, "second"), (2, "second")] {
        (letter.sequence, letter.text) = (sequence, text);
        let reply = send(to, &letter).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        // The answer is in the namespace of the action (soap.md 5.5).
        assert!(
            reply
                .text()
                .contains("<StoreResponse xmlns=\"http://messenger.live.com/ws/2006/09/oim/\""),
            "{}",
            reply.text()
        );
        assert!(
            reply.text().contains(&format!("Upper=\"{sequence}\"")),
            "{}",
            reply.text()
        );
    }
    let all = waiting(to, &bob).await;
    assert_eq!(all.len(), 2, "the repetition is no third");
    assert_eq!(all[0].sender.as_deref(), Some("alice@example.org"));
    assert_eq!(all[0].name.as_deref(), Some("=?utf-8?B?w4RsaWNl?="));
    let first = message(to, &bob, &id(&all[0])).await;
    assert_eq!((first.text.as_str(), first.sequence), ("first, grüße", 1));
    assert_eq!(first.sender_name.as_deref(), Some("Älice"));
    assert_eq!(first.receiver.as_deref(), Some("bob@example.org"));
    let delete = format!(
        "<messageIds><messageId>{}</messageId></messageIds>",
        id(&all[0])
    );
    let reply = fetch(to, &bob, "DeleteMessages", &delete).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let left = waiting(to, &bob).await;
    assert_eq!(left.iter().map(id).collect::<Vec<_>>(), [id(&all[1])]);
    // It is gone, and so is a message that never was.
    let reply = fetch(to, &bob, "DeleteMessages", &delete).await;
    assert_eq!(reply.status(), 500);
    assert!(reply.text().contains("Schema validation error"));
    // Nobody fetches another's.
    let body = format!("<messageId>{}</messageId>", id(&all[1]));
    let reply = fetch(to, &alice, "GetMessage", &body).await;
    assert!(
        reply.text().contains("Schema validation error"),
        "{}",
        reply.text()
    );
    service.stop().await;
}

#[tokio::test]
async fn who_sends_has_to_be_who_the_ticket_says_and_whom_there_is() {
    let service = service(|_| {}).await;
    let to = service.address();
    let alice = ticket(to, "alice", "messengersecure.live.com").await;
    let product = challenge::product(PRODUCT).expect("in the table");
    let letter = |from, whom, ticket, lock_key, sequence| Message {
        from,
        to: whom,
        ticket,
        lock_key,
        sequence,
        text: "x",
    };
    let (from, whom) = ("alice@example.org", "bob@example.org");
    let reply = send(to, &letter(from, whom, &alice, "", 1)).await;
    let FaultReason::AuthenticationFailed {
        lock_key_challenge: Some(asked),
        ..
    } = reason(&reply)
    else {
        panic!("{}", reply.text());
    };
    let key = lock_key(&asked, product).to_string();
    let is_unproved =
        |reply: &Response| matches!(reason(reply), FaultReason::AuthenticationFailed { .. });
    for wrong in [
        letter("bob@example.org", whom, &alice, &key, 1),
        letter(from, whom, "t=AAAA&p=", &key, 1),
        letter(from, whom, &alice, "abcdef", 1),
    ] {
        assert!(is_unproved(&send(to, &wrong).await));
    }
    for nobody in ["nobody@example.org", "no address"] {
        let reply = send(to, &letter(from, nobody, &alice, &key, 1)).await;
        assert_eq!(
            (reply.status(), reason(&reply)),
            (500, FaultReason::SystemUnavailable)
        );
    }
    let reply = send(to, &letter(from, whom, &alice, &key, 0)).await;
    assert_eq!(reason(&reply), FaultReason::InvalidContent);
    let reply = fetch(to, "t=AAAA&p=", "GetMetadata", "").await;
    assert!(
        reply.text().contains("Schema validation error"),
        "{}",
        reply.text()
    );
    service.stop().await;
}
