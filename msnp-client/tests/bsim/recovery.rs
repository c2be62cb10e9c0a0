//! Lost sessions, refused sign-ins, services that cannot be reached.

use std::time::Duration;

use http::StatusCode;
use machine_contract::Failure;
use msnp_client::bsim::{Client, Event, LoginImFailure, NotSent, Problem, Reason};
use soap_codec::bsim::{Event as On, Operation, OperationName, Reply, Session};

use crate::world::{ME, World, session};

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
fn session_id(operation: &Operation) -> &str {
    let session = operation.session().expect("a session");
    session.session_id.as_ref().expect("an id").expose()
}

#[test]
fn a_fault_to_a_fetch_ends_the_session_whatever_it_says() {
    let mut world = World::signed_in();
    world
        .call(|client, now| client.change_status(ME, "BSY", now))
        .expect("known");
    world.is_called(OperationName::ChangeStatus);
    world.reply(&Reply::ChangeStatus);
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.fault("Object reference not set to an instance of an object.");
    let event = world.event();
    assert!(
        matches!(event, Some(Event::SessionLost { at, .. }) if at == world.now()),
        "{event:?}"
    );
    assert!(!world.client().is_signed_in());

    world.enter("2");
    // The status is set anew, in the new session.
    let again = world.is_called(OperationName::ChangeStatus);
    assert_eq!(session_id(&again), "2");
}

#[test]
fn a_message_that_met_a_lost_session_is_sent_in_the_next() {
    let mut world = World::signed_in();
    let (first, second) = (world.send("one"), world.send("two"));
    let lost = world.is_called(OperationName::SendMessage);
    assert_eq!(session_id(&lost), "1");
    world.fault("Invalid session.");
    world.enter("2");
    for _ in 0..2 {
        let sent = world.is_called(OperationName::SendMessage);
        assert_eq!(session_id(&sent), "2");
        world.reply(&Reply::SendMessage);
    }
    let fates: Vec<_> = world
        .events()
        .into_iter()
        .filter(|event| matches!(event, Event::MessageSent(_) | Event::MessageNotSent { .. }))
        .collect();
    assert_eq!(
        fates,
        [Event::MessageSent(first), Event::MessageSent(second)]
    );
}

#[test]
fn a_message_that_ends_every_session_is_given_up() {
    let mut world = World::signed_in();
    let id = world.send("poison");
    world.is_called(OperationName::SendMessage);
    world.fault("Your session does not allow this.");
    world.enter("2");
    world.is_called(OperationName::SendMessage);
    world.events();
    world.fault("Your session does not allow this.");
    let events = world.events();
    assert!(
        matches!(&events[0], Event::MessageNotSent { message, reason: NotSent::Call(_) } if *message == id),
        "{events:?}"
    );
}

#[test]
fn a_status_that_ends_every_session_is_given_up() {
    let mut world = World::signed_in();
    let told = world.call(|client, now| client.change_status(ME, "XXX", now));
    told.expect("known");
    world.is_called(OperationName::ChangeStatus);
    world.fault("Your session does not allow this.");
    world.enter("2");
    world.events();
    world.is_called(OperationName::ChangeStatus);
    world.fault("Your session does not allow this.");
    let events = world.events();
    assert!(
        matches!(&events[0], Event::ChangeStatusFailed { status, .. } if status == "XXX"),
        "{events:?}"
    );
    world.enter("3");
    world.is_quiet();
}

#[test]
fn sessions_that_are_lost_at_once_do_not_make_it_spin() {
    let mut world = World::signed_in();
    world.wait();
    let mut pauses = Vec::new();
    loop {
        world.is_called(OperationName::KeepSessionAlive);
        world.fault("Invalid session.");
        if !world.client().is_signed_in() && world.timeout().is_none() {
            // Either it signs in at once, or it has given up.
            if world
                .events()
                .iter()
                .any(|event| matches!(event, Event::SignedOut(_)))
            {
                break;
            }
            pauses.push(0);
        } else {
            pauses.push(world.wait().as_secs());
        }
        world.is_called(OperationName::Login);
        world.reply(&Reply::Login(Some(session("again"))));
        world.is_called(OperationName::LoginIM);
        world.reply(&Reply::LoginIM);
        world.wait();
    }
    assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 60]);
}

#[test]
fn a_short_failure_keeps_the_session() {
    let mut world = World::signed_in();
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.fails(Failure::Unknown);
    let expected = Event::Retrying {
        operation: OperationName::KeepSessionAlive,
        problem: Problem::NoAnswer,
        at: world.now() + SECOND,
    };
    assert_eq!(world.events(), [expected]);
    assert_eq!(world.wait(), SECOND);
    let again = world.is_called(OperationName::KeepSessionAlive);
    assert_eq!(session_id(&again), "1");
    world.happens(vec![]);
    assert_eq!(world.wait(), 5 * SECOND);
}

