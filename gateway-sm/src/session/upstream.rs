//! `Upstream`: the gateway as a session sees it. Its host, the newest session id, how requests to it look
//! and which replies are its.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, Request};

use super::event::{Opened, ProtocolError};
use super::slots::{Batch, Kind};
use crate::config::Settings;
use crate::target::Target;
use crate::wire::{Action, Coding, Host, Reply, SessionId, X_MSN_GW_CAPABILITIES};
use machine_contract::{Instant, RequestId, Transmit};

/// What is known of the gateway.
pub(super) struct Upstream {
    /// Where the next request goes.
    target: Target,
    /// The newest id; none before the open was answered.
    session: Option<SessionId>,
    skype_id: Option<String>,
    /// The host that was refused last.
    refused: Option<Host>,
    /// Bytes have come.
    begun: bool,
    next_request: u64,
}

/// What a reply has changed.
#[derive(Default)]
pub(super) struct Followed {
    /// It has made the session.
    pub(super) opened: Option<Opened>,
    /// It has given another session id than the reply before.
    pub(super) id_changed: bool,
    /// It names a host that may not be followed, and did not yet.
    pub(super) refused: Option<Host>,
}

impl Upstream {
    pub(super) const fn new(target: Target) -> Self {
        Self {
            target,
            session: None,
            skype_id: None,
            refused: None,
            begun: false,
            next_request: 0,
        }
    }

    /// The request that carries this batch: without a session it opens one. `asks`: it also asks what
    /// the gateway can do.
    pub(super) fn post(
        &mut self,
        batch: &Batch,
        asks: bool,
        settings: &Settings,
        now: Instant,
    ) -> Transmit {
        let action = match (self.session.clone(), batch.kind()) {
            (Some(session), Kind::Close) => Action::Close { session },
            (Some(session), _) => Action::Post { session },
            (None, _) => Action::Open(settings.open.clone()),
        };
        let deadline = now + settings.timing.reply;
        let mut transmit = self.transmit(&action, batch.body(), deadline, settings);
        if asks && matches!(action, Action::Open(_)) {
            let all = HeaderValue::from_static("*");
            let headers = transmit.request.headers_mut();
            headers.insert(X_MSN_GW_CAPABILITIES, all);
        }
        transmit
    }

    /// A poll that asks to be held for so long; `None` without a session.
    pub(super) fn poll(
        &mut self,
        lifespan: Option<Duration>,
        settings: &Settings,
        now: Instant,
    ) -> Option<Transmit> {
        let session = self.session.clone()?;
        let patience = match lifespan {
            Some(lifespan) => lifespan + settings.timing.margin,
            None => settings.timing.reply,
        };
        let action = Action::Poll { session, lifespan };
        Some(self.transmit(&action, Bytes::new(), now + patience, settings))
    }

    fn transmit(
        &mut self,
        action: &Action,
        body: Bytes,
        deadline: Instant,
        settings: &Settings,
    ) -> Transmit {
        let id = RequestId::new(self.next_request);
        self.next_request += 1;
        let size = body.len();
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.uri(action);
        *request.headers_mut() = settings.headers.clone();
        // HTTP libraries leave it out when a body is empty; gateways want it (gateway.md 3).
        request.headers_mut().insert(CONTENT_LENGTH, size.into());
        Transmit {
            id,
            request,
            deadline,
            // It never moves; should it, the cookies must not follow.
            host_cookies: settings.host_cookies && self.target == settings.target,
        }
    }

    /// Reads a response with status 200, if a gateway sent it and it can be used.
    pub(super) fn read(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
        settings: &Settings,
    ) -> Result<Reply, ProtocolError> {
        if body.len() > settings.limits.reply {
            return Err(ProtocolError::TooLarge);
        }
        let reply = Reply::parse(headers)?;
        if let (false, Some(coding)) = (body.is_empty(), Coding::of(headers)) {
            return Err(ProtocolError::Packed(coding));
        }
        // Captive portals answer 200 with a page, and some pass the gateway's headers on. Later bodies may
        // begin anywhere in a frame, so only the first byte of all says something.
        if let (false, Some(first)) = (self.begun, body.first())
            && !(first.is_ascii_uppercase() || first.is_ascii_digit())
        {
            return Err(ProtocolError::NotMessenger);
        }
        // One revival server refuses an open by `Session=close` alone (gateway.md 7): no error, but an end.
        if self.session.is_none() && reply.session.is_none() && !reply.close {
            return Err(ProtocolError::NoSession);
        }
        Ok(reply)
    }

    /// Takes over id, host and what the account is called: before the next request is built, after the
    /// response is complete (gateway.md 14.2, 15 "papyon").
    pub(super) fn follow(&mut self, reply: &Reply, body: &Bytes, settings: &Settings) -> Followed {
        self.begun |= !body.is_empty();
        let mut followed = Followed::default();
        match settings.hosts.choose(reply, settings.target.host()) {
            Ok(host) => {
                if let Some(host) = host {
                    self.move_to(host, settings);
                }
            }
            // Gateways name their host in every reply: what is refused once is not news again.
            Err(host) if self.refused.as_ref() == Some(&host) => {}
            Err(host) => {
                self.refused = Some(host.clone());
                followed.refused = Some(host);
            }
        }
        if let Some(skype_id) = text(reply.skype_id.as_ref())
            && self.skype_id.as_deref() != Some(skype_id)
        {
            self.skype_id = Some(skype_id.to_owned());
        }
        if let Some(session) = &reply.session
            && self.session.as_ref() != Some(session)
        {
            followed.id_changed = self.session.is_some();
            if self.session.is_none() {
                followed.opened = Some(Opened {
                    host: self.target.host().clone(),
                    server: text(reply.server.as_ref()).map(str::to_owned),
                    skype_id: text(reply.skype_id.as_ref()).map(str::to_owned),
                    session_timeout: reply.session_timeout,
                });
            }
            self.session = Some(session.clone());
        }
        followed
    }

    fn move_to(&mut self, host: Host, settings: &Settings) {
        // A gateway on a port of its own that names itself without it means itself.
        let here = [self.target.host(), settings.target.host()];
        let known = here.into_iter().find(|known| known.is_same_host(&host));
        let host = match known {
            Some(known) if host.port().is_none() => known.clone(),
            _ => host,
        };
        self.target.move_to(host);
    }

    pub(super) fn host(&self) -> &Host {
        self.target.host()
    }

    pub(super) fn skype_id(&self) -> Option<&str> {
        self.skype_id.as_deref()
    }
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    str::from_utf8(value?.as_bytes()).ok()
}
