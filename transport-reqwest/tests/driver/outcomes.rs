//! What becomes of a request: its whole response, or the truth about its failure.

use std::sync::Mutex;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use machine_contract::Failure;
use transport_reqwest::{Http, HttpOptions, spawn};

use crate::probe::{Probe, SOON, Told, post};
use crate::server::{Fault, Reply, Server, nobody_at};
use crate::{ask, driver, told};

/// The outcome of one post to a server with this fault, with this much patience.
async fn outcome(
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    patience: Duration,
) -> Result<String, Failure> {
    let server = Server::alone(move |_| fault());
    let answered = ask(&mut driver(), post(&server.url("/"), "hello"), patience).await;
    assert_eq!(server.requests().len(), 1, "it was sent once");
    answered.map(|response| String::from_utf8(response.into_body().into()).unwrap())
}

#[tokio::test]
async fn a_response_arrives_whole_with_its_head() {
    let reply = Reply::new(404, "nobody").with("X-MSN-Messenger", "SessionID=1.2; GW-IP=g");
    let server = Server::alone(move |_| Fault::answer(reply.clone()));
    let mut request = post(
        &server.url("/gateway/gateway.dll?Action=open&x=a%20b&"),
        "OUT\r\n",
    );
    let cookie = "MSPAuth=a; MSPProf=b".parse().unwrap();
    request.headers_mut().insert("Cookie", cookie);
    let response = ask(&mut driver(), request, SOON).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.version(), http::Version::HTTP_11);
    assert_eq!(
        response.headers()["x-msn-messenger"],
        "SessionID=1.2; GW-IP=g"
    );
    assert_eq!(response.body(), "nobody");

    let [seen] = &server.requests()[..] else {
        panic!("it was not sent once")
    };
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target, "/gateway/gateway.dll?Action=open&x=a%20b&");
    assert_eq!(seen.header("Cookie"), Some("MSPAuth=a; MSPProf=b"));
    assert_eq!(seen.header("Host"), Some(&*server.address().to_string()));
    assert_eq!(seen.header("Accept-Encoding"), None);
    assert_eq!(seen.header("Content-Length"), Some("5"));
    assert_eq!(seen.body, b"OUT\r\n");
}

#[tokio::test]
async fn an_empty_post_says_that_it_is_empty() {
    let server = Server::alone(|_| Fault::none());
    let response = ask(&mut driver(), post(&server.url("/"), ""), SOON).await;
    assert_eq!(response.unwrap().body(), "");
    assert_eq!(server.requests()[0].header("Content-Length"), Some("0"));
}

#[tokio::test]
async fn a_slow_body_arrives_whole() {
    let slow = || Fault::answer(Reply::new(200, "drop by drop")).drip(Duration::from_millis(1));
    assert_eq!(outcome(slow, SOON).await.unwrap(), "drop by drop");
}

#[tokio::test]
async fn a_body_that_is_too_slow_for_the_deadline_is_unknown() {
    // It has more bytes than four.
    let slow = |patience| Fault::answer(Reply::new(200, "drop by drop")).drip(patience / 4);
    ends_at_its_deadline(slow).await;
}

#[tokio::test]
async fn the_deadline_ends_a_request_that_nobody_answers() {
    ends_at_its_deadline(|_| Fault::hang()).await;
}

