//! The promises of the machine contract: for the whole client, the web sign-in and the uic flow.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId};
use msnp_client::sign_in::Cookies;
use msnp_client::sign_in::web::WebSignIn;
use msnp_client::uic::UicFlow;
use msnp_client::{Client, ContactId, Limits, Timings};
use msnp_proto::Secret;
use proptest::prelude::*;

use crate::world::{BASE, BOB, Driver, Way, World, config, delivery, redirect, text};

// A host may run a machine in whatever thread it likes, and bindings demand both.
const fn can_be_moved_and_shared<M: Send + Sync + 'static>() {}
const _: () = {
    can_be_moved_and_shared::<Client>();
    can_be_moved_and_shared::<msnp_client::bsim::Client>();
    can_be_moved_and_shared::<WebSignIn>();
    can_be_moved_and_shared::<UicFlow>();
};

/// What happens next in the life of a client.
#[derive(Clone, Debug)]
enum Turn {
    Say,
    Nudge,
    Hear,
    Trouble(Failure),
    LoseReply,
    ForgetSession,
    Redirect,
    SignOut,
    SignIn,
    /// From now on the application takes nothing, or takes all again.
    Deafen(bool),
    /// The host was asleep.
    Sleep,
    Wait(u64),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => Just(Turn::Say),
        1 => Just(Turn::Nudge),
        2 => Just(Turn::Hear),
        1 => Just(Turn::Trouble(Failure::NotSent)),
        1 => Just(Turn::Trouble(Failure::Unknown)),
        1 => Just(Turn::LoseReply),
        1 => Just(Turn::ForgetSession),
        1 => Just(Turn::Redirect),
        1 => Just(Turn::SignOut),
        2 => Just(Turn::SignIn),
        2 => any::<bool>().prop_map(Turn::Deafen),
        1 => Just(Turn::Sleep),
        4 => (0u64..200).prop_map(Turn::Wait),
    ]
}

/// Everything that the world saw of a client that went through this.
fn live(turns: &[Turn], driver: Driver) -> String {
    let often = Timings {
        renewal: Duration::from_secs(300),
        ..Timings::default()
    };
    let little = Limits {
        undrained: 2_000,
        ..Limits::default()
    };
    let config = config().reconnect_attempts(2).timings(often).limits(little);
    let mut world = World::new(config);
    world.set_driver(driver);
    world.sign_in();
    let bob = ContactId::skype("bob").expect("a name");
    for (number, turn) in (1..).zip(turns) {
        match turn {
            Turn::Say => {
                // Whether it is taken is part of what must be the same.
                let said = world.ask(|client, now| client.send_text(&(&bob).into(), "hi", now));
                world
                    .fake_mut()
                    .requests
                    .push((format!("{said:?}"), String::new(), None));
                world.run();
            }
            Turn::Nudge => {
                let _ = world.ask(|client, now| client.send_nudge(&(&bob).into(), now));
                world.run();
            }
            Turn::Hear => world.push(delivery(text(BOB, number, "yo"))),
            Turn::Trouble(failure) => once(&mut world, Way::Fail(*failure)),
            Turn::LoseReply => once(&mut world, Way::LoseReply),
            Turn::ForgetSession => world.forget_session(),
            Turn::Redirect => {
                let elsewhere = redirect(msnp_proto::TrId(0), "gw.msn.example:80");
                world.push(elsewhere.body);
            }
            Turn::SignOut => {
                world.ask(msnp_client::Client::sign_out);
                world.run();
            }
            Turn::SignIn => world.sign_in(),
            Turn::Deafen(is_deaf) => {
                world.set_deaf(*is_deaf);
                world.advance(Duration::ZERO);
            }
            Turn::Sleep => {
                world.ask(machine_contract::Machine::handle_suspended);
                world.run();
            }
            Turn::Wait(seconds) => world.advance(Duration::from_secs(*seconds)),
        }
    }
    let bodies = world
        .fake()
        .bodies
        .iter()
        .map(|body| String::from_utf8_lossy(body));
    let bodies: Vec<_> = bodies.collect();
    format!(
        "{:#?}\n{:#?}\n{bodies:#?}",
        world.events,
        world.fake().requests
    )
}

/// The next request of the gateway session comes to this.
fn once(world: &mut World, way: Way) {
    let mut way = Some(way);
    world.fake_mut().on_request = Box::new(move |_| way.take().unwrap_or(Way::Usual));
}

