//! From signed out to signed in and back, over a fake service in memory.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::world::{Answer, BASE, Way, World, config, error, redirect};
use http::Response;
use machine_contract::{CertificateFault, Failure, HttpMachine, Machine};
use msnp_client::sign_in::Cookies;
use msnp_client::{Access, ContactId, Domains, Event, HostPolicy, Reason, Service, Step, Uic};
use msnp_proto::TrId;
use msnp_proto::msnp24::{ClientBody, Put, ServerBody, ServerCommand};

#[track_caller]
fn ended(world: &World, reason: Reason) {
    assert!(
        world.events.ends_with(&[Event::SignedOut(reason)]),
        "{:?}",
        world.events
    );
}

fn alice() -> ContactId {
    ContactId::skype("live:alice").expect("a name")
}

#[test]
fn page_cookies_uic_gateway_and_the_whole_dialogue() {
    let mut world = World::new(config());
    world.sign_in();
    assert_eq!(
        world.steps(),
        [
            Step::Credentials,
            Step::Identity,
            Step::Connecting,
            Step::Authenticating,
            Step::Synchronizing
        ]
    );
    assert_eq!(world.events.last(), Some(&Event::SignedIn(alice())));
    assert_eq!(world.client().account(), Some(&alice()));
    assert_eq!(
        world.heard(),
        "CNT 1 CON, ATH 2 CON\\USER, BND 3 CON\\MSGR, PUT 4 MSGR\\SUBSCRIPTIONS, \
         PUT 5 MSGR\\PRESENCE, GET 6 MSGR\\RECENTCONVERSATIONS"
    );
    let cookies = "MSPAuth=a; MSPProf=p; WLSSC=w";
    for (method, address, cookie) in &world.fake().requests {
        if address.contains("gateway.dll") || address.contains("Initialization") {
            assert_eq!(cookie.as_deref(), Some(cookies), "{method} {address}");
        }
        if address.contains("/v2/a") {
            assert_eq!((method.as_str(), cookie.as_deref()), ("POST", None));
        }
    }
}

#[test]
fn the_open_body_is_the_one_of_the_seed() {
    let mut world = World::new(config());
    world.sign_in();
    let body = String::from_utf8(world.fake().bodies[0].to_vec()).expect("text");
    let (before, after) = body.split_once("<epid>").expect("an epid");
    let (epid, after) = after.split_once("</epid>").expect("an epid");
    assert_eq!((epid.len(), after), (38, "</msgr>"));
    assert_eq!(
        before,
        "CNT 1 CON 114\r\n\r\n<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer>\
         <proc>x86</proc><lcid>en-us</lcid></agent></connect>\
         ATH 2 CON\\USER 53\r\n\r\n<user><uic>VUlD=</uic><web-compact-ticket /></user>\
         BND 3 CON\\MSGR 140\r\n\r\n<msgr><ver>2</ver><client><name>msgrliboutlook</name>\
         <ver>6.4.0.0</ver></client>"
    );
    let (_, open, _) = &world.fake().requests[4];
    assert!(
        open.ends_with("?Version=1&Protocol=mtp&Action=open&Server=NS&IP=none"),
        "{open}"
    );
}

#[test]
fn without_a_uic_the_cookies_are_sufficient() {
    let cookies = Cookies::for_domain("MSPAuth=a", "msn.example").expect("a cookie");
    let service = Service::at(BASE).expect("a base");
    let access = Access::cookies(service, cookies).uic(Uic::Skip);
    let mut world = World::new(msnp_client::Config::new(access, [7; 32]));
    world.sign_in();
    assert!(world.client().is_signed_in());
    let body = String::from_utf8(world.fake().bodies[0].to_vec()).expect("text");
    assert!(body.contains("ATH 2 CON\\USER 37\r\n\r\n<user><web-compact-ticket /></user>"));
}

