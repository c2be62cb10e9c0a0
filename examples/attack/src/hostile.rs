//! All attacks at once against one service, while people chat.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::attacks;
use crate::chat::Chat;
use crate::failure::Failure;
use crate::ping::Ping;
use crate::process::{Doors, Folder, Process};
use crate::scene::{Attack, Scene, Told};
use crate::shape::Shape;

/// Where the attackers' accounts begin, behind those of who chats and who pings.
const FIRST: usize = 20;

/// What a service may grow by when it has been attacked for long, in MiB.
const GROWTH: f64 = 16.0;

/// For so long; what was broken is said.
pub(crate) async fn run(during: Duration, is_small: bool) -> Result<Vec<String>, Failure> {
    let attacks = attacks::all();
    println!(
        "All {} attacks at once for {} s, while ten people chat",
        attacks.len(),
        during.as_secs()
    );
    let folder = Folder::new("hostile")?;
    let shape = Shape {
        accounts: FIRST + 10 * attacks.len(),
        dear_hashes: true,
        ..Shape::USUAL
    };
    let process = Process::start(&shape, &folder.file())?;
    let doors = process.doors();
    let ping = Ping::start(doors).await?;
    let chat = Chat::start(doors).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = (ping.lately(), process.memory()?);
    let until = Instant::now() + during;
    let mut all = let_loose(doors, attacks, until, is_small)?;
    // Weighed all the time: what is there at the end says nothing of what was needed.
    let mut weights = Vec::new();
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(2)).await;
        weights.push(process.memory()?);
    }
    while let Some(ended) = all.join_next().await {
        let (name, rounds, stopped, told) = ended?;
        println!("  {name:<6} {rounds} rounds, {stopped} refused: {told}");
        for words in told.broken() {
            // No fault by itself: beside all others, an attack's own people go short too.
            println!("         beside all others: {words}");
        }
    }
    let meanwhile = ping.lately();
    let outcome = chat.stop().await;
    let after = (ping.lately(), process.memory()?);
    ping.stop();
    for (when, it) in [
        ("before", before.0),
        ("during", meanwhile),
        ("after", after.0),
    ] {
        println!(
            "  ping {when}: median {:.2} ms, 99 in 100 within {:.2} ms, {} unanswered",
            it.median, it.late, it.unanswered
        );
    }
    let third = weights.len() / 3;
    let (early, late) = (
        middle(&weights[third..2 * third]),
        middle(&weights[2 * third..]),
    );
    let most = weights.iter().copied().fold(0.0, f64::max);
    println!(
        "  memory: {:.1} MiB before, {early:.1} in the second third, {late:.1} in the last, {most:.1} at most, {:.1} after; database {} MiB",
        before.1,
        after.1,
        folder.bytes() >> 20
    );
    println!(
        "  the chat: {} said, {} lost, {} doubled; {} came again behind a break, {} were told not to be sent; {} troubles{}",
        outcome.said,
        outcome.lost,
        outcome.doubled,
        outcome.again,
        outcome.disowned,
        outcome.troubles,
        outcome
            .trouble
            .map(|it| format!(" (the first: {it})"))
            .unwrap_or_default()
    );
    for story in &outcome.stories {
        println!("    {story}");
    }
    let mut broken = Vec::new();
    if outcome.lost + outcome.doubled > 0 || outcome.said == 0 {
        broken.push("the chat has lost or doubled something".to_owned());
    }
    if late > early + GROWTH {
        broken.push(format!("memory grows: {early:.1} MiB, {late:.1} MiB"));
    }
    println!();
    Ok(broken)
}

/// How many rounds of an attack there were, how many could not go on, and what all told.
type Ended = (&'static str, usize, usize, Told);

/// Each attack again and again until then.
fn let_loose(
    doors: Doors,
    attacks: Vec<Attack>,
    until: Instant,
    is_small: bool,
) -> Result<JoinSet<Ended>, Failure> {
    let mut all = JoinSet::new();
    for (number, attack) in attacks.into_iter().enumerate() {
        let scene = Scene::new(doors, is_small, FIRST + 10 * number, u16::try_from(number)?);
        all.spawn(async move {
            let (mut told, mut rounds, mut ended) = (Told::default(), 0, 0);
            while Instant::now() < until {
                let left = until.saturating_duration_since(Instant::now());
                match tokio::time::timeout(left, (attack.run)(scene)).await {
                    Ok(Ok(round)) => {
                        told.add(round);
                        rounds += 1;
                    }
                    // Limits hold from one round to the next, and refuse also what an attack needs for itself.
                    Ok(Err(_)) => {
                        ended += 1;
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                    Err(_) => break,
                }
            }
            (attack.name, rounds, ended, told)
        });
    }
    Ok(all)
}

fn middle(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
