//! MSNP24, the protocol of outlook.com and Skype: every command of both sides, typed.
//!
//! A [`Frame`](crate::Frame) becomes an [`Envelope`], line, header block and body; by verb and channel that
//! becomes a [`ClientCommand`] or a [`ServerCommand`]. Both are parsed and written here, so that
//! client and server cannot disagree. A verb or a channel without a name is `Other`; a known one
//! with strange content is a [`CommandError`], which gives the frame back, and the stream goes on.

mod authenticate;
mod bind;
mod channel;
mod client_command;
mod command_error;
mod connect;
mod document;
mod envelope;
mod error_reply;
mod get;
mod grammar;
mod headers;
mod message;
mod notify;
mod ping;
mod put;
mod server_command;
mod transfer;

pub use authenticate::{Authenticate, Authenticated, TicketUse};
pub use bind::{Bind, Bound, Program};
pub use channel::{Channel, ChannelWord};
pub use client_command::{ClientBody, ClientCommand};
pub use command_error::{CommandError, CommandErrorKind};
pub use connect::{Agent, Connect, Connected};
pub use envelope::Envelope;
pub use error_reply::ErrorReply;
pub use get::{Delete, Get, GetReply};
pub use headers::{HeaderError, HeaderValue, Headers};
pub use message::{Acknowledge, Delivery};
pub use notify::{AddressBookNotice, MailNotice, Notification};
pub use ping::{Ping, Pong};
pub use put::{
    ActiveEndpoint, Challenge, EndpointOptions, Networks, Partners, PresenceReply, Put, PutReply,
};
pub use server_command::{ServerBody, ServerCommand};
pub use transfer::{Transfer, TransferState};
