//! What travels around the bodies: printed and parsed again, and whatever a peer may send.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use gateway_sm::{Action, Host, Open, Protocol, Reply, Server, SessionId};
use http::{HeaderMap, HeaderValue, Uri};

use proptest::option;
use proptest::prelude::*;

fn session_id() -> impl Strategy<Value = SessionId> {
    "[A-Za-z0-9._~-]{1,128}".prop_map(|text| text.parse().unwrap())
}

fn host() -> impl Strategy<Value = Host> {
    let label = "[a-z0-9_-]{0,20}[a-z_-]";
    let domain = prop::collection::vec(label, 1..5).prop_map(|labels| labels.join("."));
    let name = prop_oneof![
        domain.prop_filter("looks like a hexadecimal number", |text| text
            .parse::<Host>()
            .is_ok()),
        any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|ip| format!("[{ip}]")),
    ];
    (name, option::of(1..=u16::MAX)).prop_map(|(name, port)| {
        let host: Host = name.parse().unwrap();
        host.with_port(port)
    })
}

fn open() -> impl Strategy<Value = Open> {
    (
        prop::sample::select(vec![Server::Notification, Server::Switchboard]),
        prop::sample::select(vec![Protocol::Msnp, Protocol::Mtp]),
        option::of(any::<String>()),
        option::of(seconds(0)),
        option::of(seconds(0)),
        option::of(any::<String>()),
        option::of(any::<String>()),
    )
        .prop_map(
            |(server, protocol, ip, session_timeout, auto_idle_timeout, queue, uri)| Open {
                server,
                protocol,
                ip,
                session_timeout,
                auto_idle_timeout,
                queue,
                notification_uri: uri,
            },
        )
}

fn seconds(least: u32) -> impl Strategy<Value = Duration> {
    (least..=u32::MAX).prop_map(|seconds| Duration::from_secs(seconds.into()))
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        open().prop_map(Action::Open),
        session_id().prop_map(|session| Action::Post { session }),
        (session_id(), option::of(seconds(1)))
            .prop_map(|(session, lifespan)| Action::Poll { session, lifespan }),
        session_id().prop_map(|session| Action::Close { session }),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    let text = || option::of("[!-~]{1,20}".prop_map(|text| HeaderValue::try_from(text).unwrap()));
    (
        (option::of(session_id()), option::of(host()), any::<bool>()),
        (
            option::of(any::<bool>()),
            option::of(host()),
            option::of(seconds(0)),
        ),
        (text(), text(), any::<bool>()),
    )
        .prop_map(
            |((session, gw_ip, close), (more_data, host, timeout), (skype_id, server, lp))| Reply {
                session,
                gw_ip,
                close,
                more_data,
                host,
                session_timeout: timeout,
                skype_id,
                server,
                long_polls: lp,
            },
        )
}

proptest! {
    #[test]
    fn an_action_parses_as_it_was_printed_and_fits_a_uri(action in action()) {
        let query = action.to_string();
        prop_assert_eq!(Action::parse(&query), Ok(action));
        if query.len() < 60_000 {
            let uri: Uri = format!("http://a.example/gateway/gateway.dll?{query}").parse().unwrap();
            prop_assert_eq!(uri.query(), Some(&*query));
        }
    }

    #[test]
    fn any_query_is_read_or_refused_and_reads_the_same_again(query in ".{0,80}") {
        if let Ok(action) = Action::parse(&query) {
            prop_assert_eq!(Action::parse(&action.to_string()), Ok(action));
        }
    }

    #[test]
    fn likely_queries_are_read_or_refused(
        pieces in prop::collection::vec("(Action|SessionID|Lifespan|Server|IP|Protocol)=(open|poll|close|NS|SB|mtp|60|1.2|%2)?", 0..6),
    ) {
        if let Ok(action) = Action::parse(&pieces.join("&")) {
            prop_assert_eq!(Action::parse(&action.to_string()), Ok(action));
        }
    }

    #[test]
    fn a_host_parses_as_it_was_printed_and_fits_a_uri(host in host()) {
        let text = host.to_string();
        prop_assert_eq!(text.parse::<Host>(), Ok(host));
        let uri: Uri = format!("https://{text}/").parse().unwrap();
        prop_assert_eq!(uri.authority().unwrap().as_str(), text);
    }

    #[test]
    fn any_text_that_is_taken_for_a_host_fits_a_uri(text in "[a-zA-Z0-9.:@/\\[\\]_%#? -]{0,30}") {
        if let Ok(host) = text.parse::<Host>() {
            let uri: Uri = format!("https://{host}/").parse().unwrap();
            prop_assert_eq!(uri.authority().unwrap().as_str(), host.to_string());
            prop_assert_eq!(uri.path(), "/");
        }
    }

    #[test]
    fn a_reply_parses_as_it_was_written(reply in reply()) {
        let mut headers = HeaderMap::new();
        reply.write(&mut headers);
        prop_assert_eq!(Reply::parse(&headers), Ok(reply));
    }

    #[test]
    fn any_header_is_read_or_refused_and_reads_the_same_again(
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        text in "(SessionID|GW-IP|Session|MoreData|Action)? ?=? ?[a-z0-9.:]{0,12}[;, ]{0,2}",
    ) {
        for value in [HeaderValue::from_bytes(&bytes), HeaderValue::from_str(&text)] {
            let Ok(value) = value else { continue };
            let mut headers = HeaderMap::new();
            for name in ["x-msn-messenger", "x-msn-host", "x-msn-sessiontimeout", "x-msn-gwcapabilities"] {
                headers.insert(name, value.clone());
            }
            if let Ok(reply) = Reply::parse(&headers) {
                let mut written = HeaderMap::new();
                reply.write(&mut written);
                prop_assert_eq!(Reply::parse(&written), Ok(reply));
            }
        }
    }
}
