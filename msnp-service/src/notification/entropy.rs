//! Numbers that look random, from a seed that the shell gives.

/// The generator xoshiro256**.
///
/// Nothing that protects anything is made of it: nonces, opaque `Context` and `Registration`
/// values that are never checked, ids of threads that only members may use. What must not be
/// guessed (session ids, cookies, uics, salts) is made by the shell.
#[derive(Debug)]
pub(super) struct Entropy {
    state: [u64; 4],
}

impl Entropy {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        let mut state = [0; 4];
        for (word, bytes) in state.iter_mut().zip(seed.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        // The all-zero state would stay so for ever.
        state[3] |= u64::from(state == [0; 4]);
        let mut entropy = Self { state };
        // A seed of few bits takes some rounds to spread.
        for _ in 0..16 {
            entropy.next();
        }
        entropy
    }

    pub(super) fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let number = u128::from(self.next()) << 64 | u128::from(self.next());
        number.to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Entropy;

    #[test]
    fn it_gives_the_published_sequence() {
        let mut entropy = Entropy {
            state: [1, 2, 3, 4],
        };
        assert_eq!([0; 3].map(|_| entropy.next()), [11520, 0, 1_509_978_240]);
    }

    #[test]
    fn a_seed_of_zeros_works_too() {
        let mut entropy = Entropy::new([0; 32]);
        assert!((0..10).any(|_| entropy.next() != 0));
    }
}
