//! `Waiting`: what a connection of HTTP/1 waits for, and when that has taken too long.
//!
//! hyper has one time for a head that is begun and for the next request, of which nothing has come. The one is a peer's
//! slowness and has to be short; the other is how a connection is kept, and what shows that its last reply was read.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep};

use super::served::Bounds;

/// What one connection waits for; clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Waiting(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    wait: Wait,
    since: Instant,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Wait {
    /// The rest of a request's head, or the first of all.
    Head,
    /// This side: the reply, which has times of its own.
    Reply,
    /// The system, which has not taken all of the reply.
    Flush,
    /// The next request, of which nothing has come.
    Next,
}

/// What has taken too long.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// The head of a request.
    Head,
    /// A further request.
    Next,
}

impl Waiting {
    /// For the first request.
    pub(super) fn new() -> Self {
        let state = State::new(Wait::Head, Instant::now());
        Self(Arc::new(Mutex::new(state)))
    }

    /// Something has come.
    pub(super) fn read(&self) {
        self.on(Wait::Next, Wait::Head);
    }

    /// The head of a request is there.
    pub(super) fn asked(&self) {
        self.set(Wait::Reply);
    }

    /// The reply is there.
    pub(super) fn answered(&self) {
        self.set(Wait::Flush);
    }

    /// The system has all that was written.
    pub(super) fn flushed(&self) {
        self.on(Wait::Flush, Wait::Next);
    }

    /// Returns when something has taken too long. To be polled by whoever moves the connection, behind that.
    pub(super) fn overdue(&self, bounds: Bounds) -> impl Future<Output = Overdue> + use<> {
        let this = self.clone();
        let mut timer: Option<Pin<Box<Sleep>>> = None;
        std::future::poll_fn(move |cx| this.poll_overdue(bounds, &mut timer, cx))
    }

    fn poll_overdue(
        &self,
        bounds: Bounds,
        timer: &mut Option<Pin<Box<Sleep>>>,
        cx: &mut Context<'_>,
    ) -> Poll<Overdue> {
        loop {
            let Some((due, what)) = self.lock().due(bounds) else {
                return Poll::Pending;
            };
            if due <= Instant::now() {
                return Poll::Ready(what);
            }
            let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
            // One that rings early is set anew then; that costs less than to set it for each request.
            if timer.deadline() > due || timer.is_elapsed() {
                timer.as_mut().reset(due);
            }
            ready!(timer.as_mut().poll(cx));
        }
    }

    fn on(&self, from: Wait, to: Wait) {
        let mut state = self.lock();
        if state.wait == from {
            *state = State::new(to, Instant::now());
        }
    }

    fn set(&self, wait: Wait) {
        *self.lock() = State::new(wait, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn new(wait: Wait, since: Instant) -> Self {
        Self { wait, since }
    }

    /// When what has taken too long.
    fn due(&self, bounds: Bounds) -> Option<(Instant, Overdue)> {
        match self.wait {
            Wait::Head => Some((self.since + bounds.request, Overdue::Head)),
            Wait::Next => Some((self.since + bounds.idle, Overdue::Next)),
            Wait::Reply | Wait::Flush => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        request: Duration::from_secs(30),
        reply: Duration::from_secs(60),
        idle: Duration::from_secs(120),
    };

    /// How many seconds there are from the latest event on, and what is overdue then.
    fn due(waiting: &Waiting) -> Option<(u64, Overdue)> {
        let state = waiting.lock();
        let (due, what) = state.due(BOUNDS)?;
        Some(((due - state.since).as_secs(), what))
    }

    #[test]
    fn a_head_has_its_time_and_the_next_request_more() {
        let waiting = Waiting::new();
        assert_eq!(due(&waiting), Some((30, Overdue::Head)), "the first");
        waiting.read();
        assert_eq!(due(&waiting), Some((30, Overdue::Head)));
        waiting.asked();
        // Its body, if it has one.
        waiting.read();
        waiting.flushed();
        assert_eq!(due(&waiting), None, "a poll is held for longer");
        waiting.answered();
        assert_eq!(due(&waiting), None, "the reply has a time of its own");
        waiting.flushed();
        assert_eq!(due(&waiting), Some((120, Overdue::Next)));
        waiting.read();
        assert_eq!(due(&waiting), Some((30, Overdue::Head)));
    }

    /// From the first byte, and not from each.
    #[test]
    fn a_head_that_comes_byte_by_byte_has_no_more_time() {
        let waiting = Waiting::new();
        let since = waiting.lock().since;
        waiting.read();
        assert_eq!(waiting.lock().since, since);
    }

    #[tokio::test]
    async fn what_is_overdue_is_told_and_nothing_before() {
        let now = Duration::ZERO;
        let of_now = |request, idle| Bounds {
            request,
            idle,
            ..BOUNDS
        };
        let waiting = Waiting::new();
        let told = waiting.overdue(of_now(now, BOUNDS.idle)).await;
        assert_eq!(told, Overdue::Head);
        waiting.asked();
        waiting.answered();
        waiting.flushed();
        let told = waiting.overdue(of_now(BOUNDS.request, now)).await;
        assert_eq!(told, Overdue::Next);
        let mut overdue = std::pin::pin!(waiting.overdue(BOUNDS));
        let first = std::future::poll_fn(|cx| Poll::Ready(overdue.as_mut().poll(cx)));
        assert!(first.await.is_pending());
    }
}
