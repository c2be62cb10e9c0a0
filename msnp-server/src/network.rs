//! The network: who may see, write to and be added by whom; what is kept, and when it counts as
//! received. No word of any dialect stands here.
#![doc = include_str!("network/guide.md")]

mod actors;
mod alarm;
mod allowance;
mod batch;
mod batch_id;
mod book;
mod bus;
mod command;
mod command_queue;
mod config;
mod contact;
mod deferred;
mod directory;
mod effect;
mod endpoint;
mod entry;
mod event;
mod execution;
mod findings;
mod inbox;
mod letter;
mod letters;
mod line;
mod lists;
mod machine;
mod mailbox;
mod message;
mod needs;
mod outgoing;
mod parcel;
mod participant;
mod people;
mod person;
mod posting;
mod presence;
mod receipt;
mod refusal;
mod residents;
mod roll_call;
mod room;
mod rules;
mod sending;
mod settings;
mod stall;
mod store;
mod thread;
mod thread_asking;
mod thread_change;
mod thread_keeper;
mod turn;
mod word;
mod work;

pub use allowance::Allowance;
pub use batch_id::BatchId;
pub use command::{
    Answer, Command, ConnectionId, ContactChange, Conversation, ConversationAddress, Delivery,
    Horizon, ListChange, Recipient, RequestId, RoomId, Subscription,
};
pub use config::Config;
pub use contact::{Contact, Group, GroupId, Roster};
pub use effect::Effect;
pub use event::{CloseReason, Event};
pub use lists::{Lists, Privacy};
pub use machine::{Load, Network};
pub use message::{
    Attributes, Author, Content, ConversationId, EndpointId, Kept, Message, MessageName, Number,
    Said,
};
pub use parcel::{Correspondence, Parcel};
pub use participant::Participant;
pub use presence::{
    Audience, EndpointPresence, PRIVATE, Presence, Property, Publication, Service, Status, Value,
};
pub use receipt::{Evidence, WithoutReceipt};
pub use refusal::Refusal;
pub use settings::Settings;
pub use store::{
    Batch, Change, ContactRecord, Found, Listed, PersonRecord, Read, ReadId, SENT, SentRecord,
    StoreFailed,
};
pub use thread::{Activity, Deed, Member, Role, Thread, ThreadId};
