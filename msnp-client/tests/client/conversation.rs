//! What is said, both ways, and what becomes of it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::world::{Answer, BOB, ME, Way, World, config, delivery, error, message_of, text};
use machine_contract::{Failure, UnixTime};
use msnp_client::{
    ContactId, ConversationId, Event, Format, Limits, Message, MessageId, Reason, ReceiptId,
    Refused,
};
use msnp_proto::msnp24::{
    ClientBody, ClientCommand, Delivery, GetReply, HeaderValue, Put, PutReply, ServerBody,
    ServerCommand,
};
use msnp_proto::payload::history::MessagesByConversationResponse;
use msnp_proto::payload::message::{Draft, MessageType};
use msnp_proto::payload::thread::Thread;
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side, Verb};

fn bob() -> ConversationId {
    ContactId::skype("bob").expect("a name").into()
}

fn group() -> ConversationId {
    ConversationId::group("19:abc@thread.skype").expect("a name")
}

#[derive(Clone, Debug, PartialEq)]
enum Fate {
    Delivered,
    Failed(Reason),
    Uncertain(Reason),
}

/// The fate of every message; each must have exactly one.
#[track_caller]
fn fates(world: &World) -> BTreeMap<MessageId, Fate> {
    let mut fates = BTreeMap::new();
    for event in &world.events {
        let (message, fate) = match event {
            Event::MessageDelivered { message, .. } => (message, Fate::Delivered),
            Event::MessageFailed {
                message, reason, ..
            } => (message, Fate::Failed(*reason)),
            Event::MessageUncertain {
                message, reason, ..
            } => (message, Fate::Uncertain(*reason)),
            _ => continue,
        };
        assert_eq!(
            fates.insert(message.clone(), fate),
            None,
            "two fates: {message:?}"
        );
    }
    fates
}

/// Sends a text in a world where this happens to it.
#[track_caller]
fn check(on_command: impl FnMut(&ClientCommand) -> Answer + 'static, expected: Fate) {
    let mut world = World::signed_in(config().reconnect_attempts(0));
    world.fake_mut().on_command = Box::new(on_command);
    let id = world
        .ask(|client, now| client.send_text(&bob(), "hi", now))
        .expect("taken");
    world.advance(Duration::from_secs(100));
    assert_eq!(fates(&world), BTreeMap::from([(id, expected)]));
}

const fn is_message(command: &ClientCommand) -> bool {
    matches!(command.body, ClientBody::Message(_))
}

#[test]
fn a_message_that_is_accepted_is_delivered() {
    check(|_| Answer::Usual, Fate::Delivered);
}

#[test]
fn any_reply_at_all_accepts_a_message() {
    // msnp24.md 20.3: nobody knows what the service replied to SDG.
    check(
        |command| {
            if !is_message(command) {
                return Answer::Usual;
            }
            let odd = Frame::build(Verb::SDG)
                .trid(command.trid)
                .param("MSGR")
                .payload(b"\r\nwhatever");
            Answer::Say(vec![ServerCommand::new(
                command.trid,
                ServerBody::Other(odd),
            )])
        },
        Fate::Delivered,
    );
}

#[test]
fn errors_say_why_a_message_failed() {
    for (code, reason) in [
        (217, Reason::NotOnline),
        (205, Reason::NotFound),
        (800, Reason::RateLimited),
        (777, Reason::Service(777)),
    ] {
        check(
            move |c| {
                if is_message(c) {
                    error(c, code)
                } else {
                    Answer::Usual
                }
            },
            Fate::Failed(reason),
        );
    }
}

#[test]
fn a_message_without_an_answer_is_uncertain() {
    check(
        |c| {
            if is_message(c) {
                Answer::Nothing
            } else {
                Answer::Usual
            }
        },
        Fate::Uncertain(Reason::TimedOut),
    );
}

#[test]
fn a_late_answer_gives_no_second_fate() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(|c| {
        if is_message(c) {
            Answer::Nothing
        } else {
            Answer::Usual
        }
    });
    let id = world
        .ask(|client, now| client.send_text(&bob(), "hi", now))
        .expect("taken");
    world.advance(Duration::from_secs(41));
    let trid = world
        .fake()
        .heard
        .iter()
        .find(|c| is_message(c))
        .expect("a message")
        .trid;
    world
        .fake_mut()
        .queue
        .push_back(ServerCommand::new(trid, ServerBody::Accepted));
    world.run();
    let late = Fate::Uncertain(Reason::TimedOut);
    assert_eq!(fates(&world), BTreeMap::from([(id, late)]));
}

