//! Responses: whole, however they come.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, RequestId};

use crate::server::{Fault, Reply, Server};
use crate::stage::{Stage, Subject, at_most, get, post, told, wrong_end};
use crate::{Drive, Limits, Probe, Told, Verdict};

/// What comes up of these bytes.
fn whole<D: Drive<Probe>>(
    stage: &Stage,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    status: u16,
    body: &[u8],
) -> Verdict<Response<Bytes>> {
    let server = Server::alone(move |_| fault());
    let mut subject = stage.start::<D>();
    let id = subject.ask(post(&server.url("/"), "x"));
    let response = subject.response(id)?;
    if response.status().as_u16() == status && response.body() == body {
        return Ok(response);
    }
    let expected = format!("{status} with \"{}\"", body.escape_ascii());
    Err(told(expected, Told::Answered(id, response)))
}

/// A header of these values, in order.
fn has(response: Response<Bytes>, name: &str, values: &[&str]) -> Verdict {
    let all = response.headers().get_all(name);
    if all.iter().eq(values.iter()) {
        return Ok(());
    }
    let seen = Told::Answered(RequestId::new(0), response);
    Err(told(format!("{name}: {values:?}"), seen))
}

pub(crate) fn a_response_arrives_whole_with_its_head<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    const ID: &str = "SessionID=1.2; GW-IP=g";
    let reply = Reply::new(404, "nobody").with("X-MSN-Messenger", ID);
    let response = whole::<D>(stage, move || Fault::answer(reply.clone()), 404, b"nobody")?;
    has(response, "x-msn-messenger", &[ID])
}

pub(crate) fn every_byte_of_a_body_arrives<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let all: Vec<u8> = (0..=255).collect();
    for body in [vec![], all.clone(), all.repeat(8192)] {
        let reply = Reply::new(200, body.clone());
        whole::<D>(stage, move || Fault::answer(reply.clone()), 200, &body)?;
    }
    Ok(())
}

pub(crate) fn a_slow_body_arrives_whole<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let slow = || Fault::answer(Reply::new(200, "drop by drop")).drip(Duration::from_micros(300));
    whole::<D>(stage, slow, 200, b"drop by drop").map(drop)
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

pub(crate) fn a_chunked_body_arrives_whole<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for body in [
        "3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n",
        "1\r\na\r\n1\r\nb\r\n6;name=\"x\"\r\ncdefgh\r\n0\r\n\r\n",
        "00008\r\nabcdefgh\r\n000\r\nX-Trailer: 1\r\n\r\n",
    ] {
        whole::<D>(
            stage,
            move || Fault::raw(format!("{CHUNKED}{body}")),
            200,
            b"abcdefgh",
        )?;
        let drip = move || Fault::raw(format!("{CHUNKED}{body}")).drip(Duration::from_micros(300));
        whole::<D>(stage, drip, 200, b"abcdefgh")?;
    }
    Ok(())
}

pub(crate) fn a_body_may_end_with_its_connection<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for head in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
    ] {
        let fault = move || Fault::raw_then_close(format!("{head}to the end"));
        whole::<D>(stage, fault, 200, b"to the end")?;
    }
    Ok(())
}

const FINAL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfinal";

pub(crate) fn a_continue_is_passed_over<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let fault = || Fault::raw(format!("HTTP/1.1 100 Continue\r\n\r\n{FINAL}"));
    whole::<D>(stage, fault, 200, b"final").map(drop)
}

pub(crate) fn interim_responses_are_passed_over<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for interim in [
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Interim: 1\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    ] {
        let fault = move || Fault::raw(format!("{interim}{FINAL}"));
        let response = whole::<D>(stage, fault, 200, b"final")?;
        has(response, "x-interim", &[])?;
    }
    Ok(())
}

pub(crate) fn header_names_have_no_case<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let fault = || {
        Fault::raw(
            "HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:2\r\nx-MSN-messenger:  SessionID=1 \r\n\r\nok",
        )
    };
    let response = whole::<D>(stage, fault, 200, b"ok")?;
    has(response, "X-MSN-Messenger", &["SessionID=1"])
}

pub(crate) fn repeated_headers_arrive_in_order<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let reply = Reply::new(200, "")
        .with("Set-Cookie", "a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT")
        .with("X-Other", "x")
        .with("Set-Cookie", "b=2");
    let response = whole::<D>(stage, move || Fault::answer(reply.clone()), 200, b"")?;
    let cookies = ["a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "b=2"];
    has(response, "Set-Cookie", &cookies)
}

