//! Server, store and clients in one process, without a socket.

mod commits;
mod conversation;
mod recorded;
mod soap;
mod walks;
mod wire;