#[test]
fn a_message_is_what_the_recordings_show() {
    let mut world = World::signed_in(config().display_name("Alice"));
    let id = world
        .ask(|client, now| client.send_text(&bob(), "h\u{e9}", now))
        .expect("taken");
    world.run();
    let message = message_of(&world.fake().heard[0]).expect("a message");
    assert_eq!(message.to().as_str(), "8:bob");
    assert!(
        message.from().as_str().starts_with("8:live:alice;epid={"),
        "{:?}",
        message.from()
    );
    assert_eq!(*message.kind(), MessageType::TEXT);
    assert_eq!(message.text(), Some("h\u{e9}"));
    assert_eq!(message.display_name(), Some("Alice"));
    assert_eq!(
        message
            .client_message_id()
            .map(|id| id.to_string())
            .as_deref(),
        Some(id.as_str())
    );
}

#[test]
fn nudge_typing_and_edit_have_their_own_words() {
    let mut world = World::signed_in(config());
    let original = world
        .ask(|client, now| client.send_text(&bob(), "teh", now))
        .expect("taken");
    let edit = world
        .ask(|client, now| client.edit_message(&bob(), &original, "the", now))
        .expect("taken");
    let nudge = world
        .ask(|client, now| client.send_nudge(&group(), now))
        .expect("taken");
    world
        .ask(|client, now| client.send_typing(&bob(), true, now))
        .expect("taken");
    world
        .ask(|client, now| client.send_typing(&bob(), false, now))
        .expect("taken");
    world.run();
    let heard: Vec<_> = world.fake().heard.iter().filter_map(message_of).collect();
    let kinds: Vec<&str> = heard.iter().map(|m| m.kind().as_str()).collect();
    assert_eq!(
        kinds,
        [
            "Text",
            "Text",
            "Nudge",
            "Control/Typing",
            "Control/ClearTyping"
        ]
    );
    assert_eq!(
        heard[1].edited_id().map(|id| id.to_string()).as_deref(),
        Some(original.as_str())
    );
    assert_eq!(heard[2].to().as_str(), "19:abc@thread.skype");
    let all: Vec<_> = fates(&world).into_values().collect();
    assert_eq!(all, [Fate::Delivered, Fate::Delivered, Fate::Delivered]);
    assert!(fates(&world).contains_key(&edit) && fates(&world).contains_key(&nudge));
}

#[test]
fn a_lost_reply_makes_a_message_uncertain_and_it_is_not_sent_again() {
    let mut world = World::signed_in(config());
    let mut lost = false;
    world.fake_mut().on_request = Box::new(move |request| {
        let post = !request.body().is_empty();
        if post && !std::mem::replace(&mut lost, true) {
            Way::LoseReply
        } else {
            Way::Usual
        }
    });
    let id = world
        .ask(|client, now| client.send_text(&bob(), "once", now))
        .expect("taken");
    world.advance(Duration::from_secs(200));
    assert_eq!(
        fates(&world).remove(&id),
        Some(Fate::Uncertain(Reason::ConnectionLost))
    );
    assert_eq!(
        world.fake().heard.iter().filter(|c| is_message(c)).count(),
        1
    );
}

/// The service has answered the first request by the time of the second loss, or not: what the second
/// lost reply held must be told again too.
#[test]
fn a_reply_lost_while_asking_again_is_asked_for_too() {
    let mut world = World::signed_in(config());
    let polls_to_lose = Rc::new(Cell::new(0));
    let losing = Rc::clone(&polls_to_lose);
    world.fake_mut().on_request = Box::new(move |request| {
        let poll = request.body().is_empty();
        if poll && losing.get() > 0 {
            losing.set(losing.get() - 1);
            Way::LoseReply
        } else {
            Way::Usual
        }
    });
    let asked = Rc::new(RefCell::new(Vec::new()));
    let asking = Rc::clone(&asked);
    world.fake_mut().on_command = Box::new(move |command| match command.body {
        ClientBody::Put(Put::Subscriptions(_)) => {
            asking.borrow_mut().push(command.trid);
            Answer::Nothing
        }
        _ => Answer::Usual,
    });
    for id in 1..=3 {
        // The message releases the poll; the one after it is lost.
        polls_to_lose.set(1);
        world.push(delivery(text("8:live:bob", id, "x")));
        world.advance(Duration::from_secs(2));
    }
    assert_eq!(asked.borrow().len(), 1, "one at a time");
    let first = asked.borrow()[0];
    let answer = ServerCommand::new(first, ServerBody::Put(PutReply::Empty));
    world.fake_mut().queue.push_back(answer);
    world.advance(Duration::from_secs(2));
    assert_eq!(
        asked.borrow().len(),
        2,
        "once more for all that was lost since"
    );
}

