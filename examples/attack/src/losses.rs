//! What is lost or doubled for those who never acknowledge, when the service or a reply comes to an end of any kind.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::person::Person;
use crate::process::{Doors, Folder, Process};
use crate::receiver::{Kind, Receiver};
use crate::shape::Shape;
use fates::{Fates, sum, tell};
use writer::{ACCOUNTS, RECEIVERS, words, writer};

mod fates;
mod replies;
mod writer;

/// How a process, or a session, comes to its end.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum End {
    Kill,
    Stop,
    Silence,
}

/// All of it; what was lost that must not be is said.
pub(crate) async fn run(is_small: bool) -> Result<Vec<String>, Failure> {
    let mut broken = Vec::new();
    println!(
        "Losses of those who never acknowledge: messages said, lost, given more often than once"
    );
    for kind in Kind::ALL {
        for end in [End::Kill, End::Stop, End::Silence] {
            let rounds = if is_small { 3 } else { 30 };
            let fates = if end == End::Silence {
                silences(kind, rounds, is_small).await?
            } else {
                endings(kind, end, rounds).await?
            };
            let what = format!("{}: {rounds} × {end:?}", kind.name());
            tell(&what, fates);
            if fates.lost() > 0 {
                broken.push(format!("{what}: {} lost", fates.lost()));
            }
        }
    }
    let count = if is_small { 5 } else { RECEIVERS };
    broken.extend(replies::run(count).await?);
    println!();
    Ok(broken)
}

/// Three messages, of which the receiver has read nothing, or some, or some and shown it. What it has been told.
async fn some(
    receiver: &Receiver,
    writer: &Person,
    number: usize,
    round: usize,
) -> Result<String, Failure> {
    for n in 0..3 {
        let id = u64::try_from(round * 10 + n)?;
        writer.deliver(number, id, &words(round, n)).await?;
    }
    let mut told = String::new();
    if !round.is_multiple_of(3) {
        let mut line = receiver.line().await?;
        while !told.contains("kram") {
            told.push_str(&receiver.fetch(&mut line).await?);
        }
        if round % 3 == 2 {
            told.push_str(&receiver.fetch(&mut line).await?);
        } else {
            // What was read and not shown to have been may come again.
            told.clear();
        }
        // Otherwise it would end in order, which shows it too.
        line.reset()?;
    }
    Ok(told)
}

/// What has come of a round's messages, once the last of all is there.
async fn rest(
    kind: Kind,
    doors: Doors,
    number: usize,
    round: usize,
    told: &mut String,
) -> Result<Fates, Failure> {
    let (receiver, at_first) = Receiver::sign_in(kind, doors, number).await?;
    let writer = writer(doors, number).await?;
    let end = words(round, 9);
    let id = u64::try_from(round * 10 + 9)?;
    writer.deliver(number, id, &end).await?;
    told.push_str(&at_first);
    told.push_str(&receiver.until(&end).await?);
    receiver.leave().await?;
    let mut fates = Fates::default();
    for n in 0..3 {
        fates.add(Fates::of(told.matches(&words(round, n)).count()));
    }
    Ok(fates)
}

async fn endings(kind: Kind, end: End, rounds: usize) -> Result<Fates, Failure> {
    let folder = Folder::new("endings")?;
    let shape = Shape {
        accounts: ACCOUNTS,
        ..Shape::USUAL
    };
    let mut fates = Fates::default();
    let mut process = Process::start(&shape, &folder.file())?;
    for round in 0..rounds {
        let doors = process.doors();
        let (receiver, _) = Receiver::sign_in(kind, doors, 0).await?;
        let writer = writer(doors, 0).await?;
        let mut told = some(&receiver, &writer, 0, round).await?;
        if end == End::Kill {
            process.kill()?;
        } else {
            process.stop()?;
        }
        process = Process::start(&shape, &folder.file())?;
        fates.add(rest(kind, process.doors(), 0, round, &mut told).await?);
    }
    Ok(fates)
}

/// Many at once, since one takes as long as a session may be silent.
async fn silences(kind: Kind, rounds: usize, is_small: bool) -> Result<Fates, Failure> {
    let folder = Folder::new("silences")?;
    let silence = if is_small { 3 } else { 60 };
    let shape = Shape {
        accounts: ACCOUNTS,
        silence: Some(silence),
        ..Shape::USUAL
    };
    let process = Process::start(&shape, &folder.file())?;
    let doors = process.doors();
    let mut all = JoinSet::new();
    for number in 0..rounds {
        all.spawn(async move {
            let (receiver, _) = Receiver::sign_in(kind, doors, number).await?;
            let writer = writer(doors, number).await?;
            let mut told = some(&receiver, &writer, number, number).await?;
            tokio::time::sleep(Duration::from_secs(silence + 1)).await;
            rest(kind, doors, number, number, &mut told).await
        });
    }
    sum(all).await
}
