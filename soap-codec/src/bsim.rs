//! The IM web service (`BSIMService.asmx`): its operations, replies and events, and the way in
//! which ASP.NET finds out what a request wants. Facts: soap.md 1 and 2.

mod decode;
mod encode;
mod event;
mod local_time;
mod operation;
mod reply;
mod reply_error;
mod results;
mod route;
mod session;

pub use decode::Leniency;
pub use event::{Buddy, Event, Group, Message};
pub use local_time::{LocalTime, LocalTimeError};
pub use operation::{
    ChangeStatus, KeepSessionAlive, Login, LoginIM, Operation, OperationName, SendMessage,
};
pub use reply::Reply;
pub use reply_error::ReplyError;
pub use results::{IM, ResultEncoding, SessionEvents};
pub use route::{Refusal, Request, route};
pub use session::Session;