#[test]
fn what_never_left_is_sent_after_reconnecting_in_order_and_once() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_request = Box::new(|_| Way::Fail(Failure::NotSent));
    let ids: Vec<_> = (0..5)
        .map(|n| {
            world
                .ask(|client, now| client.send_text(&bob(), &format!("m{n}"), now))
                .expect("taken")
        })
        .collect();
    world.advance(Duration::from_secs(90));
    let late = world
        .ask(|client, now| client.send_text(&bob(), "m5", now))
        .expect("taken");
    assert_eq!(fates(&world), BTreeMap::new());
    world.fake_mut().on_request = Box::new(|_| Way::Usual);
    world.advance(Duration::from_secs(200));
    let heard: Vec<_> = world.fake().heard.iter().filter_map(message_of).collect();
    let texts: Vec<_> = heard.iter().filter_map(|m| m.text()).collect();
    assert_eq!(texts, ["m0", "m1", "m2", "m3", "m4", "m5"]);
    let fates = fates(&world);
    assert_eq!(fates.len(), 6);
    assert!(
        ids.iter()
            .chain([&late])
            .all(|id| fates[id] == Fate::Delivered)
    );
}

#[test]
fn what_never_left_fails_if_the_configuration_says_so_or_it_is_over() {
    for (config, reason) in [
        (config().resend_unsent(false), Reason::ConnectionLost),
        (config().reconnect_attempts(0), Reason::Unreachable),
    ] {
        let mut world = World::signed_in(config);
        world.fake_mut().on_request = Box::new(|_| Way::Fail(Failure::NotSent));
        let id = world
            .ask(|client, now| client.send_text(&bob(), "never", now))
            .expect("taken");
        world.advance(Duration::from_secs(300));
        assert_eq!(fates(&world).remove(&id), Some(Fate::Failed(reason)));
        assert!(!world.fake().heard.iter().any(is_message));
    }
}

#[test]
fn signing_out_settles_every_fate() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_request = Box::new(|_| Way::Hold);
    for n in 0..3 {
        world
            .ask(|client, now| client.send_text(&bob(), &n.to_string(), now))
            .expect("taken");
        world.run();
    }
    world.ask(msnp_client::Client::sign_out);
    world.advance(Duration::from_secs(10));
    assert_eq!(fates(&world).len(), 3);
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::Requested))
    );
    let refused = world.ask(|client, now| client.send_text(&bob(), "x", now));
    assert_eq!(refused, Err(Refused::SignedOut));
}

#[test]
fn a_redirect_in_the_middle_settles_every_fate() {
    let mut world = World::signed_in(config());
    let mut first = true;
    world.fake_mut().on_command = Box::new(move |command| {
        if is_message(command) && std::mem::take(&mut first) {
            let elsewhere = crate::world::redirect(msnp_proto::TrId(0), "gw2.msn.example:443");
            return Answer::Say(vec![elsewhere]);
        }
        Answer::Usual
    });
    let id = world
        .ask(|client, now| client.send_text(&bob(), "1", now))
        .expect("taken");
    world.run();
    let next = world
        .ask(|client, now| client.send_text(&bob(), "2", now))
        .expect("taken");
    world.advance(Duration::from_secs(10));
    let fates = fates(&world);
    assert_eq!(fates[&id], Fate::Uncertain(Reason::ConnectionLost));
    assert_eq!(fates[&next], Fate::Delivered);
}

#[test]
fn a_redirect_while_a_message_is_under_way_is_no_wish_of_the_application() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_request = Box::new(|request| {
        let is_message = request.body().starts_with(b"SDG");
        if is_message { Way::Hold } else { Way::Usual }
    });
    let id = world
        .ask(|client, now| client.send_text(&bob(), "1", now))
        .expect("taken");
    world.run();
    let elsewhere = crate::world::redirect(msnp_proto::TrId(0), "gw2.msn.example:443");
    world.push(elsewhere.body);
    assert_eq!(
        fates(&world).remove(&id),
        Some(Fate::Uncertain(Reason::ConnectionLost))
    );
}

