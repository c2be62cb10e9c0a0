//! The compact ticket of programs without cookies: it is asked of the token service before the first command, and anew when it
//! is to be renewed (msnp24.md 6.2, 6.13).

use std::time::Duration;

use gateway_sm::HostPolicy;
use http::Uri;
use machine_contract::Instant;
use msnp_proto::Secret;
use msnp_proto::msnp24::{Authenticate, TicketUse};
use soap_codec::FaultReason;
use soap_codec::sign_in::TokenResponse;

use crate::dialect::soap::Trouble;
use crate::dialect::token_service;
use crate::dialect::web::{Answer, Web};
use crate::event::{Reason, Step};
use crate::opening::Passport;
use crate::plain_http::PlainHttp;
use crate::web_calls::WebCalls;

/// The site that the ticket is asked for, and as whose it is shown (msnp24.md 6.2).
const SITE: &str = "chatservice.live.com";

/// What the ticket is like (gateway.md 16.2).
const POLICY: &str = "MBI_SSL";

/// Token services in a row that each name another.
const MOST_REDIRECTS: u32 = 3;

/// Asks for tickets.
#[derive(Debug)]
pub(super) struct TicketOffice {
    web: Web<()>,
    /// Where it is asked.
    service: Uri,
    login: String,
    password: Secret<String>,
    hosts: HostPolicy,
    /// Who may have the password over plain http.
    plain: PlainHttp,
    redirects: u32,
}

impl TicketOffice {
    /// For this person, with so much time for each request. Always there; without the feature `tickets`, never.
    #[expect(clippy::unnecessary_wraps, reason = "the closed office has none")]
    pub(super) fn new(
        passport: Passport<'_>,
        hosts: &HostPolicy,
        timeout: Duration,
    ) -> Option<Self> {
        Some(Self {
            web: Web::new(timeout),
            service: passport.web.tokens.clone(),
            login: passport.login.to_owned(),
            password: passport.password.clone(),
            hosts: hosts.clone(),
            plain: passport.web.plain.clone(),
            redirects: 0,
        })
    }

    pub(super) const fn calls(&mut self) -> &mut WebCalls {
        self.web.calls()
    }

    /// Asks for a ticket; [`poll`](Self::poll) tells what comes of it. One that was asked for before is not waited for.
    ///
    /// # Errors
    /// [`Reason::NotPossible`]: name and password cannot be written. [`Reason::PlainHttp`]: the service would have them in the clear,
    /// and is none that may.
    pub(super) fn ask(&mut self) -> Result<(), Reason> {
        self.abandon();
        self.redirects = 0;
        self.call()
    }

    fn call(&mut self) -> Result<(), Reason> {
        // Wherever a service has led: the password is in the request.
        if !self.plain.allows(&self.service) {
            return Err(Reason::PlainHttp);
        }
        let wanted = [(SITE, POLICY)];
        let request = token_service::ask(&self.service, &self.login, &self.password, wanted);
        self.web.call(request.ok_or(Reason::NotPossible)?, ());
        Ok(())
    }

    /// What has come of the last question: what is to be shown, or why there is nothing.
    pub(super) fn poll(&mut self) -> Option<Result<Authenticate, Reason>> {
        while let Some(((), answer)) = self.web.poll() {
            match self.read(answer) {
                Ok(Some(proof)) => return Some(Ok(proof)),
                // Another service is asked.
                Ok(None) => {}
                Err(reason) => return Some(Err(reason)),
            }
        }
        None
    }

    fn read(&mut self, answer: Answer) -> Result<Option<Authenticate>, Reason> {
        let tokens = match token_service::read(&self.service, answer) {
            Ok(tokens) => tokens,
            Err(Trouble::Fault(FaultReason::Redirect(there))) => {
                self.redirects += 1;
                if self.redirects > MOST_REDIRECTS {
                    return Err(Reason::RedirectRefused);
                }
                self.service = token_service::follow(&self.service, &there, &self.hosts)?;
                self.call()?;
                return Ok(None);
            }
            Err(trouble) => return Err(trouble.reason(Step::Credentials)),
        };
        let ticket = tokens.of(SITE).and_then(TokenResponse::ticket);
        let ticket = ticket.ok_or(Reason::ProtocolError)?;
        Ok(Some(Authenticate::Account {
            ticket: ticket.clone(),
            uic: None,
            issued: TicketUse::Site(SITE.to_owned()),
        }))
    }

    /// Waits for nothing any more.
    pub(super) fn abandon(&mut self) {
        self.web.abandon();
    }

    /// When an answer is too late.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.web.poll_timeout()
    }
}
