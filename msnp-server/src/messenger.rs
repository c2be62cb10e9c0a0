//! [`Messenger`]: connections, each with its face, over one network.

mod alarms;
mod effect;
mod machine;
mod wanted;

pub use effect::Effect;
pub use machine::Messenger;