#[test]
fn an_error_for_another_command_says_nothing_about_a_message() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(|command| {
        if !is_message(command) {
            return Answer::Usual;
        }
        let mut other = command.clone();
        other.trid = msnp_proto::TrId(command.trid.0 + 7);
        let Answer::Say(mut said) = crate::world::error(&other, 217) else {
            return Answer::Nothing;
        };
        said.push(msnp_proto::msnp24::ServerCommand::new(
            command.trid,
            msnp_proto::msnp24::ServerBody::Accepted,
        ));
        // And the same reply once more.
        said.extend_from_within(1..);
        Answer::Say(said)
    });
    let first = world
        .ask(|client, now| client.send_text(&bob(), "1", now))
        .expect("taken");
    world.run();
    let second = world
        .ask(|client, now| client.send_text(&bob(), "2", now))
        .expect("taken");
    world.advance(Duration::from_secs(60));
    let all = BTreeMap::from([(first, Fate::Delivered), (second, Fate::Delivered)]);
    assert_eq!(fates(&world), all);
}

#[test]
fn a_message_under_the_number_of_ones_own_is_a_message_and_an_answer() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(|command| {
        if !is_message(command) {
            return Answer::Usual;
        }
        let body = crate::world::delivery(crate::world::text(crate::world::BOB, 5, "you too"));
        let command = msnp_proto::msnp24::ServerCommand::new(command.trid, body);
        Answer::Say(vec![command])
    });
    let id = world
        .ask(|client, now| client.send_text(&bob(), "hi", now))
        .expect("taken");
    world.advance(Duration::from_secs(60));
    assert_eq!(fates(&world).remove(&id), Some(Fate::Delivered));
    assert_eq!(received(&world)[0].text, "you too");
}

#[test]
fn two_messages_of_the_same_moment_are_two_messages() {
    let mut world = World::signed_in(config());
    for n in [1, 2] {
        let mut draft = crate::world::text(crate::world::BOB, 5, "hi");
        draft.client_message_id = Some(n);
        world.push(crate::world::delivery(draft));
    }
    assert_eq!(received(&world).len(), 2);
}

#[test]
fn too_much_is_refused_without_a_fate() {
    let limits = Limits {
        pending: 2,
        text: 4,
        ..Limits::default()
    };
    let mut world = World::signed_in(config().limits(limits));
    world.fake_mut().on_request = Box::new(|_| Way::Hold);
    assert_eq!(
        world.ask(|client, now| client.send_text(&bob(), "12345", now)),
        Err(Refused::TooLong)
    );
    assert!(
        world
            .ask(|client, now| client.send_text(&bob(), "1234", now))
            .is_ok()
    );
    assert!(
        world
            .ask(|client, now| client.send_nudge(&bob(), now))
            .is_ok()
    );
    assert_eq!(
        world.ask(|client, now| client.send_text(&bob(), "1", now)),
        Err(Refused::Full)
    );
    assert_eq!(
        world.ask(|client, now| client.send_typing(&bob(), true, now)),
        Err(Refused::Full)
    );
    assert_eq!(
        world.ask(|client, now| client.set_topic(&bob(), "t", now)),
        Err(Refused::NotAGroup)
    );
    world.advance(Duration::from_secs(1000));
    assert_eq!(fates(&world).len(), 2);
}

fn received(world: &World) -> Vec<Message> {
    let message = |event: &Event| match event {
        Event::MessageReceived(message) => Some(message.clone()),
        _ => None,
    };
    world.events.iter().filter_map(message).collect()
}

fn acknowledged(world: &World) -> Vec<String> {
    let id = |command: &ClientCommand| match &command.body {
        ClientBody::Acknowledge(ack) => {
            assert_eq!(command.trid.0, 0);
            assert!(command.headers.registration().is_some());
            Some(String::from_utf8_lossy(ack.id.as_bytes()).into_owned())
        }
        _ => None,
    };
    world.fake().heard.iter().filter_map(id).collect()
}

