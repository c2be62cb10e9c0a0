//! What happened to a session's requests, and what follows from it.

use std::mem;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::event::{CloseReason, Event, Opened, ProtocolError, SendId};
use super::lane::{FlyingPoll, Kind, Landed, Parcel, Poll, Post};
use super::pace::backoff;
use super::{Flow, Session, State};
use crate::config::Mode;
use crate::wire::{Host, Reply};
use machine_contract::{Failure, Instant, RequestId};

impl Session {
    /// The request that this id names, if it is in flight; it is not any more.
    pub(super) fn land(&mut self, id: RequestId) -> Option<Landed> {
        if let Post::Flying(flying, _) = self.post
            && flying == id
            && let Post::Flying(_, parcel) = mem::replace(&mut self.post, Post::Ready(None))
        {
            return Some(Landed::Post(parcel));
        }
        if let Poll::Flying(poll) = self.poll
            && poll.id == id
        {
            self.poll = Poll::Off;
            self.settle();
            return Some(Landed::Poll(poll));
        }
        None
    }

    /// A gateway that changes the session id is served serially, from when no poll is out.
    fn settle(&mut self) {
        let poll_is_out = matches!(self.poll, Poll::Flying(_));
        if self.mode == Mode::Serial && self.flow == Flow::Parallel && !poll_is_out {
            self.flow = Flow::Serial;
        }
    }

    /// A response with status 200.
    pub(super) fn accept(&mut self, landed: Landed, response: Response<Bytes>, now: Instant) {
        let (head, body) = response.into_parts();
        let reply = match self.check(&head.headers, &body) {
            Ok(reply) => reply,
            Err(error) => {
                if let Landed::Post(parcel) = landed {
                    self.unsent(parcel.ids, Failure::Unknown);
                }
                return self.end(CloseReason::Protocol(error));
            }
        };
        self.failures = 0;
        if self.flow == Flow::Probing {
            self.flow = Flow::Serial;
        }
        self.follow(&reply);
        if let Landed::Post(parcel) = &landed {
            for id in parcel.ids.clone() {
                self.tell(Event::Sent(SendId(id)));
            }
        }
        let empty = body.is_empty();
        if !empty {
            self.begun = true;
            self.tell(Event::Received(body));
        }
        if reply.close {
            return self.end(CloseReason::Peer);
        }
        if self.leaving {
            return self.leave(&landed);
        }
        let more = reply.more_data == Some(true) && !empty;
        match landed {
            Landed::Post(parcel) => self.after_post(&parcel, more, now),
            Landed::Poll(poll) => self.after_poll(poll, empty, more, now),
        }
    }

    /// Whether a gateway sent this, and a usable one.
    fn check(&self, headers: &HeaderMap, body: &Bytes) -> Result<Reply, ProtocolError> {
        if body.len() > self.config.limits.reply {
            return Err(ProtocolError::TooLarge);
        }
        let reply = Reply::parse(headers)?;
        if let (false, Some(first)) = (self.begun, body.first())
            && !(first.is_ascii_uppercase() || first.is_ascii_digit())
        {
            return Err(ProtocolError::NotMessenger);
        }
        if matches!(self.state, State::Opening) && reply.session.is_none() && !reply.close {
            return Err(ProtocolError::NoSession);
        }
        Ok(reply)
    }

    /// Takes over id, host, capabilities and lifetime: before the next request is built, after the
    /// response is complete (gateway.md 14.2, 15 "papyon").
    fn follow(&mut self, reply: &Reply) {
        let refused = match self.config.hosts.choose(reply, self.config.target.host()) {
            Ok(host) => {
                if let Some(host) = host {
                    self.move_to(host);
                }
                None
            }
            Err(host) => Some(host),
        };
        if self.mode == Mode::Learn && reply.long_polls {
            self.flow = Flow::Parallel;
        }
        if let Some(skype_id) = text(reply.skype_id.as_ref()) {
            self.skype_id = Some(skype_id);
        }
        let session_timeout = reply
            .session_timeout
            .map(|seconds| Duration::from_secs(seconds.into()));
        if let Some(session_timeout) = session_timeout {
            self.pace.keep_alive(session_timeout, &self.config.timing);
        }
        if let Some(session) = reply.session.clone() {
            match &self.state {
                State::Opening => self.tell(Event::Opened(Opened {
                    host: self.target.host().clone(),
                    server: text(reply.server.as_ref()),
                    skype_id: text(reply.skype_id.as_ref()),
                    session_timeout,
                })),
                State::Live(old) if *old != session && self.mode == Mode::Learn => {
                    self.mode = Mode::Serial;
                    self.settle();
                }
                _ => {}
            }
            self.state = State::Live(session);
        }
        if refused.is_some() && refused != self.refused {
            self.refused.clone_from(&refused);
            if let Some(host) = refused {
                self.tell(Event::HostRefused(host));
            }
        }
    }

