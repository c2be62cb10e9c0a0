//! `Reply`: the `X-MSN-…` headers that a gateway puts on every answer.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use super::headers::{
    X_MSN_GW_CAPABILITIES, X_MSN_HOST, X_MSN_MESSENGER, X_MSN_SESSION_TIMEOUT, X_MSN_SKYPE_ID,
    X_MSNSERVER,
};
use super::host::Host;
use super::session_id::{SessionId, SessionIdError};

/// What a gateway says about the session, beside the bytes in the body.
///
/// Read generously: attributes of `X-MSN-Messenger` are parted by `;` or `,` with or without blanks,
/// names are compared without case, unknown attributes (`Action=`, `Service-Channel=`) are ignored,
/// and so is a host or number that cannot be read. Printed strictly: `SessionID` first, `GW-IP`
/// second, `"; "` between (gateway.md 4.1, 13.6).
///
/// ```
/// use std::time::Duration;
/// use gateway_sm::Reply;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("X-MSN-Messenger", "SessionID=870507030.2139024470; GW-IP=134.170.19.30:443".parse()?);
/// headers.insert("X-MSN-SessionTimeout", "120".parse()?);
/// let reply = Reply::parse(&headers)?;
/// assert_eq!(reply.gw_ip.as_ref().and_then(|host| host.port()), Some(443));
/// assert_eq!(reply.session_timeout, Some(Duration::from_secs(120)));
///
/// let mut printed = http::HeaderMap::new();
/// reply.write(&mut printed);
/// assert_eq!(printed, headers);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "gateways write it, with `..Reply::default()` for the rest"
)]
pub struct Reply {
    /// `SessionID=`: the id for the next request. On every reply of every known server.
    pub session: Option<SessionId>,
    /// `GW-IP=`: an address for later requests, or what the client's `IP=` said.
    pub gw_ip: Option<Host>,
    /// `Session=close`: the session ends with this reply, whose body still counts.
    pub close: bool,
    /// `MoreData=`: whether another poll would bring something at once. One revival server only.
    pub more_data: Option<bool>,
    /// `X-MSN-Host`: where later requests should go.
    pub host: Option<Host>,
    /// `X-MSN-SessionTimeout`: after how much idle time the session is forgotten. Printed in whole
    /// seconds, what is beyond them is cut off.
    pub session_timeout: Option<Duration>,
    /// `X-MSN-SkypeId`: the Skype name of the account.
    pub skype_id: Option<HeaderValue>,
    /// `X-MSNSERVER`: the bare name of the machine that answered.
    pub server: Option<HeaderValue>,
    /// `X-MSN-GWCapabilities` has `LP`: the gateway holds polls.
    pub long_polls: bool,
}

impl Reply {
    /// Reads the headers of a response with status 200.
    ///
    /// Fails if there is no `X-MSN-Messenger`, which every gateway sends and no captive portal
    /// does, or if the session id in it could not be used.
    pub fn parse(headers: &HeaderMap) -> Result<Self, ReplyError> {
        let mut reply = Self {
            host: read(headers, &X_MSN_HOST),
            session_timeout: read::<u32>(headers, &X_MSN_SESSION_TIMEOUT)
                .map(|seconds| Duration::from_secs(seconds.into())),
            skype_id: headers.get(&X_MSN_SKYPE_ID).cloned(),
            server: headers.get(&X_MSNSERVER).cloned(),
            long_polls: headers
                .get_all(&X_MSN_GW_CAPABILITIES)
                .iter()
                .any(has_long_polls),
            ..Self::default()
        };
        let mut found = false;
        for value in headers.get_all(&X_MSN_MESSENGER) {
            found = true;
            for attribute in value.as_bytes().split(|&byte| byte == b';' || byte == b',') {
                reply.read_attribute(attribute)?;
            }
        }
        if found {
            Ok(reply)
        } else {
            Err(ReplyError::NoMessenger)
        }
    }

    /// Whether the gateway holds polls, as far as that can be told. It says so itself; or it is the web client's, which alone says
    /// what the account is called, and where one sends whenever one wants to (web-client.md 4, gateway.md 4.2).
    pub(crate) const fn holds_polls(&self) -> bool {
        self.long_polls || self.skype_id.is_some()
    }

    fn read_attribute(&mut self, attribute: &[u8]) -> Result<(), ReplyError> {
        // What is not UTF-8 is no attribute that we know.
        let Ok(attribute) = str::from_utf8(attribute) else {
            return Ok(());
        };
        let Some((name, value)) = attribute.split_once('=') else {
            return Ok(());
        };
        let (name, value) = (name.trim_ascii(), value.trim_ascii());
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("SessionID") && !value.is_empty() {
            self.session = Some(value.parse().map_err(ReplyError::SessionId)?);
        } else if is("GW-IP") {
            self.gw_ip = value.parse().ok();
        } else if is("Session") {
            self.close |= value.eq_ignore_ascii_case("close");
        } else if is("MoreData") {
            self.more_data = value.to_ascii_lowercase().parse().ok();
        }
        Ok(())
    }

