//! The duties of a robust client (gateway.md 14), and what the web client's document asks for.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Config, ConfigError, Event, HostPolicy, Mode, Open, Server, Session, Timing};
use http::{HeaderValue, header};
use machine_contract::{Failure, Machine};

use crate::rig::{Rig, URI, config};

#[test]
fn the_web_client_s_requests_are_made_to_the_letter() {
    let config = Config::new("https://geo.gateway.messenger.live.com/gateway/gateway.dll")
        .unwrap()
        .mode(Mode::Parallel)
        .cookies("MSPAuth=a; MSPProf=b; WLSSC=c")
        .unwrap()
        .reply_content_type("text/html")
        .unwrap();
    let mut rig = Rig::new(config);
    rig.quiet();
    rig.send("CNT 1 CON 0\r\n");
    let open = rig.transmit().unwrap();
    assert_eq!(
        open.request.uri(),
        "https://geo.gateway.messenger.live.com/gateway/gateway.dll\
         ?Version=1&Protocol=mtp&Action=open&Server=NS&IP=none"
    );
    assert_eq!(open.deadline, rig.now() + Duration::from_secs(40));
    rig.answer_with(
        open.id,
        &[
            ("X-MSN-Host", "BN1MSGR1011605.gateway.messenger.live.com"),
            (
                "X-MSN-Messenger",
                "SessionID=870507030.2139024470; GW-IP=134.170.19.30:443",
            ),
            ("X-MSN-SessionTimeout", "120"),
            ("X-MSN-SkypeId", "live:maxint32"),
            ("X-MSNSERVER", "BN1MSGR1011605"),
        ],
        "CNT 1 CON 0\r\n",
    );
    let Some(Event::Opened(opened)) = rig.session().poll_event() else {
        panic!("not opened");
    };
    assert_eq!(
        opened.host.to_string(),
        "bn1msgr1011605.gateway.messenger.live.com"
    );
    assert_eq!(opened.skype_id.as_deref(), Some("live:maxint32"));
    assert_eq!(rig.session().skype_id(), Some("live:maxint32"));
    assert_eq!(opened.server.as_deref(), Some("BN1MSGR1011605"));
    assert_eq!(opened.session_timeout, Some(Duration::from_secs(120)));
    let poll = rig.transmit().unwrap();
    assert_eq!(
        poll.request.uri(),
        "https://bn1msgr1011605.gateway.messenger.live.com/gateway/gateway.dll\
         ?SessionID=870507030.2139024470&Action=poll&Lifespan=60"
    );
    assert_eq!(poll.deadline, rig.now() + Duration::from_secs(75));
    rig.send("PNG 2 CON 0\r\n");
    let post = rig.transmit().unwrap();
    assert_eq!(
        post.request.uri().query(),
        Some("SessionID=870507030.2139024470")
    );
    for request in [open.request, poll.request, post.request] {
        let headers = request.headers();
        assert_eq!(headers["x-msn-auth"], "Use-Cookie");
        assert_eq!(headers["cookie"], "MSPAuth=a; MSPProf=b; WLSSC=c");
        assert!(headers["cookie"].is_sensitive());
        assert_eq!(headers["x-requested-session-content-type"], "text/html");
        assert_eq!(headers["content-length"], request.body().len().to_string());
    }
}

#[test]
fn renewed_cookies_go_with_the_next_request() {
    let config = config(Mode::Serial).cookies("MSPAuth=old").unwrap();
    let mut rig = Rig::live(config);
    rig.session().set_cookies("MSPAuth=new").unwrap();
    assert!(rig.session().set_cookies("a=b\r\nX: y").is_err());
    rig.send("A");
    rig.transmit().unwrap();
    let headers = rig.last.unwrap().headers().clone();
    assert_eq!(
        headers.get_all("cookie").iter().collect::<Vec<_>>(),
        ["MSPAuth=new"]
    );
    assert!(headers["cookie"].is_sensitive());
}

/// MSNP22's ticket is had when the session is there already, and runs out like cookies do (gateway.md 16.5).
#[test]
fn a_ticket_is_shown_from_the_next_request_on() {
    let mut rig = Rig::new(config(Mode::Serial));
    for ticket in ["t=old&p=", "t=new&p="] {
        rig.session().set_ssl_auth_token(ticket).unwrap();
        assert!(rig.session().set_ssl_auth_token("t=a\r\nX: y").is_err());
        rig.send("A");
        let request = rig.transmit().unwrap();
        let headers = request.request.headers();
        assert_eq!(headers["x-msn-auth"], "Use-X-MSN-SslAuthToken");
        assert_eq!(headers["x-msn-sslauthtoken"], ticket);
        assert!(headers["x-msn-sslauthtoken"].is_sensitive());
        rig.answer(request.id, "SessionID=1.0", "");
    }
}

