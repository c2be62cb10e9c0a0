//! `Entropy`: bytes that nobody can guess, fresh for each request.

use std::fmt;

/// As many unguessable bytes as the most demanding request needs. The shell has them from the system; `Debug`
/// hides them.
#[derive(Clone)]
pub struct Entropy([u8; Self::BYTES]);

impl Entropy {
    /// How many: those of a uic.
    pub const BYTES: usize = 196;

    /// These bytes.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The first of them. A request takes one secret: no two that must differ come of the same bytes.
    pub(crate) fn take<const N: usize>(&self) -> [u8; N] {
        const { assert!(N <= Self::BYTES) }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.0[..N]);
        bytes
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}