/// The deadline ends a request that meets this fault, after it was sent.
async fn ends_at_its_deadline(fault: impl Fn(Duration) -> Fault + Copy + Send + Sync + 'static) {
    for patience in [100, 2_000, 40_000].map(Duration::from_millis) {
        let server = Server::alone(move |_| fault(patience));
        let started = Instant::now();
        let answered = ask(&mut driver(), post(&server.url("/"), "hello"), patience).await;
        if server.requests().is_empty() {
            // This machine does not send it in so little time.
            continue;
        }
        assert_eq!(answered.unwrap_err(), Failure::Unknown);
        assert_eq!(server.requests().len(), 1, "it was sent once");
        assert!(started.elapsed() >= patience);
        assert!(started.elapsed() < patience + Duration::from_secs(30));
        return;
    }
    panic!("it was never sent");
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing() {
    let server = Server::alone(|_| Fault::none());
    let late = ask(&mut driver(), post(&server.url("/"), ""), Duration::ZERO).await;
    assert_eq!(late.unwrap_err(), Failure::NotSent);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_connection_closed_after_the_request_is_unknown() {
    assert_eq!(outcome(Fault::close, SOON).await, Err(Failure::Unknown));
}

#[tokio::test]
async fn a_connection_closed_in_the_head_is_unknown() {
    let cut = || Fault::answer(Reply::new(200, "abc").cut_after(12));
    assert_eq!(outcome(cut, SOON).await, Err(Failure::Unknown));
}

#[tokio::test]
async fn a_connection_closed_in_the_body_is_unknown() {
    let whole = Reply::new(200, "abc");
    let head = "HTTP/1.1 200 Scripted\r\nContent-Length: 3\r\n\r\n".len();
    for sent in [head, head + 2] {
        let reply = whole.clone();
        let cut = move || Fault::answer(reply.clone().cut_after(sent));
        assert_eq!(outcome(cut, SOON).await, Err(Failure::Unknown));
    }
    let all = move || Fault::answer(whole.clone().cut_after(head + 3));
    assert_eq!(outcome(all, SOON).await.unwrap(), "abc");
}

#[tokio::test]
async fn an_unreadable_head_is_unknown() {
    let garbage = || Fault::answer(Reply::new(200, "").with("a b\0", "c"));
    assert_eq!(outcome(garbage, SOON).await, Err(Failure::Unknown));
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let (_taken, address) = nobody_at(0);
    let refused = ask(
        &mut driver(),
        post(&format!("http://{address}/"), "x"),
        SOON,
    )
    .await;
    assert_eq!(refused.unwrap_err(), Failure::NotSent);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_not_sent() {
    let nowhere = post("http://no-such-host.invalid/", "x");
    let unresolved = ask(&mut driver(), nowhere, SOON).await;
    assert_eq!(unresolved.unwrap_err(), Failure::NotSent);
}

#[tokio::test]
async fn a_uri_that_is_not_http_is_not_sent() {
    for uri in ["ftp://localhost/", "/gateway/gateway.dll"] {
        let refused = ask(&mut driver(), post(uri, "x"), SOON).await;
        assert_eq!(refused.unwrap_err(), Failure::NotSent, "{uri}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_used_again_and_a_dead_one_is_not() {
    let server = Server::alone(|request| match request.target.as_str() {
        "/last" => Fault::answer(Reply::new(200, "").with("Connection", "close")),
        _ => Fault::none(),
    });
    let mut driver = driver();
    for path in ["/", "/last", "/"] {
        ask(&mut driver, post(&server.url(path), "x"), SOON)
            .await
            .unwrap();
    }
    let connections: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let server = Server::alone(|request| match request.target.as_str() {
        "/from" => Fault::answer(Reply::new(302, "").with("Location", "/to")),
        _ => Fault::none(),
    });
    let response = ask(&mut driver(), post(&server.url("/from"), "x"), SOON)
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()["location"], "/to");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn no_cookie_is_kept() {
    let server =
        Server::alone(|_| Fault::edit(|reply| *reply = reply.clone().with("Set-Cookie", "a=b")));
    let mut driver = driver();
    for _ in 0..2 {
        ask(&mut driver, post(&server.url("/"), ""), SOON)
            .await
            .unwrap();
    }
    assert_eq!(server.requests()[1].header("Cookie"), None);
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit() {
    let server = Server::alone(|request| Fault::answer(Reply::new(200, request.body.clone())));
    let client = HttpOptions::new().direct().client().unwrap();
    let mut driver = spawn(Probe::default(), Http::new(client).body_limit(4));
    let fits = ask(&mut driver, post(&server.url("/"), "1234"), SOON).await;
    assert_eq!(fits.unwrap().body(), "1234");
    let too_long = ask(&mut driver, post(&server.url("/"), "12345"), SOON).await;
    assert_eq!(too_long.unwrap_err(), Failure::Unknown);
}

#[tokio::test]
async fn two_requests_are_in_flight_together() {
    let (release, held) = mpsc::channel();
    let held = Mutex::new(held);
    let server = Server::alone(move |request| {
        if request.target == "/held" {
            held.lock().unwrap().recv_timeout(SOON).unwrap();
            return Fault::close();
        }
        Fault::answer(Reply::new(200, "now"))
    });
    let mut driver = driver();
    let (held, now) = (server.url("/held"), server.url("/now"));
    driver
        .call(move |probe, at| {
            probe.ask(post(&held, ""), SOON, at);
            probe.ask(post(&now, ""), SOON, at);
        })
        .unwrap();
    until(|| server.requests().len() == 2).await;
    let first = told(&mut driver).await;
    release.send(()).unwrap();
    match (first, told(&mut driver).await) {
        (Told::Answered(first, response), Told::Failed(second, Failure::Unknown)) => {
            assert_eq!((first.get(), second.get()), (1, 0));
            assert_eq!(response.body(), "now");
        }
        other => panic!("{other:?}"),
    }
    let requests = server.requests();
    assert_ne!(requests[0].connection, requests[1].connection);
}

#[tokio::test]
async fn a_cancelled_request_is_dropped_and_nothing_is_told() {
    let server = Server::alone(|request| match request.target.as_str() {
        "/held" => Fault::hang(),
        _ => Fault::none(),
    });
    let mut driver = driver();
    let held = post(&server.url("/held"), "");
    let id = driver
        .call(move |probe, now| probe.ask(held, SOON, now))
        .unwrap();
    until(|| server.requests().len() == 1).await;
    driver.call(move |probe, _| probe.cancel(id)).unwrap();
    until(|| server.abandoned() == 1).await;
    // What is told next is about the next request.
    ask(&mut driver, post(&server.url("/"), ""), SOON)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_request_cancelled_at_once_is_not_sent() {
    let server = Server::alone(|_| Fault::none());
    let mut driver = driver();
    let request = post(&server.url("/unwanted"), "");
    let both = driver.call(move |probe, now| {
        let id = probe.ask(request, SOON, now);
        probe.cancel(id);
    });
    both.unwrap();
    ask(&mut driver, post(&server.url("/"), ""), SOON)
        .await
        .unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn other_methods_pass_as_well() {
    let server = Server::alone(|_| Fault::answer(Reply::new(200, "page")));
    let request = Request::get(server.url("/login"))
        .body(Bytes::new())
        .unwrap();
    let response = ask(&mut driver(), request, SOON).await.unwrap();
    assert_eq!(response.body(), "page");
    assert_eq!(server.requests()[0].method, "GET");
}

/// Waits for something that happens in another thread.
pub(crate) async fn until(happened: impl Fn() -> bool) {
    let waiting = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, waiting)
        .await
        .expect("it did not happen");
}