#[test]
fn other_opens_and_headers_are_configuration() {
    let open = Open {
        server: Server::Switchboard,
        ip: Some("207.46.108.13".to_owned()),
        ..Open::default()
    };
    let config = Config::new("http://gateway.messenger.hotmail.com").unwrap();
    let config = config.open(open).unwrap();
    let config = config.ssl_auth_token("t=abc&p=").unwrap();
    let agent = HeaderValue::from_static("MSMSGS");
    let config = config.header(header::USER_AGENT, agent).unwrap();
    let mut rig = Rig::new(config.mode(Mode::Serial));
    rig.send("USR 3 a b\r\n");
    rig.expect("Action=open&Server=SB&IP=207.46.108.13", "USR 3 a b\r\n");
    let headers = rig.last.as_ref().unwrap().headers();
    assert_eq!(headers["x-msn-auth"], "Use-X-MSN-SslAuthToken");
    assert_eq!(headers["x-msn-sslauthtoken"], "t=abc&p=");
    assert!(headers["x-msn-sslauthtoken"].is_sensitive());
    assert_eq!(headers["user-agent"], "MSMSGS");
    assert_eq!(headers["content-type"], "application/x-msn-messenger");
    assert!(!headers.contains_key("x-requested-session-content-type"));
}

#[test]
fn an_empty_open_goes_out_at_once() {
    let mut rig = Rig::new(config(Mode::Serial).empty_open(true));
    let open = rig.expect("Action=open&Server=NS", "");
    rig.send("VER 1 MSNP8\r\n");
    rig.quiet();
    rig.answer(open, "SessionID=1.0", "");
    rig.events("opened");
    rig.expect("SessionID=1.0", "VER 1 MSNP8\r\n");
}

#[test]
fn duty_1_sessions_share_nothing() {
    let mut first = Rig::live(config(Mode::Serial));
    let mut second = Rig::live(config(Mode::Serial));
    first.send("A");
    let post = first.expect("SessionID=1.0", "A");
    let headers = [
        ("X-MSN-Messenger", "SessionID=7.7"),
        ("X-MSN-Host", "sb.gateway.messenger.live.com"),
    ];
    first.answer_with(post, &headers, "");
    second.send("B");
    second.expect("SessionID=1.0", "B");
    assert_eq!(second.host(), "geo.gateway.messenger.live.com");
}

#[test]
fn duty_2_id_and_host_come_from_every_reply() {
    let mut rig = Rig::live(config(Mode::Serial));
    for (id, host) in [("1.1", "a"), ("1.2", "b"), ("1.3", "c")] {
        rig.send("A");
        let post = rig.transmit().unwrap().id;
        let host = format!("{host}.gateway.messenger.live.com");
        let messenger = format!("SessionID={id}");
        rig.answer_with(
            post,
            &[("X-MSN-Messenger", &messenger), ("X-MSN-Host", &host)],
            "",
        );
        rig.send("B");
        let post = rig.expect(&messenger, "B");
        assert_eq!(rig.host(), host);
        rig.answer(post, &messenger, "");
    }
}

#[test]
fn duty_2_the_reply_that_arrives_last_sets_the_id() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("A");
    let post = rig.expect("SessionID=1.0", "A");
    rig.answer(post, "SessionID=1.2", "");
    rig.answer(poll, "SessionID=1.1", "");
    rig.expect("SessionID=1.1&Action=poll&Lifespan=60", "");
}

#[test]
fn duty_6_a_400_is_a_lost_session_and_nothing_is_sent_again() {
    for status in [400, 404, 410] {
        let mut rig = Rig::live(config(Mode::Serial));
        rig.send("A");
        let post = rig.expect("SessionID=1.0", "A");
        rig.send("B");
        rig.refuse(post, status);
        rig.closed("unknown 1, not sent 2, closed SessionLost");
    }
}

#[test]
fn duty_7_a_captive_portal_is_refused() {
    let portal = "<html>Please log in</html>";
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    rig.answer_with(open, &[("Content-Type", "text/html")], portal);
    rig.closed("unknown 0, closed Protocol(Reply(NoMessenger))");

    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.answer_with(poll, &[], portal);
    rig.closed("closed Protocol(Reply(NoMessenger))");

    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    rig.answer(open, "SessionID=1.0", portal);
    rig.closed("unknown 0, closed Protocol(NotMessenger)");
}

