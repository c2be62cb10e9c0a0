//! Deterministic server-to-client traffic whose true counts are known, so that every contender can be checked.

mod contact;
mod msnp21;
mod msnp24;
mod older;
mod random;
mod stream;

pub(crate) use msnp21::msnp21;
pub(crate) use msnp24::{msnp24, msnp24_talk};
pub(crate) use older::{msnp8, msnp12, msnp15, msnp18};
pub(crate) use stream::{Counts, Traffic};