    /// Sets the headers that say this. `X-MSN-Messenger` is always written, even if empty, and marked
    /// as sensitive.
    pub fn write(&self, headers: &mut HeaderMap) {
        let varying = Varying {
            session: self.session.as_ref(),
            close: self.close,
            more_data: self.more_data,
            skype_id: self.skype_id.as_ref(),
            long_polls: self.long_polls,
        };
        Standing::of(self).write(&varying, headers);
    }
}

/// What all replies of one gateway say, ready to be written: it is the same text each time.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    gw_ip: Option<String>,
    host: Option<HeaderValue>,
    session_timeout: Option<HeaderValue>,
    server: Option<HeaderValue>,
}

/// What differs from one reply to the next.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Varying<'a> {
    pub(crate) session: Option<&'a SessionId>,
    pub(crate) close: bool,
    pub(crate) more_data: Option<bool>,
    pub(crate) skype_id: Option<&'a HeaderValue>,
    pub(crate) long_polls: bool,
}

impl Standing {
    /// As this reply says it.
    pub(crate) fn of(reply: &Reply) -> Self {
        Self {
            gw_ip: reply.gw_ip.as_ref().map(Host::to_string),
            host: reply.host.as_ref().map(|host| visible(host.to_string())),
            session_timeout: reply.session_timeout.map(|time| time.as_secs().into()),
            server: reply.server.clone(),
        }
    }

    /// The bare name of the machine.
    pub(crate) fn set_server(&mut self, server: HeaderValue) {
        self.server = Some(server);
    }

    /// After how much idle time a session is forgotten, in whole seconds.
    pub(crate) fn set_session_timeout(&mut self, time: Duration) {
        self.session_timeout = Some(time.as_secs().into());
    }

    /// The bare name of the host that clients are told.
    pub(crate) fn set_server_of_host(&mut self) {
        let host = self.host.as_ref().and_then(|host| host.to_str().ok());
        if let Some(host) = host.and_then(|host| host.parse().ok()) {
            self.set_server_of(&host);
        }
    }

    /// The bare name of the machine, if it goes by that of its host.
    pub(crate) fn set_server_of(&mut self, host: &Host) {
        self.server = Some(visible(host.bare_name()));
    }

    /// The same from a gateway that is called so by its client. Its address is told without a port, as old clients take
    /// it for nothing but a name to look up (gateway.md 13.7).
    pub(crate) fn at(&self, host: &Host) -> Self {
        Self {
            gw_ip: Some(host.clone().with_port(None).to_string()),
            host: Some(visible(host.to_string())),
            ..self.clone()
        }
    }

    /// The same from a gateway that has been reached at this address.
    pub(crate) fn reached_at(&self, address: IpAddr) -> Self {
        Self {
            gw_ip: Some(Host::from_ip(address, None).to_string()),
            ..self.clone()
        }
    }

    /// The address alone: all that a request is told that has no session.
    pub(crate) fn address_alone(&self) -> Self {
        Self {
            gw_ip: self.gw_ip.clone(),
            host: None,
            session_timeout: None,
            server: None,
        }
    }

    /// Sets the headers that say both: see [`Reply::write`].
    pub(crate) fn write(&self, varying: &Varying<'_>, headers: &mut HeaderMap) {
        // Room for the longest that is usual: `SessionID=`, two numbers, `; GW-IP=`, a host.
        let mut messenger = String::with_capacity(96);
        let mut attribute = |name: &str, value: &str| {
            if !messenger.is_empty() {
                messenger.push_str("; ");
            }
            messenger.push_str(name);
            messenger.push('=');
            messenger.push_str(value);
        };
        if let Some(session) = varying.session {
            attribute("SessionID", session.as_str());
        }
        if let Some(gw_ip) = &self.gw_ip {
            attribute("GW-IP", gw_ip);
        }
        if varying.close {
            attribute("Session", "close");
        }
        if let Some(more_data) = varying.more_data {
            attribute("MoreData", if more_data { "true" } else { "false" });
        }
        let mut messenger = visible(messenger);
        messenger.set_sensitive(true);
        headers.insert(X_MSN_MESSENGER, messenger);
        let rest = [
            (X_MSN_HOST, self.host.as_ref()),
            (X_MSN_SESSION_TIMEOUT, self.session_timeout.as_ref()),
            (X_MSN_SKYPE_ID, varying.skype_id),
            (X_MSNSERVER, self.server.as_ref()),
        ];
        for (name, value) in rest {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        if varying.long_polls {
            headers.insert(X_MSN_GW_CAPABILITIES, HeaderValue::from_static("LP"));
        }
    }
}

/// The first header of that name, if it can be read.
fn read<T: FromStr>(headers: &HeaderMap, name: &http::HeaderName) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim_ascii().parse().ok()
}

