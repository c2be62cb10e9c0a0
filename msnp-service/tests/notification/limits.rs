//! Nothing grows without bound, and who goes too far is told so.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use msnp_service::notification::{Config, ConnectionId, Effect, NotificationServer, Store as _};

use crate::world::{START_MS, World, frame, name, sign_in};

#[test]
fn too_many_commands_are_answered_800_until_time_has_passed() {
    let mut config = Config::default();
    (config.command_burst, config.commands_per_second) = (10, 2);
    let mut world = World::with(config);
    let (first, second) = (world.sign_in("alice", 1), world.sign_in("alice", 9));
    world.wait(5);
    for n in 0..10 {
        let client = if n % 2 == 0 { first } else { second };
        assert!(
            world.ask(client, "PNG 9 CON 0\r\n")[0].starts_with("PNG 9"),
            "command {n}"
        );
    }
    for client in [first, second] {
        assert!(
            world.ask(client, "PNG 9 CON 0\r\n")[0].starts_with("800 9 CON "),
            "the allowance is the user's"
        );
    }
    world.wait(1);
    let answers: Vec<bool> = (0..3)
        .map(|_| world.ask(first, "PNG 9 CON 0\r\n")[0].starts_with("PNG"))
        .collect();
    assert_eq!(answers, [true, true, false]);
}

#[test]
fn who_has_not_signed_in_is_held_back_too() {
    let mut config = Config::default();
    config.command_burst = 3;
    let mut world = World::with(config);
    let (first, second) = (world.open(None), world.open(None));
    for _ in 0..3 {
        assert!(world.ask(first, "PNG 9 CON 0\r\n")[0].starts_with("PNG 9"));
    }
    assert!(world.ask(first, "PNG 9 CON 0\r\n")[0].starts_with("800 9 CON "));
    assert!(world.ask(second, "PNG 9 CON 0\r\n")[0].starts_with("PNG 9"));
}

#[test]
fn a_message_above_the_limit_is_refused() {
    let mut config = Config::default();
    config.message_bytes = 10;
    let mut world = World::with(config);
    let alice = world.online("alice", 1);
    world.text(alice, "alice", "8:bob", "0123456789");
    world.text(alice, "alice", "8:bob", "0123456789+");
    let replies = world.hear(alice);
    assert!(
        replies[0].starts_with("SDG 8") && replies[1].starts_with("285 8 MSGR "),
        "{replies:?}"
    );
    let header = format!("X-Long: {}\r\n", "x".repeat(9000));
    world.message(alice, "alice", "8:bob", "Text", &header, "x");
    assert!(world.hear(alice)[0].starts_with("285 8 MSGR "));
}

#[test]
fn a_presence_document_above_the_limits_is_refused() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let long = format!(
        "<user><s n=\"PE\"><PSM>{}</PSM></s></user>",
        "x".repeat(17_000)
    );
    let many = format!(
        "<user>{}</user>",
        (0..17)
            .map(|n| ["<s n=\"S", &n.to_string(), "\"/>"].concat())
            .collect::<String>()
    );
    let name = format!(
        "<user><s n=\"PE\"><FriendlyName>{}</FriendlyName></s></user>",
        "x".repeat(513)
    );
    for (document, code) in [(long, "285"), (many, "201"), (name, "201")] {
        world.publish(alice, "alice", 1, &document);
        let reply = world.hear(alice).remove(0);
        assert!(reply.starts_with(&format!("{code} 6 MSGR ")), "{reply}");
    }
}

#[test]
fn a_full_mailbox_refuses_the_sender() {
    let mut config = Config::default();
    config.waiting_messages = 2;
    let mut world = World::with(config);
    let bob = world.online("bob", 2);
    for _ in 0..3 {
        world.text(bob, "bob", "8:alice", "x");
    }
    let replies = world.hear(bob);
    assert!(
        replies[1].starts_with("SDG 8") && replies[2].starts_with("217 8 MSGR "),
        "{replies:?}"
    );
    assert_eq!(
        world
            .server
            .store()
            .pending_count(&name("alice"), 9)
            .unwrap(),
        2
    );
}

#[test]
fn one_endpoint_too_many_is_answered_734() {
    let mut config = Config::default();
    config.endpoints = 2;
    let mut world = World::with(config);
    world.sign_in("alice", 1);
    world.sign_in("alice", 2);
    let third = world.open(Some("alice"));
    assert!(world.ask(third, &sign_in(3))[2].starts_with("734 3 CON "));
    let again = world.open(Some("alice"));
    assert!(
        world.ask(again, &sign_in(2))[2].starts_with("BND 3 CON "),
        "the same place again is no further one"
    );
}

#[test]
fn one_connection_too_many_is_closed_at_once() {
    let mut config = Config::default();
    config.connections = 1;
    let mut world = World::with(config);
    let (first, second) = (world.open(None), world.open(None));
    assert!(world.hear(second)[0].starts_with("910 0 CON ") && world.is_closed(second));
    world.hang_up(first);
    let third = world.open(None);
    assert!(!world.is_closed(third));
}

