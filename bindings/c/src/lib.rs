//! The client, the gateway session and the frame decoder for C. What there is for C, and what it means, stands in
//! `include/msnp.h`; a test holds that page to this code.
//!
//! No callback, no thread, no clock, no I/O: C asks what is to be done, does it with whatever HTTP library it has, and tells
//! what came of it. Everything that is unsafe is a pointer that C gives. They are believed in two files, `border.rs` and the
//! functions of `abi/`, which turn them into references and hand those on; the rest is safe code.

mod abi;
mod border;
mod decoder;
mod error;
mod head;
mod held;
mod machine;
mod status;
