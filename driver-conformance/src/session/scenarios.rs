//! What goes wrong between a client and its gateway, and what the client must say about it. Written
//! against [`Drive`], so that every driver can be put through the same.

use std::collections::BTreeSet;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gateway_sm::{CloseReason, Limits, Mode, ProtocolError, Session};
use http::StatusCode;
use machine_contract::Failure;

use super::chat::Fate::{NotSent, Sent, Unknown};
use super::chat::{Chat, Fate, IMPATIENT, PATIENCE, TIMING};
use super::gateway::Upstream;
use super::losses::{
    CUTS, MODES, before, broken, config, cut, ends_at_a_poll, ends_at_the_open,
    ends_at_the_open_in, ends_at_two, in_all_modes, is_poll, is_post, loses_a_poll,
    loses_a_poll_in, loses_two, loses_two_in, page,
};
use crate::Drive;
use crate::server::{Fault, Reply, Request, Server};
use crate::stage::nobody_at;

pub(crate) use super::flood::an_application_that_takes_nothing;

pub(crate) fn a_server_that_never_holds_polls<D: Drive<Session>>() {
    for mode in MODES {
        let honest = config().longest_hold(Duration::ZERO).unwrap();
        never_holds::<D>(mode, before(honest, |_| Fault::none()));
        // This one says that it does.
        let deaf = |request: &mut Request| {
            request.target = request.target.replace("&Lifespan=60", "");
            Fault::none()
        };
        never_holds::<D>(mode, before(config(), deaf));
    }
}

fn never_holds<D: Drive<Session>>(mode: Mode, (upstream, server): (Upstream, Server)) {
    let mut chat = Chat::<D>::new(&server.url(""), mode);
    for line in ["1", "2", "3"] {
        assert_eq!(chat.tell(line), Sent);
        upstream.say(&format!("RE {line}"));
        chat.until_received(&format!("RE {line}"));
    }
    let (before, started) = (server.requests().len(), Instant::now());
    let polls = || server.requests().len() - before;
    chat.listen(Duration::from_millis(300));
    while polls() < 2 {
        assert!(started.elapsed() < PATIENCE, "{mode:?}: it does not poll");
        chat.listen(Duration::from_millis(10));
    }
    // 10, 20, 40, 60, 60, ... ms apart.
    let (polls, time) = (polls(), started.elapsed());
    assert!(
        polls as u128 <= 4 + time.as_millis() / 60,
        "{mode:?}: {polls} polls in {time:?}"
    );
    chat.end_and_compare(&upstream);
    assert_eq!(chat.gaps(), 0);
}

/// Not in parallel mode, which promises that they do not change.
pub(crate) fn session_ids_that_change_with_every_reply<D: Drive<Session>>() {
    for mode in [Mode::Serial, Mode::Learn] {
        let (upstream, server) = before(config().rotate_session_ids(true), |_| Fault::none());
        let mut chat = Chat::<D>::new(&server.url(""), mode);
        for line in ["1", "2", "3", "4", "5"] {
            assert_eq!(chat.tell(line), Sent);
        }
        upstream.say("RE");
        chat.until_received("RE");
        chat.end_and_compare(&upstream);
        assert_eq!(chat.gaps(), 0);
        let requests = server.requests();
        let ids = requests.iter().filter_map(|request| {
            let (_, after) = request.target.split_once("SessionID=")?;
            after.split('&').next()
        });
        let ids: BTreeSet<_> = ids.collect();
        assert!(ids.len() >= 5, "{ids:?}");
    }
}

