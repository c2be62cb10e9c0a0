//! A page has signed in, and the host keeps the cookies: no request carries any, the right ones ask for
//! them, and the client stays where they belong.

use std::time::Duration;

use gateway_sm::Mode;
use http::{Response, StatusCode};
use machine_contract::{Failure, Machine};
use msnp_client::{
    Access, Config, ContactId, Domains, Event, GatewayOptions, HostPolicy, Reason, Service, Step,
    Timings, Uic,
};
use msnp_proto::TrId;
use msnp_proto::msnp24::ClientBody;
use proptest::prelude::*;

use crate::world::{Answer, BASE, BOB, Way, World, config, delivery, error, redirect, text};

fn kept(service: Service, uic: Uic) -> Config {
    let options = GatewayOptions {
        mode: Mode::Parallel,
        ..GatewayOptions::default()
    };
    let config = Config::new(Access::host_cookies(service).uic(uic), [7; 32]);
    config.gateway(options).expect("a mode")
}

fn at_home() -> Config {
    at_home_with(Uic::Wanted)
}

fn at_home_with(uic: Uic) -> Config {
    kept(Service::at(BASE).expect("a base"), uic)
}

/// Initialization is another origin's.
fn apart(uic: Uic) -> Config {
    let service = Service::at(BASE).expect("a base");
    let elsewhere = "https://login.msn.example/v1/user/Initialization";
    kept(service.initialization(elsewhere).expect("an address"), uic)
}

/// No request carries cookies; those to the gateway and to its origin's Initialization ask for them, and
/// no others.
#[track_caller]
fn check_cookies(world: &World) {
    assert!(!world.fake().cookies.is_empty());
    for (uri, marked, carries) in &world.fake().cookies {
        assert!(!carries, "a Cookie header: {uri}");
        let is_home = uri.scheme_str() == Some("https")
            && uri
                .authority()
                .is_some_and(|it| it.as_str() == "msn.example");
        let wants = is_home
            && matches!(
                uri.path(),
                "/gateway/gateway.dll" | "/v1/user/Initialization"
            );
        assert_eq!(*marked, wants, "{uri}");
        // Trouter is somebody else's, wherever it lives; the rest stays at home.
        assert!(is_home || uri.path() == "/v2/a", "{uri}");
    }
}

#[test]
fn the_client_starts_where_the_page_left_off() {
    let mut world = World::new(at_home());
    world.sign_in();
    assert!(world.client().is_signed_in());
    assert_eq!(world.steps()[..2], [Step::Identity, Step::Connecting]);
    let paths: Vec<&str> = world.fake().cookies[..3]
        .iter()
        .map(|it| it.0.path())
        .collect();
    let expected = ["/v2/a", "/v1/user/Initialization", "/gateway/gateway.dll"];
    assert_eq!(paths, expected);
    check_cookies(&world);
    assert!(matches!(
        &world.fake().heard[1].body,
        ClientBody::Authenticate(msnp_proto::msnp24::Authenticate::Web { uic: Some(_) })
    ));
}

#[test]
fn an_initialization_of_another_origin_is_not_asked() {
    let mut world = World::new(apart(Uic::Wanted));
    world.sign_in();
    assert!(world.client().is_signed_in());
    assert!(
        world
            .fake()
            .cookies
            .iter()
            .all(|it| it.0.path() == "/gateway/gateway.dll")
    );
    check_cookies(&world);
    let mut world = World::new(apart(Uic::Required));
    world.sign_in();
    assert_eq!(world.events, [Event::SignedOut(Reason::WrongCredentials)]);
    assert!(world.fake().cookies.is_empty());
    let mut world = World::new(at_home_with(Uic::Skip));
    world.sign_in();
    assert!(world.client().is_signed_in());
    check_cookies(&world);
}

#[test]
fn a_uic_that_cannot_be_had_is_done_without() {
    let answers: [fn() -> Way; 3] = [
        || Way::Fail(Failure::Unknown),
        // What a driver reports that cannot see where a redirect leads.
        || Way::Respond(status(302)),
        || Way::Respond(status(401)),
    ];
    for answer in answers {
        let mut world = World::new(at_home());
        world.fake_mut().on_request = Box::new(move |request| match request.uri().path() {
            "/v2/a" | "/v1/user/Initialization" => answer(),
            _ => Way::Usual,
        });
        world.sign_in();
        assert!(world.client().is_signed_in(), "{:?}", world.events);
        check_cookies(&world);
    }
}

fn status(number: u16) -> Response<bytes::Bytes> {
    let mut response = Response::new(bytes::Bytes::new());
    *response.status_mut() = StatusCode::from_u16(number).expect("a status");
    response
}

#[test]
fn nothing_leads_off_the_origin_whatever_the_policy_says() {
    let domains = Domains::new(["msn.example"]).expect("a domain");
    for policy in [
        HostPolicy::Stay,
        HostPolicy::SameSite,
        HostPolicy::Within(domains),
    ] {
        for target in ["gw.msn.example", "msn.example:8080", "evil.example"] {
            let mut world = World::new(at_home().host_policy(policy.clone()).expect("a policy"));
            world.sign_in();
            world.push(redirect(TrId(0), target).body);
            let last = world.events.last();
            assert_eq!(
                last,
                Some(&Event::SignedOut(Reason::RedirectRefused)),
                "{target}"
            );
            check_cookies(&world);
        }
        let mut world = World::new(at_home().host_policy(policy).expect("a policy"));
        world.sign_in();
        world.push(redirect(TrId(0), "msn.example:443").body);
        assert!(world.client().is_signed_in());
        check_cookies_of_port(&world);
    }
}

