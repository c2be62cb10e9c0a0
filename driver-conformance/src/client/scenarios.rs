//! What goes wrong between a whole client and its service, and what the client must say about it.
//! Written against [`Drive`], so that every driver can be put through the same.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway_sm::Mode;
use msnp_client::{Client, Reason};

use super::losses::{
    CUTS, MODES, chats_undisturbed, cut, goes_away_for_a_while, has, in_all_modes, is_gateway,
    is_open, loses_a_poll, loses_a_poll_in, loses_two, loses_two_in, on_two, once, page,
};
use super::person::Fate;
use super::person::Fate::{Delivered, Failed, Uncertain};
use super::setting::{IMPATIENT, Setting};
use super::world::World;
use crate::Drive;
use crate::server::{Fault, Request};

pub(crate) use super::flood::an_application_that_takes_nothing;
pub(crate) use super::stream_network::a_network_that_is_reached_by_a_stream;

pub(crate) fn a_server_that_never_holds_polls<D: Drive<Client>>() {
    for mode in MODES {
        let mut setting = Setting::of(mode);
        setting.service = |config| config.timings.longest_hold = Duration::ZERO;
        chats_undisturbed(&mut World::<D>::new(&setting, |_| Fault::none()));
        // This one says that it does.
        let deaf = |request: &mut Request| {
            request.target = request.target.replace("&Lifespan=1", "");
            Fault::none()
        };
        chats_undisturbed(&mut World::<D>::new(&Setting::of(mode), deaf));
    }
}

/// Not in parallel mode, which promises that they do not change.
pub(crate) fn session_ids_that_change_with_every_reply<D: Drive<Client>>() {
    for mode in [Mode::Serial, Mode::Learn] {
        let mut setting = Setting::of(mode);
        setting.service = |config| config.rotate_session_ids = true;
        let mut world = World::<D>::new(&setting, |_| Fault::none());
        chats_undisturbed(&mut world);
        let requests = world.proxy().requests();
        let ids = requests.iter().filter_map(|request| {
            let (_, after) = request.target.split_once("SessionID=")?;
            after.split('&').next()
        });
        let ids: std::collections::BTreeSet<_> = ids.collect();
        assert!(ids.len() >= 5, "{ids:?}");
    }
}

/// In serial mode only: over two connections at once nobody could know which half comes first.
pub(crate) fn frames_that_are_split_over_replies<D: Drive<Client>>() {
    let rest = Arc::new(Mutex::new(Vec::new()));
    let mut world = World::<D>::signed_out(&Setting::of(Mode::Serial), move |request| {
        if !is_gateway(request) {
            return Fault::none();
        }
        let rest = Arc::clone(&rest);
        Fault::edit(move |reply| {
            let mut rest = rest.lock().unwrap();
            let kept = reply.body.split_off(reply.body.len().saturating_sub(7));
            reply.body.splice(..0, mem::replace(&mut *rest, kept));
        })
    });
    world.alice_mut().sign_in();
    world.bob_mut().sign_in();
    world.until("both are signed in", |world| {
        world.alice().signed_in() + world.bob().signed_in() == 2
    });
    for n in 1..=3 {
        world.bob_says(&format!("b{n}"));
        assert_eq!(world.tell(&format!("a{n}")), Delivered);
    }
    // The cutting goes on: what follows would else lack its first half.
    world.until("all messages", |world| world.alice().received().len() == 3);
    world.compare();
    assert_eq!(world.alice().lost(), []);
}

pub(crate) fn a_post_whose_reply_is_cut_off<D: Drive<Client>>() {
    for mode in MODES {
        for after in CUTS {
            loses_two::<D>(mode, move || cut(after), true, true);
        }
    }
}

pub(crate) fn a_post_whose_reply_comes_too_late<D: Drive<Client>>() {
    in_all_modes(|mode| {
        let late = || Fault::none().delay(IMPATIENT + IMPATIENT / 2);
        loses_two_in::<D>(&Setting::impatient(mode), late, true, true);
    });
}

