//! `Entropy`: bytes that nobody can guess, fresh for each request.

use std::fmt;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};

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

    /// More of the same kind, by none of the bytes that a secret of up to 164 bytes takes.
    pub(crate) fn spring(&self) -> Spring {
        let mut key = [0; 32];
        key.copy_from_slice(&self.0[Self::BYTES - 32..]);
        Spring(ChaCha20Rng::from_seed(key))
    }
}

/// Entropy for requests that no shell brings: those that the server makes to itself. As unguessable as the
/// bytes that it springs from.
pub(crate) struct Spring(ChaCha20Rng);

impl Spring {
    /// One request's.
    pub(crate) fn draw(&mut self) -> Entropy {
        let mut bytes = [0; Entropy::BYTES];
        self.0.fill_bytes(&mut bytes);
        Entropy(bytes)
    }
}

impl fmt::Debug for Spring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spring")
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_springs_from_a_key_is_never_the_same_twice() {
        let entropy = Entropy::new([7; Entropy::BYTES]);
        let mut spring = entropy.spring();
        let drawn: Vec<[u8; Entropy::BYTES]> = (0..3).map(|_| spring.draw().take()).collect();
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
        let again: [u8; Entropy::BYTES] = entropy.spring().draw().take();
        assert_eq!(again, drawn[0], "no randomness of its own");
        let mut other = [7; Entropy::BYTES];
        other[Entropy::BYTES - 1] = 8;
        let other: [u8; Entropy::BYTES] = Entropy::new(other).spring().draw().take();
        assert_ne!(other, drawn[0]);
    }
}
