//! What there is to show to the web services, and how it is got (msnp8-18.md 6.2).

use bytes::Bytes;
use http::{Request, Uri};
use msnp_proto::auth::Ticket;
use msnp_proto::auth::mbi_key::BinarySecret;
use soap_codec::Secret;
use soap_codec::sign_in::{TokenCollection, TokenResponse};

use crate::dialect::token_service;

/// The services, by the names that tickets are asked for and found by.
const CLEAR: &str = "messengerclear.live.com";
const CONTACTS: &str = "contacts.msn.com";
const FETCH: &str = "messenger.msn.com";
const STORE: &str = "messengersecure.live.com";

/// What whoever connects by the head of a request shows there (gateway.md 16.1, 16.2).
const CONNECT: (&str, &str) = ("ssl.live.com", "MBI_SSL");

/// What a service's ticket is like; that of the notification server is named by its challenge.
const POLICIES: [(&str, &str); 3] = [(FETCH, "?id=507"), (CONTACTS, "MBI"), (STORE, "MBI_SSL")];

/// The tickets of one sign-in.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    clear: Option<(Secret<String>, BinarySecret)>,
    by_service: Vec<(String, Secret<String>)>,
    /// Of the login page, and of the profile that the notification server gives: these are for everything.
    general: Option<Secret<String>>,
}

impl Tickets {
    /// Takes in what the token service has given. False: there is nothing in it to sign in with.
    pub(super) fn take(&mut self, tokens: &TokenCollection) -> bool {
        for (service, _) in POLICIES.into_iter().chain([CONNECT]) {
            if let Some(ticket) = tokens.of(service).and_then(TokenResponse::ticket) {
                self.by_service.retain(|(known, _)| known != service);
                self.by_service.push((service.to_owned(), ticket.clone()));
            }
        }
        // Found by the name: servers number the answers differently (real-clients.md 1).
        let clear = tokens.of(CLEAR).and_then(|answer| {
            let secret = BinarySecret::from_base64(answer.secret()?.expose()).ok()?;
            Some((answer.ticket()?.clone(), secret))
        });
        let is_there = clear.is_some();
        self.clear = clear.or_else(|| self.clear.take());
        is_there
    }

    /// A ticket that counts for everything.
    pub(super) fn take_general(&mut self, ticket: &Ticket) {
        self.general = Some(ticket.whole().clone());
    }

    /// What the notification server wants to see, and the secret that proves it.
    pub(super) const fn clear(&self) -> Option<&(Secret<String>, BinarySecret)> {
        self.clear.as_ref()
    }

    /// What stands in the heads of the requests of MSNP22.
    pub(super) fn for_connecting(&self) -> Option<&Secret<String>> {
        self.of(CONNECT.0)
    }

    fn of(&self, service: &str) -> Option<&Secret<String>> {
        let mut tickets = self.by_service.iter();
        let found = tickets.find(|(known, _)| known == service);
        found.map(|(_, ticket)| ticket)
    }

    /// For the lists.
    pub(super) fn for_lists(&self) -> Secret<String> {
        self.compact(CONTACTS)
    }

    /// For what waits in the mailbox.
    pub(super) fn for_fetching(&self) -> Secret<String> {
        self.compact(FETCH)
    }

    /// For leaving a message.
    pub(super) fn for_storing(&self) -> Secret<String> {
        self.compact(STORE)
    }

    /// In the form `t=..&p=..`; the ticket of a login page has it or is its first half alone.
    fn compact(&self, service: &str) -> Secret<String> {
        if let Some(ticket) = self.of(service) {
            return ticket.clone();
        }
        let general = self.general.as_ref().map_or("", |it| it.expose().as_str());
        if general.starts_with("t=") || general.is_empty() {
            return Secret::new(general.to_owned());
        }
        Secret::new(format!("t={general}&p="))
    }
}

/// Asks for all tickets, that of the notification server by the policy that it has named. `None`: it is asked for
/// none, and the ticket goes before it.
pub(super) fn ask(
    service: &Uri,
    login: &str,
    password: &Secret<String>,
    policy: Option<&str>,
) -> Option<Request<Bytes>> {
    let first = policy.map_or(CONNECT, |policy| (CLEAR, policy));
    let services = std::iter::once(first).chain(POLICIES);
    token_service::ask(service, login, password, services)
}

#[cfg(test)]
mod tests {
    use soap_codec::sign_in::ProofToken;

    use super::*;

    #[test]
    fn tickets_are_found_by_the_service_they_are_for() {
        let token = |service, number, text: &str| {
            TokenResponse::compact(service, number, Secret::new(text.to_owned()))
        };
        let proof = ProofToken {
            secret: Some(Secret::new("QT1rHSFMQLYnfUgHK48Tqlua6rQwEXS4".to_owned())),
            ..ProofToken::default()
        };
        let clear = TokenResponse {
            proof: Some(proof),
            ..token(CLEAR, 2, "t=clear&p=")
        };
        let tokens = TokenCollection {
            responses: vec![token(CONTACTS, 1, "t=contacts&p="), clear],
            ..TokenCollection::default()
        };
        let mut tickets = Tickets::default();
        assert!(tickets.take(&tokens));
        let (ticket, _) = tickets.clear().expect("the one to sign in with");
        assert_eq!(ticket.expose(), "t=clear&p=");
        assert_eq!(tickets.for_lists().expose(), "t=contacts&p=");
        assert_eq!(tickets.for_storing().expose(), "");
        assert!(!tickets.take(&TokenCollection::default()));
        assert!(tickets.clear().is_some(), "the old one counts");
    }

    #[test]
    fn the_ticket_of_a_login_page_does_for_every_service() {
        let mut tickets = Tickets::default();
        tickets.take_general(&Ticket::parse("a884fd25a491fd3032df").expect("a ticket"));
        assert_eq!(tickets.for_lists().expose(), "t=a884fd25a491fd3032df&p=");
        tickets.take_general(&Ticket::parse("t=abc&p=d").expect("a ticket"));
        assert_eq!(tickets.for_fetching().expose(), "t=abc&p=d");
    }
}
