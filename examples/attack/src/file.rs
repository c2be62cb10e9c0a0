//! What befalls the file in which everything is kept, and the process that serves it.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::failure::Failure;
use crate::line::Line;
use crate::person::{Person, Who, between};
use crate::process::{Doors, Folder, Process};
use crate::scene::Told;
use crate::shape::Shape;

/// What befalls it, and what was broken.
pub(crate) async fn run(is_wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Failure> {
    let mut broken = Vec::new();
    if is_wanted("D12") {
        broken.extend(tell("D12", "who may read the files", modes().await));
    }
    if is_wanted("D13") {
        broken.extend(tell("D13", "a disk that is full", full().await));
    }
    if is_wanted("D14") {
        let what = "another process that holds the lock for writing";
        broken.extend(tell("D14", what, held().await));
    }
    if is_wanted("D21") {
        broken.extend(tell("D21", "two services on one file", two()));
    }
    if is_wanted("D22") {
        let what = "a stop beside requests that came in half";
        broken.extend(tell("D22", what, stop().await));
    }
    Ok(broken)
}

/// The names of what this file has.
pub(crate) const NAMES: [&str; 5] = ["D12", "D13", "D14", "D21", "D22"];

fn tell(name: &str, what: &str, told: Result<Told, Failure>) -> Vec<String> {
    println!("{name}: {what}");
    let broken = match told {
        Ok(told) => {
            println!("  {told}");
            let broken = told.broken().iter();
            broken.map(|it| format!("{name}: {it}")).collect()
        }
        Err(why) => vec![format!("{name}: it could not go on: {why}")],
    };
    println!();
    broken
}

async fn somebody(doors: Doors, number: u8) -> Result<Person, Failure> {
    let who = Who::new(number.into(), 1, [203, 0, 113, number].into());
    Ok(Person::sign_in(doors, who).await?.0)
}

/// Says something to oneself; what the service answers, and how long that took.
async fn note(person: &Person, id: u64, text: &str) -> Result<(String, Duration), Failure> {
    let mut line = person.line().await?;
    let began = Instant::now();
    let frames = person.who().text(person.who().number(), id, text);
    let answer = person.post(&mut line, &frames).await?.text();
    Ok((answer, began.elapsed()))
}

fn is_taken(answer: &str) -> bool {
    answer.contains("SDG 8 MSGR 2\r\n")
}

async fn health(doors: Doors) -> Result<String, Failure> {
    let mut line = Line::open(doors.http, [203, 0, 113, 200].into()).await?;
    let health = line.exchange("GET /health", "", b"").await?.text();
    between(&health, "\"status\":\"", "\"")
}

async fn modes() -> Result<Told, Failure> {
    let mut told = Told::default();
    let folder = Folder::new("modes")?;
    let process = Process::start(&Shape::USUAL, &folder.file())?;
    note(&somebody(process.doors(), 1).await?, 1, "something").await?;
    for entry in folder.entries()? {
        let mode = entry.metadata()?.permissions().mode() & 0o777;
        told.got(format!("{mode:o}"));
        let of_others = mode & 0o077;
        told.must(of_others == 0, || {
            format!("{} has mode {mode:o}", entry.path().display())
        });
    }
    Ok(told)
}

/// What cannot be kept is refused; who is there stays, and reads on.
async fn full() -> Result<Told, Failure> {
    let mut told = Told::default();
    let folder = Folder::new("full")?;
    let process = Process::start_confined(&Shape::USUAL, &folder.file(), 2048)?;
    let (writer, reader) = (
        somebody(process.doors(), 1).await?,
        somebody(process.doors(), 2).await?,
    );
    let words = "x".repeat(40 * 1024);
    let mut refused = None;
    for id in 1..200 {
        let (answer, _) = note(&writer, id, &words).await?;
        if is_taken(&answer) {
            told.got("taken");
        } else {
            refused = answer.lines().next().map(str::to_owned);
            break;
        }
        // Otherwise what comes back fills the session first.
        let mut line = writer.line().await?;
        let received = crate::person::acknowledgements(&writer.poll(&mut line, 0).await?);
        writer.post(&mut line, &received).await?;
    }
    told.note(format!(
        "then {}",
        refused.as_deref().unwrap_or("no refusal")
    ));
    told.must(refused.is_some(), || "a full disk is not told".to_owned());
    for person in [&writer, &reader] {
        let mut line = person.line().await?;
        let polled = person.poll(&mut line, 0).await;
        told.must(polled.is_ok(), || "a full disk signs people out".to_owned());
    }
    told.note(format!("health says {}", health(process.doors()).await?));
    Ok(told)
}

/// What is to be kept is refused, after the first at once; who reads notices nothing; and it turns back.
async fn held() -> Result<Told, Failure> {
    let mut told = Told::default();
    let folder = Folder::new("held")?;
    let process = Process::start(&Shape::USUAL, &folder.file())?;
    let writer = somebody(process.doors(), 1).await?;
    let other = Connection::open(folder.file())?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let mut slowest = Duration::ZERO;
    for id in 1..=5 {
        let (answer, took) = note(&writer, id, "meanwhile").await?;
        told.got(if is_taken(&answer) {
            "taken"
        } else {
            "refused"
        });
        if id > 1 {
            slowest = slowest.max(took);
        }
    }
    told.note(format!("health says {}", health(process.doors()).await?));
    told.note(format!(
        "after the first refused within {:.1} ms",
        slowest.as_secs_f64() * 1000.0
    ));
    told.must(told.count("taken") == 0, || {
        "what cannot be kept is taken".to_owned()
    });
    // The first has waited 5 s for the lock; others must not.
    told.must(slowest < Duration::from_secs(3), || {
        format!("everybody waits {slowest:?} for a lock")
    });
    other.execute_batch("ROLLBACK")?;
    let began = Instant::now();
    let mut id = 10;
    while !is_taken(&note(&writer, id, "afterwards").await?.0) {
        id += 1;
        if began.elapsed() > Duration::from_secs(30) {
            told.must(false, || "it does not turn back".to_owned());
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    told.note(format!(
        "taken again {:.1} s later",
        began.elapsed().as_secs_f64()
    ));
    Ok(told)
}

fn two() -> Result<Told, Failure> {
    let mut told = Told::default();
    let folder = Folder::new("two")?;
    let _first = Process::start(&Shape::USUAL, &folder.file())?;
    let second = Process::start(&Shape::USUAL, &folder.file());
    told.got(if second.is_ok() { "served" } else { "refused" });
    told.must(second.is_err(), || "two services share a file".to_owned());
    Ok(told)
}

async fn stop() -> Result<Told, Failure> {
    let mut told = Told::default();
    let folder = Folder::new("stop")?;
    let process = Process::start(&Shape::USUAL, &folder.file())?;
    let mut halves = Vec::new();
    for head in [
        "",
        "POST /gateway/gateway.dll?Action=open HTTP/1.1\r\nHost: a\r\nContent-Le",
        "POST /gateway/gateway.dll?Action=open HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nCNT",
    ] {
        let mut line = Line::open(process.doors().http, [203, 0, 113, 1].into()).await?;
        line.say(head.as_bytes()).await?;
        halves.push(line);
    }
    health(process.doors()).await?;
    let began = Instant::now();
    tokio::task::spawn_blocking(|| process.stop()).await??;
    let took = began.elapsed();
    told.note(format!("stopped in {:.1} s", took.as_secs_f64()));
    told.must(took < Duration::from_secs(4), || {
        format!("a request in half delays the stop by {took:?}")
    });
    Ok(told)
}
