//! `Prng`: the one generator of numbers that look random, from a seed that the host gives.

use core::fmt;

/// A stream of numbers, the same for the same seed: xoshiro256++ over a seed that is spread first.
///
/// Not for secrets: nothing that is made of it has to be unguessable. What must not be guessed (session
/// ids, cookies, salts) is an argument, made by the host.
///
/// ```
/// use machine_contract::Prng;
/// let mut dice = Prng::new(&[7; 32]);
/// assert_eq!(dice.clone().number(), dice.number());
/// ```
#[derive(Clone)]
pub struct Prng([u64; 4]);

impl Prng {
    /// The stream of this seed. Every seed will do, zeros included.
    pub fn new(seed: &[u8; 32]) -> Self {
        let mut state = [0; 4];
        let mut mixed = 0;
        for (word, bytes) in state.iter_mut().zip(seed.chunks_exact(8)) {
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

    /// The stream of a small number, for tests and simulations.
    pub fn from_number(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        Self::new(&bytes)
    }

    /// The next number.
    pub const fn number(&mut self) -> u64 {
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

    /// A number below `bound`; 0 if that is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        // The multiplication spreads as evenly as a remainder would, without a division.
        ((self.number() as u128 * bound as u128) >> 64) as u64
    }

    /// The next sixteen bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (high, low) = bytes.split_at_mut(8);
        high.copy_from_slice(&self.number().to_be_bytes());
        low.copy_from_slice(&self.number().to_be_bytes());
        bytes
    }

    /// Sixteen bytes in the shape of a random GUID (RFC 9562, version 4).
    pub fn guid(&mut self) -> [u8; 16] {
        let mut bytes = self.bytes();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        bytes
    }
}

impl fmt::Debug for Prng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prng")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn it_gives_the_published_sequence() {
        // The reference implementation's, from the state 1, 2, 3, 4.
        let mut prng = Prng([1, 2, 3, 4]);
        assert_eq!(
            [0; 3].map(|_| prng.number()),
            [41_943_041, 58_720_359, 3_588_806_011_781_223]
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_seed_others() {
        let numbers = |seed| {
            let mut prng = Prng::new(&[seed; 32]);
            (0..100).map(|_| prng.number()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
        let mut zero = numbers(0);
        zero.sort_unstable();
        zero.dedup();
        assert_eq!(zero.len(), 100);
    }

    #[test]
    fn a_bound_is_kept_and_reached() {
        let mut prng = Prng::from_number(3);
        let mut seen = [false; 6];
        for _ in 0..200 {
            let face = usize::try_from(prng.below(6)).expect("small");
            seen[face] = true;
        }
        assert_eq!(seen, [true; 6]);
        assert_eq!(prng.below(0), 0);
    }
}
