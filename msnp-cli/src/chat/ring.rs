//! Going round among choices.

/// The index after or before, around the end. `count` is not 0.
pub(super) const fn step(index: usize, count: usize, forth: bool) -> usize {
    if forth {
        (index + 1) % count
    } else {
        (index + count - 1) % count
    }
}
