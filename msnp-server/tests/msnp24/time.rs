//! The two clocks: what the wall clock says moves nothing, and time asleep counts.

use std::time::Duration;

use machine_contract::{Instant, UnixTime};
use msnp_server::faces::Tickets;
use msnp_server::identity::Who;

use crate::world::{Config, START_MS, World, frame, sign_in, who};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
const START: UnixTime = UnixTime::from_millis(START_MS);

/// Where the wall clock is put, one after the other.
const STEPS: [UnixTime; 5] = [
    UnixTime::from_millis(START_MS + DAY * 1000),
    UnixTime::from_millis(START_MS - DAY * 1000),
    START,
    UnixTime::from_millis(START_MS + 40 * DAY * 1000),
    UnixTime::from_millis(START_MS - 40 * DAY * 1000),
];

const RENEWAL: &str = "<user><web-compact-ticket /></user>";

/// A uic of alice that runs out.
struct Uic {
    valid_until: Instant,
}

impl Tickets for Uic {
    fn owner_of_uic(&self, _uic: &str, now: Instant) -> Option<Who> {
        (self.valid_until > now).then(|| who("alice"))
    }
}

fn with_uic(valid_for: u64) -> World<Uic> {
    let valid_until = Instant::ORIGIN + Duration::from_secs(valid_for);
    World::over(Uic { valid_until }, Config::default(), None)
}

fn by_uic() -> String {
    let body = "<user><uic>uic</uic><id>alice</id></user>";
    frame("ATH 9 CON\\USER", "", body)
}

#[test]
fn a_wall_clock_that_is_set_signs_nobody_out_and_moves_no_deadline() {
    let mut world = with_uic(HOUR);
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    let due = world.server().poll_timeout();
    for wall in STEPS {
        world.set_wall(wall);
        let now = world.now();
        world.server().handle_timeout(now);
        assert_eq!(world.server().poll_timeout(), due, "{wall:?}");
        for client in [alice, bob] {
            let pong = world.ask(client, "PNG 9 CON 0\r\n");
            assert!(pong[0].starts_with("PNG 9 CON "), "{pong:?}");
            assert_eq!(pong.len(), 1, "{wall:?}");
        }
        assert_eq!(world.server().poll_timeout(), due, "{wall:?}");
        let by_uic = world.ask(alice, &by_uic());
        assert!(by_uic[0].starts_with("ATH 9 CON "), "{wall:?}: {by_uic:?}");
    }
    assert!(!world.is_closed(alice) && !world.is_closed(bob));
}

#[test]
fn a_sign_in_goes_on_while_the_wall_clock_is_set_between_its_commands() {
    for wall in STEPS {
        let mut world = World::new();
        let client = world.open_for(Some("alice"), Duration::from_secs(60));
        let commands = sign_in(1);
        // Before `ATH`, and before `BND`.
        let cuts = [commands.find("ATH").unwrap(), commands.find("BND").unwrap()];
        world.say(client, &commands[..cuts[0]]);
        world.set_wall(wall);
        world.say(client, &commands[cuts[0]..cuts[1]]);
        world.set_wall(START);
        let replies = world.ask(client, &commands[cuts[1]..]);
        assert!(
            replies[0].starts_with("BND 3 CON "),
            "{wall:?}: {replies:?}"
        );
        world.set_wall(wall);
        world.wait(59);
        assert!(!world.is_closed(client), "{wall:?}");
        world.wait(1);
        assert!(
            world.is_closed(client),
            "its cookies have run out: {wall:?}"
        );
    }
}

#[test]
fn a_session_ends_after_a_day_whatever_the_wall_clock_says() {
    for wall in STEPS {
        let mut world = World::new();
        let alice = world.online("alice", 1);
        world.set_wall(wall);
        world.wait(DAY - 1);
        assert!(!world.is_closed(alice), "{wall:?}");
        world.set_wall(START);
        world.wait(1);
        let last = world.hear(alice);
        assert!(last[0].starts_with("922 0 CON "), "{wall:?}: {last:?}");
        assert!(world.is_closed(alice), "{wall:?}");
    }
}

#[test]
fn an_acknowledgement_is_waited_for_as_long_whatever_the_wall_clock_says() {
    let unmoved = |walls: &[UnixTime]| {
        let mut world = World::new();
        let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
        world.text(alice, "alice", "8:bob", "hello");
        assert_eq!(world.heard(bob, "SDG 0 MSGR").len(), 1);
        let due = world.server().poll_timeout();
        for wall in walls {
            world.set_wall(*wall);
            let now = world.now();
            world.server().handle_timeout(now);
            assert_eq!(world.server().poll_timeout(), due, "{wall:?}");
        }
        due
    };
    assert_eq!(unmoved(&STEPS), unmoved(&[]));
}

#[test]
fn messages_stay_in_their_order_over_a_wall_clock_that_is_set_back() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    for (number, wall) in STEPS.into_iter().enumerate() {
        world.set_wall(wall);
        world.text(alice, "alice", "8:bob", &format!("number {number}"));
    }
    let heard = world.heard(bob, "SDG 0 MSGR");
    assert_eq!(heard.len(), STEPS.len());
    for (number, message) in heard.iter().enumerate() {
        assert!(message.ends_with(&format!("number {number}")), "{message}");
    }
}

#[test]
fn a_repetition_is_known_for_as_long_whatever_the_wall_clock_says() {
    let id = "Client-Message-ID: 77\r\n";
    for wall in STEPS {
        let mut world = World::new();
        let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
        let says = |world: &mut World| {
            world.message(alice, "alice", "8:bob", "Text", id, "once");
            world.heard(bob, "SDG 0 MSGR").len()
        };
        assert_eq!(says(&mut world), 1);
        world.set_wall(wall);
        assert_eq!(says(&mut world), 0, "{wall:?}");
        world.wait(HOUR);
        assert_eq!(says(&mut world), 0, "{wall:?}");
        world.set_wall(START);
        world.wait(120);
        assert_eq!(says(&mut world), 1, "{wall:?}");
    }
}

#[test]
fn what_ran_out_while_the_host_was_asleep_is_out() {
    let mut world = with_uic(HOUR / 2);
    let short = world.open_for(Some("alice"), Duration::from_secs(HOUR / 2));
    world.say(short, &sign_in(1));
    let (long, idle) = (world.online("bob", 2), world.open(None));
    world.hear(short);
    world.sleep(HOUR);
    // An input before any timer: the cookies are old, and so is the uic.
    let renewed = world.ask(short, &frame("ATH 9 CON\\USER", "", RENEWAL));
    assert_eq!(renewed, ["911 9 CON 23\r\n\r\nAuthentication failed"]);
    let renewed = world.ask(short, &by_uic());
    assert_eq!(renewed, ["911 9 CON 23\r\n\r\nAuthentication failed"]);
    world.wait(0);
    let last = world.hear(short);
    assert!(last[0].starts_with("922 0 CON "), "{last:?}");
    assert!(world.is_closed(short) && world.is_closed(idle));
    assert!(!world.is_closed(long), "its day is not over");
    assert_eq!(world.ask(long, "PNG 9 CON 0\r\n").len(), 1);
    let fresh = world.open(None);
    assert!(world.ask(fresh, &by_uic())[0].starts_with("911 9 CON "));
}
