//! `Fates`: what came of messages, counted.

use tokio::task::JoinSet;

use crate::failure::Failure;

#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Fates {
    said: usize,
    lost: usize,
    doubled: usize,
}

impl Fates {
    pub(super) fn add(&mut self, other: Self) {
        self.said += other.said;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }

    /// A message, by how often it was told.
    pub(super) const fn of(times: usize) -> Self {
        Self {
            said: 1,
            lost: (times == 0) as usize,
            doubled: times.saturating_sub(1),
        }
    }

    pub(super) const fn lost(self) -> usize {
        self.lost
    }

    pub(super) const fn doubled(self) -> usize {
        self.doubled
    }
}

pub(super) fn tell(what: &str, fates: Fates) {
    let Fates {
        said,
        lost,
        doubled,
    } = fates;
    println!("  {what:<72} {said:>4} said {lost:>3} lost {doubled:>3} doubled");
}

/// Of all of these.
pub(super) async fn sum(mut all: JoinSet<Result<Fates, Failure>>) -> Result<Fates, Failure> {
    let mut fates = Fates::default();
    while let Some(one) = all.join_next().await {
        fates.add(one??);
    }
    Ok(fates)
}
