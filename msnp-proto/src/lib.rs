//! The MSN Messenger protocol, MSNP8 to MSNP24: frames, commands, payloads, challenge arithmetic.
//!
//! (Guide to be written by the room's owner: one value walks through, see ARCHITECTURE.md.)
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(missing_docs)]

extern crate alloc;

mod address;
pub mod auth;
mod decoder;
mod error_code;
mod frame;
mod guid;
pub mod msnp24;
pub mod param;
pub mod payload;
mod payload_table;
mod secret;
mod verb;

pub use address::{Address, AddressError, Network};
pub use decoder::{FrameDecoder, FrameError, FrameErrorKind, Limits};
pub use error_code::ErrorCode;
pub use frame::{Frame, FrameBuilder, ParamError, Params, TrId};
pub use guid::{Braced, Guid, GuidError};
pub use payload_table::{PayloadRule, PayloadTable, Side};
pub use secret::Secret;
pub use verb::Verb;
