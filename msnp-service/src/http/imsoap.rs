//! `/imsoap/BSIMService.asmx`: the IM web service as callers saw it, on IIS with ASP.NET
//! (soap.md 2.9).

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use msnp_server::Attempts;
use soap_codec::bsim::{self, Leniency, Operation, Refusal, Reply};
use soap_codec::{Budget, Envelope, Fault, Secret, Version};

use super::{bare, random};
use crate::accounts::UserId;
use crate::engine::now;
use crate::imsoap::{Denied, pages};
use crate::passwords::Passwords;
use crate::upstream::Office;

/// The page itself. The service also answers as the default document of its folder (soap.md 1.3).
pub(crate) const PATH: &str = "/imsoap/BSIMService.asmx";

/// What `GetVersion` said in December 2008: the version of the interface, which is the same.
const VERSION: &str = "v1.0.20080508";

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");

/// Identifiers may be padded in any case; texts on lines of their own are meant without the lines.
const LENIENCY: Leniency = Leniency {
    any_case: false,
    printed: true,
};

/// The IM web service's HTTP.
pub(crate) struct ImSoap {
    pub(crate) office: Arc<Office>,
    pub(crate) passwords: Passwords,
    pub(crate) attempts: Mutex<Attempts<UserId>>,
    /// What the service is called from outside, for callers that do not say.
    pub(crate) host: String,
    pub(crate) secure: bool,
}

impl ImSoap {
    /// Whether a path is one of its own: the page itself, in any case, since IIS did not look at the case
    /// of names, and its folder, whose default document it is.
    pub(super) fn serves(path: &str) -> bool {
        matches!(path, "/imsoap" | "/imsoap/")
            || path.starts_with("/imsoap/") && path.eq_ignore_ascii_case(PATH)
    }

    /// Every request to the service.
    pub(super) async fn answer(
        &self,
        request: Request<Bytes>,
        peer: IpAddr,
        limit: usize,
    ) -> Response<Bytes> {
        match *request.method() {
            Method::POST => self.call(request, peer, limit).await,
            Method::GET | Method::HEAD => self.page(&request),
            _ => {
                let mut refusal = bare(StatusCode::METHOD_NOT_ALLOWED);
                let allowed = HeaderValue::from_static("GET, HEAD, POST");
                refusal.headers_mut().insert(header::ALLOW, allowed);
                refusal
            }
        }
    }

    /// `?wsdl` is the service description; anything else the page for people.
    fn page(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let address = self.own_address(request.headers());
        let query = request.uri().query().unwrap_or_default();
        let (content_type, text) = if query.eq_ignore_ascii_case("wsdl") {
            (Version::Soap11.content_type(), pages::wsdl(&address))
        } else {
            ("text/html; charset=utf-8", pages::help(&address))
        };
        written(StatusCode::OK, content_type, "private, max-age=0", text)
    }

    /// The address that the caller used, so that it holds from where the caller is.
    fn own_address(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
        let named = host.filter(|host| host.parse::<http::uri::Authority>().is_ok());
        let host = named.unwrap_or(&self.host);
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{host}{PATH}")
    }

