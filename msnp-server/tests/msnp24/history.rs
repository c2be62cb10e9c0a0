//! `GET MSGR\RECENTCONVERSATIONS` and `GET MSGR\MESSAGESBYCONVERSATION`.

use msnp_proto::payload::history::{MessagesByConversationResponse, RecentConversationsResponse};
use msnp_server::network::ConnectionId;

use crate::world::{Config, START_MS, World, between, body, epid, frame};

fn recent(world: &mut World, client: ConnectionId, wanted: &str) -> RecentConversationsResponse {
    let ask = frame(
        "GET 7 MSGR\\RECENTCONVERSATIONS",
        "",
        &format!("<recentconversations>{wanted}</recentconversations>"),
    );
    let reply = world.ask(client, &ask).remove(0);
    assert!(reply.starts_with("GET 7 MSGR "), "{reply}");
    RecentConversationsResponse::parse(body(&reply).as_bytes()).unwrap()
}

fn messages(
    world: &mut World,
    client: ConnectionId,
    wanted: &str,
) -> MessagesByConversationResponse {
    let body_text = format!("<messagesbyconversation>{wanted}</messagesbyconversation>");
    let reply = world
        .ask(
            client,
            &frame("GET 7 MSGR\\MESSAGESBYCONVERSATION", "", &body_text),
        )
        .remove(0);
    assert!(reply.starts_with("GET 7 MSGR "), "{reply}");
    MessagesByConversationResponse::parse(body(&reply).as_bytes()).unwrap()
}

fn texts(response: &MessagesByConversationResponse) -> Vec<&str> {
    response
        .messages
        .iter()
        .map(|message| message.content.as_str())
        .collect()
}

#[test]
fn somebody_new_has_no_conversations() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let ask = frame(
        "GET 7 MSGR\\RECENTCONVERSATIONS",
        "",
        "<recentconversations><start>0</start><pagesize>100</pagesize></recentconversations>",
    );
    // msnp24.md 16.3.
    let expected = "GET 7 MSGR 94\r\n\r\n<recentconversations-response><conversations></conversations></recentconversations-response>";
    assert_eq!(world.ask(alice, &ask), [expected]);
}

#[test]
fn conversations_come_newest_first_with_the_last_message() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.message(
        bob,
        "bob",
        "8:alice",
        "Text",
        "Client-Message-ID: 5\r\n",
        "one & only",
    );
    world.wait(10);
    world.text(alice, "alice", "8:carol", "hi carol");
    let conversations = recent(
        &mut world,
        alice,
        "<start>0</start><pagesize>100</pagesize>",
    )
    .conversations;
    let ids: Vec<&str> = conversations.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["8:carol", "8:bob"]);
    let last = &conversations[1].messages[0];
    assert_eq!(last.content, "one & only");
    assert_eq!(
        last.from.as_ref().unwrap().as_str(),
        format!("8:bob;epid={}", epid(2))
    );
    assert_eq!(
        (last.message_id, last.client_message_id),
        (Some(START_MS), Some(5))
    );
    assert_eq!(
        last.original_arrival_time.as_deref(),
        Some("2015-05-17T17:11:33Z")
    );
    assert_eq!(conversations[1].version, Some(START_MS));
}

#[test]
fn conversations_are_limited_by_start_and_page() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    for who in ["bob", "carol", "dave"] {
        world.text(alice, "alice", &format!("8:{who}"), "hi");
        world.wait(1);
    }
    let mut ids = |wanted: &str| -> Vec<String> {
        let all = recent(&mut world, alice, wanted).conversations;
        all.iter().map(|one| one.id.as_str().to_owned()).collect()
    };
    assert_eq!(ids(""), ["8:dave", "8:carol", "8:bob"]);
    assert_eq!(
        ids(&format!("<start>{}</start>", START_MS + 1000)),
        ["8:dave", "8:carol"]
    );
    assert_eq!(ids("<pagesize>1</pagesize>"), ["8:dave"]);
}

#[test]
fn messages_come_in_pages_that_the_sync_state_links() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    for n in 0..5 {
        world.text(bob, "bob", "8:alice", &n.to_string());
    }
    for (client, other) in [(alice, "8:bob"), (bob, "8:alice")] {
        let first = messages(
            &mut world,
            client,
            &format!("<id>{other}</id><start>0</start><pagesize>2</pagesize>"),
        );
        assert_eq!((texts(&first), first.has_more), (vec!["4", "3"], true));
        let mut state = first.sync_state.unwrap();
        let mut pages = Vec::new();
        loop {
            let wanted = format!(
                "<id>{other}</id><start>0</start><messagessyncstate>{state}</messagessyncstate><pagesize>2</pagesize>"
            );
            let page = messages(&mut world, client, &wanted);
            pages.extend(texts(&page).iter().map(|&text| text.to_owned()));
            if !page.has_more {
                break;
            }
            state = page.sync_state.unwrap();
        }
        assert_eq!(pages, ["2", "1", "0"]);
    }
}

#[test]
fn a_page_is_never_larger_than_configured() {
    let mut config = Config::default();
    config.faces.page = 2;
    let mut world = World::with(config);
    let alice = world.online("alice", 1);
    for n in 0..3 {
        world.text(alice, "alice", "8:bob", &n.to_string());
    }
    let page = messages(
        &mut world,
        alice,
        "<id>8:bob</id><pagesize>4000000000</pagesize>",
    );
    assert_eq!((texts(&page), page.has_more), (vec!["2", "1"], true));
    let page = messages(&mut world, alice, "<id>8:bob</id><pagesize>0</pagesize>");
    assert_eq!(page.messages.len(), 1);
}

