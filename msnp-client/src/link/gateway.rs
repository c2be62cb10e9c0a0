//! A link over the HTTP gateway: one session there, with the cookies that belong to it.

use std::time::Duration;

use gateway_sm::{
    CloseReason, Config, ConfigError, Event, HostPolicy, Mode, Open, SendError, Session,
};
use http::Uri;
use machine_contract::{Failure, Machine};

use super::event::{LinkError, LinkEvent, SendId};
use crate::cookies::Cookies;
use crate::event::Reason;
use crate::origin;
use crate::sign_in::AuthTokens;

/// How a gateway session waits for what the service has to say, and what it holds.
#[derive(Copy, Clone, Debug)]
pub struct GatewayOptions {
    /// How many requests may be in flight.
    pub mode: Mode,
    /// For how long polls ask to be held: whole seconds, at most an hour.
    pub lifespan: Duration,
    /// How long the session waits for replies and between polls.
    pub timing: gateway_sm::Timing,
    /// How much the session queues and accepts.
    pub limits: gateway_sm::Limits,
}

impl GatewayOptions {
    /// # Errors
    /// [`ConfigError`] if a session cannot be made so.
    pub(crate) fn apply(self, config: Config) -> Result<Config, ConfigError> {
        let config = config.mode(self.mode).lifespan(self.lifespan)?;
        config.timing(self.timing)?.limits(self.limits)
    }
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Learn,
            lifespan: Duration::from_secs(60),
            timing: gateway_sm::Timing::default(),
            limits: gateway_sm::Limits::default(),
        }
    }
}

/// What a gateway is shown with each request.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Proof<'a> {
    /// These cookies.
    Cookies(&'a Cookies),
    /// Those that the host keeps.
    HostCookies,
    /// Nothing: who one is, the commands say.
    Nothing,
}

/// One gateway session.
#[derive(Debug)]
pub(crate) struct GatewayLink {
    session: Session,
    /// The gateway that was asked for, whose cookies go with every request.
    asked: Uri,
}

impl GatewayLink {
    /// A session at `target`, opened with these words, with the cookies that belong there. `home` is the configured
    /// gateway.
    ///
    /// # Errors
    /// [`Reason::RedirectRefused`] if the policy does not allow the target or no cookie belongs
    /// there, [`Reason::WrongCredentials`] if none belongs to the configured gateway.
    pub(crate) fn open(
        (target, open): (&Uri, Open),
        home: &Uri,
        proof: Proof<'_>,
        options: GatewayOptions,
        hosts: &HostPolicy,
    ) -> Result<Self, Reason> {
        let options = match proof {
            // Gateways of the older dialects hold no polls, and some give a new id with every reply (gateway.md 9).
            Proof::Nothing if options.mode == Mode::Learn => GatewayOptions {
                mode: Mode::Serial,
                ..options
            },
            _ => options,
        };
        let config = Config::new(&target.to_string())
            .and_then(|config| options.apply(config))
            .and_then(|config| config.open(open))
            .map_err(|_| Reason::ProtocolError);
        let is_allowed = || hosts.allows_uri(home, target);
        let config = match proof {
            Proof::Cookies(cookies) => {
                if !is_allowed() {
                    return Err(Reason::RedirectRefused);
                }
                let cookies = cookies.header_for(target).ok_or_else(|| {
                    if target.host() == home.host() {
                        Reason::WrongCredentials
                    } else {
                        Reason::RedirectRefused
                    }
                })?;
                let cookies = cookies.to_str().map_err(|_| Reason::WrongCredentials)?;
                config?
                    .hosts(hosts.clone())
                    .and_then(|config| config.cookies(cookies))
            }
            Proof::HostCookies => {
                // The host sends its cookies along with whatever is marked, so nothing leads off the origin.
                if !origin::is_same(home, target) {
                    return Err(Reason::RedirectRefused);
                }
                config?.host_cookies()
            }
            Proof::Nothing => {
                if !is_allowed() {
                    return Err(Reason::RedirectRefused);
                }
                config?.hosts(hosts.clone())
            }
        };
        Ok(Self {
            session: Session::new(config.map_err(|_| Reason::ProtocolError)?),
            asked: target.clone(),
        })
    }

    /// The session, for the driver's inputs and outputs.
    pub(super) const fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    pub(super) const fn as_session(&self) -> &Session {
        &self.session
    }

    /// Shows fresh cookies from the next request on. Those that the host keeps, the page renews, or nobody.
    pub(super) fn renew(&mut self, tokens: &AuthTokens) {
        if let Some(cookies) = &tokens.cookies
            && let Some(cookies) = cookies.header_for(&self.asked)
            && let Ok(cookies) = cookies.to_str()
        {
            // Cookies that cannot stand in a header cannot have come out of one.
            let _ = self.session.set_cookies(cookies);
        }
    }

    /// What the session says next; what is the gateway's own business is passed over.
    pub(super) fn poll_event(&mut self) -> Option<LinkEvent> {
        loop {
            return Some(match self.session.poll_event()? {
                Event::Opened(_) => LinkEvent::Opened,
                Event::Received(bytes) => LinkEvent::Received(bytes),
                Event::Sent(id) => LinkEvent::Sent(SendId(id.get())),
                Event::Unsent { id, fate } => LinkEvent::Unsent {
                    id: SendId(id.get()),
                    fate,
                },
                Event::Gap => LinkEvent::Gap,
                // The session stays where it is.
                Event::HostRefused(_) => continue,
                Event::Closed(why) => LinkEvent::Closed(reason_of(why)),
            });
        }
    }
}

impl From<SendError> for LinkError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Closed => Self::Closed,
            SendError::Full => Self::Full,
            SendError::TooLarge => Self::TooLarge,
        }
    }
}

/// What the end of a gateway session means (gateway.md 8).
fn reason_of(why: CloseReason) -> Reason {
    match why {
        CloseReason::Local => Reason::Requested,
        CloseReason::Peer => Reason::ClosedByService,
        CloseReason::Unauthorized(_) => Reason::WrongCredentials,
        CloseReason::Status(status) if status.is_server_error() => Reason::ServiceUnavailable,
        CloseReason::Unreachable(Failure::NotSent) => Reason::Unreachable,
        CloseReason::SessionLost | CloseReason::Unreachable(Failure::Unknown) => {
            Reason::ConnectionLost
        }
        CloseReason::Status(_) | CloseReason::Protocol(_) => Reason::ProtocolError,
    }
}
