//! Both ends of MSN Messenger's HTTP gateway (`gateway.dll`) as sans-IO machines.
mod machine;

pub use machine::{Failure, Instant, Machine, RequestId, Transmit};
