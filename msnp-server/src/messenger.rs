//! [`Messenger`]: connections, each with its face, over one network.

mod effect;
mod first;
mod machine;
mod wanted;

pub use effect::Effect;
pub use machine::Messenger;
