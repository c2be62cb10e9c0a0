//! Which dialect a connection speaks (case A6).

use msnp_server::messenger::Effect;

use crate::world::{World, sign_in};

/// What is done about the bytes of a client that has just come, in pieces.
fn effects(pieces: &[&str]) -> Vec<Effect> {
    let mut world = World::new();
    let client = world.open(None);
    for (at, piece) in pieces.iter().enumerate() {
        let mark = u64::try_from(at).unwrap();
        let bytes = piece.as_bytes().to_vec().into();
        let now = world.now();
        world.server().handle_bytes(client, mark, bytes, now);
    }
    let effects = std::iter::from_fn(|| world.server().poll_effect()).collect();
    let ended = world.server().connections() == 0;
    assert!(ended, "a connection that cannot be spoken to is over");
    effects
}

#[test]
fn a_dialect_that_nobody_knows_is_told_that_none_is_in_common_and_nothing_else() {
    let first = "VER 1 MSNP20 CVR0\r\nCVR 2 0x0409 winnt 6.0 i386 MSNMSGR 15.4 msmsgs a@b\r\n";
    let effects = effects(&[first, "USR 3 SSO I a@b\r\n"]);
    let [Effect::Send { bytes, .. }, Effect::Close { .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(bytes, "VER 1 0\r\n");
}

#[test]
fn it_is_told_so_wherever_its_first_line_was_cut() {
    let first = "VER 7 MSNP20 MSNP2 CVR0\r\n";
    for cut in 0..first.len() {
        let effects = effects(&[&first[..cut], &first[cut..]]);
        let told: Vec<_> = effects
            .iter()
            .filter(|effect| !matches!(effect, Effect::Answered { .. }))
            .collect();
        let [Effect::Send { bytes, .. }, Effect::Close { .. }] = &told[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(bytes, "VER 7 0\r\n", "cut at {cut}");
    }
}

#[test]
fn a_ver_behind_the_first_line_is_an_unknown_command() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    world.ask(client, &sign_in(1));
    let replies = world.ask(client, "VER 9 CON 0\r\nPNG 10 CON 0\r\n");
    assert!(replies[0].starts_with("200 9 CON "), "{replies:?}");
    assert!(replies[1].starts_with("PNG 10 CON "), "{replies:?}");
}