pub(crate) fn a_response_without_a_body_has_none<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for status in [204, 304] {
        let server = Server::alone(move |request| match request.target.as_str() {
            "/none" => Fault::raw(format!("HTTP/1.1 {status} Nothing\r\n\r\n")),
            _ => Fault::answer(Reply::new(200, "next")),
        });
        let mut subject = stage.start::<D>();
        let id = subject.ask(get(&server.url("/none")));
        let response = subject.response(id)?;
        if response.status().as_u16() != status || !response.body().is_empty() {
            return Err(told("there is no body", Told::Answered(id, response)));
        }
        // Nothing is missing on the connection.
        subject.exchange(post(&server.url("/"), "x"))?;
    }
    Ok(())
}

pub(crate) fn an_odd_status_is_a_status<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for status in [299, 418, 599] {
        let fault = move || Fault::answer(Reply::new(status, "odd"));
        whole::<D>(stage, fault, status, b"odd")?;
    }
    // Without a reason.
    let fault = || Fault::raw("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok");
    whole::<D>(stage, fault, 200, b"ok").map(drop)
}

pub(crate) fn a_body_is_read_up_to_the_limit<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let framings: [fn(&[u8]) -> Fault; 3] = [
        |body| Fault::answer(Reply::new(200, body)),
        |body| Fault::raw([CHUNKED.as_bytes(), &chunks(body)].concat()),
        |body| {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
            Fault::raw_then_close([&head[..], body].concat())
        },
    ];
    for framing in framings {
        let server = Server::alone(move |request| framing(&request.body));
        let mut subject: Subject<D> = stage.start_with(Limits { body: 4_000 });
        for (len, fits) in [(3_999, true), (4_000, true), (4_001, false)] {
            let id = subject.ask(post(&server.url("/"), vec![b'x'; len]));
            match (subject.outcome(id)?, fits) {
                (Ok(response), true) if response.body().len() == len => {}
                (Err(Failure::Unknown), false) => {}
                (outcome, _) => {
                    let expected = format!("{len} bytes of at most 4000");
                    return Err(wrong_end(&expected, id, outcome));
                }
            }
        }
    }
    Ok(())
}

/// A peer that never stops: the driver gives up in time to hold little, and the connection ends with it.
fn gives_up<D: Drive<Probe>>(
    stage: &Stage,
    flood: impl Fn() -> Fault + Send + Sync + 'static,
) -> Verdict {
    let server = Server::alone(move |_| flood());
    let mut subject: Subject<D> = stage.start_with(Limits { body: 100_000 });
    let id = subject.ask(post(&server.url("/"), "x"));
    subject.fails(id, Failure::Unknown)?;
    subject.until("the connection to be closed", || {
        let closed = server.connections().iter().all(|one| one.closed_by_client);
        closed || server.flooded() == MUCH
    })?;
    at_most(
        "bytes that the server could say",
        server.flooded(),
        MUCH - 1,
    )
}

pub(crate) fn an_endless_body_is_not_read_to_its_end<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: {MUCH}\r\n\r\n");
    let chunk = [b"4000\r\n", &[b'x'; 0x4000][..], b"\r\n"].concat();
    let until_the_end = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    for (head, piece) in [
        (long.as_str(), vec![b'x'; 1 << 16]),
        (CHUNKED, chunk),
        (until_the_end, vec![b'x'; 1 << 16]),
    ] {
        let head = head.to_owned();
        gives_up::<D>(stage, move || {
            Fault::flood(head.as_str(), piece.as_slice(), MUCH)
        })?;
    }
    Ok(())
}

pub(crate) fn an_endless_head_is_not_read_to_its_end<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let one_line = ("X-Long: ", "x".repeat(1 << 16));
    let many_lines = ("", "X-Many: yes\r\n".repeat(1 << 12));
    for (begun, piece) in [one_line, many_lines] {
        gives_up::<D>(stage, move || {
            let head = format!("HTTP/1.1 200 OK\r\n{begun}");
            Fault::flood(head, piece.as_bytes(), MUCH)
        })?;
    }
    Ok(())
}

/// More than the buffers of any kernel.
const MUCH: usize = 48 << 20;

fn chunks(body: &[u8]) -> Vec<u8> {
    let mut chunked = Vec::new();
    for chunk in body.chunks(1_000) {
        chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunked.extend(chunk);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    chunked
}
