//! Messages and statuses: their order, their fates, what is refused.

use std::time::Duration;

use http::StatusCode;
use machine_contract::Failure;
use msnp_client::Coding;
use msnp_client::bsim::{Client, Event, Limits, LoginImFailure, NotSent, Problem, Reason, Refused};
use soap_codec::bsim::{Event as On, Operation, OperationName, Reply, ResultEncoding};
use soap_codec::{CharsetError, EnvelopeError, Version};

use crate::world::{BUDDY, ME, World, response};

impl World {
    #[track_caller]
    fn text_sent(&mut self) -> String {
        let Operation::SendMessage(message) = self.is_called(OperationName::SendMessage) else {
            panic!("another call");
        };
        assert_eq!(message.to_account.as_deref(), Some(BUDDY));
        message.message.expect("a text")
    }

    #[track_caller]
    fn status_set(&mut self) -> String {
        let Operation::ChangeStatus(change) = self.is_called(OperationName::ChangeStatus) else {
            panic!("another call");
        };
        change.status.expect("a status")
    }
}

#[test]
fn messages_go_out_one_after_the_other_in_order() {
    let mut world = World::signed_in();
    let texts = ["one", "zwei & <drei>", "", "小美 +1 %41"];
    let sent: Vec<_> = texts.iter().map(|text| world.send(text)).collect();
    for (text, id) in texts.iter().zip(sent) {
        assert_eq!(world.text_sent(), *text);
        assert_eq!(world.event(), None);
        world.reply(&Reply::SendMessage);
        assert_eq!(world.event(), Some(Event::MessageSent(id)));
    }
    world.is_quiet();
}

#[test]
fn messages_wait_until_their_account_is_signed_in() {
    let mut world = World::new();
    world.call(Client::sign_in);
    let early = world.send("early");
    world.enter("1");
    world.events();
    assert_eq!(world.text_sent(), "early");
    world.reply(&Reply::SendMessage);
    assert_eq!(world.event(), Some(Event::MessageSent(early)));
}

#[test]
fn one_account_does_not_wait_for_another() {
    let mut world = World::signed_in();
    world
        .call(|client, now| client.login_im("slow@live.com", "x", now))
        .expect("room");
    let slow = world.call(|client, now| client.send_message("slow@live.com", BUDDY, "later", now));
    let fast = world.send("now");
    world.is_called(OperationName::LoginIM);
    world.reply(&Reply::LoginIM);
    assert_eq!(world.text_sent(), "now");
    world.reply(&Reply::SendMessage);
    assert_eq!(world.events(), [Event::MessageSent(fast)]);
    // Its sign-in never ends.
    world.pass(Duration::from_secs(60));
    let expected = [
        Event::LoginImFailed {
            account: "slow@live.com".to_owned(),
            reason: LoginImFailure::TimedOut,
        },
        Event::MessageNotSent {
            message: slow.expect("room"),
            reason: NotSent::AccountNotSignedIn,
        },
    ];
    assert_eq!(world.events(), expected);
    let refused = world.call(|client, now| client.send_message("slow@live.com", BUDDY, "x", now));
    assert_eq!(refused, Err(Refused::AccountNotSignedIn));
}

#[test]
fn a_late_on_login_still_counts() {
    let mut world = World::new();
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(crate::world::session("1"))));
    world.is_called(OperationName::LoginIM);
    world.reply(&Reply::LoginIM);
    world.pass(Duration::from_secs(60));
    assert!(matches!(
        world.events().pop(),
        Some(Event::LoginImFailed { .. })
    ));
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![On::OnLogin(String::new())]);
    world.send("hello");
    assert_eq!(world.text_sent(), "hello");
}

