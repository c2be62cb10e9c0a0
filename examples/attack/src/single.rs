//! One attack after the other, each against a service of its own, beside honest people's pings.

use std::time::Duration;

use crate::attacks;
use crate::failure::Failure;
use crate::ping::{Ping, While};
use crate::process::{Folder, Process};
use crate::scene::{Attack, Scene};

/// How much slower an honest answer may be, as a median and for 99 in 100. Said, and no failure: on a machine that does
/// other things too, it may be that.
const SLOWER: (f64, f64) = (5.0, 20.0);

pub(crate) async fn run(
    is_small: bool,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Failure> {
    let mut broken = Vec::new();
    for attack in attacks::all() {
        if is_wanted(attack.name) {
            broken.extend(against(&attack, is_small).await?);
        }
    }
    Ok(broken)
}

async fn against(attack: &Attack, is_small: bool) -> Result<Vec<String>, Failure> {
    println!("{}: {}", attack.name, attack.what);
    let folder = Folder::new(attack.name)?;
    let process = Process::start(&attack.shape, &folder.file())?;
    let doors = process.doors();
    let ping = Ping::start(doors).await?;
    let a_while = Duration::from_secs(if is_small { 1 } else { 5 });
    // The first ones pay for what is done only once.
    tokio::time::sleep(Duration::from_millis(300)).await;
    ping.lately();
    tokio::time::sleep(a_while).await;
    let before = (ping.lately(), process.memory()?);
    let scene = Scene::new(doors, is_small, 14, 0);
    let told = (attack.run)(scene).await;
    // A short attack is over before many have pinged.
    tokio::time::sleep(Duration::from_millis(400)).await;
    let during = (ping.lately(), process.memory()?);
    tokio::time::sleep(a_while).await;
    let after = (ping.lately(), process.memory()?);
    ping.stop();
    let mut broken = Vec::new();
    for (when, (it, memory)) in [("before", before), ("during", during), ("after", after)] {
        let While {
            median,
            late,
            unanswered,
        } = it;
        println!(
            "  {when}: ping {median:>7.2} ms, 99 in 100 {late:>7.2} ms, {unanswered} unanswered; {memory:>6.1} MiB"
        );
    }
    let slower = (
        during.0.median / before.0.median,
        during.0.late / before.0.late,
    );
    let words = if slower.0 <= SLOWER.0 && slower.1 <= SLOWER.1 {
        "within"
    } else {
        "NOT WITHIN"
    };
    println!(
        "  {:.1}x and {:.1}x, {words} {}x and {}x",
        slower.0, slower.1, SLOWER.0, SLOWER.1
    );
    println!("  database {} KiB", folder.bytes() >> 10);
    match told {
        Ok(told) => {
            println!("  {told}");
            broken.extend(
                told.broken()
                    .iter()
                    .map(|it| format!("{}: {it}", attack.name)),
            );
        }
        Err(why) => broken.push(format!("{}: it could not go on: {why}", attack.name)),
    }
    if during.0.unanswered + after.0.unanswered > 0 {
        broken.push(format!("{}: honest people had no answer", attack.name));
    }
    if attack.weight.is_some_and(|most| after.1 > most) {
        broken.push(format!("{}: {:.1} MiB afterwards", attack.name, after.1));
    }
    println!();
    Ok(broken)
}
