//! The MSN Messenger protocol, MSNP8 to MSNP24: frames, commands, payloads, challenge arithmetic.
//!
//! (Guide to be written by the room's owner: one value walks through, see ARCHITECTURE.md.)
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(missing_docs)]

extern crate alloc;

mod decoder;
mod frame;
pub mod param;
mod payload_table;
mod verb;

pub use decoder::{FrameDecoder, FrameError, FrameErrorKind, Limits};
pub use frame::{Frame, FrameBuilder, ParamError, Params, TrId};
pub use payload_table::{PayloadRule, PayloadTable, Side};
pub use verb::Verb;
