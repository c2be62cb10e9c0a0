//! The guide's tables say what there is: held to the code, and both to the public API of the client.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use machine_contract::Failure;
use msnp_client::{
    Coding, Contact, ContactId, ConversationId, Endpoint, EndpointId, Event, Format, Group,
    History, HistoryMark, Lists, Member, Message, MessageId, OperationId, OwnPresence, Presence,
    Reason, ReceiptId, Step,
};
use msnp_proto::{Guid, Side, UnixTime};
use serde_json::{Value, json};

const GUIDE: &str = include_str!("../src/guide.md");

/// The rows of the table under a heading: the cells of each, without the head.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let behind = GUIDE.split_once(&format!("\n# {heading}\n")).unwrap().1;
    let section = behind.split("\n# ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = rows.map(|row| {
        row.trim_end_matches('|')
            .split(" |")
            .map(str::trim)
            .collect()
    });
    rows.filter(|row: &Vec<&str>| row[0].starts_with('`'))
        .collect()
}

/// The words in backticks.
fn words(cell: &str) -> BTreeSet<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn table(heading: &str) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let rows = rows(heading);
    let named = rows
        .iter()
        .map(|row| (row[0].trim_matches('`'), words(row[1])));
    named.collect()
}

fn alice() -> ContactId {
    "alice@example.org".parse().unwrap()
}

fn group_id() -> ConversationId {
    ConversationId::group("19:a@thread.skype").unwrap()
}

fn message() -> Message {
    let id = MessageId::new("1").unwrap();
    let mut message = Message::new(id, alice().into(), alice(), "hi");
    message.format = Format::Other("RichText/Contacts".to_owned());
    message.sent_at = Some(UnixTime::from_millis(17));
    message.receipt = Some(ReceiptId::new(3));
    message
}

fn presence() -> Presence {
    let mut presence = Presence::default();
    presence.endpoints = vec![Endpoint::new(EndpointId::new(Guid::from_bytes([7; 16])))];
    presence
}

/// One of each.
fn events() -> Vec<Event> {
    let (conversation, message_id) = (ConversationId::from(alice()), MessageId::new("1").unwrap());
    let operation = OperationId::new(9);
    let (from, typing) = (alice(), true);
    let reason = Reason::Locked { seconds: 90 };
    let mut group = Group::new(group_id());
    group.members = vec![Member::new(alice())];
    let mut history = History::new(group_id(), vec![message()]);
    history.more = Some(HistoryMark::new("S1"));
    vec![
        Event::SignInProgress(Step::Identity),
        Event::SignedIn(alice()),
        Event::ContactChanged(Contact::new(alice(), Lists::FORWARD.with(Lists::BLOCK))),
        Event::ContactRemoved(alice()),
        Event::ContactRenamed {
            before: alice(),
            now: alice(),
        },
        Event::PresenceChanged {
            contact: alice(),
            presence: presence(),
        },
        Event::OwnPresence(OwnPresence::new(
            presence(),
            EndpointId::new(Guid::from_bytes([7; 16])),
        )),
        Event::MessageReceived(message()),
        Event::Typing {
            conversation: conversation.clone(),
            from: from.clone(),
            typing,
        },
        Event::Nudge {
            conversation: conversation.clone(),
            from,
        },
        Event::MessageEdited {
            original: message_id.clone(),
            edit: message(),
        },
        Event::MessageDelivered {
            conversation: conversation.clone(),
            message: message_id.clone(),
        },
        Event::MessageFailed {
            conversation: conversation.clone(),
            message: message_id.clone(),
            reason,
        },
        Event::MessageUncertain {
            conversation,
            message: message_id,
            reason,
        },
        Event::GroupChanged(group),
        Event::GroupLeft(group_id()),
        Event::History(history),
        Event::OperationSucceeded {
            operation,
            conversation: Some(group_id()),
        },
        Event::OperationFailed { operation, reason },
        Event::Reconnecting {
            attempt: 2,
            wait: Duration::from_millis(1500),
            reason,
        },
        Event::SignedOut(reason),
        Event::Frame {
            side: Side::Server,
            bytes: "QNG 50\r\n".into(),
        },
    ]
}

fn told(event: &Event) -> Value {
    msnp_mapping::event(event)
}

/// The name and the other fields.
fn fields(told: &Value) -> (&str, BTreeSet<&str>) {
    let object = told.as_object().unwrap();
    let names = object.keys().map(String::as_str);
    let name = told["event"].as_str().unwrap();
    (name, names.filter(|name| *name != "event").collect())
}

/// What is public of the client, a line each, as `tidy` holds it.
fn api() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tidy/api/msnp-client.txt");
    std::fs::read_to_string(path).unwrap()
}