#[test]
fn a_message_is_told_and_acknowledged() {
    let mut world = World::signed_in(config());
    let mut draft = text(BOB, 1_431_882_693_260, "\u{1F600} yo").with_display_name("Bob");
    draft.original_arrival_time = Some("2015-05-17T17:11:33Z".into());
    world.push(delivery(draft));
    let [message] = &received(&world)[..] else {
        panic!("one message: {:?}", world.events);
    };
    assert_eq!(message.conversation, bob());
    assert_eq!(message.from, ContactId::skype("bob").expect("a name"));
    assert_eq!(message.from_name.as_deref(), Some("Bob"));
    assert_eq!(message.text, "\u{1F600} yo");
    assert_eq!(message.format, Format::Plain);
    assert_eq!(message.sent_at, Some(UnixTime::from_secs(1_431_882_693)));
    assert_eq!(message.id.as_str(), "14318826932600");
    assert!(!message.delayed);
    assert_eq!(acknowledged(&world), ["0000014D62DBFA8C"]);
}

#[test]
fn a_message_that_waited_while_one_was_offline_is_delayed() {
    let mut world = World::signed_in(config());
    let mut draft = text(BOB, 5, "yo");
    draft.original_arrival_time = Some("2015-03-15T23:59:57Z".into());
    world.push(delivery(draft));
    assert!(received(&world)[0].delayed, "bound at 23:59:58");
}

#[test]
fn a_message_that_comes_again_is_acknowledged_again_and_told_once() {
    let mut world = World::signed_in(config());
    world.push(delivery(text(BOB, 5, "yo")));
    world.push(delivery(text(BOB, 5, "yo")));
    world.forget_session();
    world.advance(Duration::from_secs(3));
    world.push(delivery(text(BOB, 5, "yo")));
    world.push(delivery(text("8:eve", 5, "from another")));
    assert_eq!(received(&world).len(), 2);
    assert_eq!(acknowledged(&world).len(), 4);
}

fn receipt_of(message: &Message) -> ReceiptId {
    message.receipt.expect("it waits to be acknowledged")
}

#[test]
fn an_application_that_acknowledges_by_hand_says_so_of_each_message() {
    let mut world = World::signed_in(config().acknowledge_by_hand(true));
    for id in 1..=3 {
        world.push(delivery(text(BOB, id, "yo")));
    }
    let told = received(&world);
    assert_eq!((told.len(), acknowledged(&world).len()), (3, 0));
    world.ask(|client, now| client.acknowledge(receipt_of(&told[1]), now));
    world.ask(|client, now| client.acknowledge(receipt_of(&told[1]), now));
    world.run();
    assert_eq!(acknowledged(&world), ["0000000000000002"]);
    // One that comes again after that is acknowledged again, another one waits.
    world.push(delivery(text(BOB, 2, "yo")));
    world.push(delivery(text(BOB, 1, "yo")));
    assert_eq!(acknowledged(&world).len(), 2);
    assert_eq!(received(&world).len(), 3);
}

#[test]
fn a_message_is_acknowledged_where_it_came_last() {
    let mut world = World::signed_in(config().acknowledge_by_hand(true));
    for id in 1..=2 {
        world.push(delivery(text(BOB, id, "yo")));
    }
    let told = received(&world);
    world.forget_session();
    world.advance(Duration::from_secs(3));
    world.push(delivery(text(BOB, 1, "yo")));
    assert_eq!(received(&world).len(), 2);
    for message in &told {
        world.ask(|client, now| client.acknowledge(receipt_of(message), now));
        world.run();
    }
    assert_eq!(acknowledged(&world), ["0000000000000001"]);
    world.push(delivery(text(BOB, 2, "yo")));
    let all = ["0000000000000001", "0000000000000002"];
    assert_eq!(acknowledged(&world), all, "the service did not know it yet");
}

#[test]
fn what_no_application_keeps_is_acknowledged_though_it_does_that_by_hand() {
    let mut world = World::signed_in(config().acknowledge_by_hand(true));
    let (me, from) = (ME.parse().expect("one"), BOB.parse().expect("one"));
    let mut nudge = Draft::nudge(me, from);
    nudge.message_id = Some(7);
    world.push(delivery(nudge));
    assert_eq!(acknowledged(&world), ["0000000000000007"]);
}

