//! `/imsoap/BSIMService.asmx`: the IM web service as callers saw it, on IIS with ASP.NET
//! (soap.md 2.9).

use std::net::{IpAddr, Ipv4Addr};

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use soap_codec::bsim::{self, Leniency, Operation, Refusal, Reply};
use soap_codec::{Budget, Envelope, Fault, Limits, Secret, Version};

use super::{Inner, Shared, random};
use crate::accounts::{UserId, verify_password};
use crate::imsoap::{Denied, pages};

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

/// Every request to the service.
pub(super) async fn serve(State(shared): State<Shared>, request: Request<Body>) -> Response {
    match *request.method() {
        Method::POST => call(&shared, request).await,
        Method::GET | Method::HEAD => page(&shared, &request),
        _ => (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD, POST")],
        )
            .into_response(),
    }
}

/// IIS did not look at the case of names.
pub(super) async fn serve_file(state: State<Shared>, request: Request<Body>) -> Response {
    if request.uri().path().eq_ignore_ascii_case(PATH) {
        serve(state, request).await
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// `?wsdl` is the service description; anything else the page for people.
fn page(shared: &Inner, request: &Request<Body>) -> Response {
    let address = own_address(shared, request.headers());
    let query = request.uri().query().unwrap_or_default();
    let (content_type, text) = if query.eq_ignore_ascii_case("wsdl") {
        (Version::Soap11.content_type(), pages::wsdl(&address))
    } else {
        ("text/html; charset=utf-8", pages::help(&address))
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "private, max-age=0"),
    ];
    (headers, text).into_response()
}

/// The address that the caller used, so that it holds from where the caller is.
fn own_address(shared: &Inner, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let named = host.filter(|host| host.parse::<http::uri::Authority>().is_ok());
    let host = named.unwrap_or(&shared.host);
    let scheme = if shared.secure_cookies {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}{PATH}")
}

async fn call(shared: &Shared, request: Request<Body>) -> Response {
    let peer = request.extensions().get::<gateway_sm::Peer>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let (head, body) = request.into_parts();
    // hyper asks an expecting caller to go on as soon as the body is waited for.
    let Ok(body) = to_bytes(body, shared.limits.request_bytes).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let text = |name| {
        head.headers
            .get(name)
            .map(|it| String::from_utf8_lossy(it.as_bytes()))
    };
    let limits = Limits {
        bytes: shared.limits.request_bytes,
        ..Limits::REQUEST
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
    match carry_out(shared, request.operation, peer).await {
        Ok(reply) => {
            tracing::debug!(operation = %name, "IM web service");
            let envelope = reply.to_envelope(request.version, shared.office.config.result_encoding);
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

async fn carry_out(shared: &Shared, operation: Operation, peer: IpAddr) -> Result<Reply, Denied> {
    let office = &shared.office;
    match operation {
        Operation::Login(login) => {
            let user = authenticate(shared, login).await?;
            let entropy = random().ok_or(Denied::Unavailable)?;
            let session = office.ask(|desk, now| desk.login(user.as_str(), peer, entropy, now))?;
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

/// Checks the password of a service account, slowly, on a thread where that is allowed.
async fn authenticate(shared: &Shared, login: bsim::Login) -> Result<UserId, Denied> {
    let user = UserId::parse(&login.user_id.unwrap_or_default());
    let user = user.map_err(|_| Denied::Credentials)?;
    if !shared
        .user_attempts()
        .allow(&user, crate::engine::now().monotonic)
    {
        return Err(Denied::TooManyAttempts);
    }
    let found = shared.engine.service_account(user.clone()).await;
    let found = found.map_err(|_| Denied::Unavailable)?;
    let known = found.is_some();
    // Verified all the same, so that the time taken does not tell which accounts exist.
    let hash = found.map_or_else(|| shared.decoy_hash.clone(), |hash| hash.expose().clone());
    let password = unpadded(login.password.unwrap_or_default());
    let place = shared.hashing.acquire().await;
    let place = place.map_err(|_| Denied::Unavailable)?;
    let checking = tokio::task::spawn_blocking(move || verify_password(password.expose(), &hash));
    let matches = checking.await.map_err(|_| Denied::Unavailable)?;
    drop(place);
    if known && matches {
        shared.user_attempts().succeeded(&user);
        Ok(user)
    } else {
        Err(Denied::Credentials)
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
fn refused(refusal: &Refusal) -> Response {
    tracing::debug!(%refusal, "IM web service");
    match refusal {
        Refusal::Fault(version, why) => fault(*version, why),
        other => StatusCode::from_u16(other.status())
            .unwrap_or(StatusCode::BAD_REQUEST)
            .into_response(),
    }
}

fn fault(version: Version, fault: &Fault) -> Response {
    match Envelope::with_fault(version, fault).to_xml() {
        Ok(xml) => answer(StatusCode::INTERNAL_SERVER_ERROR, version, xml),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn answer(status: StatusCode, version: Version, xml: String) -> Response {
    let caching = if status == StatusCode::OK {
        "private, max-age=0"
    } else {
        "private"
    };
    let mut response = (status, xml).into_response();
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CACHE_CONTROL, caching);
    set(header::CONTENT_TYPE, version.content_type());
    response
}
