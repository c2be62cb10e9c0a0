//! Futures that are on their way, each with a waker of its own.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::wake::{Bell, Flag};

/// Futures by id. There are a handful, so they are looked through; only those that have moved are polled.
pub(super) struct InFlight<I, F> {
    futures: Vec<InFlightFuture<I, F>>,
}

struct InFlightFuture<I, F> {
    id: I,
    future: F,
    flag: Arc<Flag>,
    waker: Waker,
}

impl<I, F> Default for InFlight<I, F> {
    fn default() -> Self {
        Self {
            futures: Vec::new(),
        }
    }
}

impl<I: Copy + Eq, F: Future + Unpin> InFlight<I, F> {
    pub(super) fn start(&mut self, id: I, future: F, bell: &Arc<Bell>) {
        let flag = Flag::raised(bell);
        self.futures.push(InFlightFuture {
            id,
            future,
            waker: Arc::clone(&flag).into(),
            flag,
        });
    }

    /// Drops that one, if it is still on its way.
    pub(super) fn cancel(&mut self, id: I) {
        self.futures.retain(|other| other.id != id);
    }

    /// The next one that has come to its end.
    pub(super) fn next(&mut self) -> Option<(I, F::Output)> {
        for (at, started) in self.futures.iter_mut().enumerate() {
            if !started.flag.take() {
                continue;
            }
            let mut cx = Context::from_waker(&started.waker);
            if let Poll::Ready(output) = Pin::new(&mut started.future).poll(&mut cx) {
                let id = started.id;
                drop(self.futures.swap_remove(at));
                return Some((id, output));
            }
        }
        None
    }
}