    async fn call(&self, request: Request<Bytes>, peer: IpAddr, limit: usize) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let text = |name| {
            head.headers
                .get(name)
                .map(|it| String::from_utf8_lossy(it.as_bytes()))
        };
        let limits = soap_codec::Limits {
            bytes: limit,
            ..soap_codec::Limits::REQUEST
        };
        let received = bsim::Request::receive(
            text(header::CONTENT_TYPE).as_deref(),
            text(SOAP_ACTION).as_deref(),
            &body,
            &mut Budget::new(limits),
            LENIENCY,
        );
        let request = match received {
            Ok(request) => request,
            Err(refusal) => return refused(&refusal),
        };
        let name = request.operation.name();
        match self.carry_out(request.operation, peer).await {
            Ok(reply) => {
                tracing::debug!(operation = %name, "IM web service");
                let envelope =
                    reply.to_envelope(request.version, self.office.config.result_encoding);
                match envelope.and_then(|envelope| envelope.to_xml()) {
                    Ok(xml) => answer(StatusCode::OK, request.version, xml),
                    Err(error) => {
                        tracing::error!(operation = %name, %error, "a reply cannot be written");
                        fault(request.version, &Denied::Unavailable.into())
                    }
                }
            }
            Err(denied) => {
                tracing::debug!(operation = %name, %denied, "IM web service");
                fault(request.version, &denied.into())
            }
        }
    }

    async fn carry_out(&self, operation: Operation, peer: IpAddr) -> Result<Reply, Denied> {
        let office = &self.office;
        match operation {
            Operation::Login(login) => {
                let user = self.authenticate(login).await?;
                let entropy = random().ok_or(Denied::Unavailable)?;
                let session =
                    office.ask(|desk, now| desk.login(user.as_str(), peer, entropy, now))?;
                tracing::info!(%user, %peer, "logged in at the IM web service");
                Ok(Reply::Login(Some(session)))
            }
            Operation::LoginIM(mut request) => {
                request.password = request.password.map(unpadded);
                office.ask(|desk, now| desk.login_im(request, now))?;
                Ok(Reply::LoginIM)
            }
            Operation::KeepSessionAlive(request) => {
                let events = office.ask(|desk, now| desk.keep_session_alive(&request, now))?;
                Ok(Reply::KeepSessionAlive(Some(events)))
            }
            Operation::ChangeStatus(request) => {
                office.ask(|desk, now| desk.change_status(&request, now))?;
                Ok(Reply::ChangeStatus)
            }
            Operation::SendMessage(request) => {
                office.ask(|desk, now| desk.send_message(request, now))?;
                Ok(Reply::SendMessage)
            }
            Operation::GetVersion => Ok(Reply::GetVersion(Some(VERSION.to_owned()))),
        }
    }

    /// Checks the password of a service account.
    async fn authenticate(&self, login: bsim::Login) -> Result<UserId, Denied> {
        let user = UserId::parse(&login.user_id.unwrap_or_default());
        let user = user.map_err(|_| Denied::Credentials)?;
        let password = unpadded(login.password.unwrap_or_default());
        if !self.attempts().allow(&user, now().monotonic) {
            return Err(Denied::TooManyAttempts);
        }
        let checked = self.passwords.check_user(&user, password).await;
        match checked.map_err(|_| Denied::Unavailable)? {
            Some(()) => {
                self.attempts().succeeded(&user);
                Ok(user)
            }
            None => Err(Denied::Credentials),
        }
    }

    fn attempts(&self) -> std::sync::MutexGuard<'_, Attempts<UserId>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A password without the white space of a printed request, which is at both its ends (soap.md 2.7).
fn unpadded(password: Secret<String>) -> Secret<String> {
    let space = |c: char| c.is_ascii_whitespace();
    let text = password.expose();
    if text.starts_with(space) && text.ends_with(space) {
        Secret::new(text.trim_matches(space).to_owned())
    } else {
        password
    }
}

/// The answer to what is no request of the service: a fault, or a bare status.
fn refused(refusal: &Refusal) -> Response<Bytes> {
    tracing::debug!(%refusal, "IM web service");
    match refusal {
        Refusal::Fault(version, why) => fault(*version, why),
        other => bare(StatusCode::from_u16(other.status()).unwrap_or(StatusCode::BAD_REQUEST)),
    }
}

fn fault(version: Version, fault: &Fault) -> Response<Bytes> {
    match Envelope::with_fault(version, fault).to_xml() {
        Ok(xml) => answer(StatusCode::INTERNAL_SERVER_ERROR, version, xml),
        Err(_) => bare(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn answer(status: StatusCode, version: Version, xml: String) -> Response<Bytes> {
    let caching = if status == StatusCode::OK {
        "private, max-age=0"
    } else {
        "private"
    };
    written(status, version.content_type(), caching, xml)
}

fn written(
    status: StatusCode,
    content_type: &'static str,
    caching: &'static str,
    text: String,
) -> Response<Bytes> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}
