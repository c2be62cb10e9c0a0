//! Proofs of identity: pure arithmetic, checked against published values.

pub mod challenge;
