//! What every store of the network must do, over all of them; and what a file must beside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access_tokens;
mod backup;
mod crash;
mod file;
mod kept;
mod messages;
mod older;
mod people;
mod removal;
mod store;
mod walk;

/// Runs each test over a store in memory, and over a file.
macro_rules! conformance {
    ($($test:ident)*) => {
        mod memory {
            $(#[test] fn $test() { super::$test(msnp_server::Memory::new()); })*
        }
        mod sqlite {
            $(#[test] fn $test() { super::$test($crate::store::Pair::new()); })*
        }
    };
}
pub(crate) use conformance;
