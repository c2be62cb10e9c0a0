//! The notification server: who sees whom, who gets what, what is kept.

mod store;

pub use store::{
    Account, Author, Conversation, ConversationId, Held, Lists, Member, Message, MessageId, Role,
    Share, Store, Thread, ThreadId,
};
