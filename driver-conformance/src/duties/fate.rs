//! The truth about a request that failed: `NotSent` only where it is certain.

use std::net::{Ipv4Addr, TcpListener};

use machine_contract::Failure::{NotSent, Unknown};

use crate::server::{Fault, Reply, Server, Welcome};
use crate::stage::{Stage, WHILE, at_most, count, nobody_at, post, wrong_end};
use crate::{Drive, Probe, Verdict};

fn is_not_sent<D: Drive<Probe>>(stage: &Stage, uri: &str) -> Verdict {
    let mut subject = stage.start::<D>();
    let id = subject.ask(post(uri, "x"));
    subject.fails(id, NotSent)?;
    subject.quiet(WHILE / 3, "it has ended")
}

/// One post to a server with this fault is unknown, and is not made again.
fn is_unknown<D: Drive<Probe>>(stage: &Stage, fault: fn() -> Fault) -> Verdict {
    let server = Server::alone(move |_| fault());
    let mut subject = stage.start::<D>();
    let id = subject.ask(post(&server.url("/"), "hello"));
    subject.fails(id, Unknown)?;
    subject.quiet(WHILE / 3, "it has ended")?;
    count("requests", server.requests().len(), 1)
}

pub(crate) fn a_refused_connection_is_not_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let (_taken, address) = nobody_at(0);
    is_not_sent::<D>(stage, &format!("http://{address}/"))
}

pub(crate) fn a_name_that_does_not_resolve_is_not_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    is_not_sent::<D>(stage, "http://no-such-host.invalid/")
}

pub(crate) fn a_uri_that_is_not_http_is_not_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    is_not_sent::<D>(stage, "ftp://127.0.0.1/")?;
    is_not_sent::<D>(stage, "/gateway/gateway.dll")
}

/// Whether the driver speaks TLS or not: no byte of the request has left.
#[expect(
    clippy::expect_used,
    reason = "a host without loopback can test nothing"
)]
pub(crate) fn a_server_that_speaks_no_tls_is_not_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("it was bound").port();
    // Accepts and closes, in the middle of the handshake or before.
    std::thread::spawn(move || listener.incoming().take(4).for_each(drop));
    is_not_sent::<D>(stage, &format!("https://127.0.0.1:{port}/"))
}

/// The first connection is closed before the server has read a byte. A driver that cannot know whether
/// one had left says so; that the machine decides about another attempt is certain.
pub(crate) fn a_connection_closed_unread_is_not_tried_again<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    for closed in [Welcome::Close, Welcome::CloseAfter(0)] {
        let server = Server::with_door(move |number| match number {
            0 => closed,
            _ => Welcome::Serve,
        });
        let mut subject = stage.start::<D>();
        let id = subject.ask(post(&server.url("/"), "hello"));
        match subject.outcome(id)? {
            Err(NotSent | Unknown) => {}
            answered => return Err(wrong_end("the connection was closed", id, answered)),
        }
        count("requests", server.requests().len(), 0)?;
    }
    Ok(())
}

pub(crate) fn what_was_read_in_part_is_unknown<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    for read in [1, 5, 30] {
        let server = Server::with_door(move |_| Welcome::CloseAfter(read));
        let mut subject = stage.start::<D>();
        let id = subject.ask(post(&server.url("/"), vec![b'x'; 50_000]));
        subject.fails(id, Unknown)?;
        subject.quiet(WHILE / 3, "it has ended")?;
        let connections = server.connections();
        let reading = connections.iter().filter(|one| !one.read.is_empty());
        at_most("connections that carried the request", reading.count(), 1)?;
    }
    Ok(())
}

pub(crate) fn a_connection_closed_after_the_request_is_unknown<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    is_unknown::<D>(stage, Fault::close)
}

pub(crate) fn a_connection_closed_in_the_head_is_unknown<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    for cut in [
        || Fault::answer(Reply::new(200, "abc").cut_after(1)),
        || Fault::answer(Reply::new(200, "abc").cut_after(12)),
        || Fault::answer(Reply::new(200, "abc").cut_after(40)),
    ] {
        is_unknown::<D>(stage, cut)?;
    }
    Ok(())
}

pub(crate) fn a_connection_closed_in_the_body_is_unknown<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    // Before its first byte, before its last.
    is_unknown::<D>(stage, || cut_before_the_last(3))?;
    is_unknown::<D>(stage, || cut_before_the_last(1))?;
    // After its last it is whole.
    let server = Server::alone(|_| cut_before_the_last(0));
    let mut subject = stage.start::<D>();
    let id = subject.ask(post(&server.url("/"), "hello"));
    match subject.outcome(id)? {
        Ok(response) if response.body() == "abc" => Ok(()),
        outcome => Err(wrong_end("the body is whole", id, outcome)),
    }
}

fn cut_before_the_last(bytes: usize) -> Fault {
    let reply = Reply::new(200, "abc");
    let whole = reply.len();
    Fault::answer(reply.cut_after(whole - bytes))
}

pub(crate) fn a_chunked_body_without_its_end_is_unknown<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    is_unknown::<D>(stage, || {
        Fault::raw_then_close(format!("{HEAD}3\r\nabc\r\n"))
    })?;
    is_unknown::<D>(stage, || Fault::raw_then_close(format!("{HEAD}8\r\nabc")))
}

pub(crate) fn an_unreadable_head_is_unknown<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    is_unknown::<D>(stage, || {
        Fault::answer(Reply::new(200, "").with("a b\0", "c"))
    })?;
    is_unknown::<D>(stage, || {
        Fault::raw_then_close("220 mail.example ESMTP\r\n\r\n")
    })
}
