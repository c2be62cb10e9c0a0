//! The IM web service (`BSIMService.asmx`): its operations, replies and events, and the way in
//! which ASP.NET finds out what a request wants. Facts: soap.md 1 and 2.

mod event;
mod operation;
mod reading;
mod reply;
mod results;
mod route;
mod session;

pub use event::{Buddy, Event, Group, Message};
pub use operation::{
    ChangeStatus, KeepSessionAlive, Login, LoginIM, Operation, OperationName, SendMessage,
};
pub use reading::Leniency;
pub use reply::{Reply, ReplyError};
pub use results::{IM, Packing, SessionEvents};
pub use route::{Refusal, Request, route};
pub use session::Session;
