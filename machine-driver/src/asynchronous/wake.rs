//! Who is to be woken when something moves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The two that may carry a driver forward: its task, and whoever waits for an event. Whatever moves wakes the task,
/// which does the work and wakes whoever waits once there may be an event: an answer moves several times until it is
/// whole, and each time a thread would have woken in vain. Without a task, whoever waits does the work.
#[derive(Default)]
pub(super) struct Bell {
    ringers: Mutex<Ringers>,
}

#[derive(Default)]
struct Ringers {
    task: Option<Waker>,
    waiter: Option<Waker>,
}

impl Bell {
    pub(super) fn set_task(&self, waker: &Waker) {
        keep(&mut self.ringers().task, waker);
    }

    pub(super) fn set_waiter(&self, waker: &Waker) {
        keep(&mut self.ringers().waiter, waker);
    }

    pub(super) fn clear_waiter(&self) {
        self.ringers().waiter = None;
    }

    /// There is no task any more. What it was woken for falls to whoever waits.
    pub(super) fn clear_task(&self) {
        self.ringers().task = None;
        self.ring_waiter();
    }

    /// Something has moved.
    pub(super) fn ring(&self) {
        let first = {
            let ringers = self.ringers();
            ringers.task.clone().or_else(|| ringers.waiter.clone())
        };
        if let Some(waker) = first {
            waker.wake();
        }
    }

    /// It is over.
    pub(super) fn ring_all(&self) {
        let (task, waiter) = {
            let ringers = self.ringers();
            (ringers.task.clone(), ringers.waiter.clone())
        };
        for waker in [task, waiter].into_iter().flatten() {
            waker.wake();
        }
    }

    /// There may be an event.
    pub(super) fn ring_waiter(&self) {
        let waiter = self.ringers().waiter.clone();
        if let Some(waker) = waiter {
            waker.wake();
        }
    }

    fn ringers(&self) -> MutexGuard<'_, Ringers> {
        // Nothing panics while it is held.
        self.ringers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(place: &mut Option<Waker>, waker: &Waker) {
    match place {
        Some(old) if old.will_wake(waker) => {}
        _ => *place = Some(waker.clone()),
    }
}

/// The waker of one future or stream: it says which one moved, so that the others are left alone.
pub(super) struct Flag {
    moved: AtomicBool,
    bell: Arc<Bell>,
}

impl Flag {
    /// Raised: what is new has to be looked at once.
    pub(super) fn raised(bell: &Arc<Bell>) -> Arc<Self> {
        Arc::new(Self {
            moved: AtomicBool::new(true),
            bell: Arc::clone(bell),
        })
    }

    /// Lets its turn come again, without anybody being woken.
    pub(super) fn raise(&self) {
        self.moved.store(true, Ordering::Release);
    }

    /// Whether it has moved since this was asked last.
    pub(super) fn take(&self) -> bool {
        self.moved.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.moved.swap(true, Ordering::AcqRel) {
            self.bell.ring();
        }
    }
}