fn has_long_polls(value: &HeaderValue) -> bool {
    value
        .as_bytes()
        .split(|&byte| matches!(byte, b';' | b',' | b' '))
        .any(|word| word.eq_ignore_ascii_case(b"LP"))
}

fn visible(text: String) -> HeaderValue {
    // Session ids and hosts hold nothing but visible ASCII, because nothing else parses.
    HeaderValue::try_from(text).unwrap_or(const { HeaderValue::from_static("") })
}

/// Why a response with status 200 is not a gateway's; the peer's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// It has no `X-MSN-Messenger`: something else answered, such as a captive portal.
    #[error("the response has no X-MSN-Messenger header, so no gateway sent it")]
    NoMessenger,
    /// The session id cannot be used.
    #[error("in X-MSN-Messenger, {0}")]
    SessionId(SessionIdError),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one `X-MSN-Messenger`, prints what was understood.
    #[track_caller]
    fn check(messenger: &str, expected: Result<&str, ReplyError>) {
        let mut headers = HeaderMap::new();
        headers.insert(X_MSN_MESSENGER, messenger.parse().unwrap());
        let printed = Reply::parse(&headers).map(|reply| {
            let mut headers = HeaderMap::new();
            reply.write(&mut headers);
            headers[X_MSN_MESSENGER].to_str().unwrap().to_owned()
        });
        assert_eq!(
            printed.as_deref(),
            expected.as_ref().map(|s| *s),
            "{messenger}"
        );
    }

    #[test]
    fn the_replies_of_every_known_server_are_read() {
        let msnp8 = "SessionID=954547325.13160; GW-IP=207.46.110.18";
        check(msnp8, Ok(msnp8));
        let msnp24 = "SessionID=870507030.2139024470; GW-IP=134.170.19.30:443";
        check(msnp24, Ok(msnp24));
        check(
            "SessionID=0123456789abcdef; GW-IP=gw.example; MoreData=false; Service-Channel=NS",
            Ok("SessionID=0123456789abcdef; GW-IP=gw.example; MoreData=false"),
        );
        check(
            "SessionID=1; Session=close",
            Ok("SessionID=1; Session=close"),
        );
    }

    #[test]
    fn any_separator_case_and_order_will_do() {
        check(
            "GW-IP=1.2.3.4;SessionID=1.2",
            Ok("SessionID=1.2; GW-IP=1.2.3.4"),
        );
        check(
            " sessionid = 1.2 ;; gw-ip=1.2.3.4;",
            Ok("SessionID=1.2; GW-IP=1.2.3.4"),
        );
        check(
            "SessionID=1.2, SESSION=Close",
            Ok("SessionID=1.2; Session=close"),
        );
        check(
            "SessionID=1.2; Action=foo; flag; MoreData=TRUE",
            Ok("SessionID=1.2; MoreData=true"),
        );
    }

    #[test]
    fn an_attribute_that_cannot_be_read_is_left_out() {
        check(
            "SessionID=1.2; GW-IP=http://evil.example/",
            Ok("SessionID=1.2"),
        );
        check(
            "SessionID=1.2; MoreData=perhaps; Session=open",
            Ok("SessionID=1.2"),
        );
        check("SessionID=", Ok(""));
        check("", Ok(""));
    }

    #[test]
    fn an_unusable_session_id_is_an_error() {
        check(
            "SessionID=1&2",
            Err(ReplyError::SessionId(SessionIdError::Byte { at: 1 })),
        );
    }

    #[test]
    fn a_response_without_the_header_is_not_a_gateway_s() {
        assert_eq!(
            Reply::parse(&HeaderMap::new()),
            Err(ReplyError::NoMessenger)
        );
    }

    #[test]
    fn every_header_of_the_web_capture_is_read_and_printed() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (
                X_MSN_MESSENGER,
                "SessionID=870507030.2139024470; GW-IP=134.170.19.30:443",
            ),
            (X_MSNSERVER, "BN1MSGR1011605"),
            (X_MSN_HOST, "bn1msgr1011605.gateway.messenger.live.com"),
            (X_MSN_SESSION_TIMEOUT, "120"),
            (X_MSN_SKYPE_ID, "live:maxint32"),
            (X_MSN_GW_CAPABILITIES, "LP"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let reply = Reply::parse(&headers).unwrap();
        assert!(reply.long_polls);
        let mut printed = HeaderMap::new();
        reply.write(&mut printed);
        assert_eq!(printed, headers);
    }
}