#[test]
fn duty_7_only_the_first_byte_of_the_stream_is_judged() {
    let mut rig = Rig::live(config(Mode::Parallel));
    for body in ["MSG a b 6\r\n", "<html>", "911 4\r\n"] {
        let poll = rig.transmit().unwrap().id;
        rig.answer(poll, "", body);
    }
    rig.events("received MSG a b 6\\r\\n, received <html>, received 911 4\\r\\n");
}

#[test]
fn duty_7_a_body_without_status_200_never_goes_up() {
    for status in [201, 204, 206, 301, 302, 307, 402, 405, 451] {
        let mut rig = Rig::live(config(Mode::Parallel));
        let poll = rig.transmit().unwrap().id;
        rig.refuse(poll, status);
        rig.closed(&format!("closed Status({status})"));
    }
}

#[test]
fn duty_8_the_body_of_the_closing_reply_comes_first() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap().id;
    rig.answer(post, "SessionID=1.0; Session=close", "OUT SSD\r\n");
    rig.closed("sent 1, received OUT SSD\\r\\n, closed Peer");
}

#[test]
fn duty_9_a_short_poll_has_a_short_deadline() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.wait(500);
    let poll = rig.transmit().unwrap();
    assert_eq!(poll.deadline, rig.now() + Duration::from_secs(40));
}

/// Where the next request goes after a reply with these.
#[track_caller]
fn check_move(config: Config, host: &str, gw_ip: &str, expected: &str, events: &str) {
    let mut rig = Rig::live(config.mode(Mode::Serial));
    rig.send("A");
    let post = rig.transmit().unwrap();
    let scheme = post.request.uri().scheme().cloned();
    let post = post.id;
    let messenger = format!("SessionID=1.1; GW-IP={gw_ip}");
    let mut headers = vec![("X-MSN-Messenger", messenger.as_str())];
    headers.extend((!host.is_empty()).then_some(("X-MSN-Host", host)));
    rig.answer_with(post, &headers, "");
    rig.events(events);
    rig.send("B");
    rig.transmit().unwrap();
    assert_eq!(rig.host(), expected);
    assert_eq!(rig.last.unwrap().uri().scheme(), scheme.as_ref());
}

#[test]
fn duty_10_a_reply_cannot_move_the_cookies_to_another_site() {
    let geo = "geo.gateway.messenger.live.com";
    let with_cookies = || config(Mode::Serial).cookies("MSPAuth=a").unwrap();
    for evil in [
        "evil.example",
        "10.0.0.1",
        "www.live.com",
        "gateway.messenger.live.com.evil.example",
    ] {
        check_move(
            with_cookies(),
            evil,
            "10.0.0.1",
            geo,
            &format!("refused {evil}, sent 1"),
        );
    }
    for unreadable in [
        "evil.example/",
        "user@evil.example",
        "http://evil.example",
        "",
    ] {
        check_move(with_cookies(), unreadable, "10.0.0.1", geo, "sent 1");
    }
    let sibling = "bn1.gateway.messenger.live.com";
    check_move(with_cookies(), sibling, "10.0.0.1:443", sibling, "sent 1");
    let stay = with_cookies().hosts(HostPolicy::Stay).unwrap();
    check_move(stay, sibling, "10.0.0.1:443", geo, "sent 1");
}

#[test]
fn duty_10_the_host_wins_over_the_address_where_both_may_be_followed() {
    let anywhere = || {
        let config = Config::new("http://gateway.messenger.hotmail.com").unwrap();
        let config = config.open(Open::default()).unwrap();
        config.hosts(HostPolicy::Anywhere).unwrap()
    };
    check_move(anywhere(), "", "207.46.110.18", "207.46.110.18", "sent 1");
    check_move(
        anywhere(),
        "",
        "207.46.110.18:8080",
        "207.46.110.18:8080",
        "sent 1",
    );
    let host = "a.hotmail.com";
    check_move(anywhere(), host, "207.46.110.18", host, "sent 1");
}

#[test]
fn duty_10_a_refused_host_is_told_once() {
    let mut rig = Rig::live(config(Mode::Serial));
    for (host, events) in [
        ("evil.example", "refused evil.example, sent 1"),
        ("evil.example", "sent 2"),
        ("evil2.example", "refused evil2.example, sent 3"),
    ] {
        rig.send("A");
        let post = rig.transmit().unwrap().id;
        rig.answer_with(
            post,
            &[("X-MSN-Messenger", "SessionID=1.0"), ("X-MSN-Host", host)],
            "",
        );
        rig.events(events);
    }
}