/// As `check_cookies`, with the port that the redirect named.
#[track_caller]
fn check_cookies_of_port(world: &World) {
    let mut plain = World::new(at_home());
    plain.fake_mut().cookies.clone_from(&world.fake().cookies);
    for (uri, _, _) in &mut plain.fake_mut().cookies {
        *uri = uri
            .to_string()
            .replace("msn.example:443/", "msn.example/")
            .parse()
            .expect("an address");
    }
    check_cookies(&plain);
}

#[test]
fn cookies_that_are_no_longer_accepted_are_final() {
    // At the sign-in, …
    let mut world = World::new(at_home());
    world.fake_mut().skype_id = None;
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Authenticate(_) => error(command, 911),
        _ => Answer::Usual,
    });
    world.sign_in();
    let wrong = Some(&Event::SignedOut(Reason::WrongCredentials));
    assert_eq!(world.events.last(), wrong);
    // … when the authentication is renewed, …
    let often = Timings {
        renewal: Duration::from_secs(300),
        ..Timings::default()
    };
    let mut world = World::new(at_home().timings(often));
    world.sign_in();
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Authenticate(_) => error(command, 911),
        _ => Answer::Usual,
    });
    world.advance(Duration::from_secs(301));
    assert_eq!(world.events.last(), wrong);
    check_cookies(&world);
    assert_eq!(world.client().poll_timeout(), None);
    // … and in between.
    let mut world = World::new(at_home());
    world.sign_in();
    world.fake_mut().on_request = Box::new(|_| Way::Respond(status(401)));
    let bob = ContactId::skype("bob").expect("a name");
    let said = world.ask(|client, now| client.send_text(&(&bob).into(), "hi", now));
    said.expect("room");
    world.run();
    assert_eq!(world.events.last(), wrong);
}

#[test]
fn the_renewal_shows_what_the_host_keeps_by_then() {
    let often = Timings {
        renewal: Duration::from_secs(300),
        ..Timings::default()
    };
    let mut world = World::new(at_home().timings(often));
    world.sign_in();
    world.clear();
    world.fake_mut().cookies.clear();
    world.advance(Duration::from_secs(301));
    let renewal = world.fake().heard.iter();
    let renewal = renewal.filter(|it| matches!(it.body, ClientBody::Authenticate(_)));
    assert_eq!(renewal.count(), 1);
    assert!(world.client().is_signed_in());
    check_cookies(&world);
}

#[test]
fn clients_with_cookies_of_their_own_ask_for_no_others() {
    let mut world = World::new(config());
    world.sign_in();
    assert!(world.client().is_signed_in());
    assert!(world.fake().cookies.iter().all(|(_, marked, _)| !marked));
}

/// What happens to such a client.
#[derive(Clone, Debug)]
enum Turn {
    Say,
    Hear,
    Redirect(&'static str),
    /// A reply that names another host, or fails.
    Reply(u8),
    Forget,
    SignIn,
    SignOut,
    Wait(u64),
}

fn turn() -> impl Strategy<Value = Turn> {
    let target = prop::sample::select(vec!["msn.example", "gw.msn.example", "evil.example"]);
    prop_oneof![
        2 => Just(Turn::Say),
        1 => Just(Turn::Hear),
        1 => target.prop_map(Turn::Redirect),
        3 => (0..6_u8).prop_map(Turn::Reply),
        1 => Just(Turn::Forget),
        3 => Just(Turn::SignIn),
        1 => Just(Turn::SignOut),
        2 => (0..400_u64).prop_map(Turn::Wait),
    ]
}

/// The next request comes to this.
fn once(world: &mut World, kind: u8) {
    let mut way = Some(match kind {
        0 => Way::Fail(Failure::NotSent),
        1 => Way::Fail(Failure::Unknown),
        2 => Way::Respond(status(302)),
        3 => Way::Respond(status(401)),
        _ => {
            let mut response = status(200);
            for (name, value) in [
                ("x-msn-messenger", "SessionID=1.1; GW-IP=10.0.0.1"),
                ("x-msn-host", "gw.msn.example"),
                ("set-cookie", "MSPAuth=a; domain=msn.example"),
                ("location", "http://evil.example/"),
            ] {
                let value = value.parse().expect("a header");
                response.headers_mut().insert(name, value);
            }
            Way::Respond(response)
        }
    });
    world.fake_mut().on_request = Box::new(move |_| way.take().unwrap_or(Way::Usual));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_no_cookie_is_written_and_none_is_asked_for_elsewhere(
        turns in prop::collection::vec(turn(), 1..20),
        is_apart in any::<bool>(),
    ) {
        let often = Timings { renewal: Duration::from_secs(300), ..Timings::default() };
        let config = if is_apart { apart(Uic::Wanted) } else { at_home() };
        let mut world = World::new(config.timings(often).reconnect_attempts(2));
        world.sign_in();
        let bob = ContactId::skype("bob").expect("a name");
        for (number, turn) in (1..).zip(turns) {
            match turn {
                Turn::Say => {
                    let _ = world.ask(|client, now| client.send_text(&(&bob).into(), "hi", now));
                    world.run();
                }
                Turn::Hear => world.push(delivery(text(BOB, number, "yo"))),
                Turn::Redirect(target) => world.push(redirect(TrId(0), target).body),
                Turn::Reply(kind) => once(&mut world, kind),
                Turn::Forget => world.forget_session(),
                Turn::SignIn => world.sign_in(),
                Turn::SignOut => {
                    world.ask(msnp_client::Client::sign_out);
                    world.run();
                }
                Turn::Wait(seconds) => world.advance(Duration::from_secs(seconds)),
            }
        }
        check_cookies(&world);
    }
}
