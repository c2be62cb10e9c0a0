//! MSNP21: signs in and has its lists as the dialects before it; all else stands in layered bodies on the one connection, without
//! switchboards (msnp24.md 14).

mod home;
mod publishing;
mod sight;
mod words;

pub(super) use home::{Home, Then};