#[track_caller]
fn fate(answer: impl FnOnce(&mut World), expected: impl FnOnce(&Event) -> bool) {
    let mut world = World::signed_in();
    let id = world.send("hello");
    assert_eq!(world.text_sent(), "hello");
    answer(&mut world);
    let event = world.event().expect("a fate");
    let of = match &event {
        Event::MessageNotSent { message, .. } | Event::MessageUncertain { message, .. } => *message,
        other => panic!("{other:?}"),
    };
    assert_eq!(of, id);
    assert!(expected(&event), "{event:?}");
    let again = |event: &Event| {
        matches!(
            event,
            Event::MessageSent(_) | Event::MessageNotSent { .. } | Event::MessageUncertain { .. }
        )
    };
    assert!(!world.events().iter().any(again), "a second fate");
}

fn uncertain(expected: Problem) -> impl FnOnce(&Event) -> bool {
    move |event| matches!(event, Event::MessageUncertain { problem, .. } if *problem == expected)
}

#[test]
fn what_the_service_refused_is_not_sent() {
    let with = |status: u16| {
        let status = StatusCode::from_u16(status).expect("a status");
        move |event: &Event| {
            let refused = NotSent::Call(Problem::Status(status));
            matches!(event, Event::MessageNotSent { reason, .. } if *reason == refused)
        }
    };
    fate(|it| it.answer(400, ""), with(400));
    fate(|it| it.answer(415, ""), with(415));
    fate(
        |it| it.respond(response(404, "text/html", "<html>")),
        with(404),
    );
    fate(|it| it.answer(302, ""), with(302));
    let fault = |event: &Event| {
        let Event::MessageNotSent {
            reason: NotSent::Call(problem),
            ..
        } = event
        else {
            return false;
        };
        problem
            .fault()
            .is_some_and(|fault| fault.reason.ends_with("No such buddy."))
    };
    fate(|it| it.fault("No such buddy."), fault);
    fate(
        |it| it.answer(200, crate::world::fault("No such buddy.")),
        fault,
    );
}

#[test]
fn what_may_have_arrived_is_uncertain() {
    fate(
        |it| it.fails(Failure::Unknown),
        uncertain(Problem::NoAnswer),
    );
    fate(
        |it| it.pass(Duration::from_secs(30)),
        uncertain(Problem::NoAnswer),
    );
    fate(|it| it.answer(200, ""), uncertain(Problem::Empty));
    fate(
        |it| it.answer(502, ""),
        uncertain(Problem::Status(StatusCode::BAD_GATEWAY)),
    );
    fate(
        |it| it.answer(500, "<html>oops"),
        uncertain(Problem::Status(StatusCode::INTERNAL_SERVER_ERROR)),
    );
    let portal = "<!DOCTYPE html><html><title>Hotel Wi-Fi</title>";
    fate(
        |it| it.respond(response(200, "text/html", portal)),
        uncertain(Problem::NotSoap),
    );
    let unread = EnvelopeError::Charset(CharsetError::Unknown("gb2312".into()));
    fate(
        |it| it.respond(response(200, "text/xml; charset=gb2312", "<a/>")),
        uncertain(Problem::Envelope(unread)),
    );
    let packed = |status| {
        let mut response = response(status, "text/xml", "\u{1f}\u{8b}");
        let gzip = http::HeaderValue::from_static("gzip");
        response.headers_mut().insert("content-encoding", gzip);
        response
    };
    fate(
        |it| it.respond(packed(200)),
        uncertain(Problem::Packed(Coding::Gzip)),
    );
    fate(
        |it| it.respond(packed(502)),
        uncertain(Problem::Status(StatusCode::BAD_GATEWAY)),
    );
    fate(
        |it| it.answer(200, "<a>"),
        |event| {
            matches!(
                event,
                Event::MessageUncertain {
                    problem: Problem::Envelope(_),
                    ..
                }
            )
        },
    );
    fate(
        |it| it.reply(&Reply::ChangeStatus),
        |event| {
            matches!(
                event,
                Event::MessageUncertain {
                    problem: Problem::Reply(_),
                    ..
                }
            )
        },
    );
}

