//! What the scenarios have in common: faults for some requests, and clients that lose them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gateway_sm::Mode;
use msnp_client::{Client, Reason};

use super::person::Fate::{Delivered, Failed, Uncertain};
use super::setting::Setting;
use super::world::World;
use crate::Drive;
use crate::server::{Fault, Reply, Request};

pub(super) const MODES: [Mode; 3] = [Mode::Serial, Mode::Parallel, Mode::Learn];

/// In every mode at once: for what takes long because it waits.
pub(super) fn in_all_modes(scenario: impl Fn(Mode) + Sync) {
    let scenario = &scenario;
    thread::scope(|scope| {
        for mode in MODES {
            scope.spawn(move || scenario(mode));
        }
    });
}

pub(super) fn is_gateway(request: &Request) -> bool {
    request.target.contains("gateway.dll")
}

pub(super) fn is_open(request: &Request) -> bool {
    request.target.contains("Action=open")
}

pub(super) fn is_poll(request: &Request) -> bool {
    request.target.contains("Action=poll")
}

/// Whether a message with this text is in there; acknowledgements and others may follow it.
pub(super) fn has(body: &[u8], text: &str) -> bool {
    let text = format!("\r\n\r\n{text}");
    body.windows(text.len()).any(|at| at == text.as_bytes())
}

/// The fault for the post that carries the message `a2`; the rest passes.
pub(super) fn on_two(
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
pub(super) fn once(
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
pub(super) fn page(status: u16) -> Fault {
    let reply = Reply::new(status, "<html><p>SDG 0 MSGR Please log in</html>\r\n");
    Fault::answer(reply.with("Content-Type", "text/html"))
}

/// The reply of the service, cut off after so many bytes; `None`: before its last one.
pub(super) fn cut(after: Option<usize>) -> Fault {
    Fault::edit(move |reply| reply.cut = Some(after.unwrap_or(reply.len() - 1)))
}

/// In nothing, in the head, in the body.
pub(super) const CUTS: [Option<usize>; 3] = [Some(0), Some(12), None];

/// Nothing is lost, and the client has not even noticed.
#[track_caller]
pub(super) fn chats_undisturbed<D: Drive<Client>>(world: &mut World<D>) {
    for n in 1..=3 {
        world.bob_says(&format!("b{n}"));
        assert_eq!(world.tell(&format!("a{n}")), Delivered);
    }
    world.end_and_compare();
    assert_eq!(world.alice().lost(), []);
}

/// Says `a1`, `a2`, `a3`, of which the fault takes `a2`.
#[track_caller]
pub(super) fn loses_two<D: Drive<Client>>(
    mode: Mode,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    survives: bool,
    arrives: bool,
) {
    loses_two_in::<D>(&Setting::of(mode), fault, survives, arrives);
}

#[track_caller]
pub(super) fn loses_two_in<D: Drive<Client>>(
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
    world.end_and_compare();
    assert_eq!(
        world.alice().lost().is_empty(),
        survives,
        "{:?}",
        world.alice().lost()
    );
    assert_eq!(world.bob().received().contains(&"a2".to_owned()), arrives);
}

/// The fault meets one poll.
#[track_caller]
pub(super) fn loses_a_poll<D: Drive<Client>>(
    mode: Mode,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    survives: bool,
) {
    loses_a_poll_in::<D>(&Setting::of(mode), fault, survives);
}

#[track_caller]
pub(super) fn loses_a_poll_in<D: Drive<Client>>(
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
        !armed.load(Ordering::SeqCst) && (survives || !world.alice().lost().is_empty())
    });
    world.end_and_compare();
    assert_eq!(
        world.alice().lost().is_empty(),
        survives,
        "{:?}",
        world.alice().lost()
    );
}

/// Everything fails for so long that the client loses its connection and cannot come back, then works
/// again. What waits meanwhile is sent then.
#[track_caller]
pub(super) fn goes_away_for_a_while<D: Drive<Client>>(
    fault: impl Fn() -> Fault + Send + Sync + Copy + 'static,
) {
    for mode in MODES {
        let mut world = World::<D>::new(&Setting::of(mode), move |_| fault());
        world.faults(false);
        assert_eq!(world.tell("a1"), Delivered);
        world.faults(true);
        world.alice_says("a2");
        world.bob_says("b1");
        world.until("several attempts", |world| world.alice().lost().len() >= 3);
        assert!(!matches!(
            world.alice().fate("a2"),
            Some(Delivered | Failed(_))
        ));
        world.alice_says("a3");
        world.bob_says("b2");
        world.end_and_compare();
        assert_eq!(world.alice().fate("a3"), Some(Delivered));
    }
}
