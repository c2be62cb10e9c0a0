//! `side_by_side`: what each backend is asked at the same time as all others.

use std::panic::resume_unwind;
use std::thread;

/// What these give, in their order.
///
/// # Panics
/// If one of them does: a fault of this program or of a build, and no table is to be seen without it.
pub(crate) fn side_by_side<T: Send>(asked: Vec<Box<dyn FnOnce() -> T + Send>>) -> Vec<T> {
    thread::scope(|scope| {
        let at_work: Vec<_> = asked.into_iter().map(|ask| scope.spawn(ask)).collect();
        let answers = at_work.into_iter().map(thread::ScopedJoinHandle::join);
        let whole = answers.map(|answer| answer.unwrap_or_else(|panic| resume_unwind(panic)));
        whole.collect()
    })
}

/// Whether what cannot be run here is a fault.
pub(crate) fn all_must_run() -> bool {
    std::env::var_os("MSNP_TEST_ALL").is_some_and(|all| all == "1")
}