/// The names behind `Type: ` in the client's API: variants, fields.
fn parts<'a>(api: &'a str, of: &str) -> BTreeSet<&'a str> {
    let start = format!("msnp_client {of}: ");
    let parts = api
        .lines()
        .filter_map(|line| line.strip_prefix(start.as_str()));
    let words = parts.map(|part| part.split([' ', '(', ':']).next().unwrap());
    words
        .filter(|word| !["fn", "const"].contains(word))
        .collect()
}

#[test]
fn the_guide_has_every_event_with_its_fields() {
    let events: Vec<Value> = events().iter().map(told).collect();
    let is: BTreeMap<&str, BTreeSet<&str>> = events.iter().map(fields).collect();
    assert_eq!(is, table("Events"));
}

#[test]
fn every_event_of_the_client_has_a_name_of_its_own() {
    let api = api();
    let events: Vec<Value> = events().iter().map(told).collect();
    let named: BTreeSet<&str> = events.iter().map(|told| fields(told).0).collect();
    assert_eq!(named, parts(&api, "Event"));
}

#[test]
fn every_reason_and_refusal_has_a_code_of_its_own() {
    let api = api();
    let source = include_str!("../src/reason.rs");
    for (what, names) in [
        ("Reason", parts(&api, "Reason")),
        ("Refused", parts(&api, "Refused")),
        ("Step", parts(&api, "Step")),
    ] {
        assert!(names.len() > 4, "{what}");
        for name in names {
            let arm = source.lines().map(str::trim_start);
            let mut arms = arm.filter(|line| {
                let is_of = line.strip_prefix(&format!("{what}::{name}"));
                is_of.is_some_and(|rest| rest.starts_with([' ', '(']))
            });
            let is_mapped = arms.any(|line| line.ends_with(&format!("=> \"{name}\",")));
            assert!(is_mapped, "{what}::{name}");
        }
    }
}

/// A field that the client tells and the mapping does not would be lost without a word.
#[test]
fn every_field_of_what_is_told_is_mapped() {
    let renamed = [
        ("Message", "id", "message"),
        ("Contact", "id", "contact"),
        ("Endpoint", "id", "endpoint"),
        ("Group", "id", "conversation"),
        ("Message", "sent_at", "sent_at_ms"),
    ];
    let api = api();
    let mut own_presence = told(&Event::OwnPresence(OwnPresence::new(
        presence(),
        EndpointId::new(Guid::from_bytes([7; 16])),
    )));
    own_presence["presence"] = json!("its fields stand beside the endpoint");
    let mut group = Group::new(group_id());
    group.members = vec![Member::new(alice())];
    let group = told(&Event::GroupChanged(group));
    let shown = [
        ("Message", told(&Event::MessageReceived(message()))),
        (
            "Contact",
            told(&Event::ContactChanged(Contact::new(
                alice(),
                Lists::FORWARD,
            ))),
        ),
        ("Presence", own_presence.clone()),
        ("Endpoint", own_presence["endpoints"][0].clone()),
        ("OwnPresence", own_presence),
        ("Member", group["members"][0].clone()),
        ("Group", group),
        (
            "History",
            told(&Event::History(History::new(group_id(), Vec::new()))),
        ),
    ];
    for (of, json) in shown {
        for field in parts(&api, of) {
            let other = renamed
                .iter()
                .find(|(owner, name, _)| (*owner, *name) == (of, field));
            let key = other.map_or(field, |(.., key)| key);
            assert!(json.get(key).is_some(), "{of}::{field}: {json}");
        }
    }
}

#[test]
fn the_guide_has_every_call_with_its_fields() {
    let is: BTreeMap<_, BTreeSet<_>> = msnp_mapping::calls()
        .map(|(name, fields)| (name, fields.iter().copied().collect()))
        .collect();
    assert_eq!(is, table("Calls"));
}

#[test]
fn the_guide_has_every_call_of_a_session_with_its_fields() {
    let calls = msnp_mapping::session_calls();
    let is: BTreeMap<_, BTreeSet<_>> = calls
        .map(|(name, fields)| (name, fields.iter().copied().collect()))
        .collect();
    assert_eq!(is, table("Calls of a session"));
}

#[test]
fn everything_that_can_be_asked_of_the_client_is_a_call() {
    let api = api();
    let verbs = api.lines().filter_map(|line| {
        let method = line.strip_prefix("msnp_client Client: ")?;
        let method = method.strip_prefix("const ").unwrap_or(method);
        method.strip_prefix("fn ")?.split('(').next()
    });
    let verbs: BTreeSet<&str> = verbs.filter(|name| *name != "new").collect();
    let calls: BTreeSet<&str> = msnp_mapping::calls().map(|(name, _)| name).collect();
    assert_eq!(calls, verbs);
}

