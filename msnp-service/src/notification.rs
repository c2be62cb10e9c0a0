//! The notification server: who sees whom, who gets what, what is kept.

mod config;
mod connection;
mod contacts;
mod conversation;
mod dispatch;
mod effect;
mod entropy;
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
