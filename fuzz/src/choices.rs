//! What a fuzzer's bytes decide, one after the other; so libFuzzer's mutations stay useful, and a few bytes decide much.

/// Bytes that are not used up yet. Whoever chooses when there are none left gets the first of all.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// All of them.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left to choose by.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number below this one, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte().unwrap_or_default()) % bound
    }

    /// One of them.
    pub fn of<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[self.below(all.len())]
    }

    /// So many bytes as they are, or what is left.
    pub fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A length of one byte, and so many.
    pub fn some(&mut self) -> &'a [u8] {
        let len = self.below(256);
        self.take(len)
    }
}
