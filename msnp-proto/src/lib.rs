//! The MSN Messenger protocol, MSNP2 to MSNP24: frames, commands, payloads, challenge arithmetic.
//!
//! Pure: no sockets, clocks, threads or randomness, `no_std` with `alloc`. Bytes come in, values
//! go out, and the other way round. What carries the bytes, TCP or a gateway over HTTP, is the
//! caller's matter.
//!
//! # One value walks through
//!
//! ```text
//! down  Bytes ─push/next_frame▶ Frame ─parse▶ ServerCommand ▶ Layers, UserDocument, …
//! up    Bytes ◀──into_bytes──── Frame ◀to_frame─ ClientCommand ◀ the application
//! ```
//!
//! - [`FrameDecoder`] cuts a stream into [`Frame`]s. It needs to know whose bytes they are, since
//!   whether a payload follows a line depends on who wrote it: that is the [`PayloadTable`]. A
//!   frame is a slice of the piece it came in; nothing is copied unless it straddles two.
//! - A frame *is* its bytes. Nothing is lost in it, and it is passed on unchanged.
//! - [`msnp24`] types all commands of MSNP24, of both sides; [`classic`] those of MSNP2 to MSNP22, each [`Dialect`] in its own
//!   words.
//! - [`payload`] reads and writes what is in them, for every dialect: messages, long ones and offline ones,
//!   personal data, contacts, layered bodies, presence, threads, history. Messages and layers stay slices;
//!   documents are read when they are asked for. [`MsnObject`] names pictures, emoticons and winks.
//! - [`auth`] proves who one is: challenges, the sign-ins of MSNP2 to MSNP21, and the server's check of them.
//!
//! Whatever bytes come, nothing panics and nothing grows beyond [`Limits`]. A [`FrameError`] says
//! whether the stream can be followed any further; a `CommandError` ([`msnp24::CommandError`],
//! [`classic::CommandError`]) gives the frame back, and the stream goes on. Verbs, channels, headers and elements without a name here are kept
//! as they came. Nothing written can start a second command or header. Secrets do not show in `Debug`.
//!
//! # A client
//!
//! ```
//! use msnp_proto::msnp24::{
//!     Acknowledge, Agent, Authenticate, Bind, ClientBody, ClientCommand, Connect, Program,
//!     ServerBody, ServerCommand,
//! };
//! use msnp_proto::{FrameDecoder, Guid, PayloadTable, TrId};
//!
//! // CNT, ATH and BND go out together.
//! let connect = Connect { state: None, version: 2, agent: Agent::web() };
//! let bind = Bind {
//!     version: 2,
//!     alternative_versions: vec![],
//!     program: Program::web(),
//!     epid: Guid::from_bytes([7; 16]),
//!     braced: true,
//! };
//! let mut out = Vec::new();
//! for (trid, body) in (1..).zip([
//!     ClientBody::Connect(connect),
//!     ClientBody::Authenticate(Authenticate::Web { uic: None }),
//!     ClientBody::Bind(bind),
//! ]) {
//!     ClientCommand::new(TrId(trid), body).to_frame().encode(&mut out);
//! }
//! assert!(out.starts_with(b"CNT 1 CON 114\r\n\r\n<connect>"));
//!
//! // Later, a message arrives, in pieces.
//! let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
//! let mut registration = None;
//! for piece in [
//!     "SDG 0 MSGR 130\r\nAck-Id: 0000014BDE39B23E\r\n\r\nRouting: 1.0\r\nTo: 8:alice\r\nFrom: 8:b",
//!     "ob\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-Type: Text\r\n\r\nhi",
//! ] {
//!     decoder.push(piece);
//!     while let Some(frame) = decoder.next_frame()? {
//!         let command = ServerCommand::parse(&frame)?;
//!         registration = command.headers.new_registration().or(registration);
//!         if let ServerBody::Message(delivery) = command.body {
//!             assert_eq!(delivery.message.body(), b"hi");
//!             let id = delivery.ack_id.expect("deliveries have one");
//!             let mut reply = ClientCommand::new(TrId(0), ClientBody::Acknowledge(Acknowledge { id }));
//!             if let Some(token) = &registration {
//!                 reply.headers.set_registration(token);
//!             }
//!             let reply = reply.to_frame();
//!             assert_eq!(&reply.as_bytes()[..], b"ACK 0 MSGR 28\r\nAck-Id: 0000014BDE39B23E\r\n\r\n");
//!         }
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A server
//!
//! ```
//! use msnp_proto::msnp24::{Channel, ClientBody, ClientCommand, Connected, ErrorReply, ServerBody, ServerCommand};
//! use msnp_proto::{ErrorCode, Frame};
//!
//! fn answer(frame: &Frame, signed_in: bool) -> Option<Frame> {
//!     let reply = |trid, body| Some(ServerCommand::new(trid, body).to_frame());
//!     let refuse = |code| {
//!         let text = "Authentication failed".into();
//!         ServerBody::Error(ErrorReply { code, channel: Channel::Con, text })
//!     };
//!     match ClientCommand::parse(frame) {
//!         Ok(command) => match command.body {
//!             ClientBody::Connect(connect) => {
//!                 let nonce = Some("e559d11e-c55f-3b21-523b-c2f6525372a7".into());
//!                 let connected = Connected { version: connect.version, qos_test: false, nonce };
//!                 reply(command.trid, ServerBody::Connected(connected))
//!             }
//!             _ if !signed_in => reply(command.trid, refuse(ErrorCode::AUTHENTICATION_FAILED)),
//!             // …
//!             _ => None,
//!         },
//!         // The frame is known, its content is not: this command fails, the session lives.
//!         Err(error) => reply(error.frame.trid()?, refuse(ErrorCode::INVALID_PARAMETER)),
//!     }
//! }
//! # let mut decoder = msnp_proto::FrameDecoder::new(msnp_proto::PayloadTable::msnp24());
//! # decoder.push("CNT 1 CON 114\r\n\r\n<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>PUT 2 MSGR 2\r\n\r\nBND 3 CON\\MSGR 2\r\n\r\n");
//! # let mut replies = Vec::new();
//! # while let Some(frame) = decoder.next_frame().unwrap() { replies.extend(answer(&frame, false)); }
//! # assert_eq!(&replies[0].line()[..], b"CNT 1 CON 126");
//! # assert_eq!(&replies[1].line()[..], b"911 2 CON 23");
//! # assert_eq!(&replies[2].line()[..], b"201 3 CON 23");
//! ```
//!
//! # Older dialects
//!
//! ```
//! use msnp_proto::classic::{ServerBody, ServerCommand, ServerKind};
//! use msnp_proto::{Dialect, Frame, FrameDecoder, PayloadTable, Side, Verb};
//!
//! let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
//! decoder.push("NLN AWY bob@example.com Bob%20B. 2788999228\r\nMSG bob@example.com Bob 2\r\nhi");
//! while let Some(frame) = decoder.next_frame()? {
//!     match ServerCommand::parse(&frame, Dialect::MSNP8, ServerKind::Notification)?.body {
//!         ServerBody::ContactStatus(status) => assert_eq!(status.name.expect("a name").text(), "Bob B."),
//!         ServerBody::Message(message) => assert_eq!(&message.payload[..], b"hi"),
//!         _ => {}
//!     }
//! }
//! // Or without types, word by word.
//! let busy = Frame::build(Verb::CHG).trid(9).param("BSY").number(0).finish();
//! assert_eq!(&busy.as_bytes()[..], b"CHG 9 BSY 0\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(clippy::exhaustive_enums)]

extern crate alloc;

mod address;
pub mod auth;
mod base64_text;
pub mod classic;
mod decoder;
mod dialect;
mod error_code;
mod frame;
mod grammar;
mod guid;
mod msn_object;
pub mod msnp24;
pub mod param;
pub mod payload;
mod payload_table;
mod timestamp;
mod verb;

pub use address::{Address, AddressError, Network};
pub use decoder::{FrameDecoder, FrameError, FrameErrorKind, Limits};
pub use dialect::{Dialect, DialectError, Era, Offer};
pub use error_code::ErrorCode;
pub use frame::{Frame, FrameBuilder, ParamError, Params, TrId};
pub use guid::{Braced, Guid, GuidError};
pub use machine_contract::{Secret, UnixTime};
pub use msn_object::{MsnObject, MsnObjectError, MsnObjectErrorKind, ObjectKind};
pub use payload_table::{PayloadRule, PayloadTable, Side};
pub use timestamp::{Timestamp, TimestampError};
pub use verb::Verb;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
