//! Other servers, other dialects, other carriers: where a client goes, and where not.

use std::time::Duration;

use gateway_sm::HostPolicy;
use msnp_client::{Access, Config, Dialect, Event, Network, Reason, Step};

use crate::duties::{A_WHILE, bob, signed_in};
use crate::server::Server;
use crate::world::{CARRIERS, Carrier, LOGIN, PASSWORD, WEB, World, config, network};

fn offering(carrier: Carrier, dialects: &[Dialect]) -> Config {
    let access = Access::passport(network(carrier), LOGIN, PASSWORD);
    let config = Config::new(access, [7; 32]).reconnect_attempts(0);
    config
        .dialects(dialects.iter().copied())
        .expect("they are spoken")
}

#[test]
fn dialects_are_tried_downwards_and_the_one_that_is_taken_is_kept() {
    for carrier in CARRIERS {
        let offered = [
            Dialect::MSNP18,
            Dialect::MSNP15,
            Dialect::MSNP12,
            Dialect::MSNP8,
        ];
        let mut server = Server::new(Dialect::MSNP12);
        server.speaks = vec![Dialect::MSNP12, Dialect::MSNP8];
        let mut world = World::new(offering(carrier, &offered), server);
        world.sign_in();
        assert!(
            world.told(|event| matches!(event, Event::SignedIn(_))),
            "{:#?}",
            world.events
        );
        assert_eq!(world.connected.len(), 3, "one dialect for each connection");
        assert_eq!(world.ask(|client, _| client.dialect()), Dialect::MSNP12);
        world.ask(msnp_client::Client::sign_out);
        world.advance(A_WHILE);
        world.ask(msnp_client::Client::sign_in);
        world.advance(A_WHILE);
        assert_eq!(world.connected.len(), 4, "it is offered first from now on");
    }
}

#[test]
fn a_server_that_speaks_nothing_of_it_is_told_as_such() {
    for carrier in CARRIERS {
        let mut server = Server::new(Dialect::MSNP12);
        server.speaks = Vec::new();
        let config = offering(carrier, &[Dialect::MSNP18, Dialect::MSNP8]);
        let mut world = World::new(config, server);
        world.sign_in();
        let over = Event::SignedOut(Reason::DialectRefused);
        assert_eq!(world.events.last(), Some(&over), "{:#?}", world.events);
        assert_eq!(
            Reason::DialectRefused.to_string(),
            "the service speaks none of the offered dialects"
        );
    }
}

#[test]
fn only_what_is_spoken_can_be_offered() {
    let text = |carrier, dialects: &[Dialect]| {
        let access = Access::passport(network(carrier), LOGIN, PASSWORD);
        let config = Config::new(access, [7; 32]).dialects(dialects.iter().copied());
        config.err().map(|error| error.to_string())
    };
    for carrier in CARRIERS {
        assert_eq!(text(carrier, &[Dialect::MSNP8, Dialect::MSNP7]), None);
        assert_eq!(text(carrier, &[]).as_deref(), Some("no dialect to offer"));
    }
    assert_eq!(text(Carrier::Stream, &[Dialect::MSNP24]), None);
    assert!(
        text(Carrier::Gateway, &[Dialect::MSNP24])
            .expect("an error")
            .starts_with("MSNP24 is not spoken this way")
    );
}

#[test]
fn another_notification_server_is_gone_to() {
    for (dialect, referral) in [
        (
            Dialect::MSNP8,
            "XFR # NS 207.46.124.125:1864 0 127.0.0.1:1863\r\n",
        ),
        (
            Dialect::MSNP12,
            "XFR # NS ns2.msn.example:1864 0 127.0.0.1:1863\r\n",
        ),
        (Dialect::MSNP15, "XFR # NS ns2.msn.example:1864 U D\r\n"),
    ] {
        let mut server = Server::new(dialect);
        server.instead.insert("USR", referral.to_owned());
        let mut world = World::new(config(Carrier::Stream, dialect), server);
        world.ask(msnp_client::Client::sign_in);
        // As soon as it is elsewhere the server is as it should be.
        let host = referral.split(' ').nth(3).expect("a host").to_owned();
        assert!(world.connected.contains(&host), "{:?}", world.connected);
    }
}

#[test]
fn a_circle_of_transfers_ends() {
    for carrier in CARRIERS {
        let mut server = Server::new(Dialect::MSNP12);
        server.instead.insert(
            "USR",
            "XFR # NS ns2.msn.example:1863 0 127.0.0.1:1863\r\n".to_owned(),
        );
        let mut world = World::new(config(carrier, Dialect::MSNP12), server);
        world.sign_in();
        assert_eq!(world.connected.len(), 6);
        assert_eq!(
            world.events.last(),
            Some(&Event::SignedOut(Reason::RedirectRefused))
        );
    }
}