/// What it held is not lost: the service sends again what was not acknowledged, in the same session.
pub(crate) fn a_poll_whose_reply_is_cut_off<D: Drive<Client>>() {
    for mode in MODES {
        for after in CUTS {
            let armed = Arc::new(AtomicBool::new(true));
            let aim = Arc::clone(&armed);
            let mut world = World::<D>::new(&Setting::of(mode), move |request| {
                let (gateway, aim) = (is_gateway(request), Arc::clone(&aim));
                Fault::edit(move |reply| {
                    let message = has(&reply.body, "b1");
                    if gateway && message && aim.swap(false, Ordering::SeqCst) {
                        reply.cut = Some(after.unwrap_or(reply.len() - 1));
                    }
                })
            });
            // Releases a poll that is held already: the one after it meets the fault.
            world.bob_says("b0");
            world.until("b0", |world| !world.alice().received().is_empty());
            world.bob_says("b1");
            world.until("the loss", |_| !armed.load(Ordering::SeqCst));
            world.bob_says("b2");
            world.end_and_compare();
            assert_eq!(world.alice().lost(), []);
        }
        for after in CUTS {
            loses_a_poll::<D>(mode, move || cut(after), true);
        }
    }
}

/// Whatever it is that they answer.
pub(crate) fn every_third_reply_is_cut_off<D: Drive<Client>>() {
    for mode in MODES {
        let count = AtomicUsize::new(0);
        let mut world = World::<D>::new(&Setting::of(mode), move |request| {
            let n = count.fetch_add(1, Ordering::SeqCst);
            if is_gateway(request) && n.is_multiple_of(3) {
                cut(None)
            } else {
                Fault::none()
            }
        });
        for n in 1..=12 {
            world.bob_says(&format!("b{n}"));
            world.alice_says(&format!("a{n}"));
            world.listen(Duration::from_millis(15));
        }
        world.end_and_compare();
    }
}

pub(crate) fn a_connection_closed_before_anything_was_read<D: Drive<Client>>() {
    for mode in MODES {
        loses_two::<D>(mode, Fault::close, true, false);
        loses_a_poll::<D>(mode, Fault::close, true);
    }
}

/// The session cannot go on after what is no reply of a gateway: the client signs in anew.
pub(crate) fn a_server_that_answers_a_page<D: Drive<Client>>() {
    for mode in MODES {
        loses_two::<D>(mode, || page(200), false, false);
        loses_a_poll::<D>(mode, || page(200), false);
    }
}

pub(crate) fn a_server_that_answers_400<D: Drive<Client>>() {
    for mode in MODES {
        loses_two::<D>(mode, || page(400), false, false);
        loses_a_poll::<D>(mode, || page(400), false);
    }
}

pub(crate) fn a_server_that_answers_500_once<D: Drive<Client>>() {
    for mode in MODES {
        loses_two::<D>(mode, || page(500), true, false);
        loses_a_poll::<D>(mode, || page(500), true);
        // The service behind has heard it.
        let spoilt = || {
            Fault::edit(|reply| {
                reply.status = 502;
                reply.headers.clear();
                reply.body = b"<html>Bad gateway</html>".to_vec();
            })
        };
        loses_two::<D>(mode, spoilt, true, true);
        loses_a_poll::<D>(mode, spoilt, true);
    }
}

pub(crate) fn a_server_that_answers_500_for_a_while<D: Drive<Client>>() {
    goes_away_for_a_while::<D>(|| page(500));
}

pub(crate) fn a_server_that_answers_nothing_for_a_while<D: Drive<Client>>() {
    goes_away_for_a_while::<D>(Fault::close);
}

pub(crate) fn a_server_that_answers_500_for_ever<D: Drive<Client>>() {
    for mode in MODES {
        let mut setting = Setting::of(mode);
        setting.client = |config| config.reconnect_attempts(3);
        let mut world = World::<D>::new(&setting, |_| page(500));
        world.alice_says("a1");
        world.alice_says("a2");
        world.until("the end", |world| world.alice().signed_out().is_some());
        assert_eq!(world.alice().signed_out(), Some(Reason::ServiceUnavailable));
        assert_eq!(world.alice().lost().len(), 3);
        // In serial mode a poll may have been the first to fail.
        let fates = world.alice().fates();
        let honest = |fate: &Option<Fate>| matches!(fate, Some(Uncertain(_) | Failed(_)));
        assert!(fates.iter().all(honest), "{fates:?}");
        world.compare();
        assert_eq!(world.bob().received().len(), 0);
    }
}

pub(crate) fn a_server_that_answers_nothing<D: Drive<Client>>() {
    in_all_modes(|mode| {
        let setting = Setting::impatient(mode);
        loses_two_in::<D>(&setting, Fault::hang, true, false);
        loses_a_poll_in::<D>(&setting, Fault::hang, true);
    });
}

