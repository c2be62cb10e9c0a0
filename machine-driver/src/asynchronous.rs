//! The runner as futures: for any executor, with nothing but std.

mod driver;
mod in_flight;
mod network;
mod pump;
mod sockets;
mod wake;

pub use driver::{Caller, Driver, Task, start};
pub use network::{ByteStream, Network, NoStreams, StreamNetwork};
