//! Connections that are kept, and those that have died meanwhile.

use super::gateway::{Gateway, Kind, reply, say};
use super::scene::{Scene, pings, wrong};
use crate::server::Fault;
use crate::{Breach, Verdict};

pub(super) fn a_connection_that_the_server_ends_is_not_used_again(scene: &Scene<'_>) -> Verdict {
    // It says so and leaves the connection open: what comes on it is not answered.
    let last = || Fault::answer(reply("PING 2\r\n").with("Connection", "close"));
    let gateway = Gateway::new(pings(last));
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a post after the last of a connection", || {
        gateway.count(Kind::Post) == 2
    })?;
    let posts = gateway.all(Kind::Post);
    if posts[0].request.connection == posts[1].request.connection {
        let expected = "a connection that the server wants closed carries no more";
        return Err(wrong(expected, &gateway));
    }
    Ok(())
}

/// The gateway closes the connection after each answer without a word, and the next post may meet it dead.
pub(super) fn what_meets_a_dead_connection_is_never_sent_twice(scene: &Scene<'_>) -> Verdict {
    let gateway = Gateway::new(|visit| match (visit.kind, visit.number) {
        (Kind::Poll, _) => Fault::hang(),
        (Kind::Open, _) => dies_behind(0),
        (Kind::Post, number @ 0..ROUNDS) => dies_behind(number + 1),
        _ => say(""),
    });
    let mut guest = scene.start(&gateway)?;
    // A post that has met a dead one is reported by the next, which takes its place.
    scene.until(
        &mut guest,
        "posts after answers that ended their connections",
        || gateway.count(Kind::Post) > ROUNDS,
    )?;
    for number in 0..=ROUNDS {
        let times = gateway.times(&format!("PING {number}"));
        if times > 1 {
            return Err(Breach::Count {
                what: format!("times that PING {number} arrived"),
                expected: "at most 1".into(),
                seen: times,
            });
        }
    }
    Ok(())
}

/// The answer is whole, asks for another post, and is the end of its connection.
fn dies_behind(number: usize) -> Fault {
    let reply = reply(format!("PING {number}\r\n"));
    let whole = reply.len();
    Fault::answer(reply.cut_after(whole))
}

const ROUNDS: usize = 8;
