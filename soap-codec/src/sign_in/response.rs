//! What comes back: a ticket for each service, found by the service's name (soap.md 5.2).

use machine_contract::Secret;

use crate::call::shape;
use crate::sign_in::request::{AppliesTo, Lifetime};

shape! {
    /// The body of a response: one answer for each service, in the order asked.
    pub struct TokenCollection {
        /// The answers.
        pub responses: Vec<TokenResponse> = "wst:RequestSecurityTokenResponse",
    }

    /// One service's ticket.
    pub struct TokenResponse {
        /// `urn:passport:compact`; `urn:passport:legacy` for Passport's own.
        pub token_type: Option<String> = "wst:TokenType",
        /// Which service: the key that an answer is found by.
        pub applies_to: Option<AppliesTo> = "wsp:AppliesTo",
        /// From when to when the ticket counts; a day.
        pub lifetime: Option<Lifetime> = "wst:Lifetime",
        /// The ticket.
        pub token: Option<RequestedSecurityToken> = "wst:RequestedSecurityToken",
        /// `RST.srf`: where the ticket stands.
        pub reference: Option<TokenReference> = "wst:RequestedTokenReference",
        /// `RST2.srf`: how the ticket is referred to.
        pub attached_reference: Option<RequestedReference> = "wst:RequestedAttachedReference",
        /// `RST2.srf`: the same again.
        pub unattached_reference: Option<RequestedReference> = "wst:RequestedUnattachedReference",
        /// The key that the sign-in's challenge is answered with.
        pub proof: Option<ProofToken> = "wst:RequestedProofToken",
    }

    /// The ticket. Passport's own is encrypted, and kept in `other`.
    pub struct RequestedSecurityToken {
        /// A compact ticket.
        pub binary: Option<BinarySecurityToken> = "wsse:BinarySecurityToken",
    }

    /// A compact ticket.
    pub struct BinarySecurityToken {
        /// `CompactN`, N counting from 1 for the first behind Passport's own: libpurple takes the ticket's place from it. Escargot counts
        /// Passport's own too, so a client goes by the service's name (real-clients.md 1).
        pub id: Option<String> = "Id" as attribute,
        /// `t=…&p=…`.
        pub ticket: Secret<String> = "" as text,
    }

    /// Where the ticket stands.
    pub struct TokenReference {
        /// Of which kind it is.
        pub key: Option<KeyIdentifier> = "wsse:KeyIdentifier",
        /// Where it stands.
        pub reference: Option<Reference> = "wsse:Reference",
    }

    /// Of which kind a ticket is.
    pub struct KeyIdentifier {
        /// `urn:passport`, `urn:passport:compact`.
        pub value_type: Option<String> = "ValueType" as attribute,
        /// Empty in every answer that was seen.
        pub text: String = "" as text,
    }

    /// Where something stands.
    pub struct Reference {
        /// `#Compact1`, or a digest.
        pub uri: Option<String> = "URI" as attribute,
    }

    /// How a ticket is referred to.
    pub struct RequestedReference {
        /// How it is referred to.
        pub token: Option<SecurityTokenReference> = "wsse:SecurityTokenReference",
    }

    /// How a ticket is referred to.
    pub struct SecurityTokenReference {
        /// Where it stands.
        pub reference: Option<Reference> = "wsse:Reference",
    }

    /// The key that belongs to a ticket.
    pub struct ProofToken {
        /// Base64 of 24 bytes (msnp8-18.md 5.3). Published ones have loose bits at the end: a reader must be lenient about those.
        pub secret: Option<Secret<String>> = "wst:BinarySecret",
    }
}

impl TokenCollection {
    /// The answer for this service.
    pub fn of(&self, address: &str) -> Option<&TokenResponse> {
        let is_it = |it: &&TokenResponse| it.address() == Some(address);
        self.responses.iter().find(is_it)
    }
}

impl TokenResponse {
    /// A compact ticket for a service: the `number`th behind Passport's own, from 1.
    pub fn compact(address: &str, number: usize, ticket: Secret<String>) -> Self {
        Self {
            token_type: Some("urn:passport:compact".to_owned()),
            applies_to: Some(AppliesTo::of(address)),
            token: Some(RequestedSecurityToken {
                binary: Some(BinarySecurityToken {
                    id: Some(format!("Compact{number}")),
                    ticket,
                    ..BinarySecurityToken::default()
                }),
                ..RequestedSecurityToken::default()
            }),
            ..Self::default()
        }
    }

    /// The service that it is for.
    pub fn address(&self) -> Option<&str> {
        self.applies_to.as_ref()?.address()
    }

    /// The compact ticket, `t=…&p=…`.
    pub fn ticket(&self) -> Option<&Secret<String>> {
        Some(&self.token.as_ref()?.binary.as_ref()?.ticket)
    }

    /// The key that belongs to it, in base64.
    pub fn secret(&self) -> Option<&Secret<String>> {
        self.proof.as_ref()?.secret.as_ref()
    }
}