#[test]
fn inputs_for_a_connection_that_is_closed_do_nothing() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.say(alice, "OUT 9 CON 0\r\n");
    world.hear(alice);
    world.say(alice, "PNG 9 CON 0\r\n");
    world.hang_up(alice);
    world.wait(200);
    assert_eq!(world.hear(alice), [""; 0]);
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = || {
        let mut world = World::new();
        let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
        world.list(alice, "bob", 3);
        world.text(alice, "alice", "8:bob", "hi");
        world.say(
            alice,
            &frame("PUT 10 MSGR\\THREAD", "", "<thread><id></id></thread>"),
        );
        (world.hear(alice), world.hear(bob))
    };
    assert_eq!(run(), run());
}

/// A store that can be told to fail at the next commit.
mod failing {
    use super::{Cell, Rc};
    use msnp_service::accounts::{SignInAddress, SkypeId};
    use msnp_service::notification::{
        Account, Conversation, ConversationId, Held, Lists, Message, MessageId, Share, Store,
        Thread, ThreadId,
    };
    use msnp_service::store::Memory;

    #[derive(Debug)]
    pub(super) struct Full;

    impl std::fmt::Display for Full {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("disk full")
        }
    }

    impl std::error::Error for Full {}

    pub(super) struct Failing(pub(super) Memory, pub(super) Rc<Cell<bool>>);

    impl Failing {
        fn check<T>(&self, result: Result<T, std::convert::Infallible>) -> Result<T, Full> {
            if self.1.get() {
                Err(Full)
            } else {
                Ok(result.unwrap())
            }
        }
    }

    macro_rules! forward {
        ($(fn $name:ident(&$($m:ident)? ; $($arg:ident: $type:ty),*) -> $out:ty;)*) => {
            $(forward!(@ $name $($m)?, $($arg: $type),* => $out);)*
        };
        (@ $name:ident mut, $($arg:ident: $type:ty),* => $out:ty) => {
            fn $name(&mut self, $($arg: $type),*) -> Result<$out, Full> {
                let done = self.0.$name($($arg),*);
                self.check(done)
            }
        };
        (@ $name:ident, $($arg:ident: $type:ty),* => $out:ty) => {
            fn $name(&self, $($arg: $type),*) -> Result<$out, Full> { self.check(self.0.$name($($arg),*)) }
        };
    }

    impl Store for Failing {
        type Error = Full;

        fn roll_back(&mut self) {
            self.0.roll_back();
        }

        forward! {
            fn commit(&mut;) -> ();
            fn account(&; who: &SkypeId) -> Option<Account>;
            fn account_by_address(&; address: &SignInAddress) -> Option<Account>;
            fn accounts(&; after: Option<&SkypeId>, limit: usize) -> Vec<Account>;
            fn add_account(&mut; account: &Account) -> bool;
            fn set_display_name(&mut; who: &SkypeId, name: &str) -> ();
            fn set_password_hash(&mut; who: &SkypeId, hash: &msnp_proto::Secret<String>) -> ();
            fn lists(&; owner: &SkypeId, contact: &SkypeId) -> Lists;
            fn contacts(&; owner: &SkypeId) -> Vec<(SkypeId, Lists)>;
            fn set_lists(&mut; owner: &SkypeId, contacts: &[(SkypeId, Lists)]) -> ();
            fn watchers(&; who: &SkypeId, limit: usize) -> Vec<SkypeId>;
            fn thread(&; id: &ThreadId) -> Option<Thread>;
            fn put_thread(&mut; thread: &Thread) -> ();
            fn last_message_id(&;) -> MessageId;
            fn append(&mut; message: &Message, shares: &[Share]) -> ();
            fn sent(&; sender: &SkypeId, client_id: &str) -> Option<Message>;
            fn pending(&; owner: &SkypeId, after: MessageId, until: MessageId, limit: usize) -> Vec<Held>;
            fn pending_count(&; owner: &SkypeId, limit: usize) -> usize;
            fn since(&; owner: &SkypeId, after: MessageId, limit: usize) -> Vec<Held>;
            fn delivered(&mut; owner: &SkypeId, id: MessageId) -> ();
            fn conversations(&; owner: &SkypeId, start: MessageId, limit: usize) -> Vec<Conversation>;
            fn history(&; owner: &SkypeId, conversation: &ConversationId, start: MessageId, before: MessageId, limit: usize) -> Vec<Message>;
            fn set_horizon(&mut; owner: &SkypeId, conversation: &ConversationId, horizon: &str) -> ();
            fn forget_before(&mut; id: MessageId) -> ();
        }
    }
}

fn failing_server() -> (
    NotificationServer<failing::Failing>,
    Rc<Cell<bool>>,
    msnp_service::notification::Now,
) {
    let fails = Rc::new(Cell::new(false));
    let store = failing::Failing(
        crate::world::populated(msnp_service::store::Memory::new()),
        fails.clone(),
    );
    let now = msnp_service::notification::Now {
        monotonic: machine_contract::Instant::ORIGIN,
        wall: machine_contract::UnixTime::from_millis(START_MS),
    };
    let server = NotificationServer::new(store, Config::default(), [3; 32], now).unwrap();
    (server, fails, now)
}