/// In serial mode only: over two connections at once nobody could know which half comes first.
pub(crate) fn frames_that_are_split_over_replies<D: Drive<Session>>() {
    let rest = Arc::new(Mutex::new(Vec::new()));
    let (upstream, server) = before(config(), move |_| {
        let rest = Arc::clone(&rest);
        Fault::edit(move |reply| {
            let mut rest = rest.lock().unwrap();
            let kept = reply.body.split_off(reply.body.len().saturating_sub(3));
            reply.body.splice(..0, mem::replace(&mut *rest, kept));
        })
    });
    let mut chat = Chat::<D>::new(&server.url(""), Mode::Serial);
    for line in ["1", "2", "3"] {
        assert_eq!(chat.tell(line), Sent);
        upstream.say(&format!("RE {line}"));
    }
    chat.until_received("RE 3");
    chat.end_and_compare(&upstream);
    assert_eq!(chat.gaps(), 0);
}

pub(crate) fn a_post_whose_reply_is_cut_off<D: Drive<Session>>() {
    for mode in MODES {
        for after in CUTS {
            loses_two::<D>(mode, move || cut(after), &["1", "2", "3"]);
        }
    }
}

pub(crate) fn a_post_whose_reply_comes_too_late<D: Drive<Session>>() {
    in_all_modes(|mode| {
        let late = || Fault::none().delay(IMPATIENT.reply * 2);
        loses_two_in::<D>(mode, IMPATIENT, late, &["1", "2", "3"]);
    });
}

pub(crate) fn a_poll_whose_reply_is_cut_off<D: Drive<Session>>() {
    for mode in MODES {
        for after in CUTS {
            let armed = Arc::new(AtomicBool::new(false));
            let aim = Arc::clone(&armed);
            let (upstream, server) = before(config(), move |request| {
                let (poll, aim) = (is_poll(request), Arc::clone(&aim));
                Fault::edit(move |reply| {
                    if poll && !reply.body.is_empty() && aim.swap(false, Ordering::SeqCst) {
                        reply.cut = Some(after.unwrap_or(reply.len() - 1));
                    }
                })
            });
            let mut chat = Chat::<D>::new(&server.url(""), mode);
            assert_eq!(chat.tell("1"), Sent);
            armed.store(true, Ordering::SeqCst);
            upstream.say("LOST");
            chat.until("a gap", |chat| chat.gaps() == 1);
            upstream.say("KEPT");
            chat.until_received("KEPT");
            assert_eq!(chat.tell("2"), Sent);
            chat.until_received("ACK 2");
            chat.end_and_compare(&upstream);
            assert_eq!(chat.received(), ["ACK 1", "KEPT", "ACK 2"]);
            assert_eq!(chat.gaps(), 1);
        }
    }
}

pub(crate) fn an_open_whose_reply_is_cut_off<D: Drive<Session>>() {
    for mode in MODES {
        let unreachable = |reason| reason == CloseReason::Unreachable(Failure::Unknown);
        ends_at_the_open::<D>(mode, || cut(None), &["1"], unreachable);
        ends_at_the_open::<D>(mode, Fault::close, &[], unreachable);
    }
    in_all_modes(|mode| {
        let unreachable = |reason| reason == CloseReason::Unreachable(Failure::Unknown);
        ends_at_the_open_in::<D>(mode, IMPATIENT, Fault::hang, &[], unreachable);
    });
}

pub(crate) fn an_empty_open_whose_reply_is_cut_off<D: Drive<Session>>() {
    for mode in MODES {
        let first = AtomicBool::new(true);
        let (upstream, server) = before(config(), move |_| {
            if first.swap(false, Ordering::SeqCst) {
                cut(None)
            } else {
                Fault::none()
            }
        });
        let mut chat =
            Chat::<D>::with(&server.url(""), |config| config.mode(mode).empty_open(true));
        assert_eq!(chat.tell("1"), Sent);
        chat.end_and_compare(&upstream);
        assert_eq!((chat.opened(), chat.gaps()), (1, 0));
        assert_eq!(upstream.heard(), ["1"]);
    }
}

pub(crate) fn a_connection_closed_before_anything_was_read<D: Drive<Session>>() {
    for mode in MODES {
        loses_two::<D>(mode, Fault::close, &["1", "3"]);
        loses_a_poll::<D>(mode, Fault::close);
    }
}