/// Replies of .NET declare `utf-16` and are UTF-8; the caller took them for broken, and tried again until it gave up.
#[test]
fn a_reply_is_read_in_the_encoding_that_its_header_names() {
    let envelope = Reply::SendMessage.to_envelope(Version::Soap11, ResultEncoding::Escaped);
    let plain = envelope.expect("a reply").to_xml().expect("a reply");
    let declared = plain.replace("utf-8", "utf-16");
    let wide = |unit: fn(u16) -> [u8; 2]| {
        let marked = format!("\u{feff}{declared}");
        marked.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    for (content_type, body) in [
        ("text/xml; charset=utf-8", declared.clone().into_bytes()),
        ("text/xml; charset=utf-16", wide(u16::to_le_bytes)),
        ("text/xml", wide(u16::to_be_bytes)),
        ("text/xml; charset=ISO-8859-1", plain.clone().into_bytes()),
    ] {
        let mut world = World::signed_in();
        let id = world.send("hi");
        world.is_called(OperationName::SendMessage);
        world.respond(response(200, content_type, body));
        let sent = Some(Event::MessageSent(id));
        assert_eq!(world.event(), sent, "{content_type}");
    }
}

#[test]
fn what_never_left_waits_and_is_sent() {
    let mut world = World::signed_in();
    let (first, second) = (world.send("one"), world.send("two"));
    assert_eq!(world.text_sent(), "one");
    world.fails(Failure::NotSent);
    assert!(matches!(
        world.events().as_slice(),
        [Event::Retrying { .. }]
    ));
    world.is_quiet();
    assert_eq!(world.wait(), Duration::from_secs(1));
    // First of all, whether the session is still there.
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![]);
    assert_eq!(world.text_sent(), "one");
    world.reply(&Reply::SendMessage);
    assert_eq!(world.text_sent(), "two");
    world.reply(&Reply::SendMessage);
    assert_eq!(
        world.events(),
        [Event::MessageSent(first), Event::MessageSent(second)]
    );
}

#[test]
fn a_busy_service_gets_the_message_later() {
    for status in [408, 429] {
        let mut world = World::signed_in();
        let id = world.send("hello");
        assert_eq!(world.text_sent(), "hello");
        world.answer(status, "");
        world.wait();
        world.is_called(OperationName::KeepSessionAlive);
        world.happens(vec![]);
        world.events();
        assert_eq!(world.text_sent(), "hello");
        world.reply(&Reply::SendMessage);
        assert_eq!(world.events(), [Event::MessageSent(id)]);
    }
}

#[test]
fn a_text_for_xml_only_in_its_address_is_told() {
    let mut world = World::signed_in();
    // The text is URL-encoded, so it can hold anything.
    world.send("a\u{1}b");
    assert_eq!(world.text_sent(), "a\u{1}b");
    world.reply(&Reply::SendMessage);
    world.events();
    let id = world
        .call(|client, now| client.send_message(ME, "a\u{1}b", "x", now))
        .expect("room");
    world.is_quiet();
    let event = world.event();
    let Some(Event::MessageNotSent {
        message,
        reason: NotSent::Call(Problem::Unwritable(_)),
    }) = event
    else {
        panic!("{event:?}");
    };
    assert_eq!(message, id);
}

#[test]
fn what_cannot_be_taken_is_refused() {
    let mut world = World::with(|config| {
        config.limits(Limits {
            messages: 2,
            text: 5,
            accounts: 1,
            ..Limits::default()
        })
    });
    let now = world.now();
    let client = world.client();
    assert_eq!(
        client.send_message(ME, BUDDY, "x", now),
        Err(Refused::SignedOut)
    );
    assert_eq!(
        client.login_im("more@live.com", "x", now),
        Err(Refused::Full)
    );
    assert_eq!(client.login_im(&ME.to_uppercase(), "again", now), Ok(()));
    client.sign_in(now);
    let to = "b@c.d";
    assert_eq!(
        client.send_message("x@live.com", to, "x", now),
        Err(Refused::UnknownAccount)
    );
    assert_eq!(
        client.change_status("x@live.com", "NLN", now),
        Err(Refused::UnknownAccount)
    );
    assert_eq!(
        client.send_message(ME, to, "123456", now),
        Err(Refused::TooLong)
    );
    assert_eq!(
        client.send_message(ME, BUDDY, "x", now),
        Err(Refused::TooLong)
    );
    assert!(client.send_message(ME, to, "12345", now).is_ok());
    assert!(client.send_message(ME, to, "", now).is_ok());
    assert_eq!(client.send_message(ME, to, "x", now), Err(Refused::Full));
}

