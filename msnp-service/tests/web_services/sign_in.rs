//! Passport's nexus and login, and the sign-in by SOAP.

use std::net::SocketAddr;

use msnp_proto::auth::mbi_key::{BinarySecret, Blob};
use msnp_proto::auth::passport::{Credentials, PassportUrls, Reply, Status};
use soap_codec::call::Response as Decoded;
use soap_codec::sign_in::{
    PassportHeaders, RequestSecurityTokens, RequestStatus, TokenCollection, TokenResponse,
};
use soap_codec::{Budget, Envelope};

use crate::raw::{self, Response};
use crate::{get, post, service};

/// What libpurple asks for, in its order (msnp8-18.md 6.2).
const SERVICES: [(&str, &str); 5] = [
    ("messengerclear.live.com", "MBI_KEY_OLD"),
    ("messenger.msn.com", "?id=507"),
    ("contacts.msn.com", "MBI"),
    ("messengersecure.live.com", "MBI_SSL"),
    ("storage.live.com", "MBI"),
];

/// A request for tokens in the words of the first form, written by hand: other prefixes than this project's, in the
/// order of soap.md 5.2.
pub(crate) fn request(account: &str, password: &str, services: &[(&str, &str)]) -> String {
    let one = |number: usize, address: &str, policy: &str| {
        format!(
            "<t:RequestSecurityToken Id='RST{number}'>\
             <t:RequestType>http://schemas.xmlsoap.org/ws/2004/04/security/trust/Issue</t:RequestType>\
             <p:AppliesTo><a:EndpointReference><a:Address>{address}</a:Address></a:EndpointReference></p:AppliesTo>\
             {policy}</t:RequestSecurityToken>"
        )
    };
    let mut all = one(0, "http://Passport.NET/tb", "");
    for (at, (address, policy)) in services.iter().enumerate() {
        let policy = format!("<w:PolicyReference URI='{policy}'></w:PolicyReference>");
        all.push_str(&one(at + 1, address, &policy));
    }
    format!(
        "<?xml version='1.0' encoding='utf-8'?>\
         <Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/' xmlns:w='http://schemas.xmlsoap.org/ws/2003/06/secext' \
         xmlns:p='http://schemas.xmlsoap.org/ws/2002/12/policy' xmlns:a='http://schemas.xmlsoap.org/ws/2004/03/addressing' \
         xmlns:t='http://schemas.xmlsoap.org/ws/2004/04/trust' \
         xmlns:ps='http://schemas.microsoft.com/Passport/SoapServices/PPCRL'>\
         <Header><w:Security><w:UsernameToken Id='user'><w:Username>{account}</w:Username>\
         <w:Password>{password}</w:Password></w:UsernameToken></w:Security></Header>\
         <Body><ps:RequestMultipleSecurityTokens Id='RSTS'>{all}</ps:RequestMultipleSecurityTokens></Body></Envelope>"
    )
}

/// What somebody's tokens are.
pub(crate) async fn tokens(to: SocketAddr, name: &str) -> TokenCollection {
    let account = format!("{name}@example.org");
    let body = request(&account, "secret", &SERVICES);
    let reply = post(to, "/RST.srf", "", &body).await;
    decoded(&reply).body
}

/// Somebody's ticket for a service.
pub(crate) async fn ticket(to: SocketAddr, name: &str, service: &str) -> String {
    let tokens = tokens(to, name).await;
    let ticket = tokens.of(service).and_then(TokenResponse::ticket);
    ticket.expect("a ticket").expose().clone()
}

/// Ticket and proof as `USR SSO S` shows them (msnp8-18.md 6.2).
pub(crate) async fn proof(to: SocketAddr, name: &str, nonce: &str) -> String {
    let tokens = tokens(to, name).await;
    let granted = tokens.of("messengerclear.live.com").expect("a token");
    let secret = granted.secret().expect("a key").expose();
    let secret = BinarySecret::from_base64(secret).expect("a key");
    let proof = Blob::new(&secret, nonce, *b"some 8 b").to_base64();
    let ticket = TokenResponse::ticket(granted).expect("a ticket");
    format!("{} {}", ticket.expose(), proof.expose())
}

fn decoded(reply: &Response) -> Decoded<RequestSecurityTokens> {
    assert_eq!(reply.status(), 200);
    Decoded::decode(&envelope(reply)).expect("tokens")
}

fn envelope(reply: &Response) -> Envelope {
    Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope")
}

/// What Passport says in its header.
fn request_status(reply: &Response) -> RequestStatus {
    let headers: PassportHeaders = soap_codec::call::headers(&envelope(reply)).expect("headers");
    let status = headers.status.and_then(|status| status.request_status());
    status.expect("a status")
}

fn authorization(account: &str, password: &str) -> String {
    let challenge = "ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1";
    let header = Credentials::new(account, password).to_header(challenge);
    format!("Authorization: {}", header.expose())
}

