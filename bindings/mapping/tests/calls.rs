//! Calls and configurations: what is right does what it says, what is wrong says where.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use machine_contract::{HttpMachine as _, Instant, Machine as _};
use msnp_client::Client;
use msnp_mapping::{call, calls, config, http_only, parse, session_config};
use serde_json::{Value, json};

const NOW: Instant = Instant::ORIGIN;

fn web(more: &Value) -> Value {
    let mut all =
        json!({ "service": "https://msn.example", "login": "a@b", "password": "hunter2" });
    let more = more.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(more);
    all
}

fn client(more: &Value) -> Client {
    Client::new(config(&web(more), [7; 32]).unwrap())
}

#[track_caller]
fn wrong(json: &Value, expected: &str) {
    let wrong = config(json, [7; 32]).expect_err("wrong");
    assert_eq!(wrong.to_string(), expected);
}

#[track_caller]
fn wrong_session(json: &Value, expected: &str) {
    let wrong = session_config(json).expect_err("wrong");
    assert_eq!(wrong.to_string(), expected);
}

#[test]
fn a_configuration_says_where_it_is_wrong() {
    wrong(&json!([]), "is not an object");
    wrong(&json!({}), "service: is missing");
    wrong(&json!({ "service": 1 }), "service: is not a string");
    wrong(
        &json!({ "service": "https://msn.example" }),
        "login: is missing",
    );
    let insecure = "service: plain http would show the password to everybody on the way";
    wrong(&json!({ "service": "http://msn.example" }), insecure);
    wrong(
        &web(&json!({ "passwort": "x" })),
        "passwort: there is no such field",
    );
    wrong(
        &web(&json!({ "limits": { "text": 1.5 } })),
        "limits.text: is not a whole number that can be one",
    );
    wrong(
        &web(&json!({ "limits": { "texts": 1 } })),
        "limits.texts: there is no such field",
    );
    wrong(&web(&json!({ "timings": [] })), "timings: is not an object");
    wrong(
        &web(&json!({ "uic": "perhaps" })),
        "uic: is neither `wanted` nor `required` nor `skip`",
    );
    wrong(
        &web(&json!({ "status": "BUSY" })),
        "status: is neither a status in words nor a code of three capital letters",
    );
    wrong(
        &web(&json!({ "dialects": ["MSNP24", "MSNP99"] })),
        "dialects[1]: not a dialect: MSNP2 to MSNP18, MSNP21, MSNP22 or MSNP24",
    );
    wrong(
        &web(&json!({ "dialects": [] })),
        "dialects: no dialect to offer",
    );
    wrong(
        &web(&json!({ "plain_http": ["a b"] })),
        "plain_http[0]: the host is neither a domain name nor an address",
    );
    wrong(
        &web(&json!({ "host_cookies": true })),
        "login: cannot be beside `host_cookies`",
    );
    wrong(
        &web(&json!({ "cookies": { "header": "a=b", "domain": "msn.example" } })),
        "login: cannot be beside `cookies`",
    );
    wrong(
        &web(&json!({ "host_policy": "anywhere" })),
        "host_policy: with cookies or a ticket, a session cannot follow hosts anywhere",
    );
    wrong(
        &web(&json!({ "host_policy": ["live.com", "10.0.0.1"] })),
        "host_policy[1]: a domain is a name without a port, not an address",
    );
    let lifespan = json!({ "gateway_session": { "lifespan_ms": 1500 } });
    wrong(
        &web(&lifespan),
        "gateway_session: the lifespan of polls is longer than an hour or not in whole seconds",
    );
}

#[test]
fn a_network_says_where_it_is_wrong() {
    let network = |network| json!({ "network": network, "login": "a@b", "password": "x" });
    wrong(
        &network(json!({ "web": "http://a" })),
        "network: names neither `tcp` nor `tls` nor `gateway`",
    );
    wrong(
        &network(json!({ "tcp": "a", "gateway": "http://a", "web": "http://a" })),
        "network.gateway: cannot be beside `tcp`",
    );
    wrong(
        &network(json!({ "tcp": "a", "server": "b", "web": "http://a" })),
        "network.server: cannot be beside `tcp`",
    );
    wrong(&network(json!({ "tcp": "a" })), "network.web: is missing");
    wrong(
        &network(json!({ "tcp": "a b", "web": "http://a" })),
        "network.tcp: the notification server is not a host, perhaps with a port",
    );
    let not_web = "a web address of the network is not an absolute http or https address";
    wrong(
        &network(json!({ "gateway": "http://a", "web": "ftp://a" })),
        &format!("network.web: {not_web}"),
    );
    wrong(
        &network(json!({ "gateway": "ftp://a", "web": "http://a" })),
        &format!("network.gateway: {not_web}"),
    );
    wrong(
        &network(json!({ "tcp": "a", "web": "http://a", "lists": { "membership": "http://a" } })),
        "network.lists.address_book: is missing",
    );
    wrong(
        &network(json!({ "tcp": "a", "web": "http://a", "plain_http": ["a", "a b"] })),
        "network.plain_http[1]: the host is neither a domain name nor an address",
    );
    let mut beside = network(json!({ "tcp": "a", "web": "http://a" }));
    beside["service"] = json!("https://msn.example");
    wrong(&beside, "service: cannot be beside `network`");
}

