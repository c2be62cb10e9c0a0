//! `Watched`: a session, and what came by which of its connections.

use std::collections::BTreeMap;

use bytes::Bytes;
use gateway_sm::{Config, Event, Session};
use http::Response;
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};

/// A client's session.
#[derive(Debug)]
pub(crate) struct Watched {
    session: Session,
    /// What is in flight; whether it is a poll.
    in_flight: BTreeMap<RequestId, bool>,
    most_in_flight: usize,
    /// Polls and other requests that were made.
    made: (usize, usize),
    by_poll: Vec<u8>,
    by_post: Vec<u8>,
}

impl Watched {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            session: Session::new(config),
            in_flight: BTreeMap::new(),
            most_in_flight: 0,
            made: (0, 0),
            by_poll: Vec::new(),
            by_post: Vec::new(),
        }
    }

    pub(crate) const fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The most requests that were in flight at once.
    pub(crate) const fn most_in_flight(&self) -> usize {
        self.most_in_flight
    }

    /// The polls and the other requests that were made.
    pub(crate) const fn made(&self) -> (usize, usize) {
        self.made
    }

    /// What arrived by replies to polls.
    pub(crate) fn by_poll(&self) -> &[u8] {
        &self.by_poll
    }

    /// What arrived by all other replies.
    pub(crate) fn by_post(&self) -> &[u8] {
        &self.by_post
    }
}

impl Machine for Watched {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.session.poll_event()
    }
}

impl HttpMachine for Watched {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        let was_poll = self.in_flight.remove(&id);
        if response.status() == 200 {
            let lane = match was_poll {
                Some(true) => &mut self.by_poll,
                _ => &mut self.by_post,
            };
            lane.extend_from_slice(response.body());
        }
        self.session.handle_response(id, response, now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.in_flight.remove(&id);
        self.session.handle_failure(id, failure, now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        let transmit = self.session.poll_transmit(now)?;
        let query = transmit.request.uri().query().unwrap_or_default();
        let is_poll = query.contains("Action=poll");
        let made = if is_poll {
            &mut self.made.0
        } else {
            &mut self.made.1
        };
        *made += 1;
        self.in_flight.insert(transmit.id, is_poll);
        self.most_in_flight = self.most_in_flight.max(self.in_flight.len());
        Some(transmit)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        let id = self.session.poll_cancel()?;
        self.in_flight.remove(&id);
        Some(id)
    }
}
