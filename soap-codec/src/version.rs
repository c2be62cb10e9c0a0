//! The two versions of SOAP, and what differs by them outside an envelope.

use crate::ns;

/// Which SOAP. An answer is in the version of its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there are two, and an answer is in one of them"
)]
pub enum Version {
    /// SOAP 1.1.
    Soap11,
    /// SOAP 1.2.
    Soap12,
}

impl Version {
    /// The envelope's namespace.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Soap11 => ns::SOAP_11,
            Self::Soap12 => ns::SOAP_12,
        }
    }

    /// The media type without parameters.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Soap11 => "text/xml",
            Self::Soap12 => "application/soap+xml",
        }
    }

    /// The `Content-Type` of everything that this crate writes.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Soap11 => "text/xml; charset=utf-8",
            Self::Soap12 => "application/soap+xml; charset=utf-8",
        }
    }

    /// The version whose envelopes have this namespace.
    pub(crate) fn of(namespace: &str) -> Option<Self> {
        [Self::Soap11, Self::Soap12]
            .into_iter()
            .find(|version| version.namespace() == namespace)
    }
}
