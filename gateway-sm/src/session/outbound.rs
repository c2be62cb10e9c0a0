//! Which request a session makes next, and what it looks like.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request};

use super::lane::{FlyingPoll, Kind, Parcel, Poll, Post};
use super::{Flow, Session, State};
use crate::config::Mode;
use crate::wire::{Action, X_MSN_GW_CAPABILITIES};
use machine_contract::{Instant, RequestId, Transmit};

impl Session {
    /// What the next post carries, if one may be made now.
    pub(super) fn next_parcel(&mut self) -> Option<Parcel> {
        let may_post = match self.flow {
            Flow::Parallel => true,
            Flow::Probing if !self.leaving => false,
            Flow::Probing | Flow::Serial => !matches!(self.poll, Poll::Flying(_)),
        };
        if !may_post || !self.has_room_for_post(self.undrained) {
            return None;
        }
        let Post::Ready(again) = &mut self.post else {
            return None;
        };
        if let Some(parcel) = again.take() {
            return Some(parcel);
        }
        let kind = match self.state {
            State::Fresh if self.config.empty_open => return Some(Parcel::empty(Kind::Open)),
            State::Fresh => Kind::Open,
            State::Live(_) => Kind::Commands,
            State::Opening | State::Closed => return None,
        };
        let (ids, body) = self.outbox.take(self.config.limits.request)?;
        Some(Parcel { kind, ids, body })
    }

    pub(super) fn transmit_post(&mut self, parcel: Parcel, now: Instant) -> Transmit {
        let action = match (&self.state, parcel.kind) {
            (State::Live(session), Kind::Close) => Action::Close {
                session: session.clone(),
            },
            (State::Live(session), _) => Action::Post {
                session: session.clone(),
            },
            _ => {
                self.state = State::Opening;
                Action::Open(self.config.open.clone())
            }
        };
        if let Poll::Flying(poll) = &mut self.poll {
            poll.overtaken = true;
        }
        let deadline = now + self.config.timing.reply;
        let transmit = self.transmit(&action, parcel.body.clone(), deadline);
        self.post = Post::Flying(transmit.id, parcel);
        transmit
    }

    /// The next poll, if one is due and may be made now.
    pub(super) fn transmit_poll(&mut self, now: Instant) -> Option<Transmit> {
        let State::Live(session) = &self.state else {
            return None;
        };
        let may_poll = self.flow == Flow::Parallel || matches!(self.post, Post::Ready(None));
        let has_room = self.has_room_for_poll(self.undrained);
        if !matches!(self.poll, Poll::Due) || !may_poll || !has_room {
            return None;
        }
        // A probe wants its answer at once; a serial gateway would keep posts waiting.
        let short = self.mode == Mode::Serial || self.flow == Flow::Probing;
        let lifespan = (!short && self.config.lifespan > 0).then_some(self.config.lifespan);
        let patience = match lifespan {
            Some(seconds) => Duration::from_secs(seconds.into()) + self.config.timing.margin,
            None => self.config.timing.reply,
        };
        let action = Action::Poll {
            session: session.clone(),
            lifespan,
        };
        let transmit = self.transmit(&action, Bytes::new(), now + patience);
        self.poll = Poll::Flying(FlyingPoll {
            id: transmit.id,
            since: now,
            deadline: transmit.deadline,
            lifespan,
            overtaken: false,
        });
        Some(transmit)
    }

    fn transmit(&mut self, action: &Action, body: Bytes, deadline: Instant) -> Transmit {
        let id = RequestId::new(self.next_request);
        self.next_request += 1;
        let size = body.len();
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.uri(action);
        *request.headers_mut() = self.config.headers.clone();
        // HTTP libraries leave it out when a body is empty; gateways want it (gateway.md 3).
        request.headers_mut().insert(CONTENT_LENGTH, size.into());
        if let (Action::Open(_), Mode::Learn) = (action, self.mode) {
            let all = HeaderValue::from_static("*");
            request.headers_mut().insert(X_MSN_GW_CAPABILITIES, all);
        }
        Transmit {
            id,
            request,
            deadline,
            // It never moves; should it, the cookies must not follow.
            host_cookies: self.config.host_cookies && self.target == self.config.target,
        }
    }

    /// When a poll in flight will have shown that the gateway holds polls.
    pub(super) fn learns_at(&self) -> Option<Instant> {
        match &self.poll {
            Poll::Flying(poll) if self.mode == Mode::Learn && self.flow == Flow::Serial => {
                poll.held_from()
            }
            _ => None,
        }
    }
}
