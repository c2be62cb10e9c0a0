//! Guests: one whose driver holds every duty, and some that are wrong on purpose. The wire tells.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(dead_code, reason = "not every flaw is for every test")]
mod model;

use driver_conformance::guests::{self, Claims, InThread};
use driver_conformance::session::Session;
use driver_conformance::{Judgement, Lacks};
use model::{Model, flaw};

type Right<M> = Model<M, { flaw::NONE }>;

mod right {
    use super::Right;

    driver_conformance::guest_suite!(Right);
}

/// What the suite says of a driver with this flaw and this duty holds these words.
#[track_caller]
fn check<const F: u8>(broken: &[(&'static str, &str)]) {
    for (name, words) in broken {
        let text = judged::<F>(name, &Claims::default()).to_string();
        assert!(text.contains(words), "{name}: {text}");
    }
}

#[track_caller]
fn judged<const F: u8>(name: &'static str, claims: &Claims) -> Judgement {
    let mut claims = *claims;
    // Not so patient: it is certain that something is missing.
    let known = vec![(name, "on purpose")];
    claims.lacks.known = known.leak();
    claims.keeps_cookies = true;
    let all = guests::duties();
    let duty = all.iter().find(|duty| duty.name == name).unwrap();
    duty.judge(&InThread::<Model<Session, F>>::new(), &claims)
}

#[test]
fn one_that_asks_for_compression() {
    check::<{ flaw::ASKS_FOR_COMPRESSION }>(&[(
        "no_compression_is_asked_for",
        "accept-encoding: gzip, br",
    )]);
}

#[test]
fn one_that_tries_again() {
    check::<{ flaw::RETRIES }>(&[
        ("no_status_makes_it_try_again", "on purpose"),
        (
            "a_connection_closed_after_the_request_is_unknown",
            "on purpose",
        ),
    ]);
}

/// The session makes again what was not sent.
#[test]
fn one_that_says_that_nothing_was_sent_after_a_cut() {
    check::<{ flaw::NOT_SENT_AFTER_A_CUT }>(&[
        (
            "a_connection_closed_in_the_head_is_unknown",
            "a fate: \"UNSENT 1 unknown\\r\\n\": the server read \"PING 1",
        ),
        (
            "a_connection_closed_in_the_body_is_unknown",
            "the server read \"PING 1",
        ),
        (
            "a_chunked_body_without_its_end_is_unknown",
            "the server read \"PING 1",
        ),
    ]);
}

#[test]
fn one_that_follows_redirects() {
    check::<{ flaw::FOLLOWS_REDIRECTS }>(&[("no_redirect_is_followed", "elsewhere")]);
}

#[test]
fn one_that_makes_one_request_at_a_time() {
    check::<{ flaw::ONE_AT_A_TIME }>(&[
        ("a_post_does_not_wait_for_a_held_poll", "in vain"),
        ("a_poll_does_not_wait_for_a_held_post", "in vain"),
    ]);
}

#[test]
fn one_that_expects_a_word_before_the_body() {
    check::<{ flaw::HAS_AN_EXPECTATION }>(&[("nothing_is_expected_before_a_body", "no Expect")]);
}

#[test]
fn one_that_forgets_what_it_has_cancelled() {
    check::<{ flaw::TELLS_OF_THE_CANCELLED }>(&[(
        "a_cancelled_request_closes_its_connection",
        "in vain for the poll's connection to be closed",
    )]);
}

#[test]
fn one_that_reads_more_than_it_may_keep() {
    check::<{ flaw::LOOKS_AT_THE_LIMIT_LATE }>(&[(
        "an_endless_body_is_not_read_to_its_end",
        "bytes that the gateway could say: 100663296",
    )]);
}

#[test]
fn a_claim_that_is_not_true() {
    let mut claims = Claims::default();
    claims.lacks.cancel_closes = Some("that is not so");
    let all = guests::duties();
    let name = "a_cancelled_request_closes_its_connection";
    let duty = all.iter().find(|duty| duty.name == name).unwrap();
    let guests = InThread::<Right<Session>>::new();
    let judged = duty.judge(&guests, &claims);
    assert!(matches!(judged, Judgement::NotALack { .. }), "{judged:?}");
}

/// What may be lacking is what browsers lack, and nothing else.
#[test]
fn nothing_else_excuses_a_guest() {
    let mut lacks = Lacks::default();
    lacks.body_limit = Some("none");
    lacks.interim_responses = Some("none");
    let mut claims = Claims::default();
    claims.lacks = lacks;
    let judged = judged::<{ flaw::LOOKS_AT_THE_LIMIT_LATE }>(
        "an_endless_body_is_not_read_to_its_end",
        &claims,
    );
    assert!(matches!(judged, Judgement::Known { .. }), "{judged:?}");
}