#[test]
fn signing_out_gives_every_message_its_fate() {
    let mut world = World::signed_in();
    let (first, second) = (world.send("one"), world.send("two"));
    let transmit = world.transmit().expect("the first");
    world.call(Client::sign_out);
    assert_eq!(world.cancel(), Some(transmit.id));
    let expected = [
        Event::MessageUncertain {
            message: first,
            problem: Problem::NoAnswer,
        },
        Event::MessageNotSent {
            message: second,
            reason: NotSent::SignedOut,
        },
        Event::SignedOut(Reason::Requested),
    ];
    assert_eq!(world.events(), expected);
    assert_eq!(world.timeout(), None);
    world.call(Client::sign_out);
    assert_eq!(world.event(), None);
}

#[test]
fn a_message_not_yet_handed_over_never_left() {
    let mut world = World::signed_in();
    let ids = [world.send("one"), world.send("two")];
    world.call(Client::sign_out);
    let not_sent = |message| Event::MessageNotSent {
        message,
        reason: NotSent::SignedOut,
    };
    let expected = [
        not_sent(ids[0]),
        not_sent(ids[1]),
        Event::SignedOut(Reason::Requested),
    ];
    assert_eq!(world.events(), expected);
    world.is_quiet();
}

#[test]
fn of_several_statuses_only_the_last_is_told() {
    let mut world = World::new();
    for status in ["BSY", "AWY", "BRB"] {
        world
            .call(|client, now| client.change_status(ME, status, now))
            .expect("known");
    }
    let mut world = world.sign_in();
    assert_eq!(world.status_set(), "BRB");
    // Changed again before the answer.
    world
        .call(|client, now| client.change_status(ME, "NLN", now))
        .expect("known");
    world.reply(&Reply::ChangeStatus);
    assert_eq!(world.status_set(), "NLN");
    world.reply(&Reply::ChangeStatus);
    world.is_quiet();
}

#[test]
fn it_is_settled_when_nothing_that_was_asked_for_is_open() {
    let mut world = World::new();
    assert!(world.client().is_settled());
    world.call(Client::sign_in);
    assert!(!world.client().is_settled());
    world.enter("1");
    assert!(world.client().is_settled());
    world.send("hello");
    assert!(!world.client().is_settled());
    assert_eq!(world.text_sent(), "hello");
    world.reply(&Reply::SendMessage);
    assert!(world.client().is_settled());
    let told = world.call(|client, now| client.change_status(ME, "BSY", now));
    told.expect("known");
    assert!(!world.client().is_settled());
    assert_eq!(world.status_set(), "BSY");
    world.reply(&Reply::ChangeStatus);
    assert!(world.client().is_settled());
    // A fetch is no business of the application's.
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    assert!(world.client().is_settled());
    world.fault("Invalid session.");
    assert!(!world.client().is_settled());
}

#[test]
fn a_refused_status_is_told_and_not_tried_again() {
    let mut world = World::signed_in();
    world
        .call(|client, now| client.change_status(ME, "XXX", now))
        .expect("known");
    assert_eq!(world.status_set(), "XXX");
    world.fault("Invalid status.");
    let event = world.event();
    assert!(
        matches!(&event, Some(Event::ChangeStatusFailed { status, .. }) if status == "XXX"),
        "{event:?}"
    );
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![]);
    world.is_quiet();
}
