//! Two people talk, and every byte between them and their server is the one that was said.

use gateway_sm::Server;
use gateway_upstream::Config;
use simulation_kit::{Acknowledged, Faults, each_seed};

use crate::person::{Line, Polls, World, config, world};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

/// What each of them has received, in the order of their lines: at the notification server, at the switchboard.
struct Talk {
    alice: [Line; 2],
    bob: [Line; 2],
}

/// Both sign in, one calls the other, they greet each other. What they are told of hosts is `host`.
#[track_caller]
fn talk(world: &mut World, polls: [Polls; 2], host: &str) -> Talk {
    let mut alice = Line::sign_in(world, ALICE, 1, polls[0]);
    let mut bob = Line::sign_in(world, BOB, 2, polls[1]);
    alice.say(world, "XFR 6 SB\r\n");
    let xfr = alice.wait_for(world, "XFR 6 SB");
    let words: Vec<&str> = xfr.split(' ').skip(3).collect();
    assert_eq!(words[0], format!("{host}:1864"));
    let usr = format!("USR 1 {ALICE} TOKEN\r\n");
    let mut calling = Line::follow(world, &words, 1, &usr, polls[0]);
    calling.wait_for(world, "USR 1 OK");
    calling.say(world, &format!("CAL 2 {BOB}\r\n"));
    calling.wait_for(world, "CAL 2 RINGING");
    let rng = bob.wait_for(world, "RNG 77");
    let words: Vec<&str> = rng.split(' ').skip(2).collect();
    assert_eq!(words[0], format!("{host}:1864"));
    let ans = format!("ANS 1 {BOB} TOKEN 77\r\n");
    let mut called = Line::follow(world, &words, 2, &ans, polls[1]);
    called.wait_for(world, "ANS 1 OK");
    calling.wait_for(world, "JOI bob");
    let text = "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhello";
    calling.say(world, &format!("MSG 3 A {}\r\n{text}", text.len()));
    calling.wait_for(world, "ACK 3");
    called.wait_for(world, "MSG alice");
    called.say(world, &format!("MSG 2 U {}\r\n{text}", text.len()));
    calling.wait_for(world, "MSG bob");
    Talk {
        alice: [alice, calling],
        bob: [bob, called],
    }
}

impl Talk {
    /// Each client has what its server has said, with these hosts, and the servers what their clients have said.
    #[track_caller]
    fn check_byte_for_byte(mut self, world: &mut World, host: &str) {
        for (account, lines) in [(ALICE, &mut self.alice), (BOB, &mut self.bob)] {
            for (is_switchboard, line) in lines.iter_mut().enumerate() {
                line.lines(world);
                let server = &world.host().server;
                let id = server.connection_of(account, is_switchboard == 1);
                let (said, _) = server.record(id.expect("it was there"));
                let said = String::from_utf8_lossy(said).replace("10.0.0.9:", &format!("{host}:"));
                assert_eq!(String::from_utf8_lossy(&line.received), said);
            }
        }
    }
}

#[test]
fn two_people_talk_however_the_streams_are_cut() {
    each_seed(0..60, |seed| {
        let mut world = world(config(), seed);
        let polls = [
            [Polls::Held, Polls::Short][usize::from(seed % 2 == 0)],
            Polls::Held,
        ];
        let talk = talk(&mut world, polls, "10.0.0.9");
        talk.check_byte_for_byte(&mut world, "10.0.0.9");
        let connects = &world.host().connects;
        assert_eq!(connects.len(), 4, "{connects:?}");
    });
}

fn advertised() -> Config {
    config().advertise("gw.example.com").expect("a host")
}

#[test]
fn with_a_name_of_its_own_only_hosts_change_and_people_still_find_each_other() {
    each_seed(0..60, |seed| {
        let mut world = world(advertised(), seed);
        let talk = talk(&mut world, [Polls::Short, Polls::Held], "gw.example.com");
        talk.check_byte_for_byte(&mut world, "gw.example.com");
    });
}

#[test]
fn replies_that_are_lost_on_their_way_lose_nothing_of_the_servers() {
    each_seed(0..60, |seed| {
        let mut world = world(config(), seed);
        let mut alice = Line::sign_in(&mut world, ALICE, 1, Polls::Held);
        let id = world
            .host()
            .server
            .connection_of(ALICE, false)
            .expect("she is there");
        world.set_faults(Faults {
            reply_lost: 200,
            acknowledged: Acknowledged::OnArrival,
            ..Faults::NONE
        });
        for n in 0..50 {
            let line = format!("NLN NLN friend{n}@example.com F{n} 0\r\n");
            world.call_host(|front, _| front.server.say(id, line.as_bytes()));
            world.advance(std::time::Duration::from_millis(700));
        }
        world.set_faults(Faults::NONE);
        alice.wait_for(&mut world, "NLN NLN friend49");
        let (said, _) = world.host().server.record(id);
        assert_eq!(alice.received, said);
    });
}

#[test]
fn a_command_is_answered_by_the_reply_to_its_own_post() {
    let mut world = world(config(), 7);
    let to = (Server::Notification, "messenger.hotmail.com");
    let mut line = Line::open(&mut world, 1, to, Polls::Short);
    line.say(&mut world, "VER 1 MSNP12 CVR0\r\n");
    // Nobody polls so soon.
    world.advance(std::time::Duration::from_millis(200));
    assert_eq!(line.lines(&mut world), ["VER 1 MSNP12"]);
}

#[test]
fn what_nobody_knows_passes_as_it_is() {
    let mut world = world(config(), 1);
    let mut line = Line::sign_in(&mut world, ALICE, 1, Polls::Held);
    let id = world
        .host()
        .server
        .connection_of(ALICE, false)
        .expect("she is there");
    let odd = b"ZZZ 7 12\r\nno idea\r\nwhat\r\n\r\nXYZ\r\n";
    let mut before = line.received.len();
    world.call_host(|front, _| front.server.say(id, odd));
    world.advance(std::time::Duration::from_secs(1));
    line.lines(&mut world);
    let after = line.received.split_off(before);
    assert_eq!(after, odd);
    before += odd.len();
    assert_eq!(world.host().server.record(id).0.len(), before);
}
