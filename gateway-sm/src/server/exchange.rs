//! The HTTP requests in progress, from their arrival to the news of their replies, and how replies look.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use super::config::{ServerConfig, UnknownSession};
use super::request::{Refusal, Style};
use super::session::Due;
use super::{ExchangeId, SessionKey};
use crate::wire::{self, Reply, SessionId};

/// One request on its way.
pub(super) struct Exchange {
    /// The session that it belongs to, unless it was refused.
    pub(super) session: Option<SessionKey>,
    pub(super) stage: Stage,
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

/// All of them.
#[derive(Default)]
pub(super) struct Exchanges {
    by_id: BTreeMap<ExchangeId, Exchange>,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
}

impl Exchanges {
    /// `false` if it is in progress already.
    pub(super) fn begin(&mut self, id: ExchangeId, style: Style) -> bool {
        if self.by_id.contains_key(&id) {
            return false;
        }
        let stage = Stage::Waiting(style);
        self.by_id.insert(
            id,
            Exchange {
                session: None,
                stage,
            },
        );
        true
    }

    pub(super) fn assign(&mut self, id: ExchangeId, session: SessionKey) {
        if let Some(exchange) = self.by_id.get_mut(&id) {
            exchange.session = Some(session);
        }
    }

    /// The reply to a request of a session.
    pub(super) fn reply(&mut self, due: Due, minor: u64, mut head: Reply, config: &ServerConfig) {
        let Due {
            exchange,
            frames,
            close,
        } = due;
        let stage = Stage::Replied {
            frames: frames.clone(),
            minor,
            close,
        };
        self.respond(exchange, stage, |style| {
            head.long_polls = style.capabilities && !config.hold().is_zero();
            let mut response = Response::new(frames);
            response
                .headers_mut()
                .insert(CONTENT_TYPE, style.content_type());
            head.write(response.headers_mut());
            config
                .origins
                .write(style.origin.as_ref(), response.headers_mut());
            response
        });
    }

    /// The answer to `OPTIONS`.
    pub(super) fn answer_preflight(&mut self, id: ExchangeId, config: &ServerConfig) {
        self.respond(id, Stage::NOTHING, |style| {
            let mut response = Response::new(Bytes::new());
            config
                .origins
                .write_preflight(style.origin.as_ref(), response.headers_mut());
            response
        });
    }

    /// The answer to a request that reaches no session.
    pub(super) fn refuse(&mut self, id: ExchangeId, refusal: Refusal, config: &ServerConfig) {
        self.respond(id, Stage::NOTHING, |style| {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = refusal.status();
            refusal.write(response.headers_mut());
            config
                .origins
                .write(style.origin.as_ref(), response.headers_mut());
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
        config: &ServerConfig,
    ) {
        if !matches!(refusal, Refusal::Unknown | Refusal::Ended) {
            return self.refuse(id, refusal, config);
        }
        let head = Reply {
            session: session.cloned(),
            gw_ip: config.reply.gw_ip.clone(),
            close: true,
            ..Reply::default()
        };
        self.respond(id, Stage::NOTHING, |style| {
            let mut response = Response::new(Bytes::new());
            if polite && config.unknown_session == UnknownSession::SessionClose {
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, style.content_type());
            } else {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
            head.write(response.headers_mut());
            config
                .origins
                .write(style.origin.as_ref(), response.headers_mut());
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

    /// Its reply was sent, or its client went away.
    pub(super) fn finish(&mut self, id: ExchangeId) -> Option<Exchange> {
        self.by_id.remove(&id)
    }

    pub(super) fn session(&self, id: ExchangeId) -> Option<SessionKey> {
        self.by_id.get(&id)?.session
    }

    /// What its request brought for the part of the session id after the dot.
    pub(super) fn minor(&self, id: ExchangeId) -> u64 {
        match self.by_id.get(&id).map(|exchange| &exchange.stage) {
            Some(Stage::Waiting(style)) => style.minor,
            _ => 0,
        }
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
        if let Some(exchange) = self.by_id.get_mut(&id)
            && let Stage::Waiting(style) = &exchange.stage
        {
            self.replies.push_back((id, response(style)));
            exchange.stage = stage;
        }
    }
}

impl Stage {
    /// Answered without a session.
    const NOTHING: Self = Self::Replied {
        frames: Bytes::new(),
        minor: 0,
        close: false,
    };
}

impl Style {
    fn content_type(&self) -> HeaderValue {
        let wished = self.content_type.clone();
        wished.unwrap_or(HeaderValue::from_static(wire::CONTENT_TYPE))
    }
}