#[test]
fn a_good_fetch_makes_up_for_the_failures_before_it() {
    let mut world = World::signed_in();
    // Longer than a session lives in silence.
    for _ in 0..30 {
        world.wait();
        world.is_called(OperationName::KeepSessionAlive);
        world.fails(Failure::Unknown);
        assert_eq!(world.wait(), SECOND);
        world.is_called(OperationName::KeepSessionAlive);
        world.happens(vec![]);
    }
    assert!(world.client().is_signed_in());
}

#[test]
fn silence_for_as_long_as_a_session_lives_ends_it() {
    let mut world = World::signed_in();
    let began = world.now();
    world.wait();
    while world.client().is_signed_in() {
        world.is_called(OperationName::KeepSessionAlive);
        world.fails(Failure::NotSent);
        if world.client().is_signed_in() {
            world.wait();
        }
    }
    assert!(world.now() - began >= 60 * SECOND);
    assert!(matches!(
        world.events().pop(),
        Some(Event::SessionLost { .. })
    ));
    world.wait();
    world.enter("2");
}

#[test]
fn after_a_long_sleep_the_service_is_asked_first() {
    let mut world = World::signed_in();
    world.pass(Duration::from_secs(8 * 3600));
    let asked = world.is_called(OperationName::KeepSessionAlive);
    assert_eq!(session_id(&asked), "1");
    world.fault("Invalid session.");
    world.enter("2");
}

#[test]
fn other_faults_do_not_end_the_session() {
    let mut world = World::signed_in();
    world.send("hello");
    world.is_called(OperationName::SendMessage);
    world.fault("No such buddy.");
    // It makes sure before anything else is lost.
    let asked = world.is_called(OperationName::KeepSessionAlive);
    assert_eq!(session_id(&asked), "1");
    world.happens(vec![]);
    assert!(world.client().is_signed_in());
}

/// It was called until the service account was given up, and nobody learnt why.
#[test]
fn a_proxy_that_wants_credentials_ends_it_and_is_named() {
    let mut world = World::new();
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
    world.answer(407, "<html>");
    let reason = Reason::Refused(Problem::ProxyAuthentication);
    assert_eq!(world.event(), Some(Event::SignedOut(reason)));
    world.is_quiet();
}

#[test]
fn a_refused_sign_in_is_the_end() {
    let mut world = World::new();
    world.call(Client::sign_in);
    let waiting = world.send("never");
    world.is_called(OperationName::Login);
    world.fault("Invalid user id or password.");
    let events = world.events();
    let [
        Event::MessageNotSent {
            message,
            reason: NotSent::SignedOut,
        },
        Event::SignedOut(Reason::Refused(problem)),
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(*message, waiting);
    assert!(problem.to_string().contains("Invalid user id"), "{problem}");
    assert_eq!(world.timeout(), None);
    world.is_quiet();
    // And a new beginning.
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
}

#[test]
fn a_sign_in_that_was_good_once_is_tried_again_when_refused() {
    let mut world = World::signed_in();
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.fault("The service is not available.");
    world.is_called(OperationName::Login);
    world.fault("The service is not available.");
    let events = world.events();
    assert!(
        matches!(events.last(), Some(Event::Retrying { .. })),
        "{events:?}"
    );
    world.wait();
    world.enter("2");
    // A new sign-in has everything to prove again.
    world.call(Client::sign_out);
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
    world.fault("Invalid user id or password.");
    let last = world.events().pop();
    assert!(
        matches!(last, Some(Event::SignedOut(Reason::Refused(_)))),
        "{last:?}"
    );
}

#[test]
fn a_sign_in_without_a_session_is_refused() {
    let nothing = Session {
        session_id: None,
        ..session("")
    };
    for answer in [None, Some(session("")), Some(nothing)] {
        let mut world = World::new();
        world.call(Client::sign_in);
        world.is_called(OperationName::Login);
        world.reply(&Reply::Login(answer));
        let refused = Event::SignedOut(Reason::Refused(Problem::NoSession));
        assert_eq!(world.events(), [refused]);
    }
}

#[test]
fn a_service_that_cannot_be_reached_is_tried_and_given_up() {
    let mut world = World::with(|config| config.attempts(3));
    world.call(Client::sign_in);
    let mut pauses = Vec::new();
    for _ in 0..3 {
        world.is_called(OperationName::Login);
        world.fails(Failure::NotSent);
        pauses.push(world.wait().as_secs());
    }
    world.is_called(OperationName::Login);
    world.answer(503, "");
    assert_eq!(pauses, [1, 2, 4]);
    let last = world.events().pop();
    let problem = Problem::Status(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(last, Some(Event::SignedOut(Reason::GaveUp(problem))));
}

#[test]
fn an_im_account_that_is_refused_is_told_and_left_alone() {
    let mut world = World::new();
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("1"))));
    world.is_called(OperationName::LoginIM);
    world.events();
    world.fault("Unknown imType.");
    let events = world.events();
    assert!(
        matches!(
            &events[..],
            [Event::LoginImFailed {
                reason: LoginImFailure::Call(_),
                ..
            }]
        ),
        "{events:?}"
    );
    world.is_called(OperationName::KeepSessionAlive);
    world.fault("Invalid session.");
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("2"))));
    world.is_quiet();
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![]);
    // Until it is asked for again.
    world
        .call(|client, now| client.login_im(ME, "another", now))
        .expect("known");
    let Operation::LoginIM(login) = world.is_called(OperationName::LoginIM) else {
        panic!("another call");
    };
    assert_eq!(login.password.expect("a password").expose(), "another");
}