#[test]
fn duty_10_a_gateway_on_its_own_port_that_names_itself_without_it_means_itself() {
    let config = Config::new("http://127.0.0.1:8080")
        .unwrap()
        .mode(Mode::Serial);
    let config = config.open(Open::default()).unwrap();
    for (named, expected) in [
        ("127.0.0.1", "127.0.0.1:8080"),
        ("127.0.0.1:81", "127.0.0.1:81"),
    ] {
        let mut rig = Rig::live(config.clone());
        rig.send("A");
        let post = rig.transmit().unwrap().id;
        rig.answer_with(
            post,
            &[("X-MSN-Messenger", "SessionID=1.0"), ("X-MSN-Host", named)],
            "",
        );
        rig.send("B");
        rig.transmit().unwrap();
        assert_eq!(rig.host(), expected);
    }
}

#[test]
fn duty_12_the_last_words_wait_for_one_reply() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
    rig.send("A");
    rig.session()
        .close_with(Bytes::from_static(b"OUT\r\n"))
        .unwrap();
    assert!(rig.session().send(Bytes::new()).is_err());
    let post = rig.expect("SessionID=1.0", "AOUT\r\n");
    rig.answer(post, "SessionID=1.0", "B");
    assert_eq!(rig.cancel(), Some(poll));
    rig.closed("sent 1, sent 2, received B, closed Local");
}

#[test]
fn duty_13_a_redirect_is_not_followed() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    rig.refuse(open, 302);
    rig.closed("unknown 0, closed Status(302)");
}

// The cadence of polls.

/// Polls an idle gateway that answers at once; the pauses in milliseconds.
fn pauses(rig: &mut Rig, polls: usize) -> Vec<u128> {
    let mut pauses = Vec::new();
    for _ in 0..polls {
        pauses.push(rig.wait_for_next().as_millis());
        let poll = rig.transmit().unwrap().id;
        rig.quiet();
        rig.answer(poll, "", "");
    }
    pauses
}

#[test]
fn a_gateway_that_never_holds_is_polled_slower_while_idle_and_quicker_after_traffic() {
    for mode in [Mode::Learn, Mode::Serial] {
        let mut rig = Rig::live(config(mode));
        assert_eq!(pauses(&mut rig, 6), [500, 1000, 2000, 4000, 5000, 5000]);
        rig.send("A");
        let post = rig.transmit().unwrap().id;
        rig.answer(post, "", "");
        assert_eq!(pauses(&mut rig, 3), [500, 1000, 2000]);
        rig.wait(4_000);
        let poll = rig.transmit().unwrap().id;
        rig.answer(poll, "", "DATA");
        assert_eq!(pauses(&mut rig, 2), [500, 1000]);
    }
}

#[test]
fn a_gateway_that_should_hold_but_does_not_is_not_flooded() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.answer(poll, "", "");
    assert_eq!(pauses(&mut rig, 5), [500, 1000, 2000, 4000, 5000]);
}

#[test]
fn more_data_is_fetched_at_once_but_only_while_data_comes() {
    let mut rig = Rig::live(config(Mode::Serial));
    rig.wait(500);
    let poll = rig.transmit().unwrap().id;
    rig.answer(poll, "MoreData=true", "A");
    let poll = rig.transmit().unwrap().id;
    rig.answer(poll, "MoreData=true", "");
    rig.quiet();
    rig.wait(500);
    assert!(rig.transmit().is_some());
}

#[test]
fn a_held_poll_that_ends_is_followed_at_once() {
    let mut rig = Rig::live(config(Mode::Parallel));
    for body in ["", "A", ""] {
        let poll = rig.transmit().unwrap().id;
        rig.wait(60_000);
        rig.answer(poll, "", body);
    }
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
}

#[test]
fn a_poll_that_a_post_released_is_followed_at_once() {
    let mut rig = Rig::live(config(Mode::Parallel));
    let poll = rig.transmit().unwrap().id;
    rig.send("A");
    rig.transmit().unwrap();
    rig.answer(poll, "", "");
    rig.expect("SessionID=1.0&Action=poll&Lifespan=60", "");
}

#[test]
fn polls_come_three_times_within_the_life_of_the_session() {
    let mut rig = Rig::new(config(Mode::Serial));
    rig.send("A");
    let open = rig.transmit().unwrap().id;
    let headers = [
        ("X-MSN-Messenger", "SessionID=1.0"),
        ("X-MSN-SessionTimeout", "6"),
    ];
    rig.answer_with(open, &headers, "");
    assert_eq!(pauses(&mut rig, 4), [500, 1000, 2000, 2000]);
}

