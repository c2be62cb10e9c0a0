//! One call: what it is named, where it goes, and its request and response as whole envelopes.

use crate::call::content::{Content, ContentError};
use crate::call::vocabulary::{Vocabulary, local};
use crate::element::Element;
use crate::envelope::Envelope;
use crate::fault::Fault;
use crate::ns;
use crate::version::Version;

/// A call, as a line of the documentation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// The path that it is posted to. Hosts are the operator's (soap.md 5.1).
    pub path: &'static str,
    /// The namespaces that it is spoken in, the usual one first. Empty if they are those of the vocabulary.
    pub namespaces: &'static [&'static str],
    /// Whether the header `SOAPAction` says anything: the sign-in's does not (soap.md 5.1).
    pub has_action: bool,
    /// The request's element in the body; `None` if the members stand in the body themselves.
    pub request: Option<&'static str>,
    /// The response's element in the body.
    pub response: &'static str,
    /// The version of SOAP that is written; both are read.
    pub version: Version,
    /// What the names of its tables mean.
    pub vocabulary: &'static Vocabulary,
}

/// The body of a request, and with it everything that is known of the call.
pub trait Call: Content {
    /// Names, path, namespaces.
    const OPERATION: &'static Operation;
    /// The header blocks of a request.
    type Headers: Content;
    /// The body of a response.
    type Reply: Content;
    /// The header blocks of a response.
    type ReplyHeaders: Content;
}

/// A request: header blocks and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<C: Call> {
    /// The header blocks.
    pub headers: C::Headers,
    /// The body.
    pub body: C,
    /// The namespace it is spoken in, of [`Operation::namespaces`]; empty if the operation has none of its own.
    pub namespace: &'static str,
}

/// A response that is no fault: header blocks and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<C: Call> {
    /// The header blocks.
    pub headers: C::ReplyHeaders,
    /// The body.
    pub body: C::Reply,
    /// The namespace it is spoken in: that of the request (soap.md 5.5).
    pub namespace: &'static str,
}

/// An envelope does not hold what was looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a caller decides on each")]
pub enum CallError {
    /// The peer refused. What that means says [`FaultReason::of`](crate::FaultReason::of).
    #[error("the peer's answer is the fault {}: {}", .0.code, .0.reason)]
    Fault(Box<Fault>),
    /// The peer's body begins with another element than this.
    #[error("the peer's body has no {0}")]
    Unexpected(&'static str),
    /// An element does not hold what it should.
    #[error(transparent)]
    Content(#[from] ContentError),
}

impl Operation {
    /// Its namespace, when nobody asked for another.
    pub fn namespace(&self) -> &'static str {
        self.namespaces.first().copied().unwrap_or_default()
    }

    /// The value of `SOAPAction` without quotes; empty if the call has none.
    pub fn action(&self, namespace: &str) -> String {
        if !self.has_action {
            return String::new();
        }
        let slash = if namespace.ends_with('/') { "" } else { "/" };
        format!("{namespace}{slash}{}", self.name)
    }

    /// The namespace that an action names; `None` if it is the action of another call.
    pub(crate) fn namespace_of_action(&self, action: &str) -> Option<&'static str> {
        let mut namespaces = self.namespaces.iter().copied();
        namespaces.find(|namespace| self.has_action && self.action(namespace) == action)
    }

    /// What the names of its tables mean, when it is spoken in this namespace.
    fn vocabulary_in(&self, namespace: &'static str) -> Vocabulary {
        if namespace.is_empty() {
            *self.vocabulary
        } else {
            self.vocabulary.within(namespace)
        }
    }

    /// Whether a body that begins with this element can be its request.
    pub(crate) fn begins_with(&self, element: &Element, fields: &[&'static str]) -> bool {
        let is = |name: &'static str| element.local().eq_ignore_ascii_case(local(name));
        self.request
            .map_or_else(|| fields.iter().any(|name| is(name)), is)
    }

    /// The namespace that an element is in, if the call can be spoken in it.
    pub(crate) fn namespace_of_element(&self, element: &Element) -> Option<&'static str> {
        let mut namespaces = self.namespaces.iter().copied();
        namespaces.find(|namespace| element.namespace() == *namespace)
    }
}

impl<C: Call> Request<C> {
    /// A request in the call's usual namespace.
    pub fn new(headers: C::Headers, body: C) -> Self {
        Self {
            headers,
            body,
            namespace: C::OPERATION.namespace(),
        }
    }

    /// The value of the header `SOAPAction`, in quotes as .NET callers send it.
    pub fn soap_action(&self) -> String {
        format!("\"{}\"", C::OPERATION.action(self.namespace))
    }

    /// The envelope that asks for it.
    pub fn to_envelope(&self) -> Envelope {
        let operation = C::OPERATION;
        envelope(
            operation,
            self.namespace,
            operation.request,
            &self.headers,
            &self.body,
        )
    }

