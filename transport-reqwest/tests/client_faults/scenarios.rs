//! What goes wrong between a whole client and its service, and what the client must say about it.
//! Written against [`Drive`](crate::world::Drive), so that every driver can be put through the same.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use gateway_sm::Mode;
use msnp_client::Reason;

use crate::server::{Fault, Reply, Request};
use crate::world::Fate::{Delivered, Failed, Uncertain};
use crate::world::{Drive, Fate, IMPATIENT, Setting, World};

/// Makes a test of every scenario.
#[macro_export]
macro_rules! every_scenario {
    ($drive:ty) => {
        $crate::every_scenario! { $drive:
            a_server_that_never_holds_polls
            session_ids_that_change_with_every_reply
            frames_that_are_split_over_replies
            a_post_whose_reply_is_cut_off
            a_post_whose_reply_comes_too_late
            a_poll_whose_reply_is_cut_off
            every_third_reply_is_cut_off
            a_connection_closed_before_anything_was_read
            a_server_that_answers_a_page
            a_server_that_answers_400
            a_server_that_answers_500_once
            a_server_that_answers_500_for_a_while
            a_server_that_answers_500_for_ever
            a_server_that_answers_nothing
            a_server_that_answers_nothing_for_a_while
            a_sign_in_with_trouble_at_every_step
            a_sign_in_page_that_wants_a_person
            a_sign_out_in_the_middle
            a_storm
        }
    };
    ($drive:ty: $($scenario:ident)*) => {
        $(
            #[test]
            fn $scenario() {
                $crate::scenarios::$scenario::<$drive>();
            }
        )*
    };
}

const MODES: [Mode; 3] = [Mode::Serial, Mode::Parallel, Mode::Learn];

/// In every mode at once: for what takes long because it waits.
fn in_all_modes(scenario: impl Fn(Mode) + Sync) {
    let scenario = &scenario;
    thread::scope(|scope| {
        for mode in MODES {
            scope.spawn(move || scenario(mode));
        }
    });
}

fn is_gateway(request: &Request) -> bool {
    request.target.contains("gateway.dll")
}

fn is_open(request: &Request) -> bool {
    request.target.contains("Action=open")
}

fn is_poll(request: &Request) -> bool {
    request.target.contains("Action=poll")
}

/// Whether a message with this text is in there; acknowledgements and others may follow it.
fn has(body: &[u8], text: &str) -> bool {
    let text = format!("\r\n\r\n{text}");
    body.windows(text.len()).any(|at| at == text.as_bytes())
}

/// The fault for the post that carries the message `a2`; the rest passes.
fn on_two(
    fault: impl Fn() -> Fault + Send + Sync + 'static,
) -> impl Fn(&mut Request) -> Fault + Send + Sync + 'static {
    move |request| {
        if is_gateway(request) && has(&request.body, "a2") {
            fault()
        } else {
            Fault::none()
        }
    }
}

/// The fault for the first request like this.
fn once(
    is_it: impl Fn(&Request) -> bool + Send + Sync + 'static,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
) -> impl Fn(&mut Request) -> Fault + Send + Sync + 'static {
    let armed = AtomicBool::new(true);
    move |request| {
        if is_it(request) && armed.swap(false, Ordering::SeqCst) {
            fault()
        } else {
            Fault::none()
        }
    }
}

/// A page of a captive portal or a broken proxy.
fn page(status: u16) -> Fault {
    let reply = Reply::new(status, "<html><p>SDG 0 MSGR Please log in</html>\r\n");
    Fault::answer(reply.with("Content-Type", "text/html"))
}

/// The reply of the service, cut off after so many bytes; `None`: before its last one.
fn cut(after: Option<usize>) -> Fault {
    Fault::edit(move |reply| reply.cut = Some(after.unwrap_or(reply.len() - 1)))
}

/// In nothing, in the head, in the body.
const CUTS: [Option<usize>; 3] = [Some(0), Some(12), None];

/// Nothing is lost, and the client has not even noticed.
#[track_caller]
fn chats_undisturbed<D: Drive>(world: &mut World<D>) {
    for n in 1..=3 {
        world.bob_says(&format!("b{n}"));
        assert_eq!(world.tell(&format!("a{n}")), Delivered);
    }
    world.settle();
    assert_eq!(world.alice.lost, []);
}

/// Says `a1`, `a2`, `a3`, of which the fault takes `a2`.
#[track_caller]
fn loses_two<D: Drive>(
    mode: Mode,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    survives: bool,
    arrives: bool,
) {
    loses_two_in::<D>(&Setting::of(mode), fault, survives, arrives);
}

#[track_caller]
fn loses_two_in<D: Drive>(
    setting: &Setting,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    survives: bool,
    arrives: bool,
) {
    let mut world = World::<D>::new(setting, on_two(fault));
    world.bob_says("b1");
    let [one, two, three] = ["a1", "a2", "a3"].map(|text| {
        let fate = world.tell(text);
        world.bob_says(&format!("b after {text}"));
        fate
    });
    assert_eq!([one, three], [Delivered, Delivered]);
    assert_eq!(two, Uncertain(Reason::ConnectionLost));
    world.settle();
    assert_eq!(
        world.alice.lost.is_empty(),
        survives,
        "{:?}",
        world.alice.lost
    );
    assert_eq!(world.bob.received.contains(&"a2".to_owned()), arrives);
}