#[test]
fn an_application_that_acknowledges_nothing_is_left_what_it_has_no_room_for() {
    let limits = Limits {
        unacknowledged: 2,
        ..Limits::default()
    };
    let mut world = World::signed_in(config().limits(limits).acknowledge_by_hand(true));
    for id in 1..=3 {
        world.push(delivery(text(BOB, id, "yo")));
    }
    let told = received(&world);
    assert_eq!((told.len(), acknowledged(&world).len()), (2, 0));
    world.ask(|client, now| client.acknowledge(receipt_of(&told[0]), now));
    world.push(delivery(text(BOB, 3, "yo")));
    assert_eq!(received(&world).len(), 3, "given again, it is new");
    let limits = Limits {
        unacknowledged_bytes: 3,
        ..Limits::default()
    };
    let mut world = World::signed_in(config().limits(limits).acknowledge_by_hand(true));
    for id in 1..=3 {
        world.push(delivery(text(BOB, id, "yo")));
    }
    assert_eq!(received(&world).len(), 1);
}

#[test]
fn what_cannot_be_read_is_acknowledged_all_the_same() {
    let mut world = World::signed_in(config());
    let frame = "SDG 0 MSGR 31\r\nAck-Id: 0000000000000009\r\n\r\nodd";
    let frame: &'static [u8] = frame.as_bytes();
    let mut decoder = msnp_proto::FrameDecoder::new(msnp_proto::PayloadTable::msnp24());
    decoder.push(frame);
    let frame = decoder.next_frame().expect("a frame").expect("whole");
    world.push(ServerBody::Other(frame));
    assert_eq!(acknowledged(&world), ["0000000000000009"]);
    assert_eq!(world.events, []);
}

#[test]
fn several_messages_are_acknowledged_together_in_one_request() {
    let mut world = World::signed_in(config());
    for id in 1..=3 {
        let body = delivery(text(BOB, id, "yo"));
        world
            .fake_mut()
            .queue
            .push_back(ServerCommand::new(msnp_proto::TrId(0), body));
    }
    world.run();
    assert_eq!((received(&world).len(), acknowledged(&world).len()), (3, 3));
    assert_eq!(world.fake().bodies.len(), 1);
}

#[test]
fn typing_nudges_and_edits_are_told_as_such() {
    let mut world = World::signed_in(config());
    let me = || ME.parse().expect("an address");
    let from = || BOB.parse().expect("an address");
    let bob_id = ContactId::skype("bob").expect("a name");
    for (draft, typing) in [
        (Draft::typing(me(), from()), true),
        (Draft::clear_typing(me(), from()), false),
    ] {
        world.push(delivery(draft));
        let expected = Event::Typing {
            conversation: bob(),
            from: bob_id.clone(),
            typing,
        };
        assert_eq!(world.events.pop(), Some(expected));
    }
    let mut nudge = Draft::nudge(me(), from());
    nudge.message_id = Some(1);
    world.push(delivery(nudge.clone()));
    world.push(delivery(nudge));
    world.one(|e| matches!(e, Event::Nudge { .. }).then_some(()));
    let mut edit = Draft::edit(me(), from(), 42, "Edited: new<e_m ts='1'/>")
        .with_header("Skype-EditOffset", "8");
    edit.message_id = Some(2);
    world.push(delivery(edit));
    let (original, text) = world.one(|e| match e {
        Event::MessageEdited { original, edit } => Some((original.clone(), edit.text.clone())),
        _ => None,
    });
    assert_eq!((original.as_str(), text.as_str()), ("42", "new"));
}

