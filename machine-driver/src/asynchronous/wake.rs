//! Who is to be woken when something moves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use machine_contract::StreamId;

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

/// The streams that have moved, so that the others need not be looked at.
#[derive(Default)]
pub(super) struct Moved(Mutex<Vec<StreamId>>);

impl Moved {
    /// Those since this was asked last, some perhaps several times.
    pub(super) fn take(&self) -> Vec<StreamId> {
        std::mem::take(&mut *self.list())
    }

    fn push(&self, id: StreamId) {
        self.list().push(id);
    }

    fn list(&self) -> MutexGuard<'_, Vec<StreamId>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The waker of one future or stream: it says which one moved, so that the others are left alone.
pub(super) struct Flag {
    moved: AtomicBool,
    bell: Arc<Bell>,
    /// A stream's is listed when it is raised.
    listed: Option<(Arc<Moved>, StreamId)>,
}

impl Flag {
    /// Raised: what is new has to be looked at once.
    pub(super) fn raised(bell: &Arc<Bell>) -> Arc<Self> {
        Arc::new(Self {
            moved: AtomicBool::new(true),
            bell: Arc::clone(bell),
            listed: None,
        })
    }

    /// The same of a stream, which is listed.
    pub(super) fn raised_of_stream(bell: &Arc<Bell>, list: &Arc<Moved>, id: StreamId) -> Arc<Self> {
        list.push(id);
        Arc::new(Self {
            moved: AtomicBool::new(true),
            bell: Arc::clone(bell),
            listed: Some((Arc::clone(list), id)),
        })
    }

    /// Lets its turn come again, without anybody being woken.
    pub(super) fn raise(&self) {
        self.moved.store(true, Ordering::Release);
        self.list();
    }

    fn list(&self) {
        if let Some((list, id)) = &self.listed {
            list.push(*id);
        }
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
            // First: whoever is woken looks there.
            self.list();
            self.bell.ring();
        }
    }
}
