//! Numbers out of the seed: ids that nobody else has, waiting times that differ between clients.

use crate::config::Seed;

/// A stream of numbers, the same for the same seed (xoshiro256++). Not for secrets: nothing that is
/// made of it has to be unguessable.
#[derive(Clone)]
pub(crate) struct Entropy([u64; 4]);

impl Entropy {
    pub(crate) fn new(seed: &Seed) -> Self {
        let mut state = [0; 4];
        let mut mixed = 0;
        for (word, bytes) in state.iter_mut().zip(seed.0.chunks_exact(8)) {
            mixed ^= bytes.iter().fold(0, |word, b| word << 8 | u64::from(*b));
            // One step of SplitMix64: a seed of few bits must not give a state of few bits.
            mixed = u64::wrapping_add(mixed, 0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            *word = mixed;
        }
        Self(state)
    }

    pub(crate) fn number(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let out = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        out
    }

    /// Sixteen bytes in the shape of a random GUID (version 4).
    pub(crate) fn guid(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (high, low) = bytes.split_at_mut(8);
        high.copy_from_slice(&self.number().to_be_bytes());
        low.copy_from_slice(&self.number().to_be_bytes());
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        bytes
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_seed_others() {
        let numbers = |seed| {
            let mut entropy = Entropy::new(&Seed([seed; 32]));
            (0..100).map(|_| entropy.number()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
        let mut zero = numbers(0);
        zero.sort_unstable();
        zero.dedup();
        assert_eq!(zero.len(), 100);
    }
}