/// Who was gone in the middle of a sentence typed for ever.
#[test]
fn who_gives_no_sign_any_more_has_stopped_typing() {
    let mut world = World::signed_in(config());
    let typing = |world: &mut World| {
        let told = std::mem::take(&mut world.events);
        let told = told.into_iter().filter_map(|event| match event {
            Event::Typing { typing, .. } => Some(typing),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    let (me, from) = (ME.parse().expect("an address"), BOB.parse().expect("one"));
    let sign = delivery(Draft::typing(me, from));
    world.push(sign.clone());
    assert_eq!(typing(&mut world), [true]);
    world.advance(Duration::from_secs(8));
    world.push(sign);
    world.advance(Duration::from_secs(8));
    assert_eq!(typing(&mut world), [true], "it goes on");
    world.advance(Duration::from_secs(8));
    assert_eq!(typing(&mut world), [false]);
    world.advance(Duration::from_secs(60));
    assert_eq!(typing(&mut world), [false; 0]);
}

#[test]
fn own_messages_of_other_endpoints_stand_in_the_others_conversation() {
    let mut world = World::signed_in(config());
    let elsewhere = "8:live:alice;epid={11111111-2222-3333-4444-555555555555}";
    let mut draft = text(elsewhere, 9, "from my phone");
    draft.to = "8:bob".parse().expect("an address");
    world.push(delivery(draft));
    let message = received(&world).remove(0);
    assert_eq!(message.conversation, bob());
    assert_eq!(
        message.from,
        ContactId::skype("live:alice").expect("a name")
    );
}

#[test]
fn messages_in_groups_stand_in_the_group() {
    let mut world = World::signed_in(config());
    let mut draft = text(BOB, 9, "all");
    draft.to = "19:abc@thread.skype".parse().expect("an address");
    world.push(delivery(draft));
    let message = received(&world).remove(0);
    assert_eq!(
        (message.conversation, message.from.name()),
        (group(), "bob")
    );
}

#[test]
fn unknown_message_types_stay_quiet_unless_people_read_them() {
    let mut world = World::signed_in(config());
    for (id, kind) in [(1, "Signal/Turn"), (2, "RichText/Contacts"), (3, "Made/Up")] {
        let mut draft = text(BOB, id, "<x/>");
        draft.kind = MessageType::new(kind);
        world.push(delivery(draft));
    }
    let formats: Vec<_> = received(&world).into_iter().map(|m| m.format).collect();
    assert_eq!(formats, [Format::Other("RichText/Contacts".into())]);
    assert_eq!(acknowledged(&world).len(), 3);
}

#[test]
fn the_newest_message_id_goes_with_the_keep_alive() {
    let mut world = World::signed_in(config());
    world.push(delivery(text(BOB, 77, "a")));
    world.push(delivery(text(BOB, 76, "b")));
    world.advance(Duration::from_secs(46));
    let ping = world.fake().heard.iter().find_map(|c| match c.body {
        ClientBody::Ping(ping) => Some(ping.last_message_id),
        _ => None,
    });
    assert_eq!(ping, Some(Some(77)));
}

#[test]
fn a_group_is_made_named_and_left() {
    let mut world = World::signed_in(config());
    let members = [
        ContactId::skype("bob").expect("a name"),
        ContactId::messenger("e@x.org").expect("a name"),
    ];
    let operation = world
        .ask(|client, now| client.create_group(&members, Some("Lunch"), now))
        .expect("taken");
    world.run();
    assert_eq!(world.heard(), "PUT 7 MSGR\\THREAD, PUT 8 MSGR\\THREAD");
    let threads: Vec<_> = world
        .fake()
        .heard
        .iter()
        .map(|c| match &c.body {
            ClientBody::Put(Put::Thread(thread)) => thread.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    let mris: Vec<_> = threads[0].members.iter().map(|m| m.mri.as_str()).collect();
    assert_eq!(mris, ["8:live:alice", "8:bob", "1:e@x.org"]);
    assert_eq!(threads[1].topic.as_deref(), Some("Lunch"));
    let made = ConversationId::group("19:0123456789abcdef@thread.skype").expect("a name");
    let done = Event::OperationSucceeded {
        operation,
        conversation: Some(made.clone()),
    };
    assert_eq!(world.events, [done]);

    world.clear();
    let eve = ContactId::skype("eve").expect("a name");
    let operations = [
        world.ask(|client, now| client.add_member(&made, &eve, now)),
        world.ask(|client, now| client.remove_member(&made, &eve, now)),
        world.ask(|client, now| client.set_topic(&made, "", now)),
        world.ask(|client, now| client.leave(&made, now)),
    ];
    world.run();
    let done = operations.map(|operation| Event::OperationSucceeded {
        operation: operation.expect("taken"),
        conversation: None,
    });
    assert_eq!(world.events, done);
    assert_eq!(
        world.heard(),
        "PUT 9 MSGR\\THREAD, DEL 10 MSGR\\THREAD, PUT 11 MSGR\\THREAD, DEL 12 MSGR\\THREAD"
    );
}

#[test]
fn a_group_that_cannot_be_made_is_told() {
    for answer in [
        |c: &ClientCommand| error(c, 500),
        |c: &ClientCommand| {
            Answer::Say(vec![ServerCommand::new(
                c.trid,
                ServerBody::Put(PutReply::Empty),
            )])
        },
        |_: &ClientCommand| Answer::Nothing,
    ] {
        let mut world = World::signed_in(config());
        world.fake_mut().on_command = Box::new(move |c| match c.body {
            ClientBody::Put(Put::Thread(_)) => answer(c),
            _ => Answer::Usual,
        });
        world
            .ask(|client, now| client.create_group(&[], Some("x"), now))
            .expect("taken");
        world.advance(Duration::from_secs(43));
        world.one(|e| matches!(e, Event::OperationFailed { .. }).then_some(()));
    }
}

#[test]
fn groups_are_followed_by_their_documents() {
    let mut world = World::signed_in(config());
    let thread = |members: &str| {
        let xml = format!(
            "<thread><id>19:abc@thread.skype</id><properties><topic>T</topic></properties>\
             <members>{members}</members></thread>"
        );
        let thread = Thread::parse(xml.as_bytes()).expect("a thread");
        ServerBody::Notification(msnp_proto::msnp24::Notification::Thread(Box::new(thread)))
    };
    let me = "<member><mri>8:live:alice</mri><role>admin</role></member>";
    let both = format!("{me}<member><mri>8:bob</mri><role>user</role></member>");
    world.push(thread(&both));
    let members = world.one(|e| match e {
        Event::GroupChanged(c) => Some(c.members.len()),
        _ => None,
    });
    assert_eq!((members, world.client().groups().count()), (2, 1));
    world.push(thread("<member><mri>8:bob</mri></member>"));
    assert_eq!(world.events.pop(), Some(Event::GroupLeft(group())));
}

#[test]
fn history_comes_in_pages() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(|command| {
        let ClientBody::Get(msnp_proto::msnp24::Get::MessagesByConversation(get)) = &command.body
        else {
            return Answer::Usual;
        };
        let first = get.sync_state.is_none();
        let message = |id: u64| {
            let mut stored = msnp_proto::payload::history::StoredMessage::new(
                MessageType::TEXT,
                format!("m{id}"),
            );
            stored.client_message_id = Some(id);
            stored.from = "8:bob".parse().ok();
            stored
        };
        let reply = MessagesByConversationResponse {
            id: get.id.clone(),
            has_more: first,
            sync_state: Some("S".into()),
            messages: if first {
                vec![message(4), message(3)]
            } else {
                vec![message(2), message(1)]
            },
        };
        let body = ServerBody::Get(GetReply::MessagesByConversation(reply));
        Answer::Say(vec![ServerCommand::new(command.trid, body)])
    });
    let mut mark = None;
    let mut texts = Vec::new();
    for page in 0..2 {
        world.clear();
        let operation = world
            .ask(|client, now| client.request_history(&bob(), mark.as_ref(), now))
            .expect("taken");
        world.run();
        let history = world.one(|e| match e {
            Event::History(history) => Some(history.clone()),
            _ => None,
        });
        assert_eq!(history.operation, Some(operation));
        assert_eq!(history.more.is_some(), page == 0);
        texts.splice(0..0, history.messages.iter().map(|m| m.text.clone()));
        mark = history.more;
        assert_eq!(
            world.events.last(),
            Some(&Event::OperationSucceeded {
                operation,
                conversation: None
            })
        );
    }
    assert_eq!(texts, ["m1", "m2", "m3", "m4"]);
}

#[test]
fn frames_are_told_to_who_asks_for_them() {
    let mut world = World::signed_in(config().frames(true));
    world
        .ask(|client, now| client.send_text(&bob(), "hi", now))
        .expect("taken");
    world.push(ServerBody::Message(Delivery {
        message: text(BOB, 1, "yo").finish().into_layers(),
        ack_id: Some(HeaderValue::new("1").expect("a value")),
    }));
    let frames: Vec<_> = world
        .events
        .iter()
        .filter_map(|e| match e {
            Event::Frame { side, bytes } => Some((*side, verb_of(bytes))),
            _ => None,
        })
        .collect();
    assert_eq!(
        frames,
        [
            (Side::Client, Verb::SDG),
            (Side::Server, Verb::SDG),
            (Side::Server, Verb::SDG),
            (Side::Client, Verb::ACK)
        ]
    );
}

fn verb_of(frame: &[u8]) -> Verb {
    let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
    decoder.push(frame.to_vec());
    let frame = decoder.next_frame().expect("a frame").expect("whole");
    frame.verb()
}