#[test]
fn a_nonce_is_answered() {
    let mut world = World::new(config());
    world.fake_mut().nonce = Some("21297165061723964870");
    world.sign_in();
    let answer = world
        .fake()
        .heard
        .iter()
        .find_map(|command| match &command.body {
            ClientBody::Put(Put::Challenge(challenge)) => Some(challenge.clone()),
            _ => None,
        });
    let answer = answer.expect("an answer");
    assert_eq!(answer.product_id, "PROD0090YUAUV{2B");
    assert_eq!(answer.response, "0a8c14f57b040607483d1e71c853cea8");
    assert!(world.client().is_signed_in());
}

#[test]
fn every_command_carries_the_latest_registration() {
    let mut world = World::new(config());
    world.sign_in();
    for command in &world.fake().heard {
        let token = command.headers.registration();
        let token = token.as_ref().map(|t| t.expose().as_bytes());
        let expected = (command.trid.0 > 3).then_some(&b"token1"[..]);
        assert_eq!(token, expected, "{command:?}");
    }
}

#[test]
fn without_a_skype_id_the_login_name_is_the_account() {
    let mut world = World::new(config());
    world.fake_mut().skype_id = None;
    world.sign_in();
    let login = ContactId::messenger("alice@msn.example").expect("a name");
    assert_eq!(world.events.last(), Some(&Event::SignedIn(login)));
    let named = ContactId::skype("alice.b").expect("a name");
    let mut world = World::new(config().account(named.clone()));
    world.sign_in();
    assert_eq!(world.events.last(), Some(&Event::SignedIn(named)));
}

#[test]
fn a_wrong_password_is_final() {
    let service = Service::at(BASE).expect("a base");
    let wrong = Access::web(service, "alice@msn.example", "guess");
    let mut world = World::new(msnp_client::Config::new(wrong, [7; 32]));
    world.sign_in();
    ended(&world, Reason::WrongCredentials);
    world.advance(Duration::from_secs(3600));
    assert_eq!(world.fake().requests.len(), 2, "no second attempt");
}

#[test]
fn a_pass_that_is_refused_with_911_is_final() {
    let mut world = World::new(config());
    world.fake_mut().on_command = Box::new(|command| match command.body {
        ClientBody::Authenticate(_) => error(command, 911),
        ClientBody::Bind(_) => error(command, 202),
        _ => Answer::Usual,
    });
    world.sign_in();
    ended(&world, Reason::WrongCredentials);
}

/// With cookies and nothing else, only the service can say who one is; it does so for cookies that it
/// accepts.
fn with_cookies_only() -> msnp_client::Config {
    let cookies = Cookies::for_domain("MSPAuth=stale", "msn.example").expect("a cookie");
    let service = Service::at(BASE).expect("a base");
    let access = Access::cookies(service, cookies).uic(Uic::Skip);
    let config = msnp_client::Config::new(access, [7; 32]);
    let options = msnp_client::GatewayOptions {
        mode: gateway_sm::Mode::Parallel,
        ..msnp_client::GatewayOptions::default()
    };
    config.gateway(options).expect("a mode")
}

#[test]
fn cookies_that_are_no_longer_good_are_wrong_credentials_and_final() {
    for late in [false, true] {
        let mut world = World::new(with_cookies_only());
        world.fake_mut().skype_id = None;
        world.fake_mut().late = late;
        world.fake_mut().on_command = Box::new(|command| match command.body {
            ClientBody::Authenticate(_) => error(command, 911),
            ClientBody::Bind(_) => error(command, 202),
            _ => Answer::Usual,
        });
        world.sign_in();
        ended(&world, Reason::WrongCredentials);
        world.advance(Duration::from_secs(3600));
        ended(&world, Reason::WrongCredentials);
        let opens = |(_, uri, _): &&(String, String, _)| uri.contains("Action=open");
        let opens = world.fake().requests.iter().filter(opens).count();
        assert_eq!(opens, 1, "no second attempt");
    }
}

#[test]
fn who_one_is_may_be_said_with_the_answer_to_ath() {
    let mut world = World::new(with_cookies_only());
    world.fake_mut().late = true;
    world.sign_in();
    assert_eq!(world.events.last(), Some(&Event::SignedIn(alice())));
}

