//! By those who have no account, and open what they can.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::line::{Line, introduction};
use crate::person::{OPEN, Person, between, frame};
use crate::scene::{Attack, Scene, Told, crowd};
use crate::shape::Shape;

pub(super) fn all() -> Vec<Attack> {
    let attack = |name, what, run| Attack {
        name,
        what,
        shape: Shape::USUAL,
        run,
        weight: Some(64.0),
    };
    vec![
        attack("D5", "3,000 opens with a frame of 256 KiB begun", |scene| {
            Box::pin(unfinished(scene))
        }),
        attack("D6", "answers that nobody wants to read", |scene| {
            Box::pin(deaf(scene))
        }),
        Attack {
            shape: Shape {
                sessions: Some(3000),
                connections: Some(500),
                ..Shape::USUAL
            },
            ..attack(
                "D10",
                "3,200 opens for 3,000 sessions, silent sockets",
                |scene| Box::pin(all_places(scene)),
            )
        },
        attack(
            "1863a",
            "streams that say nothing, or go on for ever",
            |scene| Box::pin(streams(scene)),
        ),
        attack("1863b", "5,000 streams in and out", |scene| {
            Box::pin(revolving_door(scene))
        }),
        attack(
            "http",
            "requests that come slowly, too large, or wrong",
            |scene| Box::pin(odd_requests(scene)),
        ),
    ]
}

/// An open of nobody with this in it.
async fn open(line: &mut Line, body: &[u8]) -> Result<String, Failure> {
    let answer = line.exchange(OPEN, "", body).await?;
    Ok(answer.status().to_owned())
}

async fn unfinished(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    // As much as a request may bring, of a frame that would be longer still.
    let mut begun = b"CNT 1 CON 262144\r\n\r\n".to_vec();
    begun.resize(255 * 1024, b'x');
    let mut within = b"CNT 1 CON 8000\r\n\r\n".to_vec();
    within.resize(7900, b'x');
    let opens = scene.count(3000);
    for (what, networks, begun) in [
        ("one network", 1, begun.clone()),
        ("many networks", 500, begun),
        ("many networks, shorter", 500, within),
    ] {
        let all = crowd(opens, 8, move |number| {
            let begun = begun.clone();
            async move {
                let mut line =
                    Line::open(scene.doors().http, scene.network(number % networks)).await?;
                Ok(format!("{what}: {}", open(&mut line, &begun).await?))
            }
        });
        told.crowd(all.await);
    }
    Ok(told)
}

async fn deaf(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let mut line = Line::open(scene.doors().http, scene.network(0)).await?;
    let lines = "AAAA\r\n".repeat(20_000);
    let answer = line.exchange(OPEN, "", lines.as_bytes()).await?;
    let back = answer.text().len();
    told.note(format!(
        "{} KB of bad lines, {back} B back",
        lines.len() / 1000
    ));
    told.must(back < lines.len(), || format!("{back} B came back"));
    let pings = frame("PNG 7 CON", "").repeat(7000);
    let answer = line.exchange(OPEN, "", pings.as_bytes()).await?;
    let back = answer.text().len();
    told.note(format!("{} KB of pings, {back} B back", pings.len() / 1000));
    told.must(back < 64 * 1024, || format!("{back} B came back"));
    // By streams and by requests one behind the other, and nothing of it read.
    let until = Instant::now() + Duration::from_secs(if scene.is_small() { 2 } else { 10 });
    let peers = scene.count(400);
    let by_stream = crowd(peers, peers, move |number| async move {
        let pings = frame("PNG 7 CON", "").repeat(500);
        let mut line = Line::narrow(scene.doors().tcp, scene.network(number)).await?;
        while Instant::now() < until {
            tokio::time::timeout_at(until.into(), line.say(pings.as_bytes())).await??;
        }
        Ok("stream: goes on".to_owned())
    });
    told.crowd(by_stream.await);
    let by_request = crowd(peers, peers, move |number| async move {
        let mut line = Line::narrow(scene.doors().http, scene.network(number)).await?;
        let pings = frame("PNG 7 CON", "").repeat(500);
        for _ in 0..50 {
            let said = line.send(OPEN, "", pings.as_bytes());
            if tokio::time::timeout(Duration::from_secs(1), said)
                .await
                .is_err()
            {
                return Ok("requests: not read on".to_owned());
            }
        }
        Ok("requests: 50".to_owned())
    });
    told.crowd(by_request.await);
    Ok(told)
}

async fn all_places(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let somebody = scene.sign_in(0).await?;
    for (from, networks) in [("one network", 1), ("many networks", 1000)] {
        // All of them in a small run too: fewer would reach no limit.
        let opens = crowd(3200, 8, move |number| async move {
            let mut line = Line::open(scene.doors().http, scene.network(number % networks)).await?;
            Ok(format!("{from}: {}", open(&mut line, b"").await?))
        });
        told.crowd(opens.await);
        let (newcomer, _) = Person::sign_in(scene.doors(), scene.who(1, 1)).await?;
        told.note(format!("then u{} signs in", newcomer.who().number()));
    }
    let mut line = somebody.line().await?;
    let still = somebody.poll(&mut line, 0).await;
    told.must(still.is_ok(), || "who had signed in is out".to_owned());
    drop(line);
    // Less than there are, since what loopback opens is held against nobody.
    let mut silent = Vec::new();
    for number in 0..scene.count(400) {
        silent.push(Line::open(scene.doors().http, scene.network(number)).await?);
    }
    let began = Instant::now();
    let mut line = Line::open(scene.doors().http, scene.network(1999)).await?;
    let health = line.exchange("GET /health", "", b"").await?;
    let took = began.elapsed().as_secs_f64();
    told.note(format!(
        "with {} silent sockets health answers {} in {took:.2} s",
        silent.len(),
        health.status()
    ));
    Ok(told)
}

