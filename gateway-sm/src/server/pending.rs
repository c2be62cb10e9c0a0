//! The HTTP requests in progress, from their arrival to the news of their replies, and how replies look.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::config::{Settings, UnknownSession};
use super::event::{ExchangeId, SessionKey};
use super::ready_reply::ReadyReply;
use super::refusal::Refusal;
use super::request::Style;
use crate::wire::{SessionId, Standing, Varying};

/// One request on its way.
pub(super) struct PendingRequest {
    /// The session that it belongs to, unless it was refused.
    session: Option<SessionKey>,
    stage: Stage,
}

pub(super) enum Stage {
    /// No reply yet.
    Waiting(Style),
    /// Its reply is with the embedding program. What it carried, in case it gets lost.
    Replied {
        frames: Bytes,
        minor: u64,
        close: bool,
    },
}

/// So many that were abandoned are remembered; of older ones nobody will ask.
const ABANDONED: usize = 4096;

/// All of them.
#[derive(Default)]
pub(super) struct PendingRequests {
    by_id: BTreeMap<ExchangeId, PendingRequest>,
    /// Those whose client went away before the reply was there. What the application says to them may answer another
    /// request, which repeats them.
    abandoned: BTreeMap<ExchangeId, SessionKey>,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
}

impl PendingRequests {
    /// `false` if it is in progress already.
    pub(super) fn begin(&mut self, id: ExchangeId, style: Style) -> bool {
        if self.by_id.contains_key(&id) {
            return false;
        }
        let request = PendingRequest {
            session: None,
            stage: Stage::Waiting(style),
        };
        self.by_id.insert(id, request);
        true
    }

    pub(super) fn assign(&mut self, id: ExchangeId, session: SessionKey) {
        if let Some(request) = self.by_id.get_mut(&id) {
            request.session = Some(session);
        }
    }

    /// The reply to a request of a session.
    pub(super) fn reply(&mut self, ready: ReadyReply, settings: &Settings) {
        let ReadyReply {
            exchange,
            frames,
            close,
            session,
            minor,
            skype_id,
        } = ready;
        let stage = Stage::Replied {
            frames: frames.clone(),
            minor,
            close,
        };
        self.respond(exchange, stage, |style| {
            let varying = Varying {
                session: session.as_ref(),
                close,
                skype_id: skype_id.as_ref(),
                long_polls: style.asks_for_capabilities() && !settings.longest_hold.is_zero(),
                ..Varying::default()
            };
            let mut response = Response::new(frames);
            // Growing one header at a time would be half of the work.
            *response.headers_mut() = HeaderMap::with_capacity(14);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, style.content_type());
            standing(style, settings).write(&varying, headers);
            settings.origins.write(style.origin(), headers);
            response
        });
    }

    /// The answer to `OPTIONS`.
    pub(super) fn answer_preflight(&mut self, id: ExchangeId, settings: &Settings) {
        self.respond(id, Stage::NOTHING, |style| {
            let mut response = Response::new(Bytes::new());
            settings
                .origins
                .write_preflight(style.origin(), response.headers_mut());
            response
        });
    }

    /// The answer to a request that reaches no session.
    pub(super) fn refuse(&mut self, id: ExchangeId, refusal: Refusal, settings: &Settings) {
        self.respond(id, Stage::NOTHING, |style| {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = refusal.status();
            refusal.write(response.headers_mut());
            settings
                .origins
                .write(style.origin(), response.headers_mut());
            response
        });
    }

    /// The answer to a request whose session is not there or does not take it. `polite`: it may
    /// get a 200, because it brought no bytes that a 200 would seem to acknowledge.
    pub(super) fn refuse_session(
        &mut self,
        id: ExchangeId,
        refusal: Refusal,
        session: Option<&SessionId>,
        polite: bool,
        settings: &Settings,
    ) {
        if !matches!(refusal, Refusal::Unknown | Refusal::Ended) {
            return self.refuse(id, refusal, settings);
        }
        let varying = Varying {
            session,
            close: true,
            ..Varying::default()
        };
        self.respond(id, Stage::NOTHING, |style| {
            let mut response = Response::new(Bytes::new());
            if polite && settings.unknown_session == UnknownSession::SessionClose {
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, style.content_type());
            } else {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
            let standing = standing(style, settings).address_alone();
            standing.write(&varying, response.headers_mut());
            settings
                .origins
                .write(style.origin(), response.headers_mut());
            response
        });
    }

    /// The next reply whose client is still there.
    pub(super) fn poll(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        while let Some((id, reply)) = self.replies.pop_front() {
            if self.by_id.contains_key(&id) {
                return Some((id, reply));
            }
        }
        None
    }

    /// Its reply was sent, or its client went away: it is pending no longer. What it was, if it belonged
    /// to a session.
    pub(super) fn finish(&mut self, id: ExchangeId) -> Option<(SessionKey, Stage)> {
        let PendingRequest { session, stage } = self.by_id.remove(&id)?;
        let session = session?;
        if matches!(stage, Stage::Waiting(_)) {
            if self.abandoned.len() >= ABANDONED {
                self.abandoned.pop_first();
            }
            self.abandoned.insert(id, session);
        }
        Some((session, stage))
    }

    /// The application has nothing more to say to a request: of which session it is, or was.
    pub(super) fn answered(&mut self, id: ExchangeId) -> Option<SessionKey> {
        let abandoned = self.abandoned.remove(&id);
        self.session(id).or(abandoned)
    }

    pub(super) fn session(&self, id: ExchangeId) -> Option<SessionKey> {
        self.by_id.get(&id)?.session
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    fn respond(
        &mut self,
        id: ExchangeId,
        stage: Stage,
        response: impl FnOnce(&Style) -> Response<Bytes>,
    ) {
        if let Some(request) = self.by_id.get_mut(&id)
            && let Stage::Waiting(style) = &request.stage
        {
            let mut response = response(style);
            // What one client is told is nobody else's, and never the same again.
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            self.replies.push_back((id, response));
            request.stage = stage;
        }
    }
}

/// What every reply says, to the client of this request.
fn standing<'a>(style: &Style, settings: &'a Settings) -> Cow<'a, Standing> {
    let mut standing = Cow::Borrowed(&settings.standing);
    let host = style.host().filter(|_| settings.follows_host);
    if let Some(host) = &host {
        let mut at = standing.at(host);
        if settings.server_of_host {
            at.set_server_of(host);
        }
        standing = Cow::Owned(at);
    }
    // Whoever names an address has said it already.
    let named = host.is_some_and(|host| host.ip().is_some());
    if let Some(address) = style.reached_at().filter(|_| !named) {
        standing = Cow::Owned(standing.reached_at(address));
    }
    standing
}

impl Stage {
    /// Answered without a session.
    const NOTHING: Self = Self::Replied {
        frames: Bytes::new(),
        minor: 0,
        close: false,
    };
}
