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
/// Names in no namespace.
pub const NONE: &str = "";

/// Whether XML allows to give `prefix` this meaning.
pub(crate) fn may_declare(prefix: &str, namespace: &str) -> bool {
    match (prefix, namespace) {
        (_, XMLNS) | ("xmlns", _) => false,
        ("xml", _) | (_, XML) => prefix == "xml" && namespace == XML,
        ("", _) => true,
        (_, namespace) => !namespace.is_empty(),
    }
}
