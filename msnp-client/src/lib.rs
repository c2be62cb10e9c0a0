//! MSN Messenger clients as sans-IO machines: sign-in, contacts, presence, conversations.
mod address;
mod client;
mod config;
mod connection;
mod contacts;
mod conversation;
mod entropy;
mod event;
mod exchange;
mod history;
mod id;
mod job;
mod presence;
mod remembered;
pub mod sign_in;
mod site;
mod time;
pub mod uic;

pub use client::Client;
pub use config::{
    Config, Credentials, HostPolicy, InvalidUri, Limits, Polling, Service, Timings, Uic,
};
pub use contacts::{Contact, Lists};
pub use conversation::{Conversation, Format, Member, Message};
pub use event::{Event, Reason, Refused, Step};
pub use history::{History, HistoryMark};
pub use id::{ContactId, ConversationId, InvalidId, MessageId, OperationId};
pub use presence::{Endpoint, EndpointId, OwnPresence, Presence, Status};
