//! Responses: whole, however they come.

use std::time::Duration;

use super::gateway::{Gateway, Kind, MESSENGER, head, reply, say};
use super::scene::{Scene, pings, same};
use crate::Verdict;
use crate::server::{Fault, Reply};
use crate::stage::{at_most, count};

/// What comes up of this answer is the body.
fn brings(
    scene: &Scene<'_>,
    answer: impl Fn() -> Fault + Send + Sync + 'static,
    body: &[u8],
) -> Verdict {
    let (_, next) = scene.answered_so(answer)?;
    same("what was answered", &next, body)
}

pub(super) fn every_byte_of_a_body_arrives(scene: &Scene<'_>) -> Verdict {
    let body: Vec<u8> = (0..=255).rev().cycle().take(250_000).collect();
    let said = body.clone();
    brings(scene, move || say(said.as_slice()), &body)
}

pub(super) fn a_slow_body_arrives_whole(scene: &Scene<'_>) -> Verdict {
    let slow = || say("drop by drop\r\n").drip(Duration::from_micros(300));
    brings(scene, slow, b"drop by drop\r\n")
}

pub(super) fn a_chunked_body_arrives_whole(scene: &Scene<'_>) -> Verdict {
    for body in [
        "3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n",
        "1\r\na\r\n1\r\nb\r\n6;name=\"x\"\r\ncdefgh\r\n0\r\n\r\n",
        "00008\r\nabcdefgh\r\n000\r\nX-Trailer: 1\r\n\r\n",
    ] {
        let raw = move || {
            let head = head();
            Fault::raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n{body}"))
        };
        brings(scene, raw, b"abcdefgh")?;
        let drip = move || raw().drip(Duration::from_micros(300));
        brings(scene, drip, b"abcdefgh")?;
    }
    Ok(())
}

pub(super) fn a_body_may_end_with_its_connection(scene: &Scene<'_>) -> Verdict {
    let to_the_end = || {
        let head = head();
        Fault::raw_then_close(format!("{head}Connection: close\r\n\r\nto the end"))
    };
    brings(scene, to_the_end, b"to the end")?;
    let old = || {
        let head = head().replacen("HTTP/1.1", "HTTP/1.0", 1);
        Fault::raw_then_close(format!("{head}\r\nto the end"))
    };
    brings(scene, old, b"to the end")
}

fn behind(interim: &'static str) -> impl Fn() -> Fault + Send + Sync + 'static {
    move || {
        let head = head();
        Fault::raw(format!("{interim}{head}Content-Length: 5\r\n\r\nfinal"))
    }
}

pub(super) fn a_continue_is_passed_over(scene: &Scene<'_>) -> Verdict {
    brings(scene, behind("HTTP/1.1 100 Continue\r\n\r\n"), b"final")
}

pub(super) fn interim_responses_are_passed_over(scene: &Scene<'_>) -> Verdict {
    for interim in [
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Interim: 1\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    ] {
        brings(scene, behind(interim), b"final")?;
    }
    Ok(())
}

pub(super) fn header_names_have_no_case(scene: &Scene<'_>) -> Verdict {
    let odd = || {
        Fault::raw(format!(
            "HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:2\r\nx-MSN-mESSENGER:  {MESSENGER} \r\n\r\nok"
        ))
    };
    brings(scene, odd, b"ok")
}

/// It ends the session, and nobody waits for a body.
pub(super) fn a_response_without_a_body_has_none(scene: &Scene<'_>) -> Verdict {
    for status in [204, 304] {
        let none = move || Fault::raw(format!("HTTP/1.1 {status} Nothing\r\n\r\n"));
        let gateway = Gateway::new(pings(none));
        let mut guest = scene.start(&gateway)?;
        scene.until_over(&mut guest, "the session to end by a status without a body")?;
        count("times that the post arrived", gateway.times("PING 1"), 1)?;
    }
    Ok(())
}

pub(super) fn an_odd_status_is_a_status(scene: &Scene<'_>) -> Verdict {
    // A server's failure may pass: the session goes on.
    brings(
        scene,
        || Fault::answer(Reply::new(599, "odd")),
        b"UNSENT 1 unknown\r\n",
    )?;
    for status in [299, 418] {
        let gateway = Gateway::new(pings(move || {
            Fault::answer(Reply {
                status,
                ..reply("odd")
            })
        }));
        let mut guest = scene.start(&gateway)?;
        scene.until_over(&mut guest, "the session to end by an odd status")?;
        count("times that the post arrived", gateway.times("PING 1"), 1)?;
    }
    // Without a reason.
    let bare = || {
        let head = head().replacen("200 OK", "200", 1);
        Fault::raw(format!("{head}Content-Length: 2\r\n\r\nok"))
    };
    brings(scene, bare, b"ok")
}

/// The driver gives up in time to hold little, and the guest goes on.
fn gives_up(scene: &Scene<'_>, flood: impl Fn() -> Fault + Send + Sync + 'static) -> Verdict {
    let gateway = Gateway::new(pings(flood));
    let mut guest = scene.start(&gateway)?;
    scene.until(
        &mut guest,
        "an answer without an end to be given up",
        || gateway.count(Kind::Post) == 2 || gateway.server().flooded() == MUCH,
    )?;
    at_most(
        "bytes that the gateway could say",
        gateway.server().flooded(),
        MUCH - 1,
    )?;
    same("a fate", &gateway.posts()[1], b"UNSENT 1 unknown\r\n")
}

pub(super) fn an_endless_body_is_not_read_to_its_end(scene: &Scene<'_>) -> Verdict {
    let chunk = [b"4000\r\n", &[b'x'; 0x4000][..], b"\r\n"].concat();
    for (framing, piece) in [
        (format!("Content-Length: {MUCH}"), vec![b'x'; 1 << 16]),
        ("Transfer-Encoding: chunked".into(), chunk),
        ("Connection: close".into(), vec![b'x'; 1 << 16]),
    ] {
        gives_up(scene, move || {
            let head = head();
            Fault::flood(format!("{head}{framing}\r\n\r\n"), piece.as_slice(), MUCH)
        })?;
    }
    Ok(())
}

pub(super) fn an_endless_head_is_not_read_to_its_end(scene: &Scene<'_>) -> Verdict {
    let one_line = ("X-Long: ", "x".repeat(1 << 16));
    let many_lines = ("", "X-Many: yes\r\n".repeat(1 << 12));
    for (begun, piece) in [one_line, many_lines] {
        gives_up(scene, move || {
            let head = head();
            Fault::flood(format!("{head}{begun}"), piece.as_bytes(), MUCH)
        })?;
    }
    Ok(())
}

/// More than any limit, and than the buffers of any kernel.
const MUCH: usize = 96 << 20;