pub(crate) fn a_server_that_answers_a_page<D: Drive<Session>>() {
    let not_a_gateway = |reason| matches!(reason, CloseReason::Protocol(ProtocolError::Reply(_)));
    let portal = || Fault::answer(page());
    for mode in MODES {
        ends_at_the_open::<D>(mode, portal, &[], not_a_gateway);
        ends_at_two::<D>(mode, portal, not_a_gateway);
        ends_at_a_poll::<D>(mode, portal, not_a_gateway);
    }
}

pub(crate) fn a_server_that_answers_400<D: Drive<Session>>() {
    let bad_request = || {
        Fault::answer(Reply {
            status: 400,
            ..page()
        })
    };
    for mode in MODES {
        let refused = |reason| reason == CloseReason::Status(StatusCode::BAD_REQUEST);
        ends_at_the_open::<D>(mode, bad_request, &[], refused);
        let lost = |reason| reason == CloseReason::SessionLost;
        ends_at_two::<D>(mode, bad_request, lost);
        ends_at_a_poll::<D>(mode, bad_request, lost);
    }
}

pub(crate) fn a_server_that_answers_500_once<D: Drive<Session>>() {
    for mode in MODES {
        loses_two::<D>(mode, broken, &["1", "3"]);
        loses_a_poll::<D>(mode, broken);
        // The server behind has heard it.
        let spoilt = || {
            Fault::edit(|reply| {
                *reply = Reply {
                    status: 502,
                    ..page()
                }
            })
        };
        loses_two::<D>(mode, spoilt, &["1", "2", "3"]);
    }
}

pub(crate) fn a_server_that_answers_500_for_ever<D: Drive<Session>>() {
    let given_up = |reason| reason == CloseReason::Status(StatusCode::INTERNAL_SERVER_ERROR);
    for mode in MODES {
        ends_at_the_open::<D>(mode, broken, &[], given_up);

        let works = Arc::new(AtomicBool::new(true));
        let working = Arc::clone(&works);
        let (upstream, server) = before(config(), move |_| {
            if working.load(Ordering::SeqCst) {
                Fault::none()
            } else {
                broken()
            }
        });
        // A poll that is held meanwhile does not fail: it takes one post after the other.
        let impatient = Limits {
            request: 1,
            failures: 2,
            ..Limits::default()
        };
        let mut chat = Chat::<D>::with(&server.url(""), |config| {
            config.mode(mode).limits(impatient).unwrap()
        });
        assert_eq!(chat.tell("1"), Sent);
        chat.until_received("ACK 1");
        works.store(false, Ordering::SeqCst);
        for line in ["2", "3", "4", "5"] {
            chat.send(line);
        }
        chat.until_end(given_up);
        chat.end_and_compare(&upstream);
        assert_eq!(upstream.heard(), ["1"]);
        let fates = chat.fates();
        // In serial mode a failed poll comes between the posts, or before the first.
        assert!([[Sent, Unknown], [Sent, NotSent]].contains(&[fates[0], fates[1]]));
        assert_eq!(fates[4], NotSent);
    }
}

pub(crate) fn a_server_that_answers_nothing<D: Drive<Session>>() {
    in_all_modes(|mode| {
        let started = Instant::now();
        loses_two_in::<D>(mode, IMPATIENT, Fault::hang, &["1", "3"]);
        assert!(started.elapsed() >= IMPATIENT.reply);
        loses_a_poll_in::<D>(mode, IMPATIENT, Fault::hang);
    });
}

pub(crate) fn a_server_that_is_not_there<D: Drive<Session>>() {
    let upstream = Upstream::start(config());
    let (_taken, address) = nobody_at(0);
    for mode in MODES {
        let mut chat = Chat::<D>::new(&format!("http://{address}"), mode);
        chat.send("1");
        chat.send("2");
        chat.until_end(|reason| reason == CloseReason::Unreachable(Failure::NotSent));
        chat.end_and_compare(&upstream);
        assert_eq!(chat.fates(), [NotSent, NotSent]);
    }
}

