//! The namespaces that this crate knows, one line each, and which of them a prefix may mean.

/// SOAP 1.1 envelope.
pub const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// SOAP 1.2 envelope.
pub const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// The MSN IM web service; without a slash at the end (soap.md 2.2).
pub const BSIM: &str = "http://www.imcomponents.com";
/// `xsi:nil`, `xsi:type`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The types of XML Schema; declared by every .NET envelope, used by few.
pub const XSD: &str = "http://www.w3.org/2001/XMLSchema";
/// What the prefix `xml` always means.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What the prefix `xmlns` always means; no name may be in it.
pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// The address book and the membership lists of MSN (soap.md 5.3).
pub const ADDRESS_BOOK: &str = "http://www.msn.com/webservices/AddressBook";
/// Passport's own part of a sign-in request (soap.md 5.2).
pub const PASSPORT: &str = "http://schemas.microsoft.com/Passport/SoapServices/PPCRL";
/// Passport's own part of an answer, and its fault codes (soap.md 5.2).
pub const PASSPORT_FAULT: &str = "http://schemas.microsoft.com/Passport/SoapServices/SOAPFault";
/// Security headers and `FailedAuthentication`, as `RST.srf` names them (soap.md 5.2).
pub const SECURITY_2003: &str = "http://schemas.xmlsoap.org/ws/2003/06/secext";
/// The same, as `RST2.srf` names them.
pub const SECURITY_2004: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// Times and ids of security headers, in both.
pub const SECURITY_UTILITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
/// Tokens, as `RST.srf` names them.
pub const TRUST_2004: &str = "http://schemas.xmlsoap.org/ws/2004/04/trust";
/// Tokens, as `RST2.srf` names them.
pub const TRUST_2005: &str = "http://schemas.xmlsoap.org/ws/2005/02/trust";
/// Whom a token is for, as `RST.srf` names it.
pub const POLICY_2002: &str = "http://schemas.xmlsoap.org/ws/2002/12/policy";
/// Whom a token is for, as `RST2.srf` names it.
pub const POLICY_2004: &str = "http://schemas.xmlsoap.org/ws/2004/09/policy";
/// Addresses, as `RST.srf` names them.
pub const ADDRESSING_2004: &str = "http://schemas.xmlsoap.org/ws/2004/03/addressing";
/// Addresses, as `RST2.srf` names them.
pub const ADDRESSING_2005: &str = "http://www.w3.org/2005/08/addressing";
/// Sending offline messages, and its fault codes, to 2006 (soap.md 5.5).
pub const OIM_2004: &str = "http://messenger.msn.com/ws/2004/09/oim/";
/// Sending offline messages, and its fault codes, since 2006.
pub const OIM_2006: &str = "http://messenger.live.com/ws/2006/09/oim/";
/// Fetching offline messages (soap.md 5.5).
pub const OIM_RSI: &str = "http://www.hotmail.msn.com/ws/2004/09/oim/rsi";
/// The number of an offline message in its series.
pub const RELIABLE_MESSAGING: &str = "http://schemas.xmlsoap.org/ws/2003/03/rm";
/// The identifier of that series.
pub const UTILITY_2002: &str = "http://schemas.xmlsoap.org/ws/2002/07/utility";
/// The profile store of 2006 (soap.md 5.1).
pub const STORAGE_W10: &str = "http://www.msn.com/webservices/storage/w10";
/// The profile store of 2008.
pub const STORAGE_2008: &str = "http://www.msn.com/webservices/storage/2008";
/// The client's configuration (msnp8-18.md 6.3).
pub const CLIENT_CONFIG: &str = "http://www.msn.com/webservices/Messenger/Client";
/// Names in no namespace.
pub const NONE: &str = "";

/// The prefix that a fault code of this namespace is written with.
pub(crate) fn fault_prefix(namespace: &str) -> &'static str {
    match namespace {
        SECURITY_2003 | SECURITY_2004 => "wsse",
        TRUST_2004 | TRUST_2005 => "wst",
        PASSPORT_FAULT => "psf",
        _ => "q0",
    }
}

/// Whether XML allows to give `prefix` this meaning.
pub(crate) fn may_declare(prefix: &str, namespace: &str) -> bool {
    match (prefix, namespace) {
        (_, XMLNS) | ("xmlns", _) => false,
        ("xml", _) | (_, XML) => prefix == "xml" && namespace == XML,
        ("", _) => true,
        (_, namespace) => !namespace.is_empty(),
    }
}
