//! Drivers that are wrong on purpose: the suite finds out each of them, by the duty that it breaks, and says
//! what it has seen.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(dead_code, reason = "not every flaw is for every test")]
mod model;

use driver_conformance::{Breach, Judgement, Lacks, Misuse, Probe, duties};
use model::{Model, flaw};

/// What is seen of a driver with this flaw when it is put through this duty.
#[track_caller]
fn seen<const F: u8>(name: &'static str) -> Breach {
    let mut lacks = Lacks::default();
    // Not so patient: it is certain that something is missing.
    let known = vec![(name, "on purpose")];
    lacks.known = known.leak();
    let all = duties::<Model<Probe, F>>();
    let duty = all.iter().find(|duty| duty.name == name).unwrap();
    match duty.judge(&lacks) {
        Judgement::Known { seen, .. } => seen,
        other => panic!("{name} should be broken: {other:?}"),
    }
}

/// The breach of each of these duties is put into words that hold these.
#[track_caller]
fn check<const F: u8>(broken: &[(&'static str, &str)]) {
    for (name, words) in broken {
        let text = seen::<F>(name).to_string();
        assert!(text.contains(words), "{name}: {text}");
    }
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
        ("no_status_makes_it_try_again", "requests: 2, and 1 was due"),
        ("what_was_read_in_part_is_unknown", "and at most 1 was due"),
        (
            "a_connection_closed_after_the_request_is_unknown",
            "requests: 2, and 1 was due",
        ),
        ("a_connection_closed_unread_is_not_tried_again", "200"),
    ]);
}

#[test]
fn one_that_holds_events_back() {
    check::<{ flaw::HOLDS_EVENTS }>(&[(
        "the_driver_holds_no_event",
        "events taken before the application asked: 2, and 0 was due",
    )]);
}

#[test]
fn one_that_says_that_nothing_was_sent_after_a_cut() {
    const WORDS: &str = "request 0: nothing was sent";
    check::<{ flaw::NOT_SENT_AFTER_A_CUT }>(&[
        ("what_was_read_in_part_is_unknown", WORDS),
        ("a_connection_closed_in_the_head_is_unknown", WORDS),
        ("a_connection_closed_in_the_body_is_unknown", WORDS),
        ("a_chunked_body_without_its_end_is_unknown", WORDS),
        ("an_unreadable_head_is_unknown", WORDS),
    ]);
}

#[test]
fn one_that_keeps_cookies() {
    check::<{ flaw::KEEPS_COOKIES }>(&[
        ("no_cookie_is_kept", "cookie: a=b"),
        (
            "marked_requests_alone_carry_the_cookies_of_the_host",
            "cookie: kept=1",
        ),
    ]);
}

#[test]
fn one_that_follows_redirects() {
    check::<{ flaw::FOLLOWS_REDIRECTS }>(&[("no_redirect_is_followed", "requests: ")]);
}

/// A limit that is looked at when all has been read bounds nothing.
#[test]
fn one_that_reads_more_than_it_may_keep() {
    check::<{ flaw::LOOKS_AT_THE_LIMIT_LATE }>(&[(
        "an_endless_body_is_not_read_to_its_end",
        "bytes that the server could say: 50331648, and at most 50331647 was due",
    )]);
}

#[test]
fn one_that_spins() {
    check::<{ flaw::SPINS }>(&[
        ("an_idle_driver_does_not_spin", "and at most 48 was due"),
        (
            "an_event_that_waits_does_not_make_it_spin",
            "and at most 48 was due",
        ),
    ]);
}

#[test]
fn one_whose_time_is_old() {
    let early = |name| matches!(seen::<{ flaw::OLD_NOW }>(name), Breach::Early { .. });
    assert!(early("now_is_not_older_than_a_call"));
    assert!(early("now_is_not_older_than_a_response"));
}

#[test]
fn one_that_tells_of_the_cancelled() {
    let told = seen::<{ flaw::TELLS_OF_THE_CANCELLED }>("nothing_is_told_of_a_cancelled_request");
    assert!(
        matches!(told, Breach::Contract(Misuse::NoSuchRequest { .. })),
        "{told}"
    );
}

#[test]
fn one_that_makes_one_request_at_a_time() {
    check::<{ flaw::ONE_AT_A_TIME }>(&[
        (
            "two_requests_are_in_flight_together",
            "request 1 should end",
        ),
        ("a_post_does_not_wait_for_a_held_poll", "in vain"),
        ("a_poll_does_not_wait_for_a_held_post", "in vain"),
        ("many_requests_are_in_flight_together", "in vain"),
    ]);
}

#[test]
fn one_that_forgets_to_drain_after_an_event() {
    check::<{ flaw::FORGETS_TO_DRAIN }>(&[(
        "the_machine_is_drained_after_an_event_was_taken",
        "in vain for what the machine wanted",
    )]);
}

#[test]
fn one_that_expects_a_word_before_the_body() {
    check::<{ flaw::HAS_AN_EXPECTATION }>(&[(
        "nothing_is_expected_before_a_body",
        "expect: 100-continue",
    )]);
}

#[test]
fn one_that_trusts_dead_connections() {
    check::<{ flaw::TRUSTS_DEAD_CONNECTIONS }>(&[(
        "a_connection_that_died_before_is_no_doubt",
        "posts whose fate was unknown",
    )]);
}

#[test]
fn one_that_reads_what_is_not_wanted() {
    let told = seen::<{ flaw::READS_ALWAYS }>("reading_stops_while_nothing_is_wanted");
    assert!(
        matches!(told, Breach::Contract(Misuse::Unwanted { .. })),
        "{told}"
    );
}

#[test]
fn one_that_calls_unwritten_what_has_arrived() {
    check::<{ flaw::COUNTS_WHOLE_CHUNKS }>(&[(
        "unwritten_bytes_are_counted",
        "bytes called unwritten: 67108864, and at most 66060288 was due",
    )]);
}

#[test]
fn one_that_ends_both_sides_of_a_stream() {
    check::<{ flaw::FINISH_IS_THE_END }>(&[(
        "reading_goes_on_after_a_finish",
        "bytes of a stream",
    )]);
}

#[test]
fn one_that_forgets_streams_without_a_word() {
    check::<{ flaw::NO_STREAMS }>(&[
        ("a_stream_is_made_or_refused_at_once", "in vain"),
        ("a_stream_that_is_refused_is_not_sent", "in vain"),
        ("a_stream_that_hangs_ends_at_its_deadline", "in vain"),
    ]);
}

fn right(lacks: &Lacks, name: &str) -> Judgement {
    let all = duties::<Model<Probe, { flaw::NONE }>>();
    all.iter()
        .find(|duty| duty.name == name)
        .unwrap()
        .judge(lacks)
}

#[test]
fn a_lack_that_is_none_is_found_out() {
    let mut lacks = Lacks::default();
    lacks.redirect_target = Some("that is not so");
    let judged = right(&lacks, "a_redirect_shows_its_target");
    assert!(matches!(judged, Judgement::NotALack { .. }), "{judged:?}");
    assert!(!judged.is_fine());
}

#[test]
fn a_lack_excuses_no_other_duty() {
    let mut lacks = Lacks::default();
    lacks.streams = Some("none");
    let all = duties::<Model<Probe, { flaw::KEEPS_COOKIES }>>();
    let broken = all.iter().find(|duty| duty.name == "no_cookie_is_kept");
    let judged = broken.unwrap().judge(&lacks);
    assert!(matches!(judged, Judgement::Breach(_)), "{judged:?}");
}