/// The fault meets one poll.
#[track_caller]
fn loses_a_poll<D: Drive>(
    mode: Mode,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    survives: bool,
) {
    loses_a_poll_in::<D>(&Setting::of(mode), fault, survives);
}

#[track_caller]
fn loses_a_poll_in<D: Drive>(
    setting: &Setting,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    survives: bool,
) {
    let armed = Arc::new(AtomicBool::new(true));
    let aim = Arc::clone(&armed);
    let shot = move || {
        aim.store(false, Ordering::SeqCst);
        fault()
    };
    let mut world = World::<D>::new(setting, once(is_poll, shot));
    for text in ["b1", "b2", "b3"] {
        world.bob_says(text);
        world.listen(Duration::from_millis(30));
    }
    world.until("the loss", |world| {
        !armed.load(Ordering::SeqCst) && (survives || !world.alice.lost.is_empty())
    });
    world.settle();
    assert_eq!(
        world.alice.lost.is_empty(),
        survives,
        "{:?}",
        world.alice.lost
    );
}

pub(crate) fn a_server_that_never_holds_polls<D: Drive>() {
    for mode in MODES {
        let mut setting = Setting::of(mode);
        setting.service = |config| config.timings.longest_hold = 0;
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
pub(crate) fn session_ids_that_change_with_every_reply<D: Drive>() {
    for mode in [Mode::Serial, Mode::Learn] {
        let mut setting = Setting::of(mode);
        setting.service = |config| config.rotate_session_ids = true;
        let mut world = World::<D>::new(&setting, |_| Fault::none());
        chats_undisturbed(&mut world);
        let requests = world.proxy.requests();
        let ids = requests.iter().filter_map(|request| {
            let (_, after) = request.target.split_once("SessionID=")?;
            after.split('&').next()
        });
        let ids: std::collections::BTreeSet<_> = ids.collect();
        assert!(ids.len() >= 5, "{ids:?}");
    }
}

/// In serial mode only: over two connections at once nobody could know which half comes first.
pub(crate) fn frames_that_are_split_over_replies<D: Drive>() {
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
    world.alice.sign_in();
    world.bob.sign_in();
    world.until("both are signed in", |world| {
        world.alice.signed_in + world.bob.signed_in == 2
    });
    for n in 1..=3 {
        world.bob_says(&format!("b{n}"));
        assert_eq!(world.tell(&format!("a{n}")), Delivered);
    }
    // The cutting goes on: what follows would else lack its first half.
    world.until("all messages", |world| world.alice.received.len() == 3);
    world.compare();
    assert_eq!(world.alice.lost, []);
}

pub(crate) fn a_post_whose_reply_is_cut_off<D: Drive>() {
    for mode in MODES {
        for after in CUTS {
            loses_two::<D>(mode, move || cut(after), true, true);
        }
    }
}

pub(crate) fn a_post_whose_reply_comes_too_late<D: Drive>() {
    in_all_modes(|mode| {
        let late = || Fault::none().delay(IMPATIENT + IMPATIENT / 2);
        loses_two_in::<D>(&Setting::impatient(mode), late, true, true);
    });
}

/// What it held is not lost: the service sends again what was not acknowledged, in the same session.
pub(crate) fn a_poll_whose_reply_is_cut_off<D: Drive>() {
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
            world.until("b0", |world| !world.alice.received.is_empty());
            world.bob_says("b1");
            world.until("the loss", |_| !armed.load(Ordering::SeqCst));
            world.bob_says("b2");
            world.settle();
            assert_eq!(world.alice.lost, []);
        }
        for after in CUTS {
            loses_a_poll::<D>(mode, move || cut(after), true);
        }
    }
}

/// Whatever it is that they answer.
pub(crate) fn every_third_reply_is_cut_off<D: Drive>() {
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
        world.settle();
    }
}

pub(crate) fn a_connection_closed_before_anything_was_read<D: Drive>() {
    for mode in MODES {
        loses_two::<D>(mode, Fault::close, true, false);
        loses_a_poll::<D>(mode, Fault::close, true);
    }
}

/// The session cannot go on after what is no reply of a gateway: the client signs in anew.
pub(crate) fn a_server_that_answers_a_page<D: Drive>() {
    for mode in MODES {
        loses_two::<D>(mode, || page(200), false, false);
        loses_a_poll::<D>(mode, || page(200), false);
    }
}

pub(crate) fn a_server_that_answers_400<D: Drive>() {
    for mode in MODES {
        loses_two::<D>(mode, || page(400), false, false);
        loses_a_poll::<D>(mode, || page(400), false);
    }
}

