//! Which requests are understood, and what the replies look like (gateway.md 13.1–13.7, 13.14).

use bytes::Bytes;
use gateway_sm::{
    Claims, Gateway, Origins, Protocol, ReachedAt, Server, ServerConfig, ServerEvent,
};
use http::{Request, Version};

use crate::bench::{Bench, config, messenger, session_id};

/// A request that opens a session, whatever else it holds.
#[track_caller]
fn opens(request: http::request::Builder, body: &str) -> Vec<ServerEvent> {
    let mut bench = Bench::new(config());
    let exchange = bench.request(request.body(Bytes::from(body.to_owned())).unwrap());
    let events = bench.take_events();
    assert!(
        matches!(events[0], ServerEvent::Opened { .. }),
        "{events:?}"
    );
    bench.answered(exchange);
    let reply = bench.sent(exchange);
    assert_eq!(reply.status(), 200);
    assert!(messenger(&reply).contains("; GW-IP=192.0.2.7"));
    events
}

#[track_caller]
fn status(query: &str, expected: u16) {
    let mut bench = Bench::default();
    let query = query.replace("{id}", &bench.id);
    let exchange = bench.ask(&query, "");
    assert_eq!(bench.sent(exchange).status(), expected, "{query}");
}

#[test]
fn duty_1_every_known_form_of_an_open_is_accepted() {
    let old = "http://gateway.messenger.hotmail.com/gateway/gateway.dll?Action=open&Server=NS&IP=messenger.hotmail.com";
    opens(
        Request::post(old).header("Proxy-Connection", "Keep-Alive"),
        "VER 5 MSNP8 CVR0\r\n",
    );
    opens(
        Request::post("/gateway/gateway.dll?Server=NS&IP=1.2.3.4&Action=open&Foo=bar&"),
        "",
    );
    opens(
        Request::post("//gateway/gateway.dll?SessionID=&Action=open&Server=NS"),
        "",
    );
    opens(
        Request::post("/gateway/gateway.dll?Action=OPEN&Server=SB").version(Version::HTTP_10),
        "",
    );
    opens(Request::get("/gateway/gateway.dll?Action=open"), "");
    for content_type in [
        "text/xml; charset=utf-8",
        "text/html; charset=UTF-8",
        "nonsense",
    ] {
        opens(
            Request::post("/gateway/gateway.dll?Action=open").header("Content-Type", content_type),
            "VER 1 MSNP21 CVR0\r\n",
        );
    }
}

#[test]
fn duty_2_what_neither_opens_nor_names_a_session_is_refused() {
    status("", 400);
    status("Action=poll", 400);
    status("Action=poll&SessionID=", 400);
    status("Server=NS&IP=1.2.3.4", 400);
    status("Action=close", 400);
    status("SessionID={id}&Action=dance", 400);
    status("SessionID={id}", 200);
    status("SessionID={id}&", 200);
    status("Action=POLL&SessionID={id}", 200);
    status("Action=close&SessionID={id}", 200);
}

#[test]
fn duty_3_an_open_with_an_empty_body_makes_a_usable_session() {
    let mut bench = Bench::default();
    let post = bench.post("VER 1 MSNP8\r\n");
    assert_eq!(bench.events(), ["received VER 1 MSNP8\r\n"]);
    bench.send("VER 1 MSNP8\r\n").unwrap();
    bench.answered(post);
    assert_eq!(bench.body(post), "VER 1 MSNP8\r\n");
}

#[test]
fn duty_4_an_answer_is_200_and_its_body_is_what_it_seems() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    let request = Request::post(format!(
        "/gateway/gateway.dll?Action=poll&SessionID={}",
        bench.id
    ))
    .header("Accept-Encoding", "gzip, deflate")
    .header("Expect", "100-continue");
    let poll = bench.request(request.body(Bytes::new()).unwrap());
    let reply = bench.sent(poll);
    assert_eq!(
        (reply.status().as_u16(), &reply.body()[..]),
        (200, &b"A\r\n"[..])
    );
    for coding in ["content-encoding", "transfer-encoding"] {
        assert!(!reply.headers().contains_key(coding), "{coding}");
    }
}