#[test]
fn timing_is_configuration() {
    let timing = Timing {
        quick: Duration::from_secs(2),
        slow: Duration::from_secs(2),
        reply: Duration::from_secs(10),
        ..Timing::default()
    };
    let mut rig = Rig::live(config(Mode::Serial).timing(timing).unwrap());
    assert_eq!(pauses(&mut rig, 3), [2000, 2000, 2000]);
    rig.send("A");
    let post = rig.transmit().unwrap();
    assert_eq!(post.deadline, rig.now() + Duration::from_secs(10));
}

#[test]
fn without_a_lifespan_polls_ask_for_none() {
    let mut rig = Rig::live(config(Mode::Parallel).lifespan(Duration::ZERO).unwrap());
    rig.expect("SessionID=1.0&Action=poll", "");
}

#[test]
fn the_crate_s_own_session_can_be_moved_between_threads() {
    fn is_send<T: Send + 'static>(_: &T) {}
    is_send(&Session::new(Config::new(URI).unwrap()));
    is_send(&Failure::Unknown);
}

#[test]
fn cookies_that_the_host_keeps_are_asked_for_and_never_written() {
    let config = config(Mode::Parallel).close_action(true);
    let mut rig = Rig::new(config.host_cookies().unwrap());
    let check = |rig: &mut Rig| {
        let transmit = rig.transmit().expect("a request");
        assert!(transmit.host_cookies);
        let request = transmit.request;
        assert!(!request.headers().contains_key("cookie"));
        assert_eq!(request.headers()["x-msn-auth"], "Use-Cookie");
        assert_eq!(rig.host(), "geo.gateway.messenger.live.com");
        transmit.id
    };
    rig.send("OPEN");
    let open = check(&mut rig);
    let elsewhere = [
        ("X-MSN-Messenger", "SessionID=1.0; GW-IP=10.0.0.1"),
        ("X-MSN-Host", "bn1.gateway.messenger.live.com"),
    ];
    rig.answer_with(open, &elsewhere, "");
    let poll = check(&mut rig);
    rig.send("A");
    let post = check(&mut rig);
    rig.answer_with(post, &elsewhere, "");
    rig.answer_with(poll, &elsewhere, "");
    let error = rig.session().set_cookies("MSPAuth=a");
    assert_eq!(error, Err(ConfigError::HostCookies));
    check(&mut rig);
    rig.session().close();
    check(&mut rig);
    rig.events("opened, sent 0, sent 1");
    // Without them, nothing asks for them.
    let with_cookies = crate::rig::config(Mode::Serial).cookies("a=b").unwrap();
    let mut rig = Rig::new(with_cookies);
    rig.send("OPEN");
    assert!(!rig.transmit().expect("the open").host_cookies);
}

#[test]
fn a_redirect_that_cannot_be_seen_ends_a_session_like_any_other() {
    let mut rig = Rig::new(config(Mode::Serial).host_cookies().unwrap());
    rig.send("OPEN");
    let open = rig.transmit().unwrap().id;
    rig.refuse(open, 302);
    rig.closed("unknown 0, closed Status(302)");
}

/// A proxy packed what nobody had asked it to, and the session ended as if no gateway were there.
#[test]
fn replies_are_asked_for_as_they_are_and_a_packed_one_is_named_by_its_coding() {
    for (coding, body, end) in [
        ("gzip", "\u{1f}\u{8b}", "Packed(Gzip)"),
        ("br", "x", "Packed(Brotli)"),
        ("identity", "CNT 1 CON 0\r\n", ""),
        ("gzip", "", ""),
    ] {
        let mut rig = Rig::new(config(Mode::Parallel));
        rig.send("A");
        let open = rig.expect("Action=open&Server=NS", "A");
        let asked = &rig.last.as_ref().unwrap().headers()["accept-encoding"];
        assert_eq!(asked, "identity");
        let headers = [
            ("X-MSN-Messenger", "SessionID=1.0"),
            ("Content-Encoding", coding),
        ];
        rig.answer_with(open, &headers, body);
        let mut told = std::iter::from_fn(|| rig.session().poll_event());
        let closed = told.find_map(|event| match event {
            Event::Closed(reason) => Some(reason),
            _ => None,
        });
        let is_named = closed.is_some_and(|reason| format!("{reason:?}").contains(end));
        assert_eq!(closed.is_some(), !end.is_empty(), "{coding}");
        assert!(end.is_empty() || is_named, "{coding}: {closed:?}");
    }
}
