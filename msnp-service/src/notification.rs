//! The notification server: who sees whom, who gets what, what is kept.
//!
//! [`NotificationServer`] is a pure machine; what outlives a connection is behind [`Store`]. Its
//! rules lie one subject per file: `sign_in` (`CNT`, `ATH`, `BND`, subscriptions), `presence`,
//! `contacts`, `conversation` (which messages are kept), `passing` (those that are not), `inbox` (how
//! the kept ones reach endpoints), `thread`, `history`. Each says at its top what was decided where
//! the protocol's records leave it open.

mod ages;
mod config;
mod connection;
mod contacts;
mod conversation;
mod dispatch;
mod effect;
mod history;
mod inbox;
mod passing;
mod presence;
mod refusal;
mod server;
mod sign_in;
mod store;
mod thread;

pub use config::{Challenge, Config};
pub use effect::{ConnectionId, Effect, Identity, Now, Tickets};
pub use server::NotificationServer;
pub use store::{
    Account, Author, Conversation, ConversationId, Held, Lists, Member, Message, MessageId, Role,
    Share, Store, Thread, ThreadId,
};
