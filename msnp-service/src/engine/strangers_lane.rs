//! `StrangersLane`: where those wait of whom it is not known who they are.

use tokio::sync::{Semaphore, SemaphorePermit};

/// One behind the other, and each behind those who are known.
///
/// Tasks that are ready run in turn, so a person's request would wait for one of each of a thousand strangers that all say as
/// much as they may. Here only one of theirs is ready at a time, and gives way before it goes on to whatever has come meanwhile.
#[derive(Debug)]
pub(super) struct StrangersLane(Semaphore);

impl StrangersLane {
    pub(super) const fn new() -> Self {
        Self(Semaphore::const_new(1))
    }

    /// Waits for one's turn, which is over when the value is dropped.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        let turn = self.0.acquire().await.ok();
        // The runtime looks for what has come, and lets that run, before it goes on with who does this.
        tokio::task::yield_now().await;
        turn
    }
}