pub(crate) fn a_server_that_goes_away<D: Drive<Session>>() {
    for mode in MODES {
        // The driver must only look at its idle connections, for which a busy machine takes its time.
        let looks = [10, 300, 5_000].map(Duration::from_millis);
        let known = |look| goes_away::<D>(mode, look) == [Sent, NotSent, NotSent];
        assert!(looks.into_iter().any(known), "{mode:?}: it never looks");
    }
}

/// Says 1, and 2 and 3 after the server has gone and the driver has looked for so long; gives their fates.
fn goes_away<D: Drive<Session>>(mode: Mode, look: Duration) -> Vec<Fate> {
    let (upstream, server) = before(config(), |_| Fault::none());
    // Polls that fail meanwhile, one after each pause, must not be the end before anything was sent.
    let meanwhile = look.as_millis() / TIMING.retry.as_millis();
    let patient = Limits {
        failures: 30 + u32::try_from(meanwhile).unwrap(),
        ..Limits::default()
    };
    let mut chat = Chat::<D>::with(&server.url(""), |config| {
        config.mode(mode).limits(patient).unwrap()
    });
    assert_eq!(chat.tell("1"), Sent);
    chat.until_received("ACK 1");
    let port = server.address().port();
    server.close();
    let _taken = nobody_at(port);
    for _ in 0..5 {
        chat.listen(look / 5);
    }
    chat.send("2");
    chat.send("3");
    chat.until_end(|reason| matches!(reason, CloseReason::Unreachable(_)));
    chat.end_and_compare(&upstream);
    assert_eq!(upstream.heard(), ["1"]);
    chat.fates()
}

/// Every fault that a session survives, all the time.
pub(crate) fn a_storm<D: Drive<Session>>() {
    for mode in MODES {
        let count = AtomicUsize::new(0);
        let (upstream, server) = before(config(), move |request| {
            if !is_post(request) && !is_poll(request) {
                return Fault::none();
            }
            // Pseudo-random, and the same in every run as far as threads allow.
            let n = count.fetch_add(1, Ordering::SeqCst) as u64;
            match n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60 {
                0 => cut(Some(0)),
                1 => cut(Some(12)),
                2 => cut(None),
                3 => Fault::close(),
                4 => broken(),
                5 => Fault::none().drip(Duration::from_micros(50)),
                6 | 7 => Fault::none().delay(Duration::from_millis(15)),
                _ => Fault::none(),
            }
        });
        let stubborn = Limits {
            failures: 1000,
            ..Limits::default()
        };
        let mut chat = Chat::<D>::with(&server.url(""), |config| {
            config.mode(mode).limits(stubborn).unwrap()
        });
        assert_eq!(chat.tell("0"), Sent);
        let met_all = |chat: &Chat<D>| chat.fates().contains(&Unknown) && chat.gaps() > 0;
        let mut n = 0;
        // What meets which fault depends on what travels together.
        while n < 60 || n < 300 && !met_all(&chat) {
            n += 1;
            chat.send(&n.to_string());
            if n % 2 == 0 {
                chat.listen(Duration::from_millis(10));
                upstream.say(&format!("RE {n}"));
                // One lost post must not take too many with it, however slowly they leave.
                chat.until("most fates", |chat| chat.fates().len() >= n - 1);
            }
        }
        chat.until("all fates", |chat| chat.fates().len() == n + 1);
        chat.end_and_compare(&upstream);
        let fates = chat.fates();
        assert!(
            fates.contains(&Unknown) && chat.gaps() > 0,
            "{mode:?} met no fault"
        );
        let sent = fates.iter().filter(|fate| **fate == Sent).count();
        assert!(sent > 20, "{mode:?}: {fates:?}");
    }
}
