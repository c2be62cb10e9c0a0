//! Nothing of its own: no redirect, no second attempt, no cookie, no header, no compression.

use super::gateway::{Gateway, Kind, Visit, reply, say};
use super::scene::{Scene, pings, same, wrong};
use crate::server::{Fault, Reply};
use crate::stage::count;
use crate::{Breach, Verdict};

/// The answer to one post is this one, which is no gateway's and ends the session: it is asked for nothing more because of it.
fn ends_the_session(
    scene: &Scene<'_>,
    answer: impl Fn() -> Fault + Send + Sync + 'static,
) -> Verdict {
    let gateway = Gateway::new(pings(answer));
    let mut guest = scene.start(&gateway)?;
    // A word elsewhere says enough.
    let elsewhere = || gateway.count(Kind::Elsewhere) > 0;
    let ended = scene.until_over_or(
        &mut guest,
        elsewhere,
        "the session to end by what was answered",
    );
    if gateway.count(Kind::Elsewhere) > 0 {
        let elsewhere = &gateway.all(Kind::Elsewhere)[0];
        return Err(wire("nothing is asked for elsewhere", elsewhere));
    }
    ended?;
    count("times that the post arrived", gateway.times("PING 1"), 1)?;
    if gateway.count(Kind::Post) > 1 {
        return Err(wrong("the status ends the session", &gateway));
    }
    Ok(())
}

pub(super) fn no_redirect_is_followed(scene: &Scene<'_>) -> Verdict {
    for status in [301, 302, 303, 307, 308] {
        let to = || "/elsewhere";
        ends_the_session(scene, move || {
            Fault::answer(Reply::new(status, "page").with("Location", to()))
        })?;
    }
    Ok(())
}

/// After statuses that may pass the session goes on, without the post.
pub(super) fn no_status_makes_it_try_again(scene: &Scene<'_>) -> Verdict {
    for status in [408, 429, 500, 503] {
        let (gateway, next) = scene.answered_so(move || {
            Fault::answer(Reply::new(status, "page").with("Retry-After", "0"))
        })?;
        same("a fate", &next, b"UNSENT 1 unknown\r\n")?;
        count("times that the post arrived", gateway.times("PING 1"), 1)?;
    }
    // Not 421, after which fetch makes a request again: whoever says it has not done anything.
    ends_the_session(scene, || Fault::answer(Reply::new(425, "page")))
}

pub(super) fn no_demand_for_credentials_is_answered(scene: &Scene<'_>) -> Verdict {
    for demand in ["Basic realm=\"a\"", "Negotiate"] {
        ends_the_session(scene, move || {
            Fault::answer(Reply::new(401, "page").with("WWW-Authenticate", demand))
        })?;
    }
    Ok(())
}

/// Where the host keeps cookies, its session asks for them; elsewhere there are none.
pub(super) fn cookies_are_those_of_the_host_or_none(scene: &Scene<'_>) -> Verdict {
    let gateway = Gateway::new(|visit: &Visit| match (visit.kind, visit.number) {
        (Kind::Open, _) => {
            let reply = reply("PING 1\r\n").with("Set-Cookie", "kept=1; Path=/");
            Fault::answer(reply)
        }
        (Kind::Poll, _) => Fault::hang(),
        _ => say(""),
    });
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a post and a poll", || {
        gateway.count(Kind::Post) == 1 && gateway.count(Kind::Poll) == 1
    })?;
    let expected = scene.claims().keeps_cookies.then_some("kept=1");
    for visit in [gateway.all(Kind::Post), gateway.all(Kind::Poll)].concat() {
        if visit.request.header("Cookie") != expected {
            let expected = match expected {
                Some(_) => "the host's cookie",
                None => "no cookie that the machine did not write",
            };
            return Err(wire(expected, &visit));
        }
    }
    Ok(())
}

pub(super) fn nothing_is_expected_before_a_body(scene: &Scene<'_>) -> Verdict {
    for len in [2_000, 200_000] {
        let (gateway, next) = scene.answered_so(move || say(vec![b'x'; len]))?;
        same("a body", &next, &vec![b'x'; len])?;
        has_none_of(&gateway, &["Expect"])?;
    }
    Ok(())
}

pub(super) fn nothing_is_added_to_a_request(scene: &Scene<'_>) -> Verdict {
    let (gateway, _) = scene.answered_so(|| say("PING 2\r\n"))?;
    has_none_of(
        &gateway,
        &[
            "Content-Encoding",
            "Transfer-Encoding",
            "Expect",
            "Authorization",
            "Range",
            "If-None-Match",
            "If-Modified-Since",
            "Upgrade",
        ],
    )
}

pub(super) fn no_compression_is_asked_for(scene: &Scene<'_>) -> Verdict {
    let (gateway, _) = scene.answered_so(|| say("PING 2\r\n"))?;
    for visit in all(&gateway) {
        // The session has written it itself.
        if visit.request.header_bytes("Accept-Encoding") != [b"identity"] {
            return Err(wire("no compression is asked for", &visit));
        }
    }
    Ok(())
}

/// A body that is called compressed stays as it is, which ends the session, or is undone and called so no longer.
pub(super) fn compression_is_not_half_undone(scene: &Scene<'_>) -> Verdict {
    let packed = || Fault::answer(reply(GZIP).with("Content-Encoding", "gzip"));
    let gateway = Gateway::new(pings(packed));
    let mut guest = scene.start(&gateway)?;
    let mut ended = false;
    scene
        .until(&mut guest, "a packed answer to be read", || {
            gateway.count(Kind::Post) == 2
        })
        .or_else(|breach| {
            ended = guest.is_over();
            if ended { Ok(()) } else { Err(breach) }
        })?;
    if ended {
        return count("times that the post arrived", gateway.times("PING 1"), 1);
    }
    same("what was packed", &gateway.posts()[1], b"hello")
}

fn all(gateway: &Gateway) -> Vec<Visit> {
    [Kind::Open, Kind::Post, Kind::Poll]
        .map(|kind| gateway.all(kind))
        .concat()
}

fn has_none_of(gateway: &Gateway, names: &[&str]) -> Verdict {
    for visit in all(gateway) {
        if let Some(name) = names
            .iter()
            .find(|name| visit.request.header(name).is_some())
        {
            return Err(wire(&format!("no {name} of its own"), &visit));
        }
    }
    Ok(())
}

pub(super) fn wire(expected: &str, visit: &Visit) -> Breach {
    Breach::Wire {
        expected: expected.to_owned(),
        seen: visit.request.to_wire(),
    }
}

/// `hello`, in one stored block.
const GZIP: &[u8] =
    b"\x1f\x8b\x08\0\0\0\0\0\x02\xff\x01\x05\0\xfa\xffhello\x86\xa6\x10\x36\x05\0\0\0";
