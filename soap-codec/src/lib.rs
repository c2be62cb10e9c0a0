//! SOAP as MSN Messenger's services speak it: envelopes 1.1 and 1.2, faults, URL-encoded fields, and
//! the operations and events of the IM web service. Pure, both directions, byte for byte.
//!
//! # Why
//!
//! In 2008 a web service let programs that could do nothing but SOAP sign in to MSN, see their
//! buddies and talk to them. This crate is that conversation as values: what a caller sends is an
//! [`Operation`](bsim::Operation), what the service answers a [`Reply`](bsim::Reply) or a [`Fault`].
//! What they are written as equals the bytes of the published session (im-web-service.md).
//!
//! Peers are hostile: every document is checked for well-formedness before anything is believed,
//! [`Limits`] hold over a message and the document inside it together, a document type declaration
//! is refused at its first byte, nothing recurses, no time grows faster than the input does, and no
//! password or session id shows in debug output or an error.
//!
//! # A caller
//!
//! ```
//! use soap_codec::bsim::{Leniency, Login, Operation, OperationName, Reply, ReplyError};
//! use soap_codec::{Budget, Envelope, Limits, Version};
//!
//! let login = Operation::Login(Login {
//!     user_id: Some("testing".to_owned()),
//!     password: Some("password".to_owned().into()),
//! });
//! // POST this with Version::content_type() and the header SOAPAction.
//! let body = login.to_envelope(Version::Soap11).to_xml()?;
//! assert_eq!(login.name().soap_action(), "\"http://www.imcomponents.com/Login\"");
//! assert_eq!(body.len(), 350);
//!
//! # let body = include_str!("../tests/data/wire/login-response.xml");
//! // What comes back, whatever its status: faults come with 200 and with 500.
//! let mut budget = Budget::new(Limits::RESPONSE);
//! let envelope = Envelope::parse(body.as_bytes(), &mut budget)?;
//! match Reply::decode(OperationName::Login, &envelope, &mut budget, Leniency::default()) {
//!     Ok(Reply::Login(Some(session))) => assert_eq!(session.user_id.as_deref(), Some("testing")),
//!     Ok(other) => panic!("signed in, but there is no session: {other:?}"),
//!     Err(ReplyError::Fault(fault)) => panic!("refused: {}", fault.reason),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The service
//!
//! ```
//! use soap_codec::bsim::{
//!     Event, IM, Leniency, Operation, ResultEncoding, Reply, Request, SessionEvents,
//! };
//! use soap_codec::{Budget, EncodeError, Envelope, Fault, Limits};
//!
//! /// Status, content type, body.
//! fn answer(
//!     content_type: Option<&str>,
//!     soap_action: Option<&str>,
//!     body: &[u8],
//! ) -> Result<(u16, &'static str, String), EncodeError> {
//!     let mut budget = Budget::new(Limits::REQUEST);
//!     let request = Request::receive(content_type, soap_action, body, &mut budget, Leniency::default());
//!     let (status, envelope) = match request {
//!         Ok(Request { version, operation }) => match operation {
//!             Operation::KeepSessionAlive(request) if request.session.is_some() => {
//!                 let mut im = IM {
//!                     im_type: "msn".to_owned(),
//!                     account: "bstest2@live.com".to_owned(),
//!                     events: vec![Event::OnStatusChanged("NLN".to_owned())],
//!                 };
//!                 im.group();
//!                 let events = SessionEvents {
//!                     id: "73EDE71C-2239-4707-BA85-0ABB408E6458".to_owned().into(),
//!                     ims: vec![im],
//!                 };
//!                 let reply = Reply::KeepSessionAlive(Some(events));
//!                 (200, reply.to_envelope(version, ResultEncoding::Escaped)?)
//!             }
//!             _ => {
//!                 let fault = Fault::unable_to_process("Invalid session.");
//!                 (500, Envelope::with_fault(version, &fault))
//!             }
//!         },
//!         Err(refusal) => match refusal.envelope() {
//!             Some(envelope) => (refusal.status(), envelope),
//!             None => return Ok((refusal.status(), "", String::new())),
//!         },
//!     };
//!     Ok((status, envelope.version().content_type(), envelope.to_xml()?))
//! }
//!
//! let request = include_bytes!("../tests/data/wire/keepsessionalive-request.xml");
//! let action = Some("\"http://www.imcomponents.com/KeepSessionAlive\"");
//! let (status, _, body) = answer(Some("text/xml; charset=utf-8"), action, request)?;
//! let wire = include_str!("../tests/data/wire/keepsessionalive-response-status.xml");
//! assert_eq!((status, body.as_str()), (200, wire));
//! assert_eq!(answer(Some("text/plain"), action, request)?.0, 415);
//! assert_eq!(answer(Some("text/xml"), action, b"<soap:")?.0, 400);
//! # Ok::<(), EncodeError>(())
//! ```
//!
//! # Sign-in, lists and offline messages
//!
//! The calls of MSNP13 and later ([`sign_in`], [`membership`], [`address_book`], [`offline_messages`]) are tables; each is a
//! [`call::Request`] or [`call::Response`] of its type, and a service tells them apart with [`Received`].
//!
//! ```
//! use soap_codec::call::{CallError, Request, Response};
//! use soap_codec::sign_in::{RequestSecurityTokens, SignInHeaders, TokenCollection, TokenResponse};
//! use soap_codec::{Budget, Envelope, FaultReason, Received, Secret, Version};
//!
//! // A client asks for a ticket: POST this to RST.srf.
//! let password = Secret::new("123456".to_owned());
//! let request = Request::new(
//!     SignInHeaders::of("alice@example.com", &password),
//!     RequestSecurityTokens::of([("messengerclear.live.com", "MBI_KEY_OLD")]),
//! );
//! let body = request.to_envelope().to_xml()?;
//!
//! // The service finds out what it is, and answers: here a ticket, or else a fault in place of the body.
//! let received = Received::receive("/RST.srf", None, body.as_bytes(), &mut Budget::default())?;
//! let Received::SignIn(received) = received else { return Err("another call".into()) };
//! assert_eq!(received.headers.credentials(), Some(("alice@example.com", &password)));
//! let ticket = Secret::new("t=T&p=".to_owned());
//! let tokens = TokenCollection {
//!     responses: vec![TokenResponse::compact("messengerclear.live.com", 1, ticket.clone())],
//!     ..TokenCollection::default()
//! };
//! let answer = received.respond(Default::default(), tokens).to_envelope();
//! let fault = FaultReason::FailedAuthentication.to_fault(Version::Soap11, "", "Authentication Failure");
//! let refusal = Envelope::with_bare_fault(Version::Soap11, &fault);
//!
//! // The client finds its ticket by the name of the service, and a refusal by the body.
//! let read = Response::<RequestSecurityTokens>::decode(&answer)?;
//! assert_eq!(read.body.of("messengerclear.live.com").and_then(TokenResponse::ticket), Some(&ticket));
//! let Err(CallError::Fault(fault)) = Response::<RequestSecurityTokens>::decode(&refusal) else {
//!     return Err("not refused".into());
//! };
//! assert_eq!(FaultReason::of(&fault), FaultReason::FailedAuthentication);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Other services
//!
//! Any SOAP can be read as an [`Envelope`] of [`Element`]s, which keep what they do not know, tell
//! absent, empty and nil apart ([`Value`]), and are written as they were.
//!
//! ```
//! use soap_codec::{Budget, Envelope, Value};
//!
//! let body = r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>
//!     <r xmlns="urn:x" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a/><b i:nil="1"/></r>
//!     </e:Body></e:Envelope>"#;
//! let envelope = Envelope::parse(body.as_bytes(), &mut Budget::default())?;
//! let payload = envelope.payload().ok_or("no payload")?;
//! assert_eq!(payload.value("urn:x", "a"), Value::Text("".into()));
//! assert_eq!(payload.value("urn:x", "b"), Value::Nil);
//! assert_eq!(payload.value("urn:x", "c"), Value::Absent);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(clippy::exhaustive_enums)]

mod charset;
mod content_type;
mod drop;
mod element;
mod encoding;
mod envelope;
mod error;
mod fault;
mod fault_reason;
mod grammar;
mod limits;
mod read;
mod received;
mod reference;
mod shared_str;
mod tag;
mod version;
mod write;

pub mod address_book;
pub mod bsim;
pub mod call;
pub mod configuration;
pub mod fields;
pub mod membership;
pub mod ns;
pub mod offline_messages;
pub mod profile;
pub mod sign_in;

pub use content_type::ContentType;
pub use element::{Attribute, Declaration, Element, Name, Node, Value};
pub use envelope::Envelope;
pub use error::{CharsetError, EncodeError, EnvelopeError, Limit, Problem, XmlError};
pub use fault::{Code, Fault};
pub use fault_reason::FaultReason;
pub use limits::{Budget, Limits};
pub use machine_contract::Secret;
pub use received::{OPERATIONS, Received, Unreceived};
pub use shared_str::SharedStr;
pub use version::Version;