#[test]
fn a_poll_with_a_body_is_processed() {
    let mut bench = Bench::default();
    let query = format!("Action=poll&SessionID={}", bench.id);
    let poll = bench.ask(&query, "USR 3 TWN I alice@example.com\r\n");
    assert_eq!(
        bench.events(),
        ["received USR 3 TWN I alice@example.com\r\n"]
    );
    bench.send("USR 3 TWN S ct=1\r\n").unwrap();
    bench.answered(poll);
    assert_eq!(bench.body(poll), "USR 3 TWN S ct=1\r\n");
}

#[test]
fn a_poll_with_a_body_and_a_lifespan_is_held_once_there_is_nothing_to_answer() {
    let mut bench = Bench::default();
    let query = format!("Action=poll&Lifespan=60&SessionID={}", bench.id);
    let poll = bench.ask(&query, "PNG\r\n");
    bench.answered(poll);
    assert!(bench.replied(poll).is_none());
    bench.send("QNG 60\r\n").unwrap();
    assert_eq!(bench.body(poll), "QNG 60\r\n");
}

#[test]
fn the_seed_s_open_gets_the_seed_s_headers() {
    let config = config().server_name("GW1").unwrap();
    let mut bench = Bench::new(config);
    let open = bench.request(
        Request::post("https://gw.example.com/gateway/gateway.dll?Version=1&Protocol=mtp&Action=open&Server=NS&IP=none")
            .header("X-MSN-Auth", "Use-Cookie")
            .header("Cookie", "MSPAuth=a; MSPProf=b; WLSSC=c")
            .header("X-Requested-Session-Content-Type", "text/html")
            .body(Bytes::from_static(b"CNT 1 CON 0\r\n"))
            .unwrap(),
    );
    let events = bench.take_events();
    let [
        ServerEvent::Opened {
            session, request, ..
        },
        ServerEvent::Received { claims, .. },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(
        (request.open.server, request.open.protocol),
        (Server::Notification, Protocol::Mtp)
    );
    assert_eq!(request.open.ip.as_deref(), Some("none"));
    assert_eq!(request.claims.auth.as_ref().unwrap(), "Use-Cookie");
    assert_eq!(request.claims.cookies, ["MSPAuth=a; MSPProf=b; WLSSC=c"]);
    assert_eq!(*claims, request.claims);
    assert!(
        !format!("{events:?}").contains("MSPAuth"),
        "cookies are secrets"
    );

    bench
        .gateway()
        .set_skype_id(*session, "live:alice".parse().unwrap());
    bench.answered(open);
    let reply = bench.sent(open);
    let id = session_id(&reply);
    let headers: Vec<_> = reply
        .headers()
        .iter()
        .map(|(n, v)| (n.as_str(), v.to_str().unwrap()))
        .collect();
    let messenger = format!("SessionID={id}; GW-IP=192.0.2.7");
    let expected = [
        ("content-type", "text/html"),
        ("x-msn-messenger", messenger.as_str()),
        ("x-msn-host", "gw1.example.com"),
        ("x-msn-sessiontimeout", "120"),
        ("x-msn-skypeid", "live:alice"),
        ("x-msnserver", "GW1"),
        // Ours: no gateway of Microsoft's was seen to send it.
        ("cache-control", "no-store"),
    ];
    assert_eq!(headers, expected);
}

#[test]
fn cookies_count_only_when_the_request_says_so() {
    for origin in ["https://evil.example", "https://gw1.example.com", "null"] {
        let open = Request::post("/gateway/gateway.dll?Action=open")
            .header("Origin", origin)
            .header("Cookie", "MSPAuth=a");
        let events = opens(open, "CNT 1 CON 0\r\n");
        let [
            ServerEvent::Opened { request, .. },
            ServerEvent::Received { claims, .. },
        ] = &events[..]
        else {
            panic!("{events:?}");
        };
        for claims in [&request.claims, claims] {
            assert_eq!(
                *claims,
                Claims::default(),
                "a foreign page could have made this request"
            );
        }
    }
}

#[test]
fn bytes_that_come_later_bring_the_claims_of_their_own_request() {
    let mut bench = Bench::default();
    let post = |auth: Option<&str>, cookies: &str| {
        let uri = format!("/gateway/gateway.dll?SessionID={}", bench.id);
        let mut request = Request::post(uri).header("Cookie", cookies);
        if let Some(auth) = auth {
            request = request.header("X-MSN-Auth", auth);
        }
        request.body(Bytes::from_static(b"PNG\r\n")).unwrap()
    };
    let (renewed, unasked) = (
        post(Some("Use-Cookie"), "MSPAuth=renewed"),
        post(None, "MSPAuth=unasked"),
    );
    bench.request(renewed);
    bench.request(unasked);
    let events = bench.take_events();
    let cookies: Vec<_> = events
        .iter()
        .map(|event| match event {
            ServerEvent::Received { claims, .. } => &claims.cookies[..],
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(cookies[0], ["MSPAuth=renewed"]);
    assert!(cookies[1].is_empty());
    assert!(
        !format!("{events:?}").contains("MSPAuth"),
        "cookies are secrets"
    );
}

#[test]
fn an_ssl_auth_token_is_handed_on_and_never_shown() {
    let open = Request::post(
        "/gateway/gateway.dll?Action=open&Server=NS&SessionTimeout=21660&Queue=system,chat",
    )
    .header("X-MSN-Auth", "Use-X-MSN-SslAuthToken")
    .header("X-MSN-SslAuthToken", "t=c2VjcmV0&p=");
    let events = opens(open, "VER 1 MSNP22 CVR0\r\n");
    let ServerEvent::Opened { request, .. } = &events[0] else {
        panic!()
    };
    assert_eq!(
        request.claims.ssl_auth_token.as_ref().unwrap(),
        "t=c2VjcmV0&p="
    );
    assert_eq!(
        request.open.session_timeout,
        Some(std::time::Duration::from_secs(21_660))
    );
    assert!(!format!("{events:?}").contains("c2VjcmV0"));
}

/// Whoever stood behind the gateway had to look at `X-MSN-Auth` once more.
#[test]
fn a_token_counts_only_when_the_request_says_so() {
    for auth in [None, Some("Use-Cookie"), Some("yes")] {
        let mut open = Request::post("/gateway/gateway.dll?Action=open&Server=NS")
            .header("X-MSN-SslAuthToken", "t=c2VjcmV0&p=");
        if let Some(auth) = auth {
            open = open.header("X-MSN-Auth", auth);
        }
        let events = opens(open, "");
        let ServerEvent::Opened { request, .. } = &events[0] else {
            panic!()
        };
        assert_eq!(request.claims.ssl_auth_token, None, "{auth:?}");
    }
}

#[test]
fn duty_6_session_id_is_first_and_gw_ip_second_on_every_reply() {
    let mut bench = Bench::default();
    for exchange in [bench.short_poll(), bench.post("")] {
        let reply = bench.sent(exchange);
        assert_eq!(
            messenger(&reply),
            format!("SessionID={}; GW-IP=192.0.2.7", bench.id)
        );
    }
}

#[test]
fn duty_7_the_session_id_has_a_dot_fits_miranda_s_buffer_and_cannot_be_guessed() {
    let mut bench = Bench::new(config());
    let ids: Vec<_> = (0..50)
        .map(|_| {
            let open = bench.ask("Action=open", "");
            session_id(&bench.sent(open))
        })
        .collect();
    for id in &ids {
        assert!(id.len() < 40, "{id}");
        let (major, minor) = id.split_once('.').unwrap();
        assert!(
            [major, minor]
                .iter()
                .all(|part| part.bytes().all(|b| b.is_ascii_digit())),
            "{id}"
        );
    }
    let id = &ids[0];
    let (major, minor) = id.split_once('.').unwrap();
    for guess in [
        major.to_owned(),
        format!("{major}.0"),
        format!("{major}."),
        format!("0.{minor}"),
    ] {
        let poll = bench.ask(&format!("Action=poll&SessionID={guess}"), "");
        assert_eq!(bench.sent(poll).status(), 400, "{guess}");
    }
}

#[test]
fn entropy_that_repeats_does_not_join_two_sessions() {
    let mut gateway = Gateway::new(config());
    let mut ids = Vec::new();
    for number in 0..3 {
        let request = Request::post("/gateway/gateway.dll?Action=open")
            .body(Bytes::new())
            .unwrap();
        let now = machine_contract::Instant::ORIGIN;
        gateway.handle_request(gateway_sm::ExchangeId::new(number), request, [7; 16], now);
        ids.push(session_id(&gateway.poll_reply().unwrap().1));
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn the_content_type_is_the_gateway_s_unless_another_is_asked_for() {
    let mut bench = Bench::default();
    for (wish, given) in [
        (None, "application/x-msn-messenger"),
        (Some("text/html"), "text/html"),
        (Some("text/html; charset=utf-8"), "text/html; charset=utf-8"),
        (Some("no type"), "application/x-msn-messenger"),
        (Some(""), "application/x-msn-messenger"),
        (
            Some("text/html; x=\"<script>\""),
            "application/x-msn-messenger",
        ),
    ] {
        let mut request = Request::post(format!("/gateway/gateway.dll?SessionID={}", bench.id));
        if let Some(wish) = wish {
            request = request.header("X-Requested-Session-Content-Type", wish);
        }
        let exchange = bench.request(request.body(Bytes::new()).unwrap());
        assert_eq!(
            bench.sent(exchange).headers()["content-type"],
            given,
            "{wish:?}"
        );
    }
}

#[test]
fn capabilities_are_told_when_asked_for_and_only_by_a_server_that_holds_polls() {
    let ask = |config: ServerConfig, wish: &str| {
        let mut bench = Bench::new(config);
        let request =
            Request::post("/gateway/gateway.dll?Action=open").header("X-MSN-GWCapabilities", wish);
        let open = bench.request(request.body(Bytes::new()).unwrap());
        bench
            .sent(open)
            .headers()
            .get("X-MSN-GWCapabilities")
            .cloned()
    };
    assert_eq!(ask(config(), "*").unwrap(), "LP");
    assert_eq!(ask(config(), "none"), None);
    assert_eq!(
        ask(
            config().longest_hold(std::time::Duration::ZERO).unwrap(),
            "*"
        ),
        None
    );
}

#[test]
fn duty_5_no_header_is_ever_empty() {
    let mut bench = Bench::default();
    let session = bench.session.unwrap();
    bench.gateway().set_skype_id(session, "".parse().unwrap());
    let post = bench.post("");
    assert!(
        bench
            .sent(post)
            .headers()
            .values()
            .all(|value| !value.is_empty())
    );
    let bad = bench.ask("", "");
    assert!(
        bench
            .sent(bad)
            .headers()
            .values()
            .all(|value| !value.is_empty())
    );
}

#[test]
fn duty_14_a_browser_may_ask_and_reads_errors_too() {
    let mut bench = Bench::default();
    let options = Request::options("/gateway/gateway.dll").header("Origin", "https://web.example");
    let options = bench.request(options.body(Bytes::new()).unwrap());
    let reply = bench.sent(options);
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        reply.headers()["access-control-allow-methods"],
        "POST, OPTIONS"
    );
    let allowed = reply.headers()["access-control-allow-headers"]
        .to_str()
        .unwrap();
    for header in [
        "Content-Type",
        "X-MSN-Auth",
        "X-MSN-SslAuthToken",
        "X-Requested-Session-Content-Type",
    ] {
        assert!(allowed.contains(header), "{header}");
    }
    let session = format!("SessionID={}", bench.id);
    for (query, status) in [(session.as_str(), 200), ("SessionID=1.2", 400), ("", 400)] {
        let request = Request::post(format!("/gateway/gateway.dll?{query}"));
        let request = request.header("Origin", "https://web.example");
        let exchange = bench.request(request.body(Bytes::new()).unwrap());
        let reply = bench.sent(exchange);
        assert_eq!(reply.status(), status);
        assert_eq!(reply.headers()["access-control-allow-origin"], "*");
        let exposed = reply.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap();
        assert!(exposed.contains("X-MSN-Messenger") && exposed.contains("X-MSN-Host"));
    }
}

#[test]
fn only_listed_origins_get_in_with_their_cookies() {
    let origins = Origins::Listed(vec!["https://web.example".into()]);
    let ask = |origin: &str| {
        let mut bench = Bench::new(config().origins(origins.clone()).unwrap());
        let request = Request::options("/gateway/gateway.dll").header("Origin", origin);
        let exchange = bench.request(request.body(Bytes::new()).unwrap());
        bench.sent(exchange).headers().clone()
    };
    let good = ask("https://web.example");
    assert_eq!(good["access-control-allow-origin"], "https://web.example");
    assert_eq!(good["access-control-allow-credentials"], "true");
    assert_eq!(good["vary"], "Origin");
    let bad = ask("https://evil.example");
    assert!(!bad.contains_key("access-control-allow-origin"));
    assert!(!bad.contains_key("access-control-allow-headers"));
    assert_eq!(bad["vary"], "Origin");
}

#[test]
fn a_request_can_put_nothing_into_the_headers_of_its_reply() {
    let mut bench = Bench::new(config());
    let open = bench.ask("Action=open&Server=NS&IP=a%0d%0aX-Evil:%201", "");
    let reply = bench.sent(open);
    assert_eq!(
        messenger(&reply).split("; ").nth(1),
        Some("GW-IP=192.0.2.7")
    );
    let poll = bench.ask("Action=poll&SessionID=1%0d%0aX-Evil:%201", "");
    assert!(!bench.sent(poll).headers().contains_key("x-evil"));
}

#[test]
fn duty_15_nothing_that_is_printed_shows_bytes_ids_or_tickets() {
    let mut bench = Bench::default();
    let post = bench.post("USR 4 SSO S t=ticket\r\n");
    bench.send("MSG secret\r\n").unwrap();
    bench.answered(post);
    let reply = bench.sent(post);
    let head = format!("{:?}", reply.headers());
    assert!(!head.contains(&bench.id), "{head}");
    bench.send("MSG secret\r\n").unwrap();
    bench.pass(crate::bench::seconds(120));
    let printed = format!("{:?} {:?}", bench.take_events(), bench.gateway());
    assert!(
        printed.contains("22 bytes") && printed.contains("12 bytes unsent"),
        "{printed}"
    );
    for secret in ["ticket", "secret", &bench.id] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn what_the_application_does_not_let_in_is_answered_400_and_opens_nothing() {
    let mut gateway = Gateway::new(config());
    let request = Request::post("/gateway/gateway.dll?Action=open&Server=SB&IP=10.0.0.9");
    let request = request.header("Origin", "https://page.example.com");
    let request = request.body(Bytes::from("USR 1 a@b.c token\r\n")).unwrap();
    let exchange = gateway_sm::ExchangeId::new(1);
    gateway.refuse(exchange, &request);
    // A program that has mixed something up asks twice.
    gateway.refuse(exchange, &request);
    let (to, reply) = gateway.poll_reply().expect("an answer");
    assert_eq!((to, reply.status().as_u16()), (exchange, 400));
    assert_eq!(reply.headers()["access-control-allow-origin"], "*");
    assert!(gateway.poll_reply().is_none());
    assert!(gateway.poll_event().is_none());
    gateway.handle_reply_sent(exchange, machine_contract::Instant::ORIGIN);
    assert_eq!(gateway.sessions(), 0);
}

/// Case A11: behind a proxy, a tunnel or another name, clients were told to come back to the address that is listened on.
#[test]
fn a_client_is_told_to_come_back_to_what_it_has_called_the_gateway_by() {
    let long = format!("{}example", "a.".repeat(40));
    let told = |follows: bool, host: Option<&str>, target: &str| {
        let mut bench = Bench::new(config().follows_host(follows));
        let mut request = Request::post(format!("{target}/gateway/gateway.dll?Action=open"));
        if let Some(host) = host {
            request = request.header("Host", host);
        }
        let open = bench.request(request.body(Bytes::new()).unwrap());
        let reply = bench.sent(open);
        let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
        let messenger = header("x-msn-messenger");
        let (_, gw_ip) = messenger.split_once("GW-IP=").unwrap();
        (header("x-msn-host"), gw_ip.to_owned())
    };
    let own = told(false, Some("10.0.0.7:8080"), "");
    for (host, target) in [
        (None, ""),
        (Some(""), ""),
        (Some("a b"), ""),
        (Some("trusted@evil.example"), ""),
        (Some(long.as_str()), ""),
    ] {
        assert_eq!(told(true, host, target), own, "{host:?}");
    }
    for (host, target) in [(Some("10.0.0.7:8080"), ""), (None, "https://10.0.0.7:8080")] {
        let both = ("10.0.0.7:8080".to_owned(), "10.0.0.7".to_owned());
        assert_eq!(told(true, host, target), both);
        assert_eq!(told(false, host, target), own);
    }
}

/// Case F6: `GW-IP` was a name, with a port, and `X-MSNSERVER` no name of the host's.
#[test]
fn gw_ip_is_an_address_and_the_server_goes_by_the_name_of_its_host() {
    let told = |config: ServerConfig, host: &str, reached: Option<[u8; 4]>| {
        let mut bench = Bench::new(config);
        let request = Request::post("/gateway/gateway.dll?Action=open").header("Host", host);
        let mut request = request.body(Bytes::new()).unwrap();
        if let Some(address) = reached {
            request.extensions_mut().insert(ReachedAt(address.into()));
        }
        let open = bench.request(request);
        let reply = bench.sent(open);
        let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
        let messenger = header("x-msn-messenger");
        let (_, gw_ip) = messenger.split_once("GW-IP=").unwrap();
        [
            header("x-msn-host"),
            gw_ip.to_owned(),
            header("x-msnserver"),
        ]
    };
    let reached = Some([192, 0, 2, 9]);
    let named = || {
        let config = ServerConfig::new("gw1.example.com:81", "gw1.example.com").unwrap();
        config.server_name_of_host()
    };
    let name = ["gw1.example.com:81", "gw1.example.com", "gw1"];
    assert_eq!(told(named(), "other.example", None), name);
    let address = ["gw1.example.com:81", "192.0.2.9", "gw1"];
    assert_eq!(told(named(), "other.example", reached), address);
    let follows = || named().follows_host(true);
    let other = ["other.example:8080", "192.0.2.9", "other"];
    assert_eq!(told(follows(), "other.example:8080", reached), other);
    let ip = ["198.51.100.7:8080", "198.51.100.7", "198.51.100.7"];
    assert_eq!(told(follows(), "198.51.100.7:8080", reached), ip);
    let set = follows().server_name("GW1").unwrap();
    assert_eq!(told(set, "other.example", None)[2], "GW1");
}