pub(crate) fn a_server_that_answers_500_once<D: Drive>() {
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

/// Everything fails for so long that the client loses its connection and cannot come back, then works
/// again. What waits meanwhile is sent then.
#[track_caller]
fn goes_away_for_a_while<D: Drive>(fault: impl Fn() -> Fault + Send + Sync + Copy + 'static) {
    for mode in MODES {
        let mut world = World::<D>::new(&Setting::of(mode), move |_| fault());
        world.faults(false);
        assert_eq!(world.tell("a1"), Delivered);
        world.faults(true);
        world.alice_says("a2");
        world.bob_says("b1");
        world.until("several attempts", |world| world.alice.lost.len() >= 3);
        assert!(!matches!(
            world.alice.fate("a2"),
            Some(Delivered | Failed(_))
        ));
        world.alice_says("a3");
        world.bob_says("b2");
        world.settle();
        assert_eq!(world.alice.fate("a3"), Some(Delivered));
    }
}

pub(crate) fn a_server_that_answers_500_for_a_while<D: Drive>() {
    goes_away_for_a_while::<D>(|| page(500));
}

pub(crate) fn a_server_that_answers_nothing_for_a_while<D: Drive>() {
    goes_away_for_a_while::<D>(Fault::close);
}

pub(crate) fn a_server_that_answers_500_for_ever<D: Drive>() {
    for mode in MODES {
        let mut setting = Setting::of(mode);
        setting.client = |config| config.reconnect_attempts(3);
        let mut world = World::<D>::new(&setting, |_| page(500));
        world.alice_says("a1");
        world.alice_says("a2");
        world.until("the end", |world| world.alice.signed_out.is_some());
        assert_eq!(world.alice.signed_out, Some(Reason::ServiceUnavailable));
        assert_eq!(world.alice.lost.len(), 3);
        // In serial mode a poll may have been the first to fail.
        let fates = world.alice.fates();
        let honest = |fate: &Option<Fate>| matches!(fate, Some(Uncertain(_) | Failed(_)));
        assert!(fates.iter().all(honest), "{fates:?}");
        world.compare();
        assert_eq!(world.bob.received.len(), 0);
    }
}

pub(crate) fn a_server_that_answers_nothing<D: Drive>() {
    in_all_modes(|mode| {
        let setting = Setting::impatient(mode);
        loses_two_in::<D>(&setting, Fault::hang, true, false);
        loses_a_poll_in::<D>(&setting, Fault::hang, true);
    });
}

/// Each step of the sign-in fails once in each of these ways; the client tries again until it is in.
pub(crate) fn a_sign_in_with_trouble_at_every_step<D: Drive>() {
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
            world.bob.sign_in();
            world.alice.sign_in();
            // What is said meanwhile waits.
            world.alice_says("a1");
            world.until("both are signed in", |world| {
                world.alice.signed_in + world.bob.signed_in == 2
            });
            world.settle();
            assert_eq!(world.alice.fate("a1"), Some(Delivered));
            // It can do without the two steps of the uic.
            let needs_it = ![2, 3].contains(&step);
            assert_eq!(world.alice.lost.len(), usize::from(needs_it), "step {step}");
        }
    }
}

/// A page instead of the cookies is a matter for a person: no use in trying for ever.
pub(crate) fn a_sign_in_page_that_wants_a_person<D: Drive>() {
    let fault = |request: &mut Request| {
        if request.target.contains("post.srf") {
            page(200)
        } else {
            Fault::none()
        }
    };
    let mut world = World::<D>::signed_out(&Setting::of(Mode::Learn), fault);
    world.bob.sign_in();
    world.alice.sign_in();
    world.alice_says("a1");
    world.until("the end", |world| {
        world.alice.signed_out.is_some() && world.bob.signed_in == 1
    });
    assert_eq!(world.alice.signed_out, Some(Reason::NeedsBrowser));
    assert_eq!(world.alice.fates(), [Some(Failed(Reason::NeedsBrowser))]);
    world.compare();
}

/// While a reply that would say more hangs.
pub(crate) fn a_sign_out_in_the_middle<D: Drive>() {
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
            world.alice.sign_out();
            world.until("the end", |world| world.alice.signed_out.is_some());
            assert_eq!(world.alice.signed_out, Some(Reason::Requested));
            world.compare();
        }
    });
}

/// Everything that can go wrong, all the time and at every step.
pub(crate) fn a_storm<D: Drive>() {
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
            let fates = world.alice.fates();
            fates
                .iter()
                .flatten()
                .any(|fate| matches!(fate, Uncertain(_)))
        };
        let mut n = 0;
        // Where messages travel together, it takes more of them to meet everything.
        while n < 40 || n < 60 && (world.alice.lost.is_empty() || !uncertain(&world)) {
            n += 1;
            world.alice_says(&format!("a{n}"));
            if n % 2 == 0 {
                world.bob_says(&format!("b{n}"));
            }
            world.listen(Duration::from_millis(15));
            // However slowly they leave, they must not all travel together.
            world.until("most fates", |world| {
                let fates = world.alice.fates();
                fates.iter().filter(|fate| fate.is_none()).count() <= 3
            });
        }
        world.settle();
        assert!(uncertain(&world), "{mode:?} met no loss");
        assert!(!world.alice.lost.is_empty(), "{mode:?} met no end");
    }
}