#[test]
fn an_answer_is_never_larger_than_a_frame_may_be() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let huge = "<".repeat(60_000);
    for n in 0..6 {
        world.text(alice, "alice", "8:bob", &format!("{n}{huge}"));
    }
    let ask = frame(
        "GET 7 MSGR\\MESSAGESBYCONVERSATION",
        "",
        "<messagesbyconversation><id>8:bob</id></messagesbyconversation>",
    );
    assert!(world.ask(alice, &ask)[0].len() < 1024 * 1024);
    let page = messages(&mut world, alice, "<id>8:bob</id>");
    assert!(
        page.has_more && page.messages.len() == 1,
        "{}",
        page.messages.len()
    );
    let state = page.sync_state.unwrap();
    let wanted = format!("<id>8:bob</id><messagessyncstate>{state}</messagessyncstate>");
    assert!(
        messages(&mut world, alice, &wanted).messages[0]
            .content
            .starts_with('4')
    );
}

#[test]
fn history_is_the_askers_own() {
    let mut world = World::new();
    let (alice, carol) = (world.online("alice", 1), world.online("carol", 3));
    world.text(alice, "alice", "8:bob", "between us");
    let seen = messages(&mut world, carol, "<id>8:bob</id>");
    assert!(seen.messages.is_empty() && !seen.has_more);
    let seen = messages(&mut world, carol, "<id>8:alice</id>");
    assert!(seen.messages.is_empty());
}

#[test]
fn a_bad_sync_state_or_id_is_refused() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    for (wanted, code) in [
        (
            "<id>8:bob</id><messagessyncstate>x</messagessyncstate>",
            "201",
        ),
        ("<id>32:bob</id>", "205"),
        ("<id>1:nobody@example.org</id>", "205"),
        ("<id></id>", "200"),
    ] {
        let ask = frame(
            "GET 7 MSGR\\MESSAGESBYCONVERSATION",
            "",
            &format!("<messagesbyconversation>{wanted}</messagesbyconversation>"),
        );
        let reply = world.ask(alice, &ask).remove(0);
        assert!(
            reply.starts_with(&format!("{code} 7 MSGR ")),
            "{wanted}: {reply}"
        );
    }
}

#[test]
fn reading_moves_the_horizon() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.message(
        bob,
        "bob",
        "8:alice",
        "Text",
        "Client-Message-ID: 5\r\n",
        "hi",
    );
    assert_eq!(
        recent(&mut world, alice, "").conversations[0].consumption_horizon,
        None
    );
    world.wait(3);
    for (to, body) in [
        ("8:bob", ""),
        ("8:alice", "8:alice/8:bob"),
        ("8:alice", "8:bob;epid={x}/8:alice"),
    ] {
        world.wait(1);
        world.message(alice, "alice", to, "Signal/MarkIMWindowRead", "", body);
        let horizon = recent(&mut world, alice, "").conversations[0]
            .consumption_horizon
            .unwrap();
        let now = world.now().wall.as_millis();
        assert_eq!(
            horizon.to_string(),
            format!("{START_MS};{now};5"),
            "{to} {body}"
        );
    }
}

#[test]
fn a_thread_that_was_left_has_no_messages_and_says_since_when() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    let members = "<members><member><mri>8:bob</mri><role>user</role></member></members>";
    let made = world
        .ask(
            alice,
            &frame(
                "PUT 10 MSGR\\THREAD",
                "",
                &format!("<thread><id></id>{members}</thread>"),
            ),
        )
        .remove(0);
    let id = between(&made, "<id>", "</id>").to_owned();
    world.text(alice, "alice", &id, "hi");
    let here = &recent(&mut world, bob, "").conversations[0];
    assert!(!here.has_left() && here.thread.is_some() && here.messages[0].content == "hi");
    world.wait(5);
    let leave = format!(
        "<thread><id>{id}</id><members><member><mri>8:bob</mri></member></members></thread>"
    );
    world.say(bob, &frame("DEL 11 MSGR\\THREAD", "", &leave));
    let left = &recent(&mut world, bob, "").conversations[0];
    assert!(left.has_left() && left.messages.is_empty());
    let since = left.thread.as_ref().unwrap().last_leave_at.as_deref();
    assert_eq!(since, Some((START_MS + 5000).to_string().as_str()));
    let old = messages(&mut world, bob, &format!("<id>{id}</id>"));
    assert!(
        texts(&old).contains(&"hi"),
        "what was seen can still be read"
    );
}

#[test]
fn an_edit_says_which_message_it_replaces() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.message(
        alice,
        "alice",
        "8:bob",
        "Text",
        "Client-Message-ID: 6\r\nSkype-EditedId: 5\r\n",
        "hello",
    );
    let ask = frame(
        "GET 7 MSGR\\MESSAGESBYCONVERSATION",
        "",
        "<messagesbyconversation><id>8:bob</id></messagesbyconversation>",
    );
    assert!(world.ask(alice, &ask)[0].contains("<skypeeditedid>5</skypeeditedid>"));
}

#[test]
fn what_is_older_than_the_retention_is_forgotten() {
    let mut config = Config::default();
    config.network.retention = std::time::Duration::from_secs(3 * 3600);
    let mut world = World::with(config);
    let alice = world.online("alice", 1);
    world.text(alice, "alice", "8:bob", "old");
    world.wait(2 * 3600);
    world.text(alice, "alice", "8:bob", "new");
    world.wait(2 * 3600 + 1);
    assert_eq!(
        texts(&messages(&mut world, alice, "<id>8:bob</id>")),
        ["new"]
    );
}
