//! The face of MSNP7 to MSNP18, line by line. Every line that it writes in these tests is compared with
//! `docs/protocol/commands.tsv`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod captures;
mod conversations;
mod grammar;
mod lists;
mod msnp21;
mod presence;
mod replay;
mod sign_in;
mod table;
mod table21;
mod world;
