//! What is sent, byte for byte.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};

use crate::server::{self, Fault, Server};
use crate::stage::{Stage, count, get, post};
use crate::{Breach, Drive, Probe, Verdict};

/// What the server has read of this request.
fn seen<D: Drive<Probe>>(
    stage: &Stage,
    make: impl Fn(&str) -> Request<Bytes>,
    target: &str,
) -> Verdict<server::Request> {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    subject.exchange(make(&server.url(target)))?;
    let mut requests = server.requests();
    count("requests", requests.len(), 1)?;
    Ok(requests.remove(0))
}

fn unless(held: bool, expected: &str, seen: &server::Request) -> Verdict {
    if held {
        return Ok(());
    }
    Err(Breach::Wire {
        expected: expected.to_owned(),
        seen: seen.to_wire(),
    })
}

pub(crate) fn a_body_arrives_byte_for_byte<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let all: Vec<u8> = (0..=255).collect();
    for body in [vec![b'x'], all.clone(), all.repeat(256), all.repeat(4096)] {
        let request = seen::<D>(stage, |url| post(url, body.clone()), "/")?;
        let length = body.len().to_string();
        unless(
            request.header("Content-Length") == Some(&length),
            "a body has its length",
            &request,
        )?;
        unless(request.body == body, "a body stays as it is", &request)?;
    }
    Ok(())
}

pub(crate) fn an_empty_post_says_that_it_is_empty<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let request = seen::<D>(
        stage,
        |url| post(url, ""),
        "/gateway/gateway.dll?Action=poll",
    )?;
    let lengths = request.header_bytes("Content-Length");
    unless(lengths == [b"0"], "Content-Length: 0", &request)
}

pub(crate) fn a_get_has_no_body<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let request = seen::<D>(stage, get, "/login")?;
    unless(request.method == "GET", "a GET stays one", &request)?;
    let length = request.header("Content-Length");
    unless(
        length.is_none_or(|length| length == "0") && request.body.is_empty(),
        "a GET has no body",
        &request,
    )
}

pub(crate) fn other_methods_pass_as_well<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for method in [Method::PUT, Method::DELETE] {
        let make = |url: &str| {
            let mut request = post(url, "x");
            *request.method_mut() = method.clone();
            request
        };
        let request = seen::<D>(stage, make, "/")?;
        unless(
            request.method == method.as_str(),
            "a method stays as it is",
            &request,
        )?;
        unless(request.body == b"x", "a body stays as it is", &request)?;
    }
    Ok(())
}

pub(crate) fn path_and_query_stay_as_they_are<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for target in [
        "/gateway/gateway.dll?Action=open&Server=NS&IP=messenger.hotmail.com",
        "/gateway/gateway.dll?Action=poll&SessionID=1.2&x=a%20b+c%2f%2F%zz&",
        "/a%2Fb/%7E~;p=1,2/'()*!$@:?q?r=/&=&&s",
        "/?",
        "//double//slash",
    ] {
        let request = seen::<D>(stage, |url| post(url, "x"), target)?;
        unless(request.target == target, target, &request)?;
    }
    Ok(())
}

/// `%7e` and `%7E` mean the same, and are not the same bytes.
pub(crate) fn escapes_keep_their_letters<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let target = "/%7e/%2F/%2f?%c3%BC";
    let request = seen::<D>(stage, |url| post(url, "x"), target)?;
    unless(request.target == target, target, &request)
}

pub(crate) fn the_host_is_named_once<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    subject.exchange(post(&server.url("/"), "x"))?;
    let address = server.address().to_string();
    let requests = server.requests();
    unless(
        requests[0].header_bytes("Host") == [address.as_bytes()],
        "the host of the URI",
        &requests[0],
    )
}

/// Also those that an HTTP library likes to set itself.
pub(crate) fn headers_arrive_as_they_were_chosen<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    const CHOSEN: [(&str, &str); 8] = [
        ("user-agent", "MSMSGS"),
        ("accept", "*/*"),
        ("cookie", "MSPAuth=a; MSPProf=b"),
        ("content-type", "application/x-msn-messenger"),
        ("soapaction", "\"http://example.org/a\""),
        ("authorization", "Passport1.4 from-PP='t=a&p='"),
        ("x-several", "1"),
        ("x-several", "2, 3"),
    ];
    let make = |url: &str| {
        let mut request = post(url, "x");
        for (name, value) in CHOSEN {
            let name = HeaderName::from_static(name);
            request
                .headers_mut()
                .append(name, HeaderValue::from_static(value));
        }
        request
    };
    let request = seen::<D>(stage, make, "/")?;
    for (name, _) in CHOSEN {
        let chosen = CHOSEN.iter().filter(|(other, _)| *other == name);
        let chosen = chosen.map(|(_, value)| value.as_bytes());
        let arrived = request.header_bytes(name);
        unless(arrived.into_iter().eq(chosen), name, &request)?;
    }
    Ok(())
}

pub(crate) fn header_values_beyond_ascii_arrive<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for value in ["grüße €".as_bytes(), b"latin \xe4\xff", b"tab\there"] {
        let make = |url: &str| {
            let mut request = post(url, "x");
            if let Ok(value) = HeaderValue::from_bytes(value) {
                request.headers_mut().insert("x-name", value);
            }
            request
        };
        let request = seen::<D>(stage, make, "/")?;
        unless(
            request.header_bytes("x-name") == [value],
            "the bytes of a header value",
            &request,
        )?;
    }
    Ok(())
}
