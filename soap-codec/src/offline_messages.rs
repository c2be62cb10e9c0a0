//! Offline messages: sending (`oim.asmx`) and fetching (`rsi.asmx`) (soap.md 5.5).

mod fetch;
mod send;

pub use fetch::{
    DeleteMessages, FetchHeaders, GetMessage, GetMessageReply, GetMetadata, GetMetadataReply,
    Mailbox, NoHeaders, PassportCookie, Waiting, WaitingError, WaitingMessage,
};
pub use send::{
    AcknowledgedRange, Acknowledgement, Addressee, Sender, Sequence, Store, Store2, StoreHeaders,
    StoreReply, StoreReplyHeaders, Ticket,
};
