//! What stands in the answers of the SOAP sign-in: the tokens, and what is said of who has them (soap.md 5.2).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use machine_contract::{Secret, UnixTime};
use soap_codec::Element;
use soap_codec::call::Timestamp;
use soap_codec::sign_in::{
    AppliesTo, CredentialProperty, KeyIdentifier, Lifetime, PassportHeaders, PassportStatus,
    ProofToken, Reference, RequestSecurityTokens, RequestStatus, RequestedReference,
    RequestedSecurityToken, Security, SecurityTokenReference, ServerInfo, TokenReference,
    TokenResponse,
};

use super::grants::LIFETIME;
use super::tokens::Token;
use crate::account_number::AccountNumber;
use crate::entropy::Entropy;
use crate::identity::Who;

/// Which of the two forms.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `RST.srf`, SOAP 1.1.
    First,
    /// `RST2.srf`, SOAP 1.2.
    Second,
}

/// The token for a service, which is the `number`th behind Passport's own.
pub(super) fn compact(
    form: Form,
    (address, number): (&str, usize),
    token: &Token,
    now: UnixTime,
) -> TokenResponse {
    let proof = token.secret.as_ref().map(|secret| ProofToken {
        secret: Some(secret.to_base64()),
        ..ProofToken::default()
    });
    let response = TokenResponse::compact(address, number, token.text.clone());
    let reference = format!("#Compact{number}");
    let response = referred_to(form, response, "urn:passport:compact", &reference);
    TokenResponse {
        lifetime: Some(lifetime(now, LIFETIME.as_secs())),
        proof,
        ..response
    }
}

/// Passport's own token, by which clients would renew the others. Nothing here takes it: it stands for its place. Its bytes
/// are random, so that nobody takes it for more.
pub(super) fn passports_own(form: Form, entropy: &Entropy, now: UnixTime) -> TokenResponse {
    const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
    const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
    // Of other bytes than the tokens are.
    let noise: [u8; 72] = entropy.take();
    let (cipher, secret) = noise.split_at(48);
    let named = |name: &'static str| Element::new(ENCRYPTION, name);
    let key = Element::new(SIGNATURE, "KeyInfo")
        .with_child(Element::new(SIGNATURE, "KeyName").with_text("http://Passport.NET/STS"));
    let data = named("EncryptedData")
        .with_attribute("Id", "BinaryDAToken0")
        .with_attribute("Type", format!("{ENCRYPTION}Element"))
        .with_child(
            named("EncryptionMethod")
                .with_attribute("Algorithm", format!("{ENCRYPTION}tripledes-cbc")),
        )
        .with_child(key)
        .with_child(
            named("CipherData")
                .with_child(named("CipherValue").with_text(&STANDARD.encode(cipher))),
        );
    let response = TokenResponse {
        token_type: Some("urn:passport:legacy".to_owned()),
        applies_to: Some(AppliesTo::of(RequestSecurityTokens::PASSPORT)),
        lifetime: Some(lifetime(now, LIFETIME.as_secs())),
        token: Some(RequestedSecurityToken {
            other: vec![data],
            ..RequestedSecurityToken::default()
        }),
        proof: Some(ProofToken {
            secret: Some(Secret::new(STANDARD.encode(secret))),
            ..ProofToken::default()
        }),
        ..TokenResponse::default()
    };
    referred_to(form, response, "urn:passport", "#BinaryDAToken0")
}

/// With the words that refer to the token, of which each form has its own.
fn referred_to(form: Form, response: TokenResponse, kind: &str, uri: &str) -> TokenResponse {
    let reference = || Reference {
        uri: Some(uri.to_owned()),
        ..Reference::default()
    };
    let requested = || RequestedReference {
        token: Some(SecurityTokenReference {
            reference: Some(reference()),
            ..SecurityTokenReference::default()
        }),
        ..RequestedReference::default()
    };
    match form {
        Form::First => TokenResponse {
            reference: Some(TokenReference {
                key: Some(KeyIdentifier {
                    value_type: Some(kind.to_owned()),
                    ..KeyIdentifier::default()
                }),
                reference: Some(reference()),
                ..TokenReference::default()
            }),
            ..response
        },
        Form::Second => TokenResponse {
            attached_reference: Some(requested()),
            unattached_reference: Some(requested()),
            ..response
        },
    }
}

/// The header blocks of a refusal.
pub(super) fn refused(number: RequestStatus) -> PassportHeaders {
    let status = PassportStatus {
        server_version: Some("1".to_owned()),
        auth_state: Some("0x80048800".to_owned()),
        request_status: Some(number_text(number)),
        ..PassportStatus::default()
    };
    PassportHeaders {
        status: Some(status),
        ..PassportHeaders::default()
    }
}

/// A number as Passport writes it.
pub(super) fn number_text(number: RequestStatus) -> String {
    format!("{:#x}", number.number())
}

/// The header blocks of a success.
pub(super) fn signed_in(form: Form, who: &Who, now: UnixTime) -> PassportHeaders {
    let number = AccountNumber::of(who.person());
    let property = |name: &str, text: &str| CredentialProperty {
        name: Some(name.to_owned()),
        text: text.to_owned(),
        ..CredentialProperty::default()
    };
    let status = PassportStatus {
        server_version: Some("1".to_owned()),
        puid: Some(number.hex_upper()),
        properties: vec![
            property("MainBrandID", "MSFT"),
            property("IsWinLiveUser", "true"),
            property("CID", &number.hex()),
            property("AuthMembername", who.email().as_str()),
        ],
        auth_state: Some("0x48803".to_owned()),
        request_status: Some(number_text(RequestStatus::Done)),
        server_info: Some(ServerInfo {
            server_time: Some(Timestamp::from_unix(now)),
            ..ServerInfo::default()
        }),
        cookies: Some(Secret::new(String::new())),
        response: Some(String::new()),
        ..PassportStatus::default()
    };
    let headers = PassportHeaders {
        status: Some(status),
        ..PassportHeaders::default()
    };
    match form {
        Form::First => headers,
        // The second says once more what it is, for whom and until when, as WS-Trust has it (soap.md 5.2).
        Form::Second => PassportHeaders {
            action: Some("http://schemas.xmlsoap.org/ws/2005/02/trust/RSTR/Issue".to_owned()),
            to: Some("http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous".to_owned()),
            security: Some(Security {
                timestamp: Some(Lifetime {
                    id: Some("TS".to_owned()),
                    ..lifetime(now, 5 * 60)
                }),
                ..Security::default()
            }),
            ..headers
        },
    }
}

fn lifetime(now: UnixTime, seconds: u64) -> Lifetime {
    let end = now.saturating_add(Duration::from_secs(seconds));
    Lifetime {
        created: Some(Timestamp::from_unix(now)),
        expires: Some(Timestamp::from_unix(end)),
        ..Lifetime::default()
    }
}