#[tokio::test]
async fn the_nexus_leads_to_a_login_that_gives_a_ticket() {
    let service = service(|_| {}).await;
    let to = service.address();
    let nexus = get(to, "/rdr/pprdr.asp", "").await;
    assert_eq!(nexus.status(), 200);
    let urls = nexus.header("PassportURLs").expect("where to go");
    let urls: PassportUrls = urls.parse().expect("well-formed");
    assert_eq!(urls.login_url(), format!("http://{to}/login2.srf"));

    let login = authorization("Alice@example.org", "secret");
    let reply = get(to, "/login2.srf", &login).await;
    assert_eq!(reply.status(), 200);
    let info = reply.header("Authentication-Info").expect("a ticket");
    let granted: Reply = info.parse().expect("well-formed");
    assert_eq!(granted.status(), &Status::Success);
    let ticket = granted.ticket().expect("granted").whole().expose().clone();
    assert!(ticket.starts_with("t=") && ticket.ends_with("&p="));
    // Each has its own.
    let again = get(to, "/login.srf", &login).await;
    let again: Reply = (again
        .header("Authentication-Info")
        .expect("a ticket")
        .parse())
    .unwrap();
    assert_ne!(again.ticket().expect("granted").whole().expose(), &ticket);
    service.stop().await;
}

#[tokio::test]
async fn a_wrong_password_an_unknown_account_and_no_header_read_the_same() {
    let service = service(|_| {}).await;
    let to = service.address();
    for headers in [
        authorization("alice@example.org", "guess"),
        authorization("nobody@example.org", "secret"),
        authorization("alice@example.org", &"x".repeat(2_000)),
        authorization("no address", "secret"),
        "Authorization: Basic YTpi".to_owned(),
        String::new(),
    ] {
        let reply = get(to, "/login2.srf", &headers).await;
        assert_eq!(reply.status(), 401, "{headers}");
        let why = reply.header("WWW-Authenticate").expect("a refusal");
        assert_eq!(why, "Passport1.4 da-status=failed");
        assert_eq!(reply.body, b"");
    }
    service.stop().await;
}

#[tokio::test]
async fn the_plain_form_gives_a_token_or_none() {
    let service = service(|_| {}).await;
    let to = service.address();
    let ask = async |password: &str| {
        let head = format!(
            "POST /NotRST.srf HTTP/1.1\nHost: {to}\nX-User: alice@example.org\nX-Password: {password}"
        );
        raw::send(to, &head, b"").await
    };
    let granted = ask("secret").await;
    assert!(
        granted
            .header("X-Token")
            .is_some_and(|token| token.starts_with("t="))
    );
    let refused = ask("guess").await;
    assert_eq!((granted.status(), refused.status()), (200, 200));
    assert_eq!(refused.header("X-Token"), None);
    service.stop().await;
}

/// real-clients.md 1: libpurple takes a token's place from its number, follows next-sibling pointers and crashes on text, and
/// skips the first answer.
#[tokio::test]
async fn tokens_come_as_libpurple_reads_them() {
    let service = service(|_| {}).await;
    let to = service.address();
    let body = request("alice@example.org", "secret", &SERVICES);
    let reply = post(to, "/RST.srf", "", &body).await;
    let text = reply.text();
    let between_elements = text.split('>').skip(2).any(|rest| {
        let text = rest.split('<').next().unwrap_or_default();
        !text.is_empty() && text.trim().is_empty()
    });
    assert!(!between_elements, "{text}");
    assert!(
        text.contains("LifeTime>") && !text.contains("Lifetime>"),
        "the first form's word"
    );
    let all = decoded(&reply).body.responses;
    let addresses: Vec<_> = all.iter().filter_map(TokenResponse::address).collect();
    let asked = SERVICES.map(|(address, _)| address);
    assert_eq!(addresses[0], RequestSecurityTokens::PASSPORT);
    assert_eq!(addresses[1..], asked);
    let mut tickets = Vec::new();
    for (at, token) in all.iter().enumerate().skip(1) {
        let id = token
            .token
            .as_ref()
            .and_then(|it| it.binary.as_ref()?.id.clone());
        assert_eq!(id, Some(format!("Compact{at}")));
        tickets.push(token.ticket().expect("a ticket").expose().clone());
        // Only the sign-in to a connection is proved (soap.md 5.2).
        let secret = token
            .secret()
            .map(|it| BinarySecret::from_base64(it.expose()));
        assert_eq!(secret.is_some_and(|it| it.is_ok()), at == 1);
    }
    tickets.sort();
    tickets.dedup();
    assert_eq!(tickets.len(), SERVICES.len(), "each is another");
    let cipher = crate::between(text, "<CipherValue>", "</CipherValue>");
    assert!(!cipher.is_empty(), "{text}");
    service.stop().await;
}

