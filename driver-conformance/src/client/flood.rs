//! A server that has a mebibyte of frames to say whenever it is asked, and an application that does not
//! listen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use msnp_client::{Client, Reason};

use super::losses::{in_all_modes, is_poll};
use super::numbered::{FRAME, frame};
use super::person::Fate::Delivered;
use super::setting::Setting;
use super::world::{PATIENCE, World};
use crate::Drive;
use crate::server::Fault;

const MIB: usize = 1 << 20;

/// `undrained` of the client, and of the session in it.
const UNDRAINED: usize = 2 * MIB;

/// So many mebibytes are taken after all: several times what may be kept.
const ALL: usize = 20;

/// What it leaves untaken stops the polls, in bytes, but no message; nothing is lost by it.
pub(crate) fn an_application_that_takes_nothing<D: Drive<Client>>() {
    in_all_modes(|mode| {
        let setting = Setting {
            client: |config| config.frames(true),
            undrained: UNDRAINED,
            ..Setting::of(mode)
        };
        takes_nothing::<D>(&setting);
    });
}

fn takes_nothing<D: Drive<Client>>(setting: &Setting) {
    let served = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&served);
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let mut world = World::<D>::new(setting, move |request| {
        if !is_poll(request) || is_over.load(Ordering::SeqCst) {
            return Fault::none();
        }
        request.target = request.target.replace("&Lifespan=1", "");
        let number = count.fetch_add(1, Ordering::SeqCst);
        Fault::edit(move |reply| {
            let frames = MIB / FRAME;
            let frames = number * frames..(number + 1) * frames;
            reply.body.extend(frames.flat_map(frame));
        })
    });
    let taken = || served.load(Ordering::SeqCst) * MIB;
    if D::WORKS_AT_REST {
        rest_until(&mut world, "polls up to the limits", |_| {
            taken() >= 2 * UNDRAINED
        });
    }
    rest_until_still(&mut world, taken);
    // Both limits, the events of one frame, the rest of the reply that is being read, and the reply of
    // one poll.
    let most = 2 * UNDRAINED + FRAME + 2 * MIB;
    assert!(
        taken() <= most,
        "{:?}: {} bytes, nobody has taken one, and {most} are to be kept at most",
        setting.mode,
        taken()
    );

    world.alice_says("a1");
    world.bob_says("b1");
    if D::WORKS_AT_REST {
        rest_until(&mut world, "the message", |world| {
            world.bob().received().contains(&"a1".to_owned())
        });
        rest_until_still(&mut world, taken);
        // The session's polls that find out whether polls are held go on up to twice its limit.
        assert!(taken() <= most + UNDRAINED, "{} bytes", taken());
    }

    world.until("many bytes", |world| {
        let kept = taken().saturating_sub(world.alice().flood().len() * FRAME);
        assert!(kept <= most + UNDRAINED, "{kept} bytes are kept");
        taken() >= ALL * MIB
    });
    over.store(true, Ordering::SeqCst);
    world.until("the rest of them", |world| {
        world.alice().flood().len() * FRAME >= taken()
    });
    world.end_and_compare();
    assert_eq!(world.alice().fate("a1"), Some(Delivered));
    assert_eq!(world.alice().lost(), []);
    let all: Vec<_> = (0..taken() / FRAME).collect();
    assert!(world.alice().flood() == all, "all of it, in order");
    world.alice_mut().sign_out();
    world.until("the end", |world| world.alice().signed_out().is_some());
    assert_eq!(world.alice().signed_out(), Some(Reason::Requested));
}

/// Alice takes nothing until this has come to be.
#[track_caller]
fn rest_until<D: Drive<Client>>(
    world: &mut World<D>,
    what: &str,
    done: impl Fn(&World<D>) -> bool,
) {
    let patience = Instant::now() + PATIENCE;
    while !done(world) {
        assert!(Instant::now() < patience, "waited in vain for {what}");
        world.alice_mut().rest(Duration::from_millis(10));
        world.bob_mut().turn();
    }
}

/// Alice takes nothing until this has stood still for a while.
#[track_caller]
fn rest_until_still<D: Drive<Client>>(world: &mut World<D>, count: impl Fn() -> usize) {
    let patience = Instant::now() + PATIENCE;
    let (mut last, mut still) = (count(), 0);
    // Several of the longest pause between polls.
    while still < 10 {
        assert!(Instant::now() < patience, "{last} bytes and no end");
        world.alice_mut().rest(Duration::from_millis(50));
        world.bob_mut().turn();
        let now = count();
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
}
