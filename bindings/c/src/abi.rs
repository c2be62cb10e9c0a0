//! The functions that C calls, and the values that it looks at.

mod decoding;
mod machines;
mod making;
mod sending;
mod versions;