#[test]
fn the_guide_has_every_field_of_a_configuration() {
    let named = |heading| -> BTreeSet<&str> {
        rows(heading).iter().flat_map(|row| words(row[0])).collect()
    };
    assert_eq!(
        named("Configuration of a client"),
        msnp_mapping::config_fields().collect()
    );
    assert_eq!(
        named("Configuration of a session"),
        msnp_mapping::session_config_fields().collect()
    );
}

/// Every builder of the client's configuration can be reached.
#[test]
fn everything_that_can_be_configured_has_a_field() {
    let api = api();
    let builders = api.lines().filter_map(|line| {
        line.strip_prefix("msnp_client Config: fn ")?
            .split('(')
            .next()
    });
    let fields: BTreeSet<&str> = msnp_mapping::config_fields().collect();
    for builder in builders.filter(|name| *name != "new") {
        let field = if builder == "gateway" {
            "gateway_session"
        } else {
            builder
        };
        assert!(fields.contains(field), "{builder}");
    }
}

#[test]
fn the_guide_has_every_event_of_a_session_with_its_fields() {
    use gateway_sm::{CloseReason, Event, Host};
    let events = [
        Event::Received("x".into()),
        Event::Gap,
        Event::HostRefused("a.example".parse::<Host>().unwrap()),
        Event::Closed(CloseReason::Unreachable(Failure::NotSent)),
    ];
    let mut events: Vec<Value> = events
        .into_iter()
        .map(|event| msnp_mapping::session_event(event).0)
        .collect();
    events.extend(a_session_that_opens_and_loses_a_send());
    let is: BTreeMap<&str, BTreeSet<&str>> = events.iter().map(fields).collect();
    assert_eq!(is, table("Events of a session"));
}

/// Their ids and what was said at the opening, only a session can make.
fn a_session_that_opens_and_loses_a_send() -> Vec<Value> {
    use gateway_sm::Session;
    use machine_contract::{HttpMachine as _, Instant, Machine as _};
    let config = json!({ "gateway": "https://gw.example" });
    let mut session = Session::new(msnp_mapping::session_config(&config).unwrap());
    let now = Instant::ORIGIN;
    session.send("VER\r\n".into()).unwrap();
    let open = session.poll_transmit(now).unwrap();
    let response = http::Response::builder()
        .header("X-MSN-Messenger", "SessionID=1.2")
        .body(bytes::Bytes::new());
    session.handle_response(open.id, response.unwrap(), now);
    session.send("PNG\r\n".into()).unwrap();
    let post = session.poll_transmit(now).unwrap();
    session.handle_failure(post.id, Failure::Unknown, now);
    std::iter::from_fn(|| session.poll_event())
        .map(|event| msnp_mapping::session_event(event).0)
        .collect()
}

#[test]
fn what_is_told_reads_as_it_was_meant() {
    let locked = told(&Event::SignedOut(Reason::Locked { seconds: 90 }));
    let expected = json!({
        "event": "SignedOut",
        "reason": "too many wrong passwords: the account is locked for 2 minutes",
        "code": "Locked",
        "detail": 90,
    });
    assert_eq!(locked, expected);
    let packed = told(&Event::SignedOut(Reason::Packed(Coding::Gzip)));
    assert_eq!(packed["detail"], "gzip");
    let left = told(&Event::GroupLeft(group_id()));
    assert_eq!(left["conversation"], "group:19:a@thread.skype");
    let contact = Contact::new(alice(), Lists::FORWARD.with(Lists::BLOCK));
    let contact = told(&Event::ContactChanged(contact));
    assert_eq!(contact["lists"], json!(["forward", "block"]));
    let message = told(&Event::MessageReceived(message()));
    assert_eq!(
        (&message["format"], &message["format_name"]),
        (&json!("other"), &json!("RichText/Contacts"))
    );
    assert_eq!(
        (&message["sent_at_ms"], &message["receipt"]),
        (&json!(17), &json!(3))
    );
    let frame = told(&Event::Frame {
        side: Side::Client,
        bytes: "PNG\r\n".into(),
    });
    assert_eq!(
        frame,
        json!({ "event": "Frame", "side": "client", "base64": "UE5HDQo=" })
    );
    let again = told(&Event::Reconnecting {
        attempt: 2,
        wait: Duration::from_millis(1500),
        reason: Reason::TimedOut,
    });
    assert_eq!(
        (&again["wait_ms"], &again["code"], &again["detail"]),
        (&json!(1500), &json!("TimedOut"), &Value::Null)
    );
}