#[test]
fn a_service_that_accepts_cookies_and_never_says_whose_is_not_understood() {
    let mut world = World::new(with_cookies_only());
    world.fake_mut().skype_id = None;
    world.sign_in();
    world.advance(Duration::from_secs(41));
    ended(&world, Reason::AccountUnknown);
}

#[test]
fn too_many_sign_ins_wait_long_and_a_busy_service_is_tried_again() {
    for (code, reason, longest) in [
        (803, Reason::RateLimited, 60..121),
        (601, Reason::ServiceUnavailable, 0..2),
    ] {
        let mut world = World::new(config());
        let mut first = true;
        world.fake_mut().on_command = Box::new(move |command| {
            if matches!(command.body, ClientBody::Authenticate(_)) && std::mem::take(&mut first) {
                return error(command, code);
            }
            Answer::Usual
        });
        world.sign_in();
        let (told, wait) = world.one(|event| match event {
            Event::Reconnecting { reason, wait, .. } => Some((*reason, wait.as_secs())),
            _ => None,
        });
        assert_eq!(told, reason);
        assert!(longest.contains(&wait), "{wait}");
        world.advance(Duration::from_secs(121));
        assert!(world.client().is_signed_in(), "{code}");
    }
}

#[test]
fn a_second_feature_set_is_harmless() {
    let mut world = World::new(config());
    world.fake_mut().on_command = Box::new(|command| match command.body {
        ClientBody::Bind(_) => error(command, 715),
        _ => Answer::Usual,
    });
    world.sign_in();
    assert!(world.client().is_signed_in());
}

#[test]
fn what_the_service_need_not_answer_does_not_matter() {
    // A wrong challenge answer has no effect; conversations may be unknown; a second ATH comes.
    let mut world = World::new(config());
    world.fake_mut().nonce = Some("1");
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Put(Put::Challenge(_)) => error(command, 540),
        ClientBody::Get(_) | ClientBody::Connect(_) | ClientBody::Authenticate(_) => {
            Answer::Nothing
        }
        _ => Answer::Usual,
    });
    world.sign_in();
    world.push(ServerBody::Authenticated(None));
    assert!(world.client().is_signed_in());
    world.advance(Duration::from_secs(120));
    assert!(world.client().is_signed_in());
}

/// It was told as a host that could not be reached, and tried for ever.
#[test]
fn a_certificate_that_is_not_accepted_is_named_and_not_tried_again() {
    for (fault, words) in [
        (
            CertificateFault::UnknownIssuer,
            "the service's certificate is not accepted: nobody whom this machine trusts vouches for it",
        ),
        (
            CertificateFault::Expired,
            "the service's certificate is not accepted: it has expired",
        ),
        (
            CertificateFault::WrongName,
            "the service's certificate is not accepted: it is for another name",
        ),
    ] {
        // At the sign-in page, and at the gateway behind it.
        for first in [0, 2] {
            let mut seen = 0;
            let mut world = World::new(config());
            world.fake_mut().on_request = Box::new(move |_| {
                seen += 1;
                if seen > first {
                    Way::Fail(Failure::Untrusted(fault))
                } else {
                    Way::Usual
                }
            });
            world.sign_in();
            world.advance(Duration::from_secs(3600));
            ended(&world, Reason::Certificate(fault));
            assert_eq!(Reason::Certificate(fault).to_string(), words);
        }
    }
}