/// Each step of the sign-in fails once in each of these ways; the client tries again until it is in.
pub(crate) fn a_sign_in_with_trouble_at_every_step<D: Drive<Client>>() {
    let is_it: [fn(&Request) -> bool; 5] = [
        |request| request.target.contains("authorize.srf"),
        |request| request.target.contains("post.srf"),
        |request| request.target.contains("/v2/a"),
        |request| request.target.contains("Initialization"),
        is_open,
    ];
    let faults: [fn() -> Fault; 6] = [
        Fault::close,
        || cut(Some(12)),
        || cut(None),
        || page(400),
        || page(500),
        || page(503),
    ];
    for (step, is_it) in is_it.into_iter().enumerate() {
        for fault in faults {
            let setting = Setting::of(Mode::Learn);
            let mut world = World::<D>::signed_out(&setting, once(is_it, fault));
            world.bob_mut().sign_in();
            world.alice_mut().sign_in();
            // What is said meanwhile waits.
            world.alice_says("a1");
            world.until("both are signed in", |world| {
                world.alice().signed_in() + world.bob().signed_in() == 2
            });
            world.end_and_compare();
            assert_eq!(world.alice().fate("a1"), Some(Delivered));
            // It can do without the two steps of the uic.
            let needs_it = ![2, 3].contains(&step);
            assert_eq!(
                world.alice().lost().len(),
                usize::from(needs_it),
                "step {step}"
            );
        }
    }
}

/// A page instead of the cookies is a matter for a person: no use in trying for ever.
pub(crate) fn a_sign_in_page_that_wants_a_person<D: Drive<Client>>() {
    let fault = |request: &mut Request| {
        if request.target.contains("post.srf") {
            page(200)
        } else {
            Fault::none()
        }
    };
    let mut world = World::<D>::signed_out(&Setting::of(Mode::Learn), fault);
    world.bob_mut().sign_in();
    world.alice_mut().sign_in();
    world.alice_says("a1");
    world.until("the end", |world| {
        world.alice().signed_out().is_some() && world.bob().signed_in() == 1
    });
    assert_eq!(world.alice().signed_out(), Some(Reason::NeedsBrowser));
    assert_eq!(world.alice().fates(), [Some(Failed(Reason::NeedsBrowser))]);
    world.compare();
}

/// While a reply that would say more hangs.
pub(crate) fn a_sign_out_in_the_middle<D: Drive<Client>>() {
    in_all_modes(|mode| {
        for fault in [
            Fault::hang,
            || cut(None),
            || Fault::none().delay(IMPATIENT / 4),
        ] {
            let mut world = World::<D>::new(&Setting::impatient(mode), on_two(fault));
            assert_eq!(world.tell("a1"), Delivered);
            world.alice_says("a2");
            world.alice_says("a3");
            world.alice_mut().sign_out();
            world.until("the end", |world| world.alice().signed_out().is_some());
            assert_eq!(world.alice().signed_out(), Some(Reason::Requested));
            world.compare();
        }
    });
}

/// Everything that can go wrong, all the time and at every step.
pub(crate) fn a_storm<D: Drive<Client>>() {
    for mode in MODES {
        let count = AtomicUsize::new(0);
        let mut world = World::<D>::new(&Setting::of(mode), move |request| {
            // A page instead of the cookies would be the end.
            let cookies = request.target.contains("post.srf");
            // Pseudo-random, and the same in every run as far as threads allow.
            let n = count.fetch_add(1, Ordering::SeqCst) as u64;
            match n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58 {
                0 | 1 => cut(Some(0)),
                2 => cut(Some(12)),
                3 | 4 => cut(None),
                5 => Fault::close(),
                6 | 7 => page(500),
                8 | 13 => page(400),
                9 if !cookies => page(200),
                10 => Fault::none().drip(Duration::from_micros(20)),
                11 | 12 => Fault::none().delay(Duration::from_millis(15)),
                _ => Fault::none(),
            }
        });
        let uncertain = |world: &World<D>| {
            let fates = world.alice().fates();
            fates
                .iter()
                .flatten()
                .any(|fate| matches!(fate, Uncertain(_)))
        };
        let mut n = 0;
        // Where messages travel together, it takes more of them to meet everything.
        while n < 40 || n < 60 && (world.alice().lost().is_empty() || !uncertain(&world)) {
            n += 1;
            world.alice_says(&format!("a{n}"));
            if n % 2 == 0 {
                world.bob_says(&format!("b{n}"));
            }
            world.listen(Duration::from_millis(15));
            // However slowly they leave, they must not all travel together.
            world.until("most fates", |world| {
                let fates = world.alice().fates();
                fates.iter().filter(|fate| fate.is_none()).count() <= 3
            });
        }
        world.end_and_compare();
        assert!(uncertain(&world), "{mode:?} met no loss");
        assert!(!world.alice().lost().is_empty(), "{mode:?} met no end");
    }
}
