//! `Outbox`: what the application wants sent, in order, bounded, and how it goes into requests.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::event::SendId;
use crate::limits::Limits;
use crate::send_error::SendError;

/// Sends that are waiting for a request to carry them.
#[derive(Default)]
pub(super) struct Outbox {
    queue: VecDeque<Bytes>,
    bytes: usize,
    /// The number of the first send in the queue; the others follow.
    first: u64,
}

/// Sends that travel together, by their numbers.
pub(super) type SendIds = Range<u64>;

impl Outbox {
    /// The most sends in the queue: empty ones need a bound as well.
    const MAX_LEN: usize = 4096;

    pub(super) fn push(&mut self, frames: Bytes, limits: &Limits) -> Result<SendId, SendError> {
        if frames.len() > limits.send {
            return Err(SendError::TooLarge);
        }
        if self.queue.len() >= Self::MAX_LEN || self.bytes + frames.len() > limits.queue {
            return Err(SendError::Full);
        }
        Ok(self.push_last(frames))
    }

    /// Queues beyond the bounds: a session does this once, with its last words.
    pub(super) fn push_last(&mut self, frames: Bytes) -> SendId {
        let id = SendId::new(self.first + self.queue.len() as u64);
        self.bytes += frames.len();
        self.queue.push_back(frames);
        id
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// The next sends that fit into one request body, at least one. A lone send is not copied.
    pub(super) fn take(&mut self, limit: usize) -> Option<(SendIds, Bytes)> {
        // At least one, however large. None is split: a body of whole frames can be lost without putting the
        // stream out of step.
        let mut size = self.queue.front()?.len();
        let mut count = 1;
        for frames in self.queue.iter().skip(1) {
            if size.saturating_add(frames.len()) > limit {
                break;
            }
            size += frames.len();
            count += 1;
        }
        self.bytes -= size;
        let ids = self.first..self.first + count;
        self.first = ids.end;
        if count == 1 {
            // Most of the time: the application's own bytes go out.
            return self.queue.pop_front().map(|frames| (ids, frames));
        }
        let mut body = BytesMut::with_capacity(size);
        for _ in ids.clone() {
            body.extend(self.queue.pop_front());
        }
        Some((ids, body.freeze()))
    }

    /// Forgets everything; whose the forgotten sends were.
    pub(super) fn clear(&mut self) -> SendIds {
        let ids = self.first..self.first + self.queue.len() as u64;
        self.queue.clear();
        self.bytes = 0;
        self.first = ids.end;
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        request: 10,
        send: 20,
        queue: 30,
        reply: 1,
        undrained: 1,
        failures: 1,
    };

    /// Queues sends of these sizes; what sizes the requests have.
    #[track_caller]
    fn check(sends: &[usize], requests: &[usize]) {
        let mut outbox = Outbox::default();
        let mut sent = Vec::new();
        for (byte, &size) in (b'a'..).zip(sends) {
            let frames = vec![byte; size];
            sent.extend_from_slice(&frames);
            outbox.push(frames.into(), &LIMITS).unwrap();
        }
        let mut taken = Vec::new();
        let mut sizes = Vec::new();
        let mut next = 0;
        while let Some((ids, body)) = outbox.take(LIMITS.request) {
            assert_eq!(ids.start, next);
            next = ids.end;
            sizes.push(body.len());
            taken.extend_from_slice(&body);
        }
        assert_eq!(sizes, requests);
        assert_eq!(taken, sent);
        assert_eq!(next, sends.len() as u64);
        assert_eq!(outbox.bytes, 0);
    }

    #[test]
    fn sends_share_a_request_up_to_the_limit_and_are_never_split() {
        check(&[], &[]);
        check(&[3], &[3]);
        check(&[3, 3, 4], &[10]);
        check(&[3, 3, 5], &[6, 5]);
        check(&[20, 1], &[20, 1]);
        check(&[1, 20, 1, 1], &[1, 20, 2]);
        check(&[0, 0], &[0]);
    }

    #[test]
    fn the_queue_is_bounded_in_bytes() {
        let mut outbox = Outbox::default();
        let mut push = |size| outbox.push(vec![0; size].into(), &LIMITS).map(SendId::get);
        assert_eq!(push(21), Err(SendError::TooLarge));
        assert_eq!(push(20), Ok(0));
        assert_eq!(push(11), Err(SendError::Full));
        assert_eq!(push(10), Ok(1));
        assert_eq!(push(1), Err(SendError::Full));
    }

    #[test]
    fn the_queue_is_bounded_in_number() {
        let mut outbox = Outbox::default();
        for _ in 0..Outbox::MAX_LEN {
            outbox.push(Bytes::new(), &LIMITS).unwrap();
        }
        assert_eq!(outbox.push(Bytes::new(), &LIMITS), Err(SendError::Full));
    }

    #[test]
    fn what_is_forgotten_keeps_its_numbers() {
        let mut outbox = Outbox::default();
        outbox.push(Bytes::new(), &LIMITS).unwrap();
        outbox.push(Bytes::new(), &LIMITS).unwrap();
        assert_eq!(outbox.clear(), 0..2);
        assert_eq!(outbox.push_last(Bytes::new()), SendId::new(2));
    }
}
