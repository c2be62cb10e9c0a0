//! `Loopback`: requests that the server makes to itself, without a socket.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::Response;
use machine_contract::{Instant, Prng, RequestId};

use crate::entropy::{Entropy, Spring};

/// The numbers from here on are the loopback's; those below the shell's.
const FIRST: u64 = 1 << 63;

/// What of the server's own requests is under way, with their deadlines.
#[derive(Debug)]
pub(super) struct Loopback {
    entropy: Spring,
    next: u64,
    by_exchange: BTreeMap<ExchangeId, (RequestId, Instant)>,
    by_request: BTreeMap<RequestId, ExchangeId>,
    deadlines: BTreeSet<(Instant, ExchangeId)>,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
}

impl Loopback {
    /// Nothing is under way. Secrets need better numbers than the seed's: nobody signs in by the loopback before a
    /// caller has, whose request brings them.
    pub(super) fn new(seed: [u8; 32]) -> Self {
        let mut numbers = Prng::new(&seed);
        let mut no_secrets = [0; Entropy::BYTES];
        for some in no_secrets.chunks_mut(16) {
            some.copy_from_slice(&numbers.bytes()[..some.len()]);
        }
        Self {
            entropy: Entropy::new(no_secrets).spring(),
            next: FIRST,
            by_exchange: BTreeMap::new(),
            by_request: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            replies: VecDeque::new(),
        }
    }

    /// Whether that exchange is one of the server with itself.
    const fn is_own(exchange: ExchangeId) -> bool {
        exchange.get() >= FIRST
    }

    /// Secrets come of these bytes from now on.
    pub(super) fn refresh(&mut self, entropy: &Entropy) {
        self.entropy = entropy.spring();
    }

    /// A request is made: its exchange, and the entropy that comes with it.
    pub(super) fn open(&mut self, request: RequestId, deadline: Instant) -> (ExchangeId, Entropy) {
        let exchange = ExchangeId::new(self.next);
        self.next += 1;
        self.by_exchange.insert(exchange, (request, deadline));
        self.by_request.insert(request, exchange);
        self.deadlines.insert((deadline, exchange));
        (exchange, self.entropy.draw())
    }

    /// An exchange has its reply, which is given back unless it is one of the server with itself.
    pub(super) fn handle_reply(
        &mut self,
        exchange: ExchangeId,
        reply: Response<Bytes>,
    ) -> Option<(ExchangeId, Response<Bytes>)> {
        if !Self::is_own(exchange) {
            return Some((exchange, reply));
        }
        self.replies.push_back((exchange, reply));
        None
    }

    /// The next reply that somebody waits for. Who was told that a request is lost waits no more.
    pub(super) fn poll_reply(&mut self) -> Option<(ExchangeId, RequestId, Response<Bytes>)> {
        loop {
            let (exchange, reply) = self.replies.pop_front()?;
            if let Some(request) = self.close(exchange) {
                return Some((exchange, request, reply));
            }
        }
    }

    /// A request is not wanted any more; the exchange that it was.
    pub(super) fn cancel(&mut self, request: RequestId) -> Option<ExchangeId> {
        let exchange = self.by_request.get(&request).copied()?;
        self.close(exchange);
        Some(exchange)
    }

    /// A request whose time is over, which is closed by that.
    pub(super) fn poll_overdue(&mut self, now: Instant) -> Option<(ExchangeId, RequestId)> {
        let (deadline, exchange) = self.deadlines.first().copied()?;
        if deadline > now {
            return None;
        }
        let request = self.close(exchange)?;
        Some((exchange, request))
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    fn close(&mut self, exchange: ExchangeId) -> Option<RequestId> {
        let (request, deadline) = self.by_exchange.remove(&exchange)?;
        self.by_request.remove(&request);
        self.deadlines.remove(&(deadline, exchange));
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;

    use super::*;
    use crate::reply::bare;

    fn loopback() -> Loopback {
        Loopback::new([7; 32])
    }

    fn after(seconds: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(seconds)
    }

    #[test]
    fn a_reply_goes_to_the_request_that_waits_for_it_once() {
        let mut loopback = loopback();
        let (first, _) = loopback.open(RequestId::new(1), after(10));
        let (second, _) = loopback.open(RequestId::new(2), after(20));
        assert!(Loopback::is_own(first) && first != second);
        assert!(!Loopback::is_own(ExchangeId::new(1)));
        for _ in 0..2 {
            assert!(
                loopback
                    .handle_reply(second, bare(StatusCode::OK))
                    .is_none()
            );
        }
        let (exchange, request, _) = loopback.poll_reply().unwrap();
        assert_eq!((exchange, request), (second, RequestId::new(2)));
        assert!(loopback.poll_reply().is_none());
        assert_eq!(loopback.poll_timeout(), Some(after(10)));
    }

    #[test]
    fn what_is_taken_back_or_too_late_has_no_reply() {
        let mut loopback = loopback();
        let (first, _) = loopback.open(RequestId::new(1), after(10));
        let (second, _) = loopback.open(RequestId::new(2), after(20));
        for own in [first, second] {
            assert!(loopback.handle_reply(own, bare(StatusCode::OK)).is_none());
        }
        assert_eq!(loopback.cancel(RequestId::new(1)), Some(first));
        assert_eq!(loopback.cancel(RequestId::new(1)), None);
        assert_eq!(loopback.poll_overdue(after(19)), None);
        let overdue = loopback.poll_overdue(after(20));
        assert_eq!(overdue, Some((second, RequestId::new(2))));
        assert!(loopback.poll_reply().is_none());
        assert_eq!(loopback.poll_timeout(), None);
    }
}