#[test]
fn a_failing_store_is_answered_501_and_reported() {
    let (mut server, fails, now) = failing_server();
    let client = ConnectionId(1);
    let identity = msnp_service::notification::Identity {
        skype_id: name("alice"),
        valid_until: machine_contract::Instant::END,
    };
    server.handle_open(client, Some(identity), now);
    fails.set(true);
    server.handle_bytes(client, Bytes::from(sign_in(1)), now);
    fails.set(false);
    server.commit().unwrap();
    let Some(Effect::Send { frames, .. }) = server.poll_effect() else {
        panic!("an answer")
    };
    let text = String::from_utf8(frames.to_vec()).unwrap();
    assert!(
        text.contains("501 2 CON 19\r\n\r\nThe store failed."),
        "{text}"
    );
    assert!(server.poll_fault().is_some() && server.poll_fault().is_none());
}

#[test]
fn a_commit_that_fails_sends_nothing_and_closes_everything() {
    let (mut server, fails, now) = failing_server();
    let (first, second) = (ConnectionId(1), ConnectionId(2));
    for client in [first, second] {
        server.handle_open(client, None, now);
    }
    server.commit().unwrap();
    server.handle_bytes(
        first,
        Bytes::from_static(b"PNG 1 CON 0\r\nOUT 2 CON 0\r\n"),
        now,
    );
    fails.set(true);
    assert!(server.commit().is_err());
    let mut effects: Vec<Effect> = std::iter::from_fn(|| server.poll_effect()).collect();
    effects.sort_by_key(|effect| format!("{effect:?}"));
    assert_eq!(
        effects,
        [
            Effect::Close { connection: first },
            Effect::Close { connection: second }
        ]
    );
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_endpoint_whose_messages_could_not_be_read_gets_them_with_the_next() {
    let (mut server, fails, now) = failing_server();
    let (alice, bob) = (ConnectionId(1), ConnectionId(2));
    let subscribe = frame("PUT 5 MSGR\\SUBSCRIPTIONS", "", crate::world::ALL);
    for (client, who) in [(bob, "bob"), (alice, "alice")] {
        let identity = msnp_service::notification::Identity {
            skype_id: name(who),
            valid_until: machine_contract::Instant::END,
        };
        server.handle_open(client, Some(identity), now);
        server.handle_bytes(client, Bytes::from(sign_in(1)), now);
    }
    let text = |text: &str| {
        let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
        let body = crate::world::layers("8:alice", "8:bob", third, text);
        Bytes::from(frame("SDG 8 MSGR", "", &body))
    };
    server.handle_bytes(bob, text("first"), now);
    fails.set(true);
    server.handle_bytes(alice, Bytes::from(subscribe), now);
    fails.set(false);
    server.handle_bytes(bob, text("second"), now);
    server.commit().unwrap();
    let mut heard = String::new();
    while let Some(effect) = server.poll_effect() {
        if let Effect::Send { connection, frames } = effect
            && connection == alice
        {
            heard.push_str(&String::from_utf8_lossy(&frames));
        }
    }
    let (first, second) = (heard.find("first"), heard.find("second"));
    assert!(first.is_some() && first < second, "{heard}");
}

#[test]
fn who_asks_for_more_than_can_be_sent_at_once_is_answered_800() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    for _ in 0..4 {
        world.text(bob, "bob", "8:alice", &"x".repeat(60 * 1024));
    }
    world.hear(alice);
    let get = "<messagesbyconversation><id>8:bob</id><start>0</start></messagesbyconversation>";
    let get = frame("GET 9 MSGR\\MESSAGESBYCONVERSATION", "", get);
    let answers = world.ask(alice, &get.repeat(50));
    let bytes: usize = answers.iter().map(String::len).sum();
    assert!(bytes < 768 * 1024, "{bytes} bytes at once");
    assert!(answers[0].starts_with("GET 9 MSGR ") && answers[49].starts_with("800 9 MSGR "));
    assert!(world.ask(alice, &get)[0].starts_with("GET 9 MSGR "));
}

#[test]
fn what_passes_through_cannot_fill_the_queue_of_who_gets_it() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    let third = "Messaging: 2.0\r\nMessage-Type: Control/Typing\r\n";
    let typing = crate::world::layers("8:alice", "8:bob", third, &"x".repeat(60 * 1024));
    let answers = world.ask(bob, &frame("SDG 8 MSGR", "", &typing).repeat(50));
    assert!(
        answers
            .iter()
            .all(|answer| answer.starts_with("SDG 8 MSGR 2"))
    );
    let bytes: usize = world.hear(alice).iter().map(String::len).sum();
    assert!(
        (256 * 1024..768 * 1024).contains(&bytes),
        "{bytes} bytes at once"
    );
}
