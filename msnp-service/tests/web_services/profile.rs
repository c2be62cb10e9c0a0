//! What somebody shows, as it is kept between sign-ins; and what clients read before they sign in.

use std::net::SocketAddr;

use soap_codec::call::Response as Decoded;
use soap_codec::configuration::GetClientConfig;
use soap_codec::profile::{ExpressionProfile, GetProfile};
use soap_codec::{Budget, Element, Envelope};

use crate::raw::{self, Response};
use crate::sign_in::ticket;
use crate::{get, post, service};

const NAMESPACE: &str = "http://www.msn.com/webservices/storage/w10";
const STORE: &str = "/storageservice/SchematizedStore.asmx";
const CONFIGURATION: &str = "/Config/MsgrConfig.asmx";

async fn call(to: SocketAddr, ticket: &str, name: &str, body: &str) -> Response {
    let ticket = ticket.replace('&', "&amp;");
    let body = format!(
        "<?xml version='1.0' encoding='utf-8'?><soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Header>\
         <StorageApplicationHeader xmlns='{NAMESPACE}'><ApplicationID>Messenger Client 8.5</ApplicationID><Scenario>Initial</Scenario>\
         </StorageApplicationHeader><StorageUserHeader xmlns='{NAMESPACE}'><Puid>0</Puid><TicketToken>{ticket}</TicketToken>\
         </StorageUserHeader></soap:Header><soap:Body><{name} xmlns='{NAMESPACE}'>{body}</{name}></soap:Body></soap:Envelope>"
    );
    post(to, STORE, &format!("{NAMESPACE}/{name}"), &body).await
}

/// What alice shows.
async fn shown(to: SocketAddr, ticket: &str) -> ExpressionProfile {
    let body = "<profileHandle><Alias><Name>0</Name><NameSpace>MyCidStuff</NameSpace></Alias>\
                <RelationshipName>MyProfile</RelationshipName></profileHandle>\
                <profileAttributes><ResourceID>true</ResourceID></profileAttributes>";
    let reply = call(to, ticket, "GetProfile", body).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let envelope = Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope");
    let answer: Decoded<GetProfile> = Decoded::decode(&envelope).expect("a profile");
    let profile = answer.body.profile.expect("there is one");
    assert!(profile.id.is_some_and(|id| id.ends_with("!106")));
    profile.expression.expect("something is shown")
}

#[tokio::test]
async fn what_is_shown_is_kept() {
    let service = service(|_| ()).await;
    let to = service.address();
    let ticket = ticket(to, "alice", "storage.live.com").await;
    let before = shown(to, &ticket).await;
    assert_eq!(before.display_name.as_deref(), Some("alice"));
    assert_eq!(before.personal_status, None);

    let edit = "<profile><ResourceID>1!106</ResourceID><ExpressionProfile><FreeText>Update</FreeText>\
                <DisplayName>\u{c4}lice &amp; co</DisplayName><PersonalStatus>out</PersonalStatus><Flags>0</Flags>\
                </ExpressionProfile></profile>";
    let reply = call(to, &ticket, "UpdateProfile", edit).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let after = shown(to, &ticket).await;
    assert_eq!(after.display_name.as_deref(), Some("\u{c4}lice & co"));
    assert_eq!(after.personal_status.as_deref(), Some("out"));

    // What an edit does not have stays, and words can be taken away.
    let edit = "<profile><ExpressionProfile><PersonalStatus/></ExpressionProfile></profile>";
    call(to, &ticket, "UpdateProfile", edit).await;
    let after = shown(to, &ticket).await;
    assert_eq!(after.display_name.as_deref(), Some("\u{c4}lice & co"));
    assert_eq!(after.personal_status.unwrap_or_default(), "");

    // Everybody has a profile; who makes one is told which it is.
    let reply = call(to, &ticket, "CreateProfile", "").await;
    assert!(
        reply.text().contains("!106</CreateProfileResult>"),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn without_a_ticket_nothing_is_shown() {
    let service = service(|_| ()).await;
    let to = service.address();
    for ticket in ["", "t=EwAAAAAAAAAAAAAA&p="] {
        let reply = call(to, ticket, "GetProfile", "").await;
        assert_ne!(reply.status(), 200);
        assert!(!reply.text().contains("alice"), "{}", reply.text());
    }
}

#[tokio::test]
async fn the_configuration_is_for_everybody() {
    let service = service(|_| ()).await;
    let to = service.address();
    let reply = get(to, &format!("{CONFIGURATION}?ver=8.5.1302"), "").await;
    assert_eq!(reply.status(), 200);
    let root = Element::parse(&reply.body, &mut Budget::default()).expect("a document");
    assert_eq!(root.local(), "MsgrConfig");
    let book = format!("<url>http://{to}/abservice/abservice.asmx</url>");
    assert!(reply.text().contains(&book), "{}", reply.text());

    let namespace = "http://www.msn.com/webservices/Messenger/Client";
    let body = format!(
        "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Body><GetClientConfig xmlns='{namespace}'>\
         <clientinfo><Country>US</Country><CLCID>0409</CLCID></clientinfo></GetClientConfig></soap:Body></soap:Envelope>"
    );
    let action = format!("{namespace}/GetClientConfig");
    let asked = post(to, CONFIGURATION, &action, &body).await;
    assert_eq!(asked.status(), 200, "{}", asked.text());
    let envelope = Envelope::parse(&asked.body, &mut Budget::default()).expect("an envelope");
    let answer: Decoded<GetClientConfig> = Decoded::decode(&envelope).expect("an answer");
    assert!(answer.body.document.is_some());
    assert!(asked.text().contains("abservice.asmx"));
}

/// Clients look whether there is a way to the network by a request that asks for nothing.
#[tokio::test]
async fn a_request_to_nothing_is_answered() {
    let service = service(|_| ()).await;
    assert_eq!(post(service.address(), "", "", "").await.status(), 200);
}

/// A web client may write and read the headers of the sign-in and of the services.
#[tokio::test]
async fn pages_of_elsewhere_may_use_the_services() {
    let origin = "https://im.example.org";
    let service = service(|_| ()).await;
    let to = service.address();
    let head = format!(
        "OPTIONS {STORE} HTTP/1.1\nHost: {to}\nOrigin: {origin}\nAccess-Control-Request-Method: POST\n\
         Access-Control-Request-Headers: content-type,soapaction"
    );
    let reply = raw::send(to, &head, b"").await;
    assert!(reply.status() < 300);
    let allowed = reply.header("Access-Control-Allow-Headers").expect("some");
    assert!(
        allowed.to_ascii_lowercase().contains("soapaction"),
        "{allowed}"
    );

    let reply = get(to, "/rdr/pprdr.asp", &format!("Origin: {origin}")).await;
    let exposed = reply.header("Access-Control-Expose-Headers").expect("some");
    assert!(exposed.contains("PassportURLs"), "{exposed}");
}
