//! Signing in with an access token, through the whole of a messenger, in the dialect that the tests have for such things.

use msnp_proto::auth::md5_sign_in;
use msnp_server::faces::AccessRefused;
use msnp_server::network::ConnectionId;

use crate::client::{World, every_way, text};

fn say(world: &mut World, connection: ConnectionId, line: &str) -> String {
    world.say(connection, format!("{line}\r\n").into());
    text(world, connection)
}

fn claim(name: &str, salt: &str, token: &str) -> String {
    let answer = md5_sign_in::respond(salt, token);
    format!("HASH {name}@example.org {salt} {}", answer.expose())
}

#[test]
fn the_hash_of_an_access_token_stands_for_cookies() {
    every_way(|world| {
        world.give_access_token("alice", "one");
        let connection = world.open(None);
        assert_eq!(
            say(world, connection, &claim("alice", "salt", "one")),
            "YES HASH\r\n"
        );
        let hello = say(world, connection, "HELLO alice@example.org");
        assert_eq!(hello, "WELCOME\r\n");
    });
}

#[test]
fn only_the_owner_of_an_access_token_signs_in_with_it() {
    every_way(|world| {
        world.give_access_token("alice", "one");
        let connection = world.open(None);
        for wrong in [
            claim("alice", "salt", "two"),
            claim("bob", "salt", "one"),
            claim("nobody", "salt", "one"),
            "HASH alice@example.org salt ".to_owned(),
        ] {
            assert_eq!(say(world, connection, &wrong), "NO HASH\r\n", "{wrong}");
        }
        // What it is signed in as is whose the token was.
        assert_eq!(
            say(world, connection, &claim("alice", "salt", "one")),
            "YES HASH\r\n"
        );
        let refused = say(world, connection, "HELLO bob@example.org");
        assert_eq!(refused, "NO HELLO\r\nQUIT\r\n");
    });
}

#[test]
fn what_comes_behind_a_claim_waits_for_its_outcome() {
    every_way(|world| {
        world.give_access_token("alice", "one");
        let connection = world.open(None);
        let both = format!("{}\r\nHELLO alice@example.org", claim("alice", "s", "one"));
        assert_eq!(say(world, connection, &both), "YES HASH\r\nWELCOME\r\n");
    });
}

#[test]
fn an_outcome_that_nobody_waits_for_any_more_does_nothing() {
    every_way(|world| {
        let now = world.now();
        let gone = ConnectionId(77);
        let outcome = Err(AccessRefused::TooMany);
        world.server().handle_access_checked(gone, outcome, now);
        world.settle();
        assert_eq!(world.server().connections(), 0);
    });
}
