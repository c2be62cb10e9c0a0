//! `EventQueue`: what an application has not taken yet, and how many bytes that is.

use alloc::collections::VecDeque;
use core::fmt;

/// The events that a machine holds for its application, in order, counted in bytes.
///
/// It refuses nothing: by [`held`](Self::held) the machine knows when to ask for less (see
/// [`Machine`](crate::Machine), "the only buffer"). An event counts as what it holds on the heap, which the
/// machine says, and as what it takes itself, so that a bound in bytes bounds the number too.
///
/// ```
/// use machine_contract::EventQueue;
/// let mut events = EventQueue::new(String::len);
/// events.push_back("hello".to_owned());
/// assert_eq!(events.held(), 5 + size_of::<String>());
/// assert_eq!(events.pop_front().as_deref(), Some("hello"));
/// assert_eq!(events.held(), 0);
/// ```
#[derive(Clone)]
pub struct EventQueue<E> {
    queue: VecDeque<E>,
    heap: fn(&E) -> usize,
    held: usize,
}

impl<E> EventQueue<E> {
    /// An empty queue. `heap` says how many bytes an event holds beside itself; it gives the same number
    /// for the same event.
    pub const fn new(heap: fn(&E) -> usize) -> Self {
        Self {
            queue: VecDeque::new(),
            heap,
            held: 0,
        }
    }

    /// Something has happened.
    pub fn push_back(&mut self, event: E) {
        self.held = self.held.saturating_add(self.size(&event));
        self.queue.push_back(event);
    }

    /// The application takes the oldest.
    pub fn pop_front(&mut self) -> Option<E> {
        let event = self.queue.pop_front()?;
        self.held = self.held.saturating_sub(self.size(&event));
        Some(event)
    }

    /// How many bytes wait for the application.
    pub const fn held(&self) -> usize {
        self.held
    }

    /// How many events wait for the application.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn size(&self, event: &E) -> usize {
        size_of::<E>().saturating_add((self.heap)(event))
    }
}

impl<E> Extend<E> for EventQueue<E> {
    fn extend<I: IntoIterator<Item = E>>(&mut self, events: I) {
        events.into_iter().for_each(|event| self.push_back(event));
    }
}

impl<E> fmt::Debug for EventQueue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventQueue({}, {} bytes)", self.len(), self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_counted_until_it_is_taken_in_order() {
        let mut events = EventQueue::new(|bytes: &u16| usize::from(*bytes));
        events.extend([1000, 0, 30]);
        assert_eq!((events.len(), events.held()), (3, 1030 + 3 * 2));
        assert_eq!(events.pop_front(), Some(1000));
        assert_eq!(events.held(), 30 + 2 * 2);
        assert_eq!(
            (events.pop_front(), events.pop_front()),
            (Some(0), Some(30))
        );
        assert_eq!((events.pop_front(), events.held()), (None, 0));
    }
}
