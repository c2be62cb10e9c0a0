//! Passport's sign-in of MSNP15 and later: `RST.srf` (SOAP 1.1) and `RST2.srf` (SOAP 1.2), and what stands in a ticket (soap.md 5.2).
//!
//! Both are one table spoken with two vocabularies. No white space is ever written between elements: it crashes libpurple
//! (real-clients.md 1).

mod passport;
mod request;
mod response;
mod ticket;
mod vocabulary;

pub use passport::{
    BrowserCookie, CredentialProperty, ExtendedProperty, PassportHeaders, PassportStatus,
    RequestStatus, ServerInfo,
};
pub use request::{
    AppliesTo, AuthInfo, EndpointReference, Lifetime, PolicyReference, RequestSecurityToken,
    RequestSecurityTokens, RequestSecurityTokens2, Security, SignInHeaders, UsernameToken,
};
pub use response::{
    BinarySecurityToken, KeyIdentifier, ProofToken, Reference, RequestedReference,
    RequestedSecurityToken, SecurityTokenReference, TokenCollection, TokenReference, TokenResponse,
};
pub use ticket::ticket_halves;
