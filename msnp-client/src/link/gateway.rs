//! A link over the HTTP gateway: one session there, with the cookies that belong to it.

use std::time::Duration;

use gateway_sm::{
    CloseReason, Config, ConfigError, Event, HostPolicy, Mode, Open, ProtocolError, SendError,
    Session,
};
use http::{StatusCode, Uri};
use machine_contract::{Failure, Machine};
use msnp_proto::Secret;

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
    /// How many sessions of one client may ask for that at once; one that is opened beyond polls as in [`Mode::Serial`] for as long as it
    /// lives. For hosts that make few requests at once: browsers have six connections for all pages of one origin (by HTTP/1.1), and a
    /// held poll occupies one.
    pub most_held: usize,
    /// How long the session waits for replies and between polls.
    pub timing: gateway_sm::Timing,
    /// How much the session queues and accepts.
    pub limits: gateway_sm::Limits,
    /// Whether to wish for replies that say they are `text/html`, as the web client does (web-client.md 3): what is between lets such
    /// pass that would look at the gateway's own type.
    pub html_replies: bool,
}

impl GatewayOptions {
    /// # Errors
    /// [`ConfigError`] if a session cannot be made so.
    pub(crate) fn apply(self, config: Config) -> Result<Config, ConfigError> {
        let config = config.mode(self.mode).lifespan(self.lifespan)?;
        let config = config.timing(self.timing)?.limits(self.limits)?;
        if self.html_replies {
            config.reply_content_type("text/html")
        } else {
            Ok(config)
        }
    }
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Learn,
            lifespan: Duration::from_secs(60),
            most_held: usize::MAX,
            timing: gateway_sm::Timing::default(),
            limits: gateway_sm::Limits::default(),
            html_replies: true,
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
            Proof::Nothing => GatewayOptions {
                mode: match options.mode {
                    Mode::Learn => Mode::Serial,
                    mode => mode,
                },
                html_replies: false,
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
                // A host that may have cookies over plain http was asked for by name: no other gets them so.
                let hosts = match target.scheme_str() {
                    Some("https") => hosts.clone(),
                    _ => HostPolicy::Stay,
                };
                config?
                    .hosts(hosts)
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

    /// Whether its polls may be held.
    pub(super) fn may_be_held(&self) -> bool {
        self.session.state().mode != Mode::Serial
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

    /// Shows a ticket of the token service from the next request on (gateway.md 16.1).
    pub(super) fn show_ticket(&mut self, ticket: &Secret<String>) -> bool {
        self.session.set_ssl_auth_token(ticket.expose()).is_ok()
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
        CloseReason::Unreachable(Failure::Untrusted(fault)) => Reason::Certificate(fault),
        CloseReason::SessionLost | CloseReason::Unreachable(Failure::Unknown) => {
            Reason::ConnectionLost
        }
        CloseReason::Status(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
            Reason::ProxyAuthentication
        }
        CloseReason::Protocol(ProtocolError::Packed(coding)) => Reason::Packed(coding),
        CloseReason::Status(_) | CloseReason::Protocol(_) => Reason::ProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use gateway_sm::Coding;
    use http::{Request, Response};
    use machine_contract::{HttpMachine, Instant};

    use super::*;

    /// Opens a session here; what it asks for first, and what after the gateway has named another host of its site.
    fn requests(gateway: &'static str, html_replies: bool) -> Result<[Request<Bytes>; 2], Reason> {
        let gateway = Uri::from_static(gateway);
        let cookies = Cookies::for_domain("MSPAuth=a", "msn.example").expect("a cookie");
        let options = GatewayOptions {
            html_replies,
            ..GatewayOptions::default()
        };
        let (hosts, proof) = (HostPolicy::SameSite, Proof::Cookies(&cookies));
        let target = (&gateway, Open::web());
        let mut link = GatewayLink::open(target, &gateway, proof, options, &hosts)?;
        let (session, now) = (link.session(), Instant::ORIGIN);
        session.send("VER\r\n".into()).expect("room");
        let open = session.poll_transmit(now).expect("the open");
        let response = Response::builder()
            .header("X-MSN-Messenger", "SessionID=1.2")
            .header("X-MSN-Host", "gw2.msn.example")
            .body(Bytes::new());
        session.handle_response(open.id, response.expect("a response"), now);
        session.send("PNG\r\n".into()).expect("room");
        let next = session.poll_transmit(now).expect("a request");
        Ok([open.request, next.request])
    }

    #[test]
    fn replies_are_wished_for_as_the_web_client_wishes_them_unless_told_otherwise() {
        for (html_replies, wished) in [(true, Some("text/html")), (false, None)] {
            let [open, _] = requests("https://gw.msn.example", html_replies).expect("a session");
            let header = open.headers().get("X-Requested-Session-Content-Type");
            assert_eq!(header.map(|it| it.to_str().expect("ASCII")), wished);
        }
        assert!(GatewayOptions::default().html_replies);
    }

    /// A proxy that wants a name was taken for a broken gateway, and asked for ever.
    #[test]
    fn a_proxy_that_wants_credentials_and_a_packed_reply_are_named_and_final() {
        let retry = crate::retry::Retry::new(crate::Timings::default(), u32::MAX, true);
        let proxy = CloseReason::Status(StatusCode::PROXY_AUTHENTICATION_REQUIRED);
        let packed = CloseReason::Protocol(ProtocolError::Packed(Coding::Gzip));
        for (end, reason, word) in [
            (proxy, Reason::ProxyAuthentication, "the proxy wants a name"),
            (packed, Reason::Packed(Coding::Gzip), "packed by gzip"),
        ] {
            assert_eq!(reason_of(end), reason);
            assert!(reason.to_string().contains(word), "{reason}");
            assert!(retry.is_useless(reason, true, 0));
        }
    }

    /// The cookies went on to every host of the site, in the clear as they had come.
    #[test]
    fn cookies_in_the_clear_stay_at_the_host_that_was_asked_for_by_name() {
        let hosts = |gateway| {
            let requests = requests(gateway, true).map_err(|reason| reason.to_string())?;
            let hosts = requests.map(|it| it.uri().host().unwrap_or_default().to_owned());
            Ok::<_, String>(hosts)
        };
        let stays = hosts("http://gw.msn.example").expect("asked for by name");
        assert_eq!(stays, ["gw.msn.example", "gw.msn.example"]);
        let moves = hosts("https://gw.msn.example").expect("in secret");
        assert_eq!(moves, ["gw.msn.example", "gw2.msn.example"]);
    }
}
