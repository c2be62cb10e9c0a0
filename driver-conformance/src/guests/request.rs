//! What is sent, byte for byte.

use super::bare::wire;
use super::gateway::{Gateway, Kind, MESSENGER, Visit, say};
use super::scene::{Scene, same};
use crate::Verdict;
use crate::server::Fault;

pub(super) fn a_body_arrives_byte_for_byte(scene: &Scene<'_>) -> Verdict {
    let all: Vec<u8> = (0..=255).collect();
    for body in [vec![0], all.clone(), all.repeat(256), all.repeat(800)] {
        let said = body.clone();
        let (gateway, next) = scene.answered_so(move || say(said.as_slice()))?;
        same("a body", &next, &body)?;
        let visit = &gateway.all(Kind::Post)[1];
        let length = body.len().to_string();
        if visit.request.header_bytes("Content-Length") != [length.as_bytes()] {
            return Err(wire("a body has its length", visit));
        }
    }
    Ok(())
}

/// The guest has opened, posted and polled.
fn all_kinds(scene: &Scene<'_>) -> Verdict<(Gateway, [Visit; 3])> {
    let gateway = Gateway::new(|visit| match visit.kind {
        Kind::Open => say("PING 1\r\n"),
        Kind::Poll => Fault::hang(),
        _ => say(""),
    });
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a post and a poll", || {
        gateway.count(Kind::Post) == 1 && gateway.count(Kind::Poll) == 1
    })?;
    let visits = [Kind::Open, Kind::Post, Kind::Poll].map(|kind| gateway.all(kind).swap_remove(0));
    Ok((gateway, visits))
}

pub(super) fn an_empty_post_says_that_it_is_empty(scene: &Scene<'_>) -> Verdict {
    let (_, [_, _, poll]) = all_kinds(scene)?;
    if poll.request.header_bytes("Content-Length") != [b"0"] || poll.request.method != "POST" {
        return Err(wire("an empty POST with Content-Length: 0", &poll));
    }
    Ok(())
}

pub(super) fn path_and_query_stay_as_they_are(scene: &Scene<'_>) -> Verdict {
    targets(scene, capitals)
}

/// `%7e` and `%7E` mean the same, and are not the same bytes.
pub(super) fn escapes_keep_their_letters(scene: &Scene<'_>) -> Verdict {
    targets(scene, str::to_owned)
}

/// Each request goes where it should, by what of the target is looked at.
fn targets(scene: &Scene<'_>, looked_at: fn(&str) -> String) -> Verdict {
    let (gateway, visits) = all_kinds(scene)?;
    let url = gateway.url();
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let session = MESSENGER;
    let queries = [
        // What else an open and a poll say is the binding's.
        String::new(),
        session.to_owned(),
        format!("{session}&Action=poll"),
    ];
    for (visit, query) in visits.iter().zip(&queries) {
        let expected = format!("/{path}?{query}");
        let seen = looked_at(&visit.request.target);
        let due = looked_at(&expected);
        let right = match visit.kind {
            Kind::Post => seen == due,
            _ => seen.starts_with(&due),
        };
        if !right {
            return Err(wire(&expected, visit));
        }
    }
    Ok(())
}

/// The digits of escapes in capitals.
fn capitals(target: &str) -> String {
    let mut pieces = target.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        all + "%" + &digits.to_ascii_uppercase() + rest
    })
}

pub(super) fn the_host_is_named_once(scene: &Scene<'_>) -> Verdict {
    let (gateway, visits) = all_kinds(scene)?;
    let address = gateway.server().address().to_string();
    for visit in &visits {
        if visit.request.header_bytes("Host") != [address.as_bytes()] {
            return Err(wire("the host of the address", visit));
        }
    }
    Ok(())
}

/// Those that a session writes, which an HTTP library likes to set itself.
pub(super) fn headers_arrive_as_they_were_chosen(scene: &Scene<'_>) -> Verdict {
    let (_, visits) = all_kinds(scene)?;
    for visit in &visits {
        for (name, value) in [
            ("Content-Type", "application/x-msn-messenger"),
            ("Accept-Encoding", "identity"),
        ] {
            if visit.request.header_bytes(name) != [value.as_bytes()] {
                return Err(wire(&format!("{name}: {value}"), visit));
            }
        }
    }
    if visits[0].request.header_bytes("X-MSN-GWCapabilities") != [b"*"] {
        return Err(wire("what the gateway can do is asked for", &visits[0]));
    }
    Ok(())
}
