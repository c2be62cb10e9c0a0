//! `Unshown`: the messages that a client was sent, and has not shown to have read.

use crate::network::Number;

/// More than the network usually has on the way to one place. Of what is forgotten nothing is lost: it waits in the store for
/// the next sign-in.
const MOST: usize = 256;

/// They count as received when the client shows by anything that it has read them, since it has no word for it.
#[derive(Debug, Default)]
pub(super) struct Unshown(Vec<Number>);

impl Unshown {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The client was sent this, perhaps again.
    pub(super) fn add(&mut self, number: Number) {
        if self.0.contains(&number) {
            return;
        }
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(number);
    }

    /// Those of them that are now known to have been shown.
    pub(super) fn take(&mut self, which: impl Fn(&Number) -> bool) -> Vec<Number> {
        self.0.extract_if(.., |one| which(one)).collect()
    }

    /// Those of them.
    pub(super) fn of(&self, which: impl Fn(&Number) -> bool) -> Vec<Number> {
        self.0.iter().copied().filter(which).collect()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_again_counts_once_and_of_too_many_the_oldest_are_forgotten() {
        let mut unshown = Unshown::new();
        for number in (1..=300).chain([300]) {
            unshown.add(Number(number));
        }
        assert_eq!(
            unshown.of(|one| one.0 < 50),
            [45, 46, 47, 48, 49].map(Number)
        );
        assert_eq!(unshown.take(|_| true).len(), MOST);
        assert!(unshown.is_empty());
    }
}
