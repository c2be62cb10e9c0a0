//! The truth about a request that failed: `notsent` only where it is certain.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use super::gateway::{Gateway, Kind, head, reply};
use super::scene::{CALM, Scene, pings, same, wrong};
use crate::server::Fault;
use crate::stage::nobody_at;
use crate::{Breach, Verdict};

/// A session makes what was certainly not sent again, and what may have been it gives up.
pub(super) fn a_refused_connection_is_not_sent(scene: &Scene<'_>) -> Verdict {
    let (socket, address) = nobody_at(0);
    let mut guest = scene.start_at(Gateway::url_at(address), CALM)?;
    // For a while nobody is there. Who has declared that it cannot tell has all the time to show it.
    let started = Instant::now();
    let knocking = if scene.expects_a_breach() {
        LONG
    } else {
        SHORT
    };
    while started.elapsed() < knocking {
        if guest.is_over() {
            return Err(Breach::InVain {
                what: "another attempt after a refused one: the guest has ended".into(),
                patience: started.elapsed(),
            });
        }
        thread::sleep(Duration::from_millis(5));
    }
    socket
        .listen(16)
        .map_err(|error| Breach::Panicked(error.to_string()))?;
    let gateway = Gateway::listening(TcpListener::from(socket), pings(Fault::none));
    scene.until(&mut guest, "what was refused to be sent again", || {
        gateway.count(Kind::Open) == 1
    })?;
    same(
        "the open",
        &gateway.all(Kind::Open)[0].request.body,
        b"HELLO\r\n",
    )
}

/// The answer to one post is lost so: its fate is unknown, it is not made again, and the guest goes on.
fn is_unknown(scene: &Scene<'_>, fault: fn() -> Fault) -> Verdict {
    let (gateway, next) = scene.answered_so(fault)?;
    same("a fate", &next, b"UNSENT 1 unknown\r\n")?;
    if gateway.times("PING 1") != 1 {
        return Err(wrong("what may have arrived is not sent again", &gateway));
    }
    Ok(())
}

pub(super) fn a_connection_closed_after_the_request_is_unknown(scene: &Scene<'_>) -> Verdict {
    is_unknown(scene, Fault::close)
}

pub(super) fn a_connection_closed_in_the_head_is_unknown(scene: &Scene<'_>) -> Verdict {
    is_unknown(scene, || Fault::answer(reply("").cut_after(1)))?;
    is_unknown(scene, || Fault::answer(reply("").cut_after(60)))
}

pub(super) fn a_connection_closed_in_the_body_is_unknown(scene: &Scene<'_>) -> Verdict {
    is_unknown(scene, || {
        let reply = reply("SKIP ME\r\n");
        let whole = reply.len();
        Fault::answer(reply.cut_after(whole - 1))
    })
}

pub(super) fn a_chunked_body_without_its_end_is_unknown(scene: &Scene<'_>) -> Verdict {
    is_unknown(scene, || {
        let head = head();
        Fault::raw_then_close(format!(
            "{head}Transfer-Encoding: chunked\r\n\r\n6\r\nSKIP\r\n\r\n"
        ))
    })
}

pub(super) fn an_unreadable_head_is_unknown(scene: &Scene<'_>) -> Verdict {
    is_unknown(scene, || {
        Fault::raw_then_close("220 mail.example ESMTP\r\n\r\n")
    })
}

/// So long nobody listens: the first attempt falls into this.
const SHORT: Duration = Duration::from_millis(1500);
const LONG: Duration = Duration::from_secs(20);
