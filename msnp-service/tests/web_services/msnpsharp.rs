//! How `MSNPSharp` 2f4a4af4 blocks, byte for byte as it was recorded (mono 6.8): it puts people on the list *Hide* of the service
//! `IMAvailability`, by each call twice, and says the same to the notification server in MSNP21 (real-clients.md 1).

use std::net::SocketAddr;

use crate::pollers::{PLACE, expecting, poll};
use crate::raw::{self, Response};
use crate::sign_in::{proof, ticket};
use crate::{between, service};

const SHARING: &str = "/abservice/SharingService.asmx";

/// One of its calls, with its ticket.
async fn call(to: SocketAddr, ticket: &str, name: &str, scenario: &str, body: &str) -> Response {
    let ticket = ticket.replace('&', "&amp;");
    let body = format!(
        r#"<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Header><ABApplicationHeader xmlns="http://www.msn.com/webservices/AddressBook"><ApplicationId>3794391A-4816-4BAC-B34B-6EC7FB5046C6</ApplicationId><IsMigration>false</IsMigration><PartnerScenario>{scenario}</PartnerScenario><CacheKey /><BrandId>MSFT</BrandId></ABApplicationHeader><ABAuthHeader xmlns="http://www.msn.com/webservices/AddressBook"><ManagedGroupRequest>false</ManagedGroupRequest><TicketToken>{ticket}</TicketToken></ABAuthHeader></soap:Header><soap:Body><{name} xmlns="http://www.msn.com/webservices/AddressBook">{body}</{name}></soap:Body></soap:Envelope>"#
    );
    let head = format!(
        "POST {SHARING} HTTP/1.1\nUser-Agent: MSN Explorer/9.0 (MSN 8.0; TmstmpExt)\nContent-Type: text/xml; charset=utf-8\n\
         SOAPAction: \"http://www.msn.com/webservices/AddressBook/{name}\"\nHost: byrdr.omega.contacts.msn.com"
    );
    raw::send(to, &head, body.as_bytes()).await
}

/// What it asks for at a sign-in; other clients, as libpurple, name `Messenger` alone.
const FIND: &str = "<serviceFilter><Types><ServiceType>Messenger</ServiceType><ServiceType>IMAvailability</ServiceType><ServiceType>SocialNetwork</ServiceType></Types><LastChange>0001-01-01T00:00:00</LastChange></serviceFilter><view>Full</view><expandMembership>false</expandMembership><deltasOnly>false</deltasOnly><lastChange>0001-01-01T00:00:00.0000000</lastChange>";
const FIND_MESSENGER: &str =
    "<serviceFilter><Types><ServiceType>Messenger</ServiceType></Types></serviceFilter>";

/// Its edit of the list, by the number that the service told it.
const BOB: &str = r#"<serviceHandle><Id>2</Id><Type>IMAvailability</Type></serviceHandle><memberships><Membership><MemberRole>Hide</MemberRole><Members><Member xsi:type="PassportMember"><Type>Passport</Type><State>Accepted</State><PassportName>bob@example.org</PassportName></Member></Members></Membership></memberships>"#;

const HIDDEN: &str = r#"<ml><d n="example.org"><c n="bob" t="1"><s l="64" n="IM" /></c></d></ml>"#;

/// The accounts that stand on this list.
fn on(lists: &Response, role: &str) -> Vec<String> {
    let lists = lists.text();
    let list = format!("<MemberRole>{role}</MemberRole>");
    let Some((_, list)) = lists.split_once(&list) else {
        return Vec::new();
    };
    let list = list.split("</Membership>").next().unwrap_or_default();
    let members = list.split("<PassportName>").skip(1);
    members
        .filter_map(|rest| rest.split('<').next())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn msnpsharp_blocks_by_hiding_and_shows_itself_again() {
    let service = service(|_| {}).await;
    let to = service.address();
    let burst = "VER 1 MSNP21 CVR0\r\n\
        CVR 2 0x0409 winnt 6.1.0 i386 MSNMSGR 15.4.3502.0922 MSNMSGR alice@example.org 0\r\n\
        USR 3 SSO I alice@example.org\r\n";
    let query = format!("Action=open&Server=NS&IP={to}");
    let opened = expecting(to, &query, burst).await;
    let nonce = between(opened.text(), "USR 3 SSO S MBI_KEY_OLD ", "\r\n");
    let line = format!(
        "USR 4 SSO S {} {PLACE}\r\n",
        proof(to, "alice", nonce).await
    );
    let mut said = expecting(to, &format!("SessionID={}", opened.session()), &line).await;
    let alice = ticket(to, "alice", "contacts.msn.com").await;
    let ask =
        async |name: &str, scenario: &str, body: &str| call(to, &alice, name, scenario, body).await;

    // It asks for a service to be made if it is told of none; who has not asked for one is told of none.
    let lists = ask("FindMembership", "Initial", FIND).await;
    let told = lists.text();
    assert!(
        told.contains("<Id>2</Id><Type>IMAvailability</Type>"),
        "{told}"
    );
    assert_eq!(on(&lists, "Hide"), [""; 0]);
    let lists = ask("FindMembership", "Initial", FIND_MESSENGER).await;
    assert!(!lists.text().contains("IMAvailability"), "{}", lists.text());

    for (verb, name, hidden, allowed) in [
        ("ADL", "AddMember", &["bob@example.org"][..], &[][..]),
        ("RML", "DeleteMember", &[], &["bob@example.org"]),
    ] {
        let first = ask(name, "ContactMsgrAPI", BOB).await;
        let response = format!("<{name}Response");
        assert!(first.text().contains(&response), "{}", first.text());
        // The first was for a cache key, and nothing more is wanted of the second than one of these two.
        let again = ask(name, "ContactMsgrAPI", BOB).await;
        let again = again.text();
        let is_fine = again.contains(&response) || again.contains("Member does not exist");
        assert!(is_fine, "{again}");
        let line = format!("{verb} 12 {}\r\n{HIDDEN}", HIDDEN.len());
        let mut heard = String::new();
        said = expecting(to, &format!("SessionID={}", said.session()), &line).await;
        heard.push_str(said.text());
        while !heard.contains(&format!("{verb} 12 OK\r\n")) {
            said = poll(to, &said.session(), "&Lifespan=3").await;
            heard.push_str(said.text());
        }
        // Others see the block as one, and it as its own.
        let lists = ask("FindMembership", "BlockUnblock", FIND).await;
        assert_eq!(on(&lists, "Hide"), hidden, "{name}");
        assert_eq!(on(&lists, "Block"), hidden, "{name}");
        // Whom it hides from is still allowed for it, and so he is once it does not.
        assert_eq!(on(&lists, "Allow"), allowed, "{name}");
    }
    service.stop().await;
}