#[test]
fn a_host_without_streams_says_so_before_anything_is_tried() {
    let network = |network| json!({ "network": network, "login": "a@b", "password": "x" });
    let refused = http_only(&network(json!({ "tls": "a", "web": "http://a" }))).unwrap_err();
    assert_eq!((refused.at(), refused.code()), ("network.tls", "Unfit"));
    assert!(http_only(&network(json!({ "tcp": null, "gateway": "http://a" }))).is_ok());
    for other in [
        json!([]),
        json!("x"),
        json!({ "network": 1 }),
        web(&json!({})),
    ] {
        assert!(http_only(&other).is_ok());
    }
}

#[test]
fn a_session_says_where_it_is_wrong() {
    wrong_session(&json!({}), "gateway: is missing");
    let gateway = "https://gw.example";
    wrong_session(
        &json!({ "gateway": gateway, "open": { "server": "XX" } }),
        "open.server: is neither `NS` nor `SB`",
    );
    wrong_session(
        &json!({ "gateway": gateway, "cookies": "a=b\r\n" }),
        "cookies: a header value holds a byte that cannot stand in a header",
    );
    let both = json!({ "gateway": gateway, "cookies": "a=b", "host_cookies": true });
    wrong_session(
        &both,
        "host_cookies: with cookies that the host keeps, a session has no others and stays where it is",
    );
    let anywhere = json!({ "gateway": gateway, "cookies": "a=b", "host_policy": "anywhere" });
    wrong_session(
        &anywhere,
        "cookies: with cookies or a ticket, a session cannot follow hosts anywhere",
    );
    wrong_session(
        &json!({ "gateway": gateway, "limits": { "send": 1 } }),
        "limits: the limits do not satisfy 0 < request <= send <= queue and 0 < reply",
    );
}

#[test]
fn no_error_repeats_what_stood_in_a_field() {
    let secret = "hunter2";
    for name in msnp_mapping::config_fields() {
        for value in [
            json!(secret),
            json!([secret]),
            json!({ "header": secret, "domain": secret }),
        ] {
            let mut json = web(&json!({}));
            json[name] = value;
            if let Err(wrong) = config(&json, [7; 32]) {
                assert!(!wrong.to_string().contains(secret), "{wrong}");
            }
        }
    }
}

#[test]
fn each_way_in_asks_for_what_it_asks_for() {
    let first = |json: &Value| {
        let mut client = Client::new(config(json, [7; 32]).unwrap());
        call(&mut client, "sign_in", &json!({}), NOW).unwrap();
        let transmit = client.poll_transmit(NOW).unwrap();
        (transmit.request.uri().to_string(), transmit.host_cookies)
    };
    let page = (
        "https://msn.example/oauth20_authorize.srf".to_owned(),
        false,
    );
    assert_eq!(first(&web(&json!({}))), page);
    let page = ("https://login.example/in".to_owned(), false);
    assert_eq!(
        first(&web(&json!({ "sign_in_page": "https://login.example/in" }))),
        page
    );
    let kept = json!({ "service": "https://msn.example", "host_cookies": true, "uic": "skip" });
    let (uri, host_cookies) = first(&kept);
    assert!(
        uri.starts_with("https://msn.example/gateway/gateway.dll?") && host_cookies,
        "{uri}"
    );
    let ready = json!({
        "service": "https://msn.example",
        "cookies": { "header": "MSPAuth=a", "domain": "msn.example" },
        "uic": "skip",
    });
    let (uri, host_cookies) = first(&ready);
    assert!(
        uri.starts_with("https://msn.example/gateway/gateway.dll?") && !host_cookies,
        "{uri}"
    );
    let network = json!({ "gateway": "http://gw.example/g.dll", "server": "ns.example", "web": "http://web.example" });
    let classic =
        json!({ "network": network, "login": "a@b", "password": "x", "dialects": ["MSNP12"] });
    let (uri, _) = first(&classic);
    assert!(
        uri.starts_with("http://gw.example/g.dll?") && uri.contains("IP=ns.example"),
        "{uri}"
    );
}

