//! The token service: name and password in, a ticket for each service out (msnp8-18.md 6.2, soap.md 5.2).

use bytes::Bytes;
use gateway_sm::HostPolicy;
use http::{Request, Uri};
use soap_codec::Secret;
use soap_codec::call;
use soap_codec::sign_in::{
    RequestSecurityTokens, RequestSecurityTokens2, SignInHeaders, TokenCollection,
};

use super::soap::{self, Trouble};
use super::web::Answer;
use crate::event::Reason;

/// Whether this address is spoken to in SOAP 1.2 (soap.md 5.2).
fn is_second(service: &Uri) -> bool {
    let path = service.path().to_ascii_lowercase();
    path.ends_with("rst2.srf")
}

/// Asks for tickets: of each service its name, and the policy that says what its ticket is like.
pub(super) fn ask<'a>(
    service: &Uri,
    login: &str,
    password: &Secret<String>,
    tickets: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<Request<Bytes>> {
    let headers = SignInHeaders::of(login, password);
    if is_second(service) {
        let headers = SignInHeaders {
            action: Some(SignInHeaders::ACTION.to_owned()),
            to: Some(service.to_string()),
            ..headers
        };
        let body = RequestSecurityTokens2::of(tickets);
        return soap::request(service, &call::Request::new(headers, body), None);
    }
    let body = RequestSecurityTokens::of(tickets);
    soap::request(service, &call::Request::new(headers, body), None)
}

/// What the service has given.
pub(super) fn read(service: &Uri, answer: Answer) -> Result<TokenCollection, Trouble> {
    if is_second(service) {
        soap::read::<RequestSecurityTokens2>(answer)
    } else {
        soap::read::<RequestSecurityTokens>(answer)
    }
}

/// The other service that this one names, where the password may go too.
///
/// # Errors
/// [`Reason::ProtocolError`] if it is no address, [`Reason::RedirectRefused`] if the password may not go there.
pub(super) fn follow(service: &Uri, there: &str, hosts: &HostPolicy) -> Result<Uri, Reason> {
    let there: Uri = there.trim().parse().map_err(|_| Reason::ProtocolError)?;
    if hosts.allows_uri(service, &there) {
        Ok(there)
    } else {
        Err(Reason::RedirectRefused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().expect("an address")
    }

    #[test]
    fn both_versions_of_the_token_service_are_asked() {
        let password = Secret::new("p<w".to_owned());
        for (path, soap) in [
            ("/RST.srf", "http://schemas.xmlsoap.org/soap/envelope/"),
            ("/RST2.srf", "http://www.w3.org/2003/05/soap-envelope"),
        ] {
            let service = uri(&format!("http://login.example{path}"));
            let tickets = [("contacts.msn.com", "MBI_KEY_OLD")];
            let request = ask(&service, "alice@example.com", &password, tickets);
            let request = request.expect("a request");
            let body = String::from_utf8(request.body().to_vec()).expect("text");
            assert!(body.contains(soap) && body.contains("p&lt;w"), "{body}");
            assert!(body.contains("MBI_KEY_OLD") && body.contains("contacts.msn.com"));
        }
    }

    #[test]
    fn a_password_goes_to_no_other_site() {
        let service = uri("https://login.example/RST.srf");
        let follow = |there| super::follow(&service, there, &HostPolicy::SameSite);
        let there = " https://login2.example/RST.srf ";
        assert_eq!(follow(there), Err(Reason::RedirectRefused));
        let there = "https://login.example/pp550/RST.srf";
        assert_eq!(follow(there), Ok(uri(there)));
        assert_eq!(
            follow("http://login.example/RST.srf"),
            Err(Reason::RedirectRefused)
        );
        assert_eq!(follow("a b"), Err(Reason::ProtocolError));
    }
}
