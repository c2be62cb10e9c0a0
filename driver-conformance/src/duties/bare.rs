//! Nothing of its own: no redirect, no second attempt, no cookie, no header, no compression.

use http::HeaderValue;
use http::header::{COOKIE, LOCATION};

use crate::server::{Fault, Reply, Request, Server};
use crate::stage::{Stage, count, get, post, told};
use crate::{Breach, Drive, Probe, Told, Verdict};

/// The response that these headers and this status make comes up, and the request was made once.
fn is_left_alone<D: Drive<Probe>>(
    stage: &Stage,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
) -> Verdict {
    let server = Server::alone(move |_| {
        let reply = Reply::new(status, "page");
        let with = |reply: Reply, (name, value): &(&str, &str)| reply.with(name, value);
        Fault::answer(headers.iter().fold(reply, with))
    });
    for request in [
        post(&server.url("/from"), "x"),
        get(&server.url("/from?again")),
    ] {
        let before = server.requests().len();
        let mut subject = stage.start::<D>();
        let response = subject.exchange(request)?;
        if response.status().as_u16() != status {
            let id = machine_contract::RequestId::new(0);
            let expected = format!("{status} is the machine's to judge");
            return Err(told(expected, Told::Answered(id, response)));
        }
        count("requests", server.requests().len() - before, 1)?;
    }
    Ok(())
}

pub(crate) fn no_redirect_is_followed<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for status in [301, 302, 303, 307, 308] {
        is_left_alone::<D>(stage, status, &[("Location", "/to")])?;
    }
    Ok(())
}

pub(crate) fn a_redirect_shows_its_target<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    const TARGET: &str = "http://elsewhere.invalid/to?a=%20b&c";
    let server = Server::alone(|_| Fault::answer(Reply::new(302, "").with("Location", TARGET)));
    let mut subject = stage.start::<D>();
    let id = subject.ask(post(&server.url("/"), ""));
    let response = subject.response(id)?;
    if response
        .headers()
        .get(LOCATION)
        .is_some_and(|to| to == TARGET)
    {
        return Ok(());
    }
    Err(told("its target can be read", Told::Answered(id, response)))
}

pub(crate) fn no_status_makes_it_try_again<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for status in [400, 408, 421, 425, 429, 500, 502, 503, 504] {
        is_left_alone::<D>(stage, status, &[("Retry-After", "0")])?;
        is_left_alone::<D>(stage, status, &[("Connection", "close")])?;
    }
    Ok(())
}

pub(crate) fn no_demand_for_credentials_is_answered<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    is_left_alone::<D>(stage, 401, &[("WWW-Authenticate", "Basic realm=\"a\"")])?;
    is_left_alone::<D>(stage, 401, &[("WWW-Authenticate", "Negotiate")])?;
    is_left_alone::<D>(stage, 407, &[("Proxy-Authenticate", "Basic realm=\"a\"")])
}

pub(crate) fn no_cookie_is_kept<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| {
        let reply = Reply::new(200, "").with("Set-Cookie", "a=b");
        Fault::answer(reply.with("Set-Cookie", "c=d; Path=/"))
    });
    let mut subject = stage.start::<D>();
    subject.exchange(post(&server.url("/"), ""))?;
    // The machine's own goes alone.
    let mut own = post(&server.url("/"), "");
    own.headers_mut()
        .insert(COOKIE, HeaderValue::from_static("MSPAuth=1"));
    for (request, expected) in [(post(&server.url("/"), ""), None), (own, Some("MSPAuth=1"))] {
        subject.exchange(request)?;
        let requests = server.requests();
        let Some(seen) = requests.last() else {
            return Err(subject.in_vain("the request"));
        };
        let cookies: Vec<_> = seen
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
            .collect();
        if !cookies.iter().map(|(_, value)| value.as_str()).eq(expected) {
            return Err(wire("only the machine's own cookies are sent", seen));
        }
    }
    Ok(())
}

pub(crate) fn nothing_is_expected_before_a_body<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    for len in [1, 2_000, 1 << 20] {
        subject.exchange(post(&server.url("/"), vec![b'x'; len]))?;
    }
    has_none_of(&server, &["Expect"])
}

pub(crate) fn nothing_is_added_to_a_request<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    for request in [
        post(&server.url("/"), ""),
        post(&server.url("/"), "VER 1 MSNP8 CVR0\r\n"),
        get(&server.url("/")),
    ] {
        subject.exchange(request)?;
    }
    has_none_of(
        &server,
        &[
            "Content-Type",
            "Content-Encoding",
            "Transfer-Encoding",
            "Expect",
            "Authorization",
            "Cookie",
            "Range",
            "If-None-Match",
            "If-Modified-Since",
            "Upgrade",
            "Referer",
        ],
    )
}

pub(crate) fn no_compression_is_asked_for<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    for request in [post(&server.url("/"), "x"), get(&server.url("/"))] {
        subject.exchange(request)?;
    }
    for request in server.requests() {
        if request
            .header("Accept-Encoding")
            .is_some_and(|asked| asked != "identity")
        {
            return Err(wire("no compression is asked for", &request));
        }
    }
    Ok(())
}

/// A body that is called compressed stays as it is, or is undone and called so no longer.
pub(crate) fn compression_is_not_half_undone<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server =
        Server::alone(|_| Fault::answer(Reply::new(200, GZIP).with("Content-Encoding", "gzip")));
    let mut subject = stage.start::<D>();
    let id = subject.ask(post(&server.url("/"), ""));
    let response = subject.response(id)?;
    let named = response.headers().contains_key("content-encoding");
    let body = &response.body()[..];
    if (named && body == GZIP) || (!named && body == b"hello") {
        return Ok(());
    }
    Err(told(
        "a body and its name fit",
        Told::Answered(id, response),
    ))
}

fn has_none_of(server: &Server, names: &[&str]) -> Verdict {
    for request in server.requests() {
        if let Some(name) = names.iter().find(|name| request.header(name).is_some()) {
            return Err(wire(&format!("no {name} of its own"), &request));
        }
    }
    Ok(())
}

fn wire(expected: &str, request: &Request) -> Breach {
    Breach::Wire {
        expected: expected.to_owned(),
        seen: request.to_wire(),
    }
}

/// `hello`, in one stored block.
const GZIP: &[u8] =
    b"\x1f\x8b\x08\0\0\0\0\0\x02\xff\x01\x05\0\xfa\xffhello\x86\xa6\x10\x36\x05\0\0\0";