#[tokio::test]
async fn the_second_form_is_answered_in_its_own_words() {
    let service = service(|_| {}).await;
    let to = service.address();
    let body = request("alice@example.org", "secret", &SERVICES);
    let reply = post(to, "/RST2.srf", "", &body).await;
    let text = reply.text();
    assert!(
        text.contains("http://www.w3.org/2003/05/soap-envelope"),
        "{text}"
    );
    assert!(text.contains("http://schemas.xmlsoap.org/ws/2005/02/trust"));
    assert!(text.contains("Lifetime>") && !text.contains("LifeTime>"));
    let tokens: Decoded<soap_codec::sign_in::RequestSecurityTokens2> =
        Decoded::decode(&envelope(&reply)).expect("tokens");
    let clear = tokens.body.of("messengerclear.live.com").expect("asked");
    assert!(clear.secret().is_some() && clear.attached_reference.is_some());
    assert_eq!(request_status(&reply), RequestStatus::Done);
    service.stop().await;
}

#[tokio::test]
async fn a_refusal_has_status_200_and_says_so_in_the_body() {
    let service = service(|_| {}).await;
    let to = service.address();
    for (account, password) in [
        ("alice@example.org", "guess"),
        ("nobody@example.org", "secret"),
        ("alice", "secret"),
    ] {
        let body = request(account, password, &SERVICES);
        let reply = post(to, "/RST.srf", "", &body).await;
        assert_eq!(reply.status(), 200);
        let text = reply.text();
        // Directly under the envelope, and with the very prefix that libpurple compares (soap.md 5.7).
        assert!(
            text.contains("<faultcode>wsse:FailedAuthentication</faultcode>")
                || text.contains(">wsse:FailedAuthentication</faultcode>"),
            "{text}"
        );
        assert!(!text.contains("Body>"), "{text}");
        assert_eq!(request_status(&reply), RequestStatus::WrongCredentialsOld);
        let reply = post(to, "/RST2.srf", "", &body).await;
        assert_eq!(reply.status(), 200);
        assert!(
            reply.text().contains("wst:FailedAuthentication"),
            "{}",
            reply.text()
        );
        assert_eq!(request_status(&reply), RequestStatus::WrongCredentials);
    }
    service.stop().await;
}

#[tokio::test]
async fn hostile_requests_are_refused_without_harm() {
    let service = service(|_| {}).await;
    let to = service.address();
    let bomb = "<!DOCTYPE a [<!ENTITY a 'aaaa'>]><a>&a;</a>";
    let deep = "<a>".repeat(3_000);
    for body in ["", "<", "nothing", bomb, &deep] {
        let reply = post(to, "/RST.srf", "", body).await;
        assert_eq!(
            (reply.status(), request_status(&reply)),
            (200, RequestStatus::InvalidRequest)
        );
        let reply = post(to, "/RST2.srf", "", body).await;
        assert!(reply.text().contains("wst:InvalidRequest"));
    }
    let huge = "x".repeat(17 * 1024);
    let reply = post(to, "/RST.srf", "", &huge).await;
    assert_eq!(reply.status(), 413);
    let head = format!("GET /RST.srf HTTP/1.1\nHost: {to}");
    let reply = raw::send(to, &head, b"").await;
    assert_eq!((reply.status(), reply.header("Allow")), (405, Some("POST")));
    service.stop().await;
}

/// Wrong passwords of an address count together, by whichever way they come; and who waits long enough is let in.
#[tokio::test]
async fn guessing_is_stopped_whichever_way_it_comes() {
    let service = service(|config| config.limits.password_attempts = 2).await;
    let to = service.address();
    let wrong = request("alice@example.org", "guess", &SERVICES);
    post(to, "/RST.srf", "", &wrong).await;
    get(
        to,
        "/login2.srf",
        &authorization("alice@example.org", "guess"),
    )
    .await;
    let right = request("alice@example.org", "secret", &SERVICES);
    let reply = post(to, "/RST2.srf", "", &right).await;
    assert!(reply.text().contains("wst:FailedAuthentication"));
    let wait = |reply: &Response| reply.header("Retry-After").map(str::to_owned);
    let seconds: u64 = wait(&reply)
        .expect("for how long")
        .parse()
        .expect("seconds");
    assert!(seconds > 0 && seconds <= 900, "{seconds}");
    let reply = get(
        to,
        "/login2.srf",
        &authorization("alice@example.org", "secret"),
    )
    .await;
    assert_eq!(reply.status(), 401);
    assert!(wait(&reply).is_some());
    // Nobody else has to wait.
    assert_eq!(tokens(to, "bob").await.responses.len(), SERVICES.len() + 1);
    service.stop().await;
}

/// The service calls itself what it was told, or else what the client has called it.
#[tokio::test]
async fn addresses_in_answers_are_those_that_the_client_can_reach() {
    let service =
        service(|config| config.advertised_host = Some("im.example.org".to_owned())).await;
    let to = service.address();
    let nexus = get(to, "/nexus-mock", "").await;
    let urls = nexus.header("PassportURLs").expect("where to go");
    assert_eq!(urls, "DALogin=http://im.example.org/login2.srf");
    service.stop().await;
}
