//! What shows, over real sockets, that a caller has read what an answer gave.

use std::time::Duration;

use msnp_server::network::WithoutReceipt;
use msnp_service::ServiceConfig;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::caller::{Caller, connect};
use crate::friend::bob_and_alice;
use crate::told::messages_of;
use crate::{service, soon};

const ALICE: &str = "alice@example.org";

/// The texts that a fetch by this connection gives.
async fn texts(caller: &Caller, stream: &mut TcpStream) -> Vec<String> {
    let ims = caller.fetch_by(stream).await.expect("in session");
    let messages = ims.iter().flat_map(messages_of);
    messages.map(|message| message.text).collect()
}

async fn until_given(caller: &Caller, stream: &mut TcpStream) {
    let fetching = async {
        while texts(caller, stream).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon("the message", fetching).await;
}

/// Alice's caller is given one message; what becomes of that is `fate`'s. How often she is given it then: by her next
/// three fetches, and in her next session.
async fn given_again(
    change: impl FnOnce(&mut ServiceConfig),
    fate: impl AsyncFnOnce(&Caller, TcpStream),
) -> (usize, usize) {
    let service = service(change).await;
    let mut bob = bob_and_alice(&service).await;
    let caller = Caller::login(&service).await;
    caller.signed_in(ALICE).await;
    // So that she has read everything but the message.
    caller.fetch().await.expect("in session");
    caller.fetch().await.expect("in session");
    bob.delivers("8:live:alice", "once upon a time").await;
    fate(&caller, connect(service.address()).await).await;
    let mut stream = connect(service.address()).await;
    let mut given = Vec::new();
    for _ in 0..3 {
        given.extend(texts(&caller, &mut stream).await);
    }
    let again = Caller::login(&service).await;
    again.signed_in(ALICE).await;
    // Behind all that waited.
    bob.delivers("8:live:alice", "the end").await;
    let mut stream = connect(service.address()).await;
    let mut next = Vec::new();
    let fetching = async {
        while !next.iter().any(|text| text == "the end") {
            next.extend(texts(&again, &mut stream).await);
        }
    };
    soon("the last message", fetching).await;
    service.stop().await;
    let count = |all: &[String]| {
        all.iter()
            .filter(|text| *text == "once upon a time")
            .count()
    };
    (count(&given), count(&next))
}

fn as_usual(_: &mut ServiceConfig) {}

/// Case D1.
#[tokio::test]
async fn what_an_answer_gave_is_received_when_the_next_fetch_comes_by_its_connection() {
    let again = given_again(as_usual, async |caller, mut stream| {
        until_given(caller, &mut stream).await;
        caller.fetch_by(&mut stream).await.expect("in session");
    });
    assert_eq!(again.await, (0, 0));
}

#[tokio::test]
async fn what_an_answer_gave_is_received_when_its_connection_ends_in_order() {
    // It is seen a moment after it has ended; a fetch before that is given the message again.
    let seen = async {
        let end = || {
            given_again(as_usual, async |caller, mut stream| {
                until_given(caller, &mut stream).await;
                drop(stream);
                tokio::time::sleep(Duration::from_millis(50)).await;
            })
        };
        while end().await != (0, 0) {}
    };
    soon("the end is seen", seen).await;
}

/// Who asks for the connection to be closed, as node-soap does with each call and a proxy that speaks HTTP/1.0, was given
/// the same for ever: the service's own end of the connection counted as a break.
#[tokio::test]
async fn what_an_answer_gave_is_received_by_who_has_each_connection_closed() {
    for closing in ["HTTP/1.1\nConnection: close", "HTTP/1.0"] {
        let seen = async {
            let end = || {
                given_again(as_usual, async |caller, _| {
                    while caller.texts_by_one_call(closing).await.is_empty() {}
                    // The end is seen a moment later; a fetch before that is given the message again.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                })
            };
            while end().await != (0, 0) {}
        };
        soon(closing, seen).await;
    }
}

/// A connection without a request counted as broken after half a minute, so who fetched less often was given all twice.
#[tokio::test]
async fn a_connection_waits_for_the_next_fetch_as_long_as_the_session_does() {
    let hasty = |config: &mut ServiceConfig| config.timings.request = Duration::from_millis(200);
    let again = given_again(hasty, async |caller, mut stream| {
        until_given(caller, &mut stream).await;
        // Longer than a request may take to come.
        tokio::time::sleep(Duration::from_millis(700)).await;
        caller.fetch_by(&mut stream).await.expect("in session");
    });
    assert_eq!(again.await, (0, 0));
}

/// Case D1: the answer that was reset before it was read.
#[tokio::test]
async fn what_an_answer_gave_comes_again_when_its_connection_was_reset() {
    let again = given_again(as_usual, async |caller, mut stream| {
        until_given(caller, &mut stream).await;
        let socket = socket2::SockRef::from(&stream);
        let linger = socket.set_linger(Some(Duration::ZERO));
        linger.expect("a socket");
        drop(stream);
    });
    assert_eq!(again.await, (1, 0));
}

/// Case D1: the answer that was cut.
#[tokio::test]
async fn what_an_answer_gave_comes_again_when_only_a_part_of_it_was_read() {
    let again = given_again(as_usual, async |caller, mut stream| {
        caller.ask(&mut stream).await;
        let mut some = [0; 20];
        stream.read_exact(&mut some).await.expect("an answer");
        // The rest lies unread, so closing resets.
        drop(stream);
    });
    assert_eq!(again.await, (1, 0));
}

/// Case D1: the answer that nobody reads.
#[tokio::test]
async fn what_an_answer_gave_comes_again_while_its_connection_only_stays_open() {
    let mut open = None;
    let again = given_again(as_usual, async |caller, mut stream| {
        until_given(caller, &mut stream).await;
        // A call of another kind by it shows nothing, as by any.
        caller.change_status(ALICE, "BSY").await.expect("taken");
        open = Some(stream);
    });
    assert_eq!(again.await, (1, 0));
    drop(open);
}

/// Case D1: a proxy that takes the answer and loses it looks like a caller who has read it.
#[tokio::test]
async fn an_operator_may_choose_that_what_was_read_is_given_once_more() {
    let twice = |config: &mut ServiceConfig| {
        config.network.without_receipt = WithoutReceipt::PerhapsTwice;
    };
    let again = given_again(twice, async |caller, mut stream| {
        until_given(caller, &mut stream).await;
        let given = texts(caller, &mut stream).await;
        assert_eq!(given, ["once upon a time"]);
        assert!(texts(caller, &mut stream).await.is_empty());
    });
    assert_eq!(again.await, (0, 0));
}
