//! The server end, request by request: the duties of gateway.md 13 and the bugs of gateway.md 15, each by name.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bench;
mod endings;
mod evidence;
mod limits;
mod losses;
mod noise;
mod polls;
mod requests;
mod served;