#[test]
fn a_call_that_is_wrong_does_nothing() {
    let mut client = client(&json!({}));
    let mut said = |name, fields: &Value| {
        let wrong = call(&mut client, name, fields, NOW).expect_err("wrong");
        (wrong.to_string(), wrong.code())
    };
    assert_eq!(
        said("dance", &json!({})),
        ("there is no such call".into(), "NoSuchCall")
    );
    assert_eq!(
        said("sign_in", &json!({ "now": 1 })),
        ("now: there is no such field".into(), "NoSuchField")
    );
    assert_eq!(
        said("send_text", &json!({ "to": "a@b" })),
        ("text: is missing".into(), "Missing")
    );
    assert_eq!(
        said("set_idle", &json!({ "idle": 1 })),
        ("idle: is not true or false".into(), "NotA")
    );
    let nobody =
        "members[1]: not a valid name: it is empty, too long or holds forbidden characters";
    assert_eq!(
        said("create_group", &json!({ "members": ["a@b", ""] })),
        (nobody.into(), "Unfit")
    );
    assert_eq!(client.poll_event(), None);
    assert!(client.poll_transmit(NOW).is_none());
}

#[test]
fn a_refusal_is_an_answer() {
    let mut client = client(&json!({}));
    let mut answer = |name, fields: Value| call(&mut client, name, &fields, NOW).unwrap();
    let out = json!({ "refused": "not signed in", "code": "SignedOut" });
    assert_eq!(
        answer("send_text", json!({ "to": "c@d", "text": "hi" })),
        out
    );
    assert_eq!(
        answer("leave", json!({ "group": "c@d" }))["code"],
        "NotAGroup"
    );
    assert_eq!(answer("leave", json!({ "group": "group:19:a" })), out);
    assert_eq!(
        answer("add_contact_group", json!({ "name": "x" }))["code"],
        "NotPossible"
    );
}

#[test]
fn verbs_answer_with_what_they_began_and_questions_with_what_is_known() {
    let mut client = client(&json!({ "account": "8:live:alice" }));
    let mut answer = |name, fields: Value| call(&mut client, name, &fields, NOW).unwrap();
    assert_eq!(answer("sign_in", json!({})), Value::Null);
    let sent = answer("send_text", json!({ "to": "c@d", "text": "hi" }));
    assert!(sent["message"].is_string(), "{sent}");
    let status = answer("set_status", json!({ "status": "be right back" }));
    assert!(status["operation"].is_u64(), "{status}");
    assert_eq!(answer("is_signed_in", json!({})), false);
    assert_eq!(answer("account", json!({})), "8:live:alice");
    assert_eq!(answer("dialect", json!({})), "MSNP24");
    assert_eq!(answer("abilities", json!({}))["edits"], true);
    assert_eq!(answer("contacts", json!({})), json!([]));
    assert_eq!(answer("contact_id", json!({ "contact": "C@D" })), "c@d");
    assert_eq!(
        answer("presence", json!({ "contact": "c@d" }))["status"],
        "offline"
    );
    assert_eq!(answer("groups", json!({})), json!([]));
}

/// Every call takes its own fields, whatever stands in them.
#[test]
fn no_call_takes_a_field_for_one_of_another() {
    for (name, fields) in calls() {
        let json: Value = fields
            .iter()
            .map(|name| ((*name).to_owned(), json!("a@b")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let answer = call(&mut client(&json!({})), name, &json, NOW);
        if let Err(wrong) = answer {
            assert_ne!(wrong.code(), "NoSuchField", "{name}: {wrong}");
        }
    }
}

#[test]
fn text_that_is_no_json_says_where() {
    assert_eq!(parse(b" \n").unwrap(), json!({}));
    assert_eq!(parse(b"{\"a\": 1}").unwrap(), json!({ "a": 1 }));
    let wrong = parse(b"{\n\"a\" 1}").unwrap_err();
    assert_eq!(wrong.to_string(), "not JSON, in line 2, at column 5");
    assert!(parse(b"{} {}").is_err() && parse(b"\xff").is_err());
    // As deep as anybody likes.
    assert!(parse("[".repeat(1 << 20).as_bytes()).is_err());
}