    /// Reads the body of an envelope as this call's request, and its headers.
    pub fn decode(envelope: &Envelope) -> Result<Self, CallError> {
        let operation = C::OPERATION;
        let holder;
        let body = if let Some(name) = operation.request {
            payload(envelope, name)?
        } else {
            holder = bundle("Body", envelope.body());
            &holder
        };
        let first = envelope.body().first();
        let namespace = first.and_then(|it| operation.namespace_of_element(it));
        Ok(Self {
            headers: headers(envelope)?,
            body: C::read(body)?,
            namespace: namespace.unwrap_or_else(|| operation.namespace()),
        })
    }

    /// The response to this request, in its namespace.
    pub fn respond(&self, headers: C::ReplyHeaders, body: C::Reply) -> Response<C> {
        Response {
            headers,
            body,
            namespace: self.namespace,
        }
    }
}

impl<C: Call> Response<C> {
    /// A response in the call's usual namespace.
    pub fn new(headers: C::ReplyHeaders, body: C::Reply) -> Self {
        Self {
            headers,
            body,
            namespace: C::OPERATION.namespace(),
        }
    }

    /// The envelope that says it.
    pub fn to_envelope(&self) -> Envelope {
        let operation = C::OPERATION;
        let name = Some(operation.response);
        envelope(operation, self.namespace, name, &self.headers, &self.body)
    }

    /// Reads an envelope as the response to this call, whatever its HTTP status was: faults come with 200 too (soap.md 5.6).
    pub fn decode(envelope: &Envelope) -> Result<Self, CallError> {
        if let Some(fault) = envelope.fault() {
            return Err(CallError::Fault(Box::new(fault)));
        }
        let body = payload(envelope, C::OPERATION.response)?;
        let namespace = C::OPERATION.namespace_of_element(body);
        Ok(Self {
            headers: headers(envelope)?,
            body: C::Reply::read(body)?,
            namespace: namespace.unwrap_or_else(|| C::OPERATION.namespace()),
        })
    }
}

/// The body of the response to a call, for whom its header blocks say nothing: they may hold anything. A fault is another body.
pub fn reply<C: Call>(envelope: &Envelope) -> Result<C::Reply, CallError> {
    let body = payload(envelope, C::OPERATION.response)?;
    Ok(C::Reply::read(body)?)
}

/// The header blocks of an envelope, of a fault too: Passport says more in them than in its faults (soap.md 5.2).
pub fn headers<H: Content>(envelope: &Envelope) -> Result<H, ContentError> {
    let read = H::read(&bundle("Header", envelope.headers()));
    read.map_err(|error| error.inside("Header"))
}

/// Adds the header blocks of a response to an envelope, such as that of a fault.
pub fn add_headers<C: Call>(envelope: &mut Envelope, headers: &C::ReplyHeaders) {
    let operation = C::OPERATION;
    let vocabulary = operation.vocabulary_in(operation.namespace());
    let mut blocks = bundle("Header", &[]);
    headers.fill(&mut blocks, &vocabulary);
    for block in blocks.elements() {
        envelope.push_header(block.clone());
    }
}

fn payload<'e>(envelope: &'e Envelope, name: &'static str) -> Result<&'e Element, CallError> {
    let is_it = |it: &&Element| it.local().eq_ignore_ascii_case(local(name));
    let payload = envelope.payload().filter(is_it);
    payload.ok_or(CallError::Unexpected(local(name)))
}

/// Elements as the content of one, so that a table can be read from them.
fn bundle(name: &'static str, elements: &[Element]) -> Element {
    Element::new(ns::NONE, name).with_children(elements.iter().cloned())
}

fn envelope<H: Content, B: Content>(
    operation: &Operation,
    namespace: &'static str,
    name: Option<&'static str>,
    headers: &H,
    body: &B,
) -> Envelope {
    let vocabulary = operation.vocabulary_in(namespace);
    let mut payload = name.map_or_else(|| bundle("Body", &[]), |name| vocabulary.element(name));
    body.fill(&mut payload, &vocabulary);
    let mut blocks = bundle("Header", &[]);
    headers.fill(&mut blocks, &vocabulary);
    let payload = (payload, name.is_some());
    enveloped(operation.version, payload, &blocks, &vocabulary)
}

/// What is filled already, as an envelope: the payload, which is an element of its own or holds the body's, and the blocks.
fn enveloped(
    version: Version,
    (mut payload, is_one): (Element, bool),
    blocks: &Element,
    vocabulary: &Vocabulary,
) -> Envelope {
    let mut envelope = if is_one {
        vocabulary.declare_on(&mut payload);
        Envelope::new(version, payload)
    } else {
        Envelope::with_body(version, payload.elements().cloned().collect())
    };
    for block in blocks.elements() {
        envelope.push_header(block.clone());
    }
    envelope
}
