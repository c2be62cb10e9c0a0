//! Sessions that were recorded elsewhere, said again to the server.

use std::time::Duration;

use msnp_client::Event;
use msnp_proto::msnp24::ServerBody;
use simulation::{Scripted, World, contact, each_seed, recording};

use crate::wire::{heard, texts};

const BOB: usize = 1;
/// `live:alice`, who was recorded.
const RECORDED: usize = 3;

const WEB_CLIENT: &str = include_str!("../../../msnp-cli/tests/data/web-client-msnp24.har");

#[test]
fn the_web_client_of_2015_talks_to_a_client_of_today() {
    each_seed(0..20, |seed| {
        let mut world = World::new(seed, 4);
        let steps = recording::steps(WEB_CLIENT);
        assert_eq!(steps.len(), 8);
        world.replace_scripted(Scripted::new(RECORDED, steps), RECORDED);
        world.sign_in(BOB);
        // So that it is no stranger to him when it makes a thread with him.
        let added = world.ask(BOB, |client, now| {
            client.add_contact(&contact(RECORDED), now)
        });
        added.expect("taken");
        world.advance(Duration::from_secs(1));
        world.sign_in(RECORDED);
        // Its first poll ends after a minute, since nobody is on its list.
        world.advance(Duration::from_secs(61));
        let hi = |event: &Event| matches!(event, Event::MessageReceived(it) if it.from == contact(RECORDED) && it.text == "hi");
        assert!(world.told(BOB, hi), "{:#?}", world.dated_events(BOB));
        let to = contact(RECORDED).into();
        let yo = world.ask(BOB, |client, now| client.send_text(&to, "yo", now));
        yo.expect("taken");
        world.advance(Duration::from_secs(5));

        let script = world.scripted(RECORDED);
        assert!(script.is_done(), "{script:#?}");
        assert_eq!(script.statuses(), [200; 8]);
        // Behind it the thread that it makes is told to itself, too.
        let told = texts(&world, RECORDED);
        assert!(
            matches!(&told[..], [(_, text), ..] if text == "yo"),
            "{told:?}"
        );
        // All that the recorded service has answered is answered here, and nothing with an error.
        for trid in [1, 2, 3, 4, 5, 6, 7, 10] {
            let answer = heard(&world, RECORDED, trid);
            let refused = matches!(answer, None | Some((_, ServerBody::Error(_))));
            assert!(!refused, "{trid}: {answer:?}");
        }
        for trid in [8, 9, 11, 12] {
            let answer = heard(&world, RECORDED, trid);
            let refused = matches!(answer, Some((_, ServerBody::Error(_))));
            assert!(!refused, "{trid}: {answer:?}");
        }
        let typing = |event: &Event| matches!(event, Event::Typing { from, .. } if *from == contact(RECORDED));
        assert!(world.told(BOB, typing), "{:#?}", world.dated_events(BOB));
        let thread = world.client(BOB).groups().next().expect("a thread");
        assert_eq!(thread.members.len(), 2);

        // It has said that it has received the message, so the next client is not told again.
        world.replace(RECORDED);
        world.sign_in(RECORDED);
        world.advance(Duration::from_secs(1));
        let again = |event: &Event| matches!(event, Event::MessageReceived(_));
        assert!(
            !world.told(RECORDED, again),
            "{:#?}",
            world.dated_events(RECORDED)
        );
    });
}
