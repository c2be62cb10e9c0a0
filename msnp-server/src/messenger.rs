//! [`Messenger`]: connections, each with its face, over one network.

mod alarms;
mod connection;
mod effect;
mod machine;
mod wanted;

pub use effect::Effect;
pub use machine::Messenger;
