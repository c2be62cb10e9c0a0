//! Where a machine's randomness begins: the only entropy that it is ever given.

use std::io;

/// 32 bytes from the operating system, for a client's seed.
///
/// A pure machine draws everything from such a seed (ids, endpoint numbers, pauses), so it must be new for each and kept from
/// others. Who replays a session gives a seed of their own instead, and can leave out the feature `seed`.
///
/// # Errors
///
/// The operating system has no random numbers to give.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_seeds_are_the_same() {
        assert_ne!(super::seed().unwrap(), super::seed().unwrap());
    }
}
