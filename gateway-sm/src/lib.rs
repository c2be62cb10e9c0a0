//! Both ends of MSN Messenger's HTTP gateway (`gateway.dll`) as sans-IO machines.
mod machine;
pub mod wire;

pub use machine::{Failure, Instant, Machine, RequestId, Transmit};
pub use wire::{
    Action, ActionError, Host, HostError, Open, Protocol, Reply, ReplyError, Server, SessionId,
    SessionIdError,
};
