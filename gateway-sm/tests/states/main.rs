//! Walks every transition of the machines and holds them to the tables in their documentation: a transition
//! without a row fails, and so does a row that nothing walks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod server;
mod session;
mod table;
