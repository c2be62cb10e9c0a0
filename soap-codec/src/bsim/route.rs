//! Which operation a request wants, and what to answer if that cannot be told: as ASP.NET does it
//! (soap.md 2.9).

use crate::bsim::decode::Leniency;
use crate::bsim::operation::{Operation, OperationName};
use crate::content_type::ContentType;
use crate::envelope::Envelope;
use crate::error::{EnvelopeError, Problem, XmlError};
use crate::fault::Fault;
use crate::fields;
use crate::limits::Budget;
use crate::ns;
use crate::version::Version;

/// A request that can be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The version to answer in.
    pub version: Version,
    /// What is wanted.
    pub operation: Operation,
}

/// Why a request is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an HTTP face decides on every refusal"
)]
pub enum Refusal {
    /// Not SOAP's media type: status 415, no body.
    #[error("the caller's media type is not that of SOAP")]
    UnsupportedMediaType,
    /// No XML, or XML with a document type declaration: status 400, no body.
    #[error(transparent)]
    Malformed(XmlError),
    /// More than the limits allow: status 413, no body.
    #[error(transparent)]
    TooLarge(XmlError),
    /// A fault in this version: status 500.
    #[error("the caller's request gets the fault {}: {}", .1.code, .1.reason)]
    Fault(Version, Box<Fault>),
}

impl Refusal {
    /// The status of the HTTP response.
    pub const fn status(&self) -> u16 {
        match self {
            Self::UnsupportedMediaType => 415,
            Self::Malformed(_) => 400,
            Self::TooLarge(_) => 413,
            Self::Fault(..) => 500,
        }
    }

    /// The envelope of the HTTP response; `None` for an empty body.
    pub fn envelope(&self) -> Option<Envelope> {
        match self {
            Self::Fault(version, fault) => Some(Envelope::with_fault(*version, fault)),
            _ => None,
        }
    }
}

impl Request {
    /// Reads a request: the headers `Content-Type` and `SOAPAction` if they were there, and the body, in the encoding that
    /// [`Envelope::receive`] finds.
    ///
    /// A header block that has to be understood is refused before anything is carried out; ASP.NET
    /// carried the request out first, and then said the same.
    pub fn receive(
        content_type: Option<&str>,
        soap_action: Option<&str>,
        body: &[u8],
        budget: &mut Budget,
        leniency: Leniency,
    ) -> Result<Self, Refusal> {
        let media = ContentType::parse(content_type.unwrap_or_default());
        let version = version_of(&media).ok_or(Refusal::UnsupportedMediaType)?;
        let envelope = Envelope::receive(&media, body, budget);
        let envelope = envelope.map_err(|error| refusal(error, version))?;
        let version = envelope.version();
        let fault = |fault| Refusal::Fault(version, Box::new(fault));
        if envelope.is_bare() {
            return Err(fault(Fault::missing_body()));
        }
        let name = route(content_type, soap_action, &envelope)?;
        if let Some(header) = envelope.must_understand().next() {
            return Err(fault(Fault::must_understand(header)));
        }
        Ok(Self {
            version,
            operation: Operation::decode(name, &envelope, leniency),
        })
    }
}

/// Finds the operation that a request wants.
///
/// SOAP 1.1 goes by `SOAPAction`, in quotes or not, URL-decoded, compared exactly; the body's
/// element is looked at only if there is no such header. SOAP 1.2 goes by the `action` of the
/// content type, or else by the body's element. An envelope of 1.1 must come as `text/xml`.
pub fn route(
    content_type: Option<&str>,
    soap_action: Option<&str>,
    envelope: &Envelope,
) -> Result<OperationName, Refusal> {
    let media = ContentType::parse(content_type.unwrap_or_default());
    let sent_as = version_of(&media).ok_or(Refusal::UnsupportedMediaType)?;
    let version = envelope.version();
    if version == Version::Soap11 && sent_as == Version::Soap12 {
        return Err(Refusal::UnsupportedMediaType);
    }
    let fault = |fault| Refusal::Fault(version, Box::new(fault));
    let by_element = || {
        let payload = envelope.payload().filter(|it| it.namespace() == ns::BSIM)?;
        let mut names = OperationName::ALL.into_iter();
        names.find(|name| name.as_str() == payload.local())
    };
    // A header that is there counts even if it is wrong: ASP.NET then does not look at the body.
    match (version, soap_action) {
        (Version::Soap11, Some(header)) => {
            let action = soap_action_value(header);
            OperationName::of_action(&action)
                .ok_or_else(|| fault(Fault::unknown_soap_action(&action)))
        }
        (Version::Soap11, None) => by_element().ok_or_else(|| fault(Fault::missing_action())),
        (Version::Soap12, _) => {
            let action = media
                .action
                .as_deref()
                .map(fields::decode)
                .unwrap_or_default();
            OperationName::of_action(&action)
                .or_else(by_element)
                .ok_or_else(|| {
                    fault(if action.is_empty() {
                        Fault::missing_action()
                    } else {
                        Fault::unknown_action(&action)
                    })
                })
        }
    }
}

/// The header's value without one pair of quotes, if both are there, and URL-decoded.
fn soap_action_value(header: &str) -> String {
    let value = header.trim();
    let inner = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    fields::decode(inner.unwrap_or(value)).into_owned()
}

/// Which SOAP a media type is for; `None` if for none.
fn version_of(media: &ContentType) -> Option<Version> {
    [Version::Soap11, Version::Soap12]
        .into_iter()
        .find(|version| version.media_type() == media.media_type)
}

fn refusal(error: EnvelopeError, version: Version) -> Refusal {
    let fault = match error {
        EnvelopeError::Xml(error) if matches!(error.problem, Problem::Limit(_)) => {
            return Refusal::TooLarge(error);
        }
        // Whoever writes in another encoding cannot guess that from a status.
        EnvelopeError::Xml(XmlError {
            problem: problem @ (Problem::ForeignEncoding | Problem::WideEncoding),
            ..
        }) => Fault::unable_to_read(&problem.to_string()),
        EnvelopeError::Charset(error) => Fault::unable_to_read(&error.to_string()),
        EnvelopeError::Xml(error) => return Refusal::Malformed(error),
        EnvelopeError::NotAnEnvelope => Fault::missing_envelope(),
        EnvelopeError::VersionMismatch(found) => Fault::version_mismatch(&found),
        EnvelopeError::NoBody => Fault::missing_body(),
        EnvelopeError::Structure => Fault::unable_to_read("Request format is invalid."),
    };
    Refusal::Fault(version, Box::new(fault))
}