#[test]
fn a_transfer_leads_only_to_hosts_that_are_allowed() {
    let mut server = Server::new(Dialect::MSNP12);
    server.instead.insert(
        "USR",
        "XFR # NS evil.example.com:1863 0 1.2.3.4:1863\r\n".to_owned(),
    );
    let mut world = World::new(config(Carrier::Stream, Dialect::MSNP12), server);
    world.sign_in();
    assert_eq!(world.connected.len(), 1);
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::RedirectRefused))
    );
}

#[test]
fn a_gateway_is_opened_as_clients_of_the_time_do() {
    let mut world = signed_in(Carrier::Gateway, Dialect::MSNP11);
    let open = "POST http://msn.example/gateway/gateway.dll?Action=open&Server=NS&IP=messenger.hotmail.com";
    assert_eq!(world.requests[0], open);
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    world.advance(A_WHILE);
    let open =
        "POST http://msn.example/gateway/gateway.dll?Action=open&Server=SB&IP=sb.msn.example";
    assert!(
        world.requests.iter().any(|it| it == open),
        "{:#?}",
        world.requests
    );
}

#[test]
fn since_msnp14_the_last_word_says_that_the_switchboard_has_a_gateway() {
    let mut world = signed_in(Carrier::Gateway, Dialect::MSNP15);
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    world.advance(A_WHILE);
    // gateway.md 11. It is of the same site.
    let open =
        "POST http://sb.msn.example/gateway/gateway.dll?Action=open&Server=SB&IP=sb.msn.example";
    assert!(
        world.requests.iter().any(|it| it == open),
        "{:#?}",
        world.requests
    );
    // Whoever wants to stay, stays, and the gateway at home has to do.
    let policy = config(Carrier::Gateway, Dialect::MSNP15).host_policy(HostPolicy::Stay);
    let mut world = World::new(policy.expect("a policy"), Server::new(Dialect::MSNP15));
    world.sign_in();
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    world.advance(A_WHILE);
    let open =
        "POST http://msn.example/gateway/gateway.dll?Action=open&Server=SB&IP=sb.msn.example";
    assert!(
        world.requests.iter().any(|it| it == open),
        "{:#?}",
        world.requests
    );
}

#[test]
fn a_given_login_page_needs_no_nexus() {
    let network = network(Carrier::Stream)
        .login_url("http://msn.example/login")
        .expect("an address");
    let access = Access::passport(network, LOGIN, PASSWORD);
    let config = Config::new(access, [7; 32])
        .dialects([Dialect::MSNP12])
        .expect("it is spoken");
    let mut world = World::new(config, Server::new(Dialect::MSNP12));
    world.sign_in();
    assert_eq!(world.peer.web.called, ["login"]);
    assert!(world.told(|event| matches!(event, Event::SignedIn(_))));
}

#[test]
fn a_login_page_may_send_on_but_not_anywhere() {
    for (moved, is_in) in [
        ("http://msn.example:81/login", true),
        ("http://evil.example.com/login", false),
        ("https://msn.example/login", true),
    ] {
        let mut server = Server::new(Dialect::MSNP12);
        server.web.login_moved = Some(moved.to_owned());
        let mut world = World::new(config(Carrier::Stream, Dialect::MSNP12), server);
        world.sign_in();
        assert_eq!(
            world.told(|event| matches!(event, Event::SignedIn(_))),
            is_in,
            "{moved}"
        );
        let went = world.requests.iter().any(|it| it.contains("evil"));
        assert!(!went, "{:?}", world.requests);
    }
}

#[test]
fn the_steps_of_signing_in_are_told_in_order() {
    for dialect in [
        Dialect::MSNP8,
        Dialect::MSNP12,
        Dialect::MSNP15,
        Dialect::MSNP18,
    ] {
        let world = signed_in(Carrier::Stream, dialect);
        let steps: Vec<Step> = world
            .events
            .iter()
            .filter_map(|event| match event {
                Event::SignInProgress(step) => Some(*step),
                _ => None,
            })
            .collect();
        let expected = [
            Step::Connecting,
            Step::Authenticating,
            Step::Credentials,
            Step::Authenticating,
            Step::Synchronizing,
        ];
        assert_eq!(steps, expected, "{dialect}");
    }
}

#[test]
fn a_network_can_be_anywhere() {
    let network = Network::tls("ns.msn.example:443", WEB).expect("addresses");
    let network = network
        .token_service("https://login.example/RST2.srf")
        .expect("an address");
    let access = Access::passport(network, LOGIN, PASSWORD);
    let config = Config::new(access, [7; 32])
        .dialects([Dialect::MSNP15])
        .expect("it is spoken");
    let mut world = World::new(config, Server::new(Dialect::MSNP15));
    world.ask(msnp_client::Client::sign_in);
    world.advance(Duration::from_secs(1));
    assert_eq!(world.connected[0], "ns.msn.example:443");
    assert!(
        world
            .requests
            .iter()
            .any(|it| it == "POST https://login.example/RST2.srf")
    );
}