    fn move_to(&mut self, host: Host) {
        // A gateway on a port of its own that names itself without it means itself.
        let here = [self.target.host(), self.config.target.host()];
        let known = here.into_iter().find(|known| known.is_same_host(&host));
        let host = match known {
            Some(known) if host.port().is_none() => known.clone(),
            _ => host,
        };
        self.target.move_to(host);
    }

    fn after_post(&mut self, parcel: &Parcel, more: bool, now: Instant) {
        self.pace.quicken(&self.config.timing);
        if let Poll::Flying(_) = self.poll {
            return;
        }
        let held_next = matches!(self.poll, Poll::Due) || parcel.kind == Kind::Open;
        if more || (self.flow == Flow::Parallel && held_next) {
            self.poll = Poll::Due;
            return;
        }
        let soon = now + self.pace.pause();
        self.poll = Poll::Pausing(match self.poll {
            Poll::Pausing(until) => until.min(soon),
            _ => soon,
        });
    }

    fn after_poll(&mut self, poll: FlyingPoll, empty: bool, more: bool, now: Instant) {
        let held = poll.is_held(now);
        if held && self.mode == Mode::Learn {
            self.flow = Flow::Parallel;
        }
        if !empty {
            self.pace.quicken(&self.config.timing);
        }
        let at_once = more || held || (self.flow == Flow::Parallel && (!empty || poll.overtaken));
        self.poll = if at_once {
            Poll::Due
        } else {
            Poll::Pausing(now + self.pace.pause())
        };
    }

    /// A response with another status than 200. Its body is nobody's business.
    pub(super) fn reject(&mut self, landed: Landed, status: StatusCode, now: Instant) {
        let live = matches!(self.state, State::Live(_));
        let reason = match status.as_u16() {
            401 | 403 => CloseReason::Unauthorized(status),
            400 | 404 | 410 if live => CloseReason::SessionLost,
            _ => CloseReason::Status(status),
        };
        let passing = matches!(status.as_u16(), 408 | 429) || status.is_server_error();
        match landed {
            Landed::Poll(poll) if status == StatusCode::GATEWAY_TIMEOUT && poll.is_held(now) => {
                if !self.leaving {
                    self.after_poll(poll, true, false, now);
                }
            }
            landed if passing => self.fail(landed, Failure::Unknown, reason, now),
            Landed::Post(parcel) => {
                self.unsent(parcel.ids, Failure::Unknown);
                self.end(reason);
            }
            Landed::Poll(_) => self.end(reason),
        }
    }

    /// The connection of a poll in flight is probably dead, and nobody will say so before its deadline.
    pub(super) fn renew_poll(&mut self) {
        if let Poll::Flying(poll) = self.poll {
            self.cancels.push_back(poll.id);
            self.poll = if self.leaving { Poll::Off } else { Poll::Due };
            self.settle();
            self.tell(Event::Gap);
        }
    }

    /// A request without a usable answer; `reason` is why the session ends if it has to.
    pub(super) fn fail(
        &mut self,
        landed: Landed,
        failure: Failure,
        reason: CloseReason,
        now: Instant,
    ) {
        self.failures = self.failures.saturating_add(1);
        let given_up = self.failures > self.config.limits.failures;
        let later = now + backoff(self.failures, &self.config.timing);
        match landed {
            Landed::Poll(poll) => {
                if failure == Failure::Unknown {
                    self.tell(Event::Gap);
                }
                if given_up {
                    self.end(reason);
                } else if !self.leaving {
                    let held = poll.lifespan.is_some() && now >= poll.deadline;
                    self.poll = if held {
                        Poll::Due
                    } else {
                        Poll::Pausing(later)
                    };
                }
            }
            Landed::Post(parcel) => {
                let empty_open = parcel.kind == Kind::Open && parcel.ids.is_empty();
                let again = failure == Failure::NotSent || empty_open;
                if again && !given_up && !self.leaving {
                    self.post = Post::Pausing(Some(parcel), later);
                    return;
                }
                self.unsent(parcel.ids, failure);
                if again || given_up || self.leaving || parcel.kind == Kind::Open {
                    return self.end(reason);
                }
                self.tell(Event::Gap);
                if self.flow == Flow::Parallel {
                    self.post = Post::Pausing(None, later);
                } else {
                    self.flow = Flow::Probing;
                    self.poll = Poll::Pausing(later);
                }
            }
        }
    }
}

fn text(value: Option<&HeaderValue>) -> Option<String> {
    str::from_utf8(value?.as_bytes()).ok().map(str::to_owned)
}
