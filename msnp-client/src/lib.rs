//! MSN Messenger clients as sans-IO machines: sign-in, contacts, presence, conversations.
mod config;
mod contacts;
mod conversation;
mod event;
mod exchange;
mod history;
mod id;
mod presence;
pub mod sign_in;
mod site;
pub mod uic;

pub use config::{Config, Credentials, HostPolicy, InvalidUri, Limits, Service, Timings, Uic};
pub use contacts::{Contact, Lists};
pub use conversation::{Conversation, Format, Member, Message};
pub use event::{Event, Reason, Refused, Step};
pub use history::{History, HistoryMark};
pub use id::{ContactId, ConversationId, InvalidId, MessageId, OperationId};
pub use presence::{Endpoint, EndpointId, OwnPresence, Presence, Status};
