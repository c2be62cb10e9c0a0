//! Replies that do not arrive: nothing is lost, nothing doubled (gateway.md 6, "Cancelled poll").

use crate::bench::{Bench, config, seconds};

#[test]
fn duty_10_a_lost_reply_is_put_back_in_front_of_the_queue() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    bench.send("B\r\n").unwrap();
    let poll = bench.short_poll();
    bench.send("C\r\n").unwrap();
    bench.lose(poll);
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "A\r\nB\r\nC\r\n");
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "");
}

#[test]
fn the_frames_of_a_lost_poll_wait_for_the_next_and_those_of_a_post_too() {
    let mut bench = Bench::default();
    let post = bench.post("VER 1\r\n");
    bench.send("VER 1 MSNP8\r\n").unwrap();
    bench.answered(post);
    bench.lose(post);
    let poll = bench.poll(60);
    assert_eq!(bench.body(poll), "VER 1 MSNP8\r\n");
}

#[test]
fn a_lost_reply_releases_the_poll_that_is_held_meanwhile() {
    let mut bench = Bench::default();
    let first = bench.poll(60);
    bench.send("A\r\n").unwrap();
    let second = bench.poll(60);
    assert!(bench.replied(second).is_none());
    bench.lose(first);
    assert_eq!(bench.body(second), "A\r\n");
}

#[test]
fn duty_10_a_held_poll_whose_client_went_away_takes_no_frames_with_it() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.lose(poll);
    bench.send("A\r\n").unwrap();
    assert!(bench.replied(poll).is_none());
    let poll = bench.poll(60);
    assert_eq!(bench.body(poll), "A\r\n");
}

#[test]
fn a_post_whose_client_went_away_was_processed_all_the_same() {
    let mut bench = Bench::default();
    let post = bench.post("CHG 9 NLN 0\r\n");
    bench.lose(post);
    assert_eq!(bench.events(), ["received CHG 9 NLN 0\r\n"]);
    bench.send("CHG 9 NLN 0\r\n").unwrap();
    bench.answered(post);
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "CHG 9 NLN 0\r\n");
}

#[test]
fn many_losses_in_a_row_lose_nothing() {
    for rotate in [false, true] {
        let mut bench = Bench::opened(config().rotate_session_ids(rotate).max_reply(7).unwrap());
        let mut expected = String::new();
        for number in 0..20 {
            let frames = format!("{number:03}\r\n");
            bench.send(&frames).unwrap();
            expected += &frames;
            let poll = bench.short_poll();
            bench.lose(poll);
        }
        let mut got = String::new();
        for _ in 0..40 {
            let poll = bench.short_poll();
            got += &bench.body(poll);
        }
        assert_eq!(got, expected);
    }
}

#[test]
fn an_open_whose_reply_is_lost_leaves_no_ghost() {
    let mut bench = Bench::new(config());
    let open = bench.ask("Action=open", "VER 1 MSNP8\r\n");
    bench.answered(open);
    bench.lose(open);
    assert_eq!(
        bench.events(),
        [
            "opened NS",
            "received VER 1 MSNP8\r\n",
            "closed before it began, unsent []"
        ]
    );
    assert_eq!(bench.gateway().sessions(), 0);
    assert_eq!(bench.gateway().poll_timeout(), None);
}

#[test]
fn an_open_whose_client_goes_away_before_the_answer_leaves_no_ghost() {
    let mut bench = Bench::new(config());
    let open = bench.ask("Action=open", "VER 1 MSNP8\r\n");
    bench.lose(open);
    assert_eq!(
        bench.events().last().unwrap(),
        "closed before it began, unsent []"
    );
    bench.answered(open);
    assert!(bench.replied(open).is_none());
}

#[test]
fn news_of_an_exchange_that_is_over_changes_nothing() {
    let mut bench = Bench::default();
    bench.send("A\r\n").unwrap();
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "A\r\n");
    bench.lose(poll);
    bench.served().reply_sent(poll);
    let poll = bench.short_poll();
    assert_eq!(bench.body(poll), "");
}

#[test]
fn a_reply_reported_as_sent_before_there_was_one_delivers_nothing() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    bench.served().reply_sent(poll);
    bench.send("A\r\n").unwrap();
    let poll = bench.poll(60);
    assert_eq!(bench.body(poll), "A\r\n");
}

#[test]
fn an_exchange_number_used_twice_disturbs_nobody() {
    let mut bench = Bench::default();
    let poll = bench.poll(60);
    let again = http::Request::post("/gateway/gateway.dll?Action=open")
        .body(bytes::Bytes::new())
        .unwrap();
    bench.served().request_as(poll, again, [1; 16]);
    assert!(bench.events().is_empty());
    bench.pass(seconds(60));
    assert_eq!(bench.body(poll), "");
}

#[test]
fn a_post_that_a_proxy_repeats_was_carried_out_twice() {
    // Its client goes away before the reply is there, or is not known to have gone.
    for is_lost in [true, false] {
        let mut bench = Bench::default();
        let first = bench.post("SDG 9\r\n");
        if is_lost {
            bench.lose(first);
        }
        let second = bench.post("SDG 9\r\n");
        assert_eq!(bench.events(), ["received SDG 9\r\n"]);
        assert!(bench.replied(second).is_none());
        bench.send("SDG 9 0\r\n").unwrap();
        bench.answered(first);
        if !is_lost {
            assert_eq!(bench.body(first), "SDG 9 0\r\n");
        }
        let told = bench.body(second);
        assert_eq!(told, if is_lost { "SDG 9 0\r\n" } else { "" });
    }
}

#[test]
fn a_post_whose_reply_is_lost_and_that_is_repeated_is_answered_as_before() {
    let mut bench = Bench::default();
    let first = bench.post("SDG 9\r\n");
    bench.events();
    bench.send("501 9\r\n").unwrap();
    bench.answered(first);
    bench.lose(first);
    let second = bench.post("SDG 9\r\n");
    assert_eq!(bench.events(), [""; 0]);
    assert_eq!(bench.body(second), "501 9\r\n");
    // Who has read the reply and says the same once more means it.
    let third = bench.post("SDG 9\r\n");
    assert_eq!(bench.events(), ["received SDG 9\r\n"]);
    bench.answered(third);
    bench.body(third);
}

/// The poll that was let go with the answer, or one that brought nothing, made it forgotten that the post was carried out.
#[test]
fn a_post_that_is_repeated_behind_anothers_reply_was_carried_out_twice() {
    for said in ["SDG 9 0\r\n", ""] {
        let mut bench = Bench::that_keeps_its_poll();
        let poll = bench.poll(60);
        let first = bench.post("SDG 9\r\n");
        bench.lose(first);
        if !said.is_empty() {
            bench.send(said).unwrap();
        }
        bench.answered(first);
        bench.pass(seconds(60));
        assert_eq!(bench.body(poll), said);
        bench.events();
        let second = bench.post("SDG 9\r\n");
        assert_eq!(bench.events(), [""; 0]);
        assert_eq!(bench.body(second), "");
    }
}

#[test]
fn what_was_answered_by_a_poll_may_be_said_again() {
    let mut bench = Bench::default();
    let first = bench.post("PNG\r\n");
    bench.lose(first);
    bench.send("QNG 60\r\n").unwrap();
    bench.answered(first);
    let poll = bench.poll(60);
    assert_eq!(bench.body(poll), "QNG 60\r\n");
    bench.events();
    bench.pass(seconds(45));
    bench.post("PNG\r\n");
    assert_eq!(bench.events(), ["received PNG\r\n"]);
}