async fn streams(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let mut silent = Vec::new();
    for number in 0..scene.count(2000) {
        silent.push(Line::open(scene.doors().tcp, scene.network(number % 100)).await?);
    }
    let openings: [(&str, Vec<u8>); 6] = [
        ("a line without an end", vec![b'A'; 1 << 20]),
        (
            "a payload without an end",
            [b"CNT 1 CON 99999999\r\n".to_vec(), vec![b'x'; 1 << 20]].concat(),
        ),
        (
            "a payload that is begun",
            [b"CNT 1 CON 8000\r\n".to_vec(), vec![b'x'; 7000]].concat(),
        ),
        ("zeros", vec![0; 1 << 16]),
        ("another dialect", b"VER 1 MSNP99 CVR0\r\n".repeat(1000)),
        (
            "another protocol",
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000),
        ),
    ];
    // Some are let go at once and some may wait for the rest; none may be told much.
    for (what, bytes) in openings {
        let said = crowd(scene.count(200), 50, move |number| {
            let bytes = bytes.clone();
            async move {
                let mut line = Line::open(scene.doors().tcp, scene.network(100 + number)).await?;
                let saying = async {
                    line.say(&bytes).await?;
                    loop {
                        line.hear().await?;
                        if line.heard().len() > 1 << 20 {
                            return Err::<(), _>(Failure::from("a megabyte came back"));
                        }
                    }
                };
                let ended = tokio::time::timeout(Duration::from_millis(700), saying).await;
                let came_to = if ended.is_ok() { "ended" } else { "waits" };
                Ok(format!("{what}: {came_to}"))
            }
        });
        told.crowd(said.await);
    }
    told.note(format!("beside {} silent ones", silent.len()));
    Ok(told)
}

async fn revolving_door(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let through = crowd(scene.count(5000), 16, move |number| async move {
        let mut line = Line::open(scene.doors().tcp, scene.network(number)).await?;
        line.say(frame("PNG 7 CON", "").as_bytes()).await?;
        if number % 2 == 0 {
            line.reset()?;
            return Ok("reset".to_owned());
        }
        line.hear().await?;
        Ok("answered".to_owned())
    });
    told.crowd(through.await);
    Ok(told)
}

async fn odd_requests(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let mut slow = Vec::new();
    for number in 0..scene.count(500) {
        let mut line = Line::open(scene.doors().http, scene.network(number)).await?;
        line.say(b"POST /gateway/gateway.dll?Action=open HTTP/1.1\r\nHost: a\r\nContent-Le")
            .await?;
        slow.push(line);
        let mut line = Line::open(scene.doors().http, scene.network(number)).await?;
        line.say(b"POST /gateway/gateway.dll?Action=open HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\nCNT").await?;
        slow.push(line);
    }
    let requests: [(&str, Vec<u8>); 6] = [
        ("a large body", b"POST /gateway/gateway.dll?Action=open HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n".to_vec()),
        ("two lengths", b"POST /gateway/gateway.dll HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec()),
        ("a bad chunk", b"POST /gateway/gateway.dll HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
        ("large headers", [b"GET / HTTP/1.1\r\nHost: a\r\nX: ".to_vec(), vec![b'x'; 1 << 20]].concat()),
        ("zeros", vec![0; 4096]),
        ("a session of another", b"POST /gateway/gateway.dll?SessionID=1.2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".to_vec()),
    ];
    for (what, bytes) in requests {
        let asked = crowd(scene.count(200), 20, move |number| {
            let bytes = bytes.clone();
            async move {
                let mut line = Line::open(scene.doors().http, scene.network(number)).await?;
                line.say(&bytes).await?;
                let answer = line.receive().await?;
                Ok(format!("{what}: {}", answer.status()))
            }
        });
        told.crowd(asked.await);
    }
    // Who does not say whose connection it is, is nobody's client.
    let mut line = Line::open(scene.doors().http, scene.network(0)).await?;
    line.say(introduction(scene.doors().http, scene.network(0)).as_bytes())
        .await?;
    let twice = line.receive().await;
    told.note(format!(
        "introduced twice: {}",
        twice.map_or("let go".to_owned(), |it| it.status().to_owned())
    ));
    let mut line = Line::open(scene.doors().http, scene.network(0)).await?;
    let health = line.exchange("GET /health", "", b"").await?.text();
    let sessions = between(&health, "\"sessions\":", ",")?;
    told.note(format!(
        "beside {} slow ones; sessions: {sessions}",
        slow.len()
    ));
    Ok(told)
}