/// Drives a sign-in machine with these answers; gives its requests and its outcome.
fn drive<M: HttpMachine>(
    mut machine: M,
    answers: &[Answer],
    driver: Driver,
) -> (Vec<String>, Option<M::Event>) {
    let start = Instant::ORIGIN;
    let mut now = start;
    let (mut asked, mut outcome) = (Vec::new(), None);
    let mut last = RequestId::new(u64::MAX);
    for answer in answers {
        if driver == Driver::Pestering {
            machine.handle_timeout(now);
            machine.handle_timeout(now);
            machine.handle_response(last, Response::new(Bytes::new()), now);
            machine.handle_failure(last, Failure::Unknown, now);
        }
        if driver != Driver::Backwards {
            outcome = outcome.or(machine.poll_event());
            let _ = machine.poll_cancel();
        }
        let Some(transmit) = machine.poll_transmit(now) else {
            break;
        };
        assert!(machine.poll_transmit(now).is_none(), "one at a time");
        let request = &transmit.request;
        asked.push(format!(
            "{} {} {:?} {:?} {:?}",
            request.method(),
            request.uri(),
            request.headers(),
            request.body(),
            now - start
        ));
        last = transmit.id;
        match answer {
            Answer::Reply(status, header, body) => {
                let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
                *response.status_mut() = StatusCode::from_u16(*status).expect("a status");
                if let Some((name, value)) = header {
                    response
                        .headers_mut()
                        .insert(*name, value.parse().expect("a header"));
                }
                machine.handle_response(last, response, now);
            }
            Answer::Failure(failure) => machine.handle_failure(last, *failure, now),
            Answer::Silence => {
                now = transmit.deadline;
                machine.handle_timeout(now);
                assert_eq!(machine.poll_timeout(), None, "nothing in flight");
            }
        }
    }
    outcome = outcome.or(machine.poll_event());
    if outcome.is_some() {
        assert!(machine.poll_transmit(now).is_none() && machine.poll_event().is_none());
    }
    (asked, outcome)
}

#[derive(Clone, Debug)]
enum Answer {
    Reply(u16, Option<(&'static str, &'static str)>, &'static str),
    Failure(Failure),
    Silence,
}

fn answer() -> impl Strategy<Value = Answer> {
    let status = prop_oneof![6 => Just(200u16), 1 => Just(302), 1 => Just(401), 1 => Just(500)];
    let header = prop_oneof![
        3 => Just(None),
        1 => Just(Some(("set-cookie", "MSPAuth=a"))),
        1 => Just(Some(("location", "/next"))),
        1 => Just(Some(("location", "https://evil.example/"))),
    ];
    let body = prop_oneof![
        Just("<input name=PPFT value=T><script>urlPost:'/post.srf'</script>"),
        Just("<script>sErrTxt:'No.'</script>"),
        Just(r#"{"url":"https://host/v2/f/abc","connId":"abc"}"#),
        Just(r#"{"MappingContainer":"VUlD%3D"}"#),
        Just(""),
    ];
    prop_oneof![
        8 => (status, header, body).prop_map(|(status, header, body)| Answer::Reply(status, header, body)),
        1 => Just(Answer::Failure(Failure::NotSent)),
        1 => Just(Answer::Failure(Failure::Unknown)),
        1 => Just(Answer::Silence),
    ]
}

fn uri(path: &str) -> Uri {
    format!("{BASE}{path}").parse().expect("an address")
}

fn web() -> WebSignIn {
    let password = Secret::new("hunter2".to_owned());
    WebSignIn::new(uri("/page"), "alice", password, Duration::from_secs(9))
}

fn uic() -> UicFlow {
    let cookies = Cookies::for_domain("MSPAuth=a", "msn.example").expect("a cookie");
    UicFlow::new(uri("/v2/a"), uri("/init"), cookies, Duration::from_secs(9))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_driver_sees_the_same_client(turns in proptest::collection::vec(turn(), 1..20)) {
        let usual = live(&turns, Driver::Usual);
        for driver in [Driver::Usual, Driver::Pestering, Driver::Backwards] {
            prop_assert_eq!(&live(&turns, driver), &usual, "{:?}", driver);
        }
    }

    #[test]
    fn every_driver_sees_the_same_sign_in(answers in proptest::collection::vec(answer(), 1..8)) {
        let usual = drive(web(), &answers, Driver::Usual);
        for driver in [Driver::Pestering, Driver::Backwards] {
            let (asked, outcome) = drive(web(), &answers, driver);
            prop_assert_eq!(&asked, &usual.0);
            prop_assert_eq!(format!("{outcome:?}"), format!("{:?}", usual.1));
        }
    }

    #[test]
    fn every_driver_sees_the_same_uic_flow(answers in proptest::collection::vec(answer(), 1..4)) {
        let usual = drive(uic(), &answers, Driver::Usual);
        for driver in [Driver::Pestering, Driver::Backwards] {
            let (asked, outcome) = drive(uic(), &answers, driver);
            prop_assert_eq!(&asked, &usual.0);
            let plain = |one: Option<Result<Secret<String>, _>>| one.map(|uic| uic.map(|uic| uic.expose().clone()));
            prop_assert_eq!(plain(outcome), plain(usual.1.clone()));
        }
    }
}

#[test]
fn a_sign_in_that_may_take_for_ever_has_a_deadline() {
    let password = Secret::new("hunter2".to_owned());
    let mut machine = WebSignIn::new(uri("/page"), "alice", password, Duration::MAX);
    let now = Instant::ORIGIN;
    assert!(machine.poll_transmit(now).expect("the page").deadline > now);
}

#[test]
fn a_client_that_was_never_asked_to_sign_in_wants_nothing() {
    let mut client = Client::new(config());
    let now = Instant::ORIGIN;
    client.handle_timeout(now);
    assert!(client.poll_transmit(now).is_none() && client.poll_event().is_none());
    assert_eq!((client.poll_timeout(), client.poll_cancel()), (None, None));
}