#[test]
fn nobody_there_is_tried_with_growing_waits_and_then_given_up() {
    let mut world = World::new(config().reconnect_attempts(4));
    world.fake_mut().on_request = Box::new(|_| Way::Fail(Failure::NotSent));
    world.sign_in();
    world.advance(Duration::from_secs(3600));
    let waits: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Reconnecting {
                wait,
                attempt,
                reason,
            } => {
                assert_eq!(*reason, Reason::Unreachable);
                Some((*attempt, wait.as_millis()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(waits.len(), 4);
    for (attempt, wait) in waits {
        let full = 1000 << (attempt - 1);
        assert!((full / 2..=full).contains(&wait), "{attempt}: {wait}");
    }
    ended(&world, Reason::Unreachable);
    world.clear();
    world.fake_mut().on_request = Box::new(|_| Way::Usual);
    world.sign_in();
    assert!(
        world.client().is_signed_in(),
        "the application may try again"
    );
}

#[test]
fn silence_at_any_step_ends_in_a_new_attempt() {
    for silent in [1, 2, 3, 4, 5] {
        let mut world = World::new(config());
        world.fake_mut().on_command = Box::new(move |command| {
            // CNT and ATH are proved by the reply to BND.
            let needed = command.trid.0 == silent && !matches!(silent, 1 | 2);
            if needed {
                Answer::Nothing
            } else {
                Answer::Usual
            }
        });
        world.sign_in();
        if silent <= 2 {
            assert!(world.client().is_signed_in());
            continue;
        }
        assert!(!world.client().is_signed_in(), "{silent}");
        world.advance(Duration::from_secs(60));
        let reason = world.events.iter().find_map(|event| match event {
            Event::Reconnecting { reason, .. } => Some(*reason),
            _ => None,
        });
        let step = if silent == 3 {
            Step::Authenticating
        } else {
            Step::Synchronizing
        };
        assert_eq!(reason, Some(Reason::SilentAt(step)), "{silent}");
    }
}

#[test]
fn a_hotel_page_instead_of_the_gateway_is_not_believed() {
    let mut world = World::new(config().reconnect_attempts(0));
    world.fake_mut().on_request = Box::new(|request| {
        if request.uri().path().contains("gateway") {
            return Way::Respond(Response::new("<html>Welcome".into()));
        }
        Way::Usual
    });
    world.sign_in();
    ended(&world, Reason::ProtocolError);
}

#[test]
fn signing_out_says_out_and_ends() {
    let mut world = World::signed_in(config());
    world.ask(msnp_client::Client::sign_out);
    world.run();
    assert_eq!(world.heard(), "OUT 7 CON");
    ended(&world, Reason::Requested);
    world.advance(Duration::from_secs(86_400 * 2));
    assert_eq!(world.events.len(), 1, "{:?}", world.events);
    assert_eq!(world.client().poll_timeout(), None);
}

#[test]
fn signing_out_does_not_wait_for_ever() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_request = Box::new(|_| Way::Hold);
    world.ask(msnp_client::Client::sign_out);
    world.advance(Duration::from_secs(6));
    ended(&world, Reason::Requested);
}

#[test]
fn signing_out_while_signing_in_ends_at_once() {
    for steps in 0..5 {
        let mut world = World::new(config());
        let mut left = steps;
        world.fake_mut().on_request = Box::new(move |_| {
            if left == 0 {
                return Way::Hold;
            }
            left -= 1;
            Way::Usual
        });
        world.sign_in();
        world.ask(msnp_client::Client::sign_out);
        world.run();
        world.advance(Duration::from_secs(10));
        ended(&world, Reason::Requested);
    }
}

#[test]
fn an_out_from_the_service_is_understood() {
    for (text, reason) in [("OTH", Reason::Elsewhere), ("", Reason::ClosedByService)] {
        let mut world = World::signed_in(config().reconnect_attempts(0));
        world.push(ServerBody::SignedOut(text.into()));
        ended(&world, reason);
    }
}

/// What the client says on its second connection, after one redirect in place of the reply to the
/// command with this number, or unasked with 0.
fn redirected(at: u32) -> World {
    let mut world = World::new(config());
    let mut done = at == 0;
    world.fake_mut().on_command = Box::new(move |command| {
        if command.trid == TrId(at) && !std::mem::replace(&mut done, true) {
            return Answer::Say(vec![redirect(command.trid, "gw2.msn.example:443")]);
        }
        Answer::Usual
    });
    world.sign_in();
    if at == 0 {
        world.clear();
        let mut unasked = redirect(TrId(0), "gw2.msn.example:443");
        let token = msnp_proto::msnp24::HeaderValue::new("late").expect("a value");
        let token = msnp_proto::Secret::new(token);
        unasked.headers.set_new_registration(&token);
        world.fake_mut().queue.push_back(unasked);
        world.run();
    }
    world
}

#[test]
fn a_redirect_starts_over_with_the_state_and_nothing_else() {
    // JavaSkype kept its "authenticated" flag and token over a redirect and sent no BND: msnp24.md 18.
    for at in [0, 1, 3] {
        let world = redirected(at);
        assert!(world.client().is_signed_in(), "{at}: {:?}", world.events);
        let second = world
            .fake()
            .heard
            .iter()
            .rposition(|c| matches!(c.body, ClientBody::Connect(_)));
        let second = &world.fake().heard[second.expect("a CNT")..];
        let ClientBody::Connect(connect) = &second[0].body else {
            unreachable!()
        };
        assert_eq!(connect.state.as_deref(), Some("VmVyc2lvbjogMQ0K"));
        let trids: Vec<u32> = second.iter().map(|c| c.trid.0).collect();
        assert_eq!(trids, [1, 2, 3, 4, 5, 6]);
        assert!(matches!(second[1].body, ClientBody::Authenticate(_)));
        assert!(matches!(second[2].body, ClientBody::Bind(_)));
        for command in &second[..3] {
            assert!(
                command.headers.registration().is_none(),
                "a token of another connection"
            );
        }
        let open = world
            .fake()
            .requests
            .iter()
            .rfind(|(_, uri, _)| uri.contains("Action=open"));
        let (_, uri, cookie) = open.expect("an open");
        assert!(
            uri.starts_with("https://gw2.msn.example:443/gateway/gateway.dll?"),
            "{uri}"
        );
        assert_eq!(cookie.as_deref(), Some("MSPAuth=a; MSPProf=p; WLSSC=w"));
    }
}

#[test]
fn a_redirect_to_a_host_that_was_not_asked_for_in_the_clear_is_refused() {
    let plain = msnp_client::PlainHttp::to(["msn.example"]).expect("a host");
    let service = Service::at_plain("http://msn.example", plain).expect("it is named");
    let cookies = Cookies::for_domain("MSPAuth=a", "msn.example").expect("a cookie");
    let access = Access::cookies(service, cookies).uic(Uic::Skip);
    let mut world = World::new(msnp_client::Config::new(access, [7; 32]));
    let mut first = true;
    world.fake_mut().on_command = Box::new(move |command| {
        if std::mem::take(&mut first) {
            return Answer::Say(vec![redirect(command.trid, "gw2.msn.example:80")]);
        }
        Answer::Usual
    });
    world.sign_in();
    ended(&world, Reason::PlainHttp);
    let strayed = |(_, uri, _): &(String, String, Option<String>)| uri.contains("gw2");
    assert!(!world.fake().requests.iter().any(strayed));
}

#[test]
fn the_policy_of_the_page_holds_for_redirects_of_the_notification_server_too() {
    let within = |name| HostPolicy::Within(Domains::new([name]).expect("a domain"));
    for (hosts, target, followed) in [
        (HostPolicy::SameSite, "gw2.msn.example:443", true),
        (HostPolicy::Stay, "gw2.msn.example:443", false),
        (within("gw2.msn.example"), "gw2.msn.example:443", true),
        (within("gw2.msn.example"), "gw3.msn.example:443", false),
        // Allowed, but no cookie belongs there.
        (within("evil.example"), "gw.evil.example:443", false),
    ] {
        let mut world = World::new(config().host_policy(hosts.clone()).expect("a policy"));
        let mut first = true;
        world.fake_mut().on_command = Box::new(move |command| {
            if std::mem::take(&mut first) {
                return Answer::Say(vec![redirect(command.trid, target)]);
            }
            Answer::Usual
        });
        world.sign_in();
        assert_eq!(
            world.client().is_signed_in(),
            followed,
            "{hosts:?} {target}"
        );
        if !followed {
            ended(&world, Reason::RedirectRefused);
        }
        let name = target.trim_end_matches(":443");
        let there = |(_, uri, _): &(String, String, Option<String>)| uri.contains(name);
        assert_eq!(world.fake().requests.iter().any(there), followed);
    }
}

#[test]
fn a_redirect_to_a_foreign_host_or_in_circles_is_refused() {
    for target in ["gw.evil.example:443", "no host:x", "10.0.0.1:443"] {
        let mut world = World::new(config());
        world.fake_mut().on_command = Box::new(move |command| match command.body {
            ClientBody::Connect(_) => Answer::Say(vec![redirect(command.trid, target)]),
            _ => Answer::Usual,
        });
        world.sign_in();
        ended(&world, Reason::RedirectRefused);
        let foreign = |(_, uri, _): &(String, String, Option<String>)| !uri.starts_with(BASE);
        assert!(!world.fake().requests.iter().any(foreign));
    }
    let mut world = World::new(config());
    world.fake_mut().on_command = Box::new(|command| match command.body {
        ClientBody::Connect(_) => Answer::Say(vec![redirect(command.trid, "msn.example:80")]),
        _ => Answer::Usual,
    });
    world.sign_in();
    ended(&world, Reason::RedirectRefused);
    let opens = world
        .fake()
        .requests
        .iter()
        .filter(|(_, uri, _)| uri.contains("Action=open"));
    assert_eq!(opens.count(), 6);
}

#[test]
fn keep_alive_follows_the_services_wish() {
    let mut world = World::signed_in(config());
    world.fake_mut().wait = Some(Duration::from_secs(100));
    let pings = |world: &World| {
        let ping = |c: &&msnp_proto::msnp24::ClientCommand| matches!(c.body, ClientBody::Ping(_));
        world.fake().heard.iter().filter(ping).count()
    };
    world.advance(Duration::from_secs(44));
    assert_eq!(pings(&world), 0);
    world.advance(Duration::from_secs(2));
    assert_eq!(pings(&world), 1);
    assert!(
        world.heard().contains("PNG 7 CON"),
        "framed, with a number: {}",
        world.heard()
    );
    world.advance(Duration::from_secs(98));
    assert_eq!(pings(&world), 1);
    world.advance(Duration::from_secs(2));
    assert_eq!(pings(&world), 2);
}

#[test]
fn a_ping_without_an_answer_is_a_lost_connection() {
    let mut world = World::signed_in(config());
    world.fake_mut().on_command = Box::new(|command| match command.body {
        ClientBody::Ping(_) => Answer::Nothing,
        _ => Answer::Usual,
    });
    world.advance(Duration::from_secs(120));
    world.one(|event| {
        matches!(
            event,
            Event::Reconnecting {
                reason: Reason::TimedOut,
                ..
            }
        )
        .then_some(())
    });
    assert!(world.client().is_signed_in(), "and back again");
}

#[test]
fn a_keep_alive_whose_answer_is_lost_is_no_lost_connection() {
    let mut world = World::signed_in(config());
    let mut lost = 0;
    world.fake_mut().on_request = Box::new(move |request| {
        let is_ping = request.body().starts_with(b"PNG");
        lost += u32::from(is_ping);
        if is_ping && lost == 1 {
            Way::LoseReply
        } else {
            Way::Usual
        }
    });
    world.advance(Duration::from_secs(200));
    let pings = world.heard().matches("PNG").count();
    assert!(pings > 3, "{}", world.heard());
    let lost = |event: &Event| matches!(event, Event::Reconnecting { .. });
    assert!(!world.events.iter().any(lost), "{:#?}", world.events);
}

#[test]
fn the_authentication_is_renewed_before_it_runs_out() {
    let mut world = World::signed_in(config());
    world.fake_mut().cookie_suffix = "2";
    world.advance(Duration::from_secs(23 * 3600 + 60));
    let renewals = world
        .fake()
        .heard
        .iter()
        .filter(|c| matches!(c.body, ClientBody::Authenticate(_)));
    assert_eq!(renewals.count(), 1);
    let again = |path| {
        world
            .fake()
            .requests
            .iter()
            .filter(|(_, uri, _)| uri.contains(path))
            .count()
    };
    assert_eq!(
        (
            again("/post.srf"),
            again("Initialization"),
            again("Action=open")
        ),
        (1, 1, 0)
    );
    assert_eq!(world.events, [], "nothing that the application should know");
    let (_, _, cookies) = world.fake().requests.last().expect("a keep-alive");
    assert_eq!(
        cookies.as_deref(),
        Some("MSPAuth=a2; MSPProf=p2; WLSSC=w2"),
        "the fresh cookies"
    );
}

#[test]
fn a_renewal_that_fails_is_tried_again() {
    let mut world = World::signed_in(config());
    let pages = Rc::new(RefCell::new(0));
    let counted = Rc::clone(&pages);
    world.fake_mut().on_request = Box::new(move |request| {
        if request.uri().path() == "/oauth20_authorize.srf" {
            *counted.borrow_mut() += 1;
            if *counted.borrow() < 3 {
                return Way::Fail(Failure::Unknown);
            }
        }
        Way::Usual
    });
    world.advance(Duration::from_secs(23 * 3600 + 600));
    assert_eq!(*pages.borrow(), 3);
    assert!(world.client().is_signed_in());
    assert!(world.heard().contains("ATH"));
}

#[test]
fn an_expired_authentication_signs_in_anew() {
    let mut world = World::signed_in(config());
    let mut first = true;
    world.fake_mut().on_command = Box::new(move |command| match command.body {
        ClientBody::Ping(_) if std::mem::take(&mut first) => error(command, 922),
        _ => Answer::Usual,
    });
    world.advance(Duration::from_secs(60));
    assert!(world.client().is_signed_in());
    let expired = Reason::AuthenticationExpired;
    world.one(|event| {
        matches!(event, Event::Reconnecting { reason, .. } if *reason == expired).then_some(())
    });
    assert!(
        world
            .fake()
            .requests
            .iter()
            .any(|(_, uri, _)| uri.contains("/post.srf")),
        "a fresh sign-in"
    );
}

#[test]
fn a_lost_session_signs_in_anew_with_a_fresh_endpoint_state() {
    let mut world = World::signed_in(config());
    world.forget_session();
    world.one(|e| {
        matches!(
            e,
            Event::Reconnecting {
                reason: Reason::ConnectionLost,
                attempt: 1,
                ..
            }
        )
        .then_some(())
    });
    world.advance(Duration::from_secs(2));
    assert!(world.client().is_signed_in());
    let connects = world
        .fake()
        .heard
        .iter()
        .filter(|c| matches!(c.body, ClientBody::Connect(_)));
    assert_eq!(connects.count(), 1);
}

#[test]
fn a_connection_that_never_lasts_is_given_up() {
    let mut world = World::new(config().reconnect_attempts(3));
    world.fake_mut().on_command = Box::new(|command| match &command.body {
        ClientBody::Get(_) => Answer::Say(vec![ServerCommand::new(
            TrId(0),
            ServerBody::SignedOut("SSD".into()),
        )]),
        _ => Answer::Usual,
    });
    world.sign_in();
    world.advance(Duration::from_secs(3600));
    let signed_in = world
        .events
        .iter()
        .filter(|e| matches!(e, Event::SignedIn(_)))
        .count();
    assert_eq!(signed_in, 4);
    ended(&world, Reason::ServiceUnavailable);
}

#[test]
fn stale_and_foreign_request_ids_are_ignored() {
    let mut world = World::signed_in(config());
    for id in 0..40 {
        let id = machine_contract::RequestId::new(1000 + id);
        world.ask(|client, now| {
            client.handle_response(id, Response::new("OUT 0 CON 0\r\n".into()), now);
        });
        world.ask(|client, now| client.handle_failure(id, Failure::Unknown, now));
    }
    world.run();
    assert_eq!(world.events, []);
    assert!(world.client().is_signed_in());
}

#[test]
fn nothing_secret_shows() {
    let mut world = World::new(config());
    world.sign_in();
    let shown = format!("{:?} {:?}", world.client(), world.events);
    for secret in ["hunter2", "VUlD", "MSPAuth=", "token1"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    let run = || {
        let mut world = World::signed_in(config());
        let bob = ContactId::skype("bob").expect("a name");
        let id = world
            .ask(|client, now| client.send_text(&bob.into(), "hi", now))
            .expect("taken");
        world.run();
        (id, world.fake().bodies.clone())
    };
    assert_eq!(run(), run());
}