#[test]
fn a_password_given_during_the_call_is_used_after_it() {
    let mut world = World::new();
    world.call(Client::sign_in);
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("1"))));
    for (old, new) in [("123456789", "second"), ("second", "third")] {
        let Operation::LoginIM(login) = world.is_called(OperationName::LoginIM) else {
            panic!("another call");
        };
        assert_eq!(login.password.expect("a password").expose(), old);
        world
            .call(|client, now| client.login_im(ME, new, now))
            .expect("known");
        world.fault("Wrong password.");
        if new == "second" {
            // The check after a fault goes behind what is due.
            assert!(
                !world
                    .events()
                    .iter()
                    .any(|it| matches!(it, Event::LoginImFailed { .. }))
            );
        }
    }
    world.is_called(OperationName::LoginIM);
}

#[test]
fn a_fetch_that_cannot_be_read_is_told_and_tried_again() {
    let mut world = World::signed_in();
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.answer(200, "<soap:Envelope>");
    let events = world.events();
    let [
        Event::Retrying {
            operation: OperationName::KeepSessionAlive,
            problem,
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(problem.fate(), Failure::Unknown);
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![On::OnStatusChanged("NLN".to_owned())]);
    assert!(matches!(world.event(), Some(Event::On { .. })));
}

#[test]
fn a_failed_im_sign_in_is_told_in_the_services_words() {
    let mut world = World::new();
    world.call(Client::sign_in);
    let id = world.send("never");
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("1"))));
    world.is_called(OperationName::LoginIM);
    world.reply(&Reply::LoginIM);
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.events();
    let line = "Login failed: the service did not accept the name or password.".to_owned();
    world.happens(vec![On::OnLog(vec![
        "Connecting NS...".to_owned(),
        line.clone(),
    ])]);
    let events = world.events();
    let expected = [
        Event::LoginImFailed {
            account: ME.to_owned(),
            reason: LoginImFailure::Told(line),
        },
        Event::MessageNotSent {
            message: id,
            reason: NotSent::AccountNotSignedIn,
        },
    ];
    assert_eq!(events[1..], expected);
}

#[test]
fn an_account_that_is_signed_out_is_told() {
    let mut world = World::signed_in();
    let line = "Signed out: signed in at another place.".to_owned();
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.happens(vec![On::OnLog(vec![line.clone()])]);
    assert!(!world.client().is_im_signed_in(ME));
    let reason = LoginImFailure::Told(line);
    let account = ME.to_owned();
    assert_eq!(
        world.events().pop(),
        Some(Event::LoginImFailed { account, reason })
    );
}

#[test]
fn a_lost_fetch_that_may_have_held_on_login_is_no_failed_sign_in() {
    for sign_of_life in [true, false] {
        let mut world = World::new();
        world.call(Client::sign_in);
        world.is_called(OperationName::Login);
        world.reply(&Reply::Login(Some(session("1"))));
        world.is_called(OperationName::LoginIM);
        world.reply(&Reply::LoginIM);
        world.send("hello");
        world.wait();
        world.is_called(OperationName::KeepSessionAlive);
        world.fails(Failure::Unknown);
        world.wait();
        world.is_called(OperationName::KeepSessionAlive);
        if sign_of_life {
            world.happens(vec![On::OnStatusChanged("NLN".to_owned())]);
        } else {
            world.happens(vec![]);
            world.is_quiet();
            world.pass(59 * SECOND);
            world.is_called(OperationName::KeepSessionAlive);
            world.happens(vec![]);
        }
        world.is_called(OperationName::SendMessage);
        let failed = |event: &Event| matches!(event, Event::LoginImFailed { .. });
        assert!(!world.events().iter().any(failed));
    }
}

#[test]
fn a_password_for_a_signed_in_account_is_for_the_next_time() {
    let mut world = World::signed_in();
    world
        .call(|client, now| client.login_im(ME, "new", now))
        .expect("known");
    world.is_quiet();
    assert!(world.client().is_im_signed_in(ME));
    world.wait();
    world.is_called(OperationName::KeepSessionAlive);
    world.fault("Invalid session.");
    world.is_called(OperationName::Login);
    world.reply(&Reply::Login(Some(session("2"))));
    let Operation::LoginIM(login) = world.is_called(OperationName::LoginIM) else {
        panic!("another call");
    };
    assert_eq!(login.password.expect("a password").expose(), "new");
}
