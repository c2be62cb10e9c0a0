//! What becomes of a message when the reply that carries it meets its fate, under both choices of the operator.

use std::time::Duration;

use tokio::task::JoinSet;

use super::fates::{Fates, sum, tell};
use super::writer::{ACCOUNTS, words, writer};
use crate::failure::Failure;
use crate::process::{Doors, Folder, Process};
use crate::receiver::{Kind, Receiver};
use crate::shape::Shape;

/// How long a stalled reply is left unread, and how long the service waits for that.
const STALL: u64 = 6;
const REPLY: u64 = 5;

/// What becomes of a reply.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Fate {
    Cut,
    Reset,
    Stalled,
    /// Taken and lost by a proxy.
    Swallowed,
    /// Read, by a connection that is then closed as it was asked to.
    Closed,
    /// The same by somebody to whom that has happened before.
    ClosedAgain,
    /// Nothing: for comparison.
    Read,
}

impl Fate {
    const ALL: [Self; 7] = [
        Self::Cut,
        Self::Reset,
        Self::Stalled,
        Self::Swallowed,
        Self::Closed,
        Self::ClosedAgain,
        Self::Read,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut within the reply",
            Self::Reset => "reset before it was read",
            Self::Stalled => "stalled until the time-out",
            Self::Swallowed => "taken and lost by a proxy",
            Self::Closed => "read, and the connection closed as asked",
            Self::ClosedAgain => "the same once more",
            Self::Read => "read (for comparison)",
        }
    }
}

/// All of it, each kind and choice against a service of its own; what was lost that must not be.
pub(super) async fn run(count: usize) -> Result<Vec<String>, Failure> {
    let mut broken = Vec::new();
    let choices = |kind| [(kind, false), (kind, true)];
    // They wait most of the time.
    let all: Vec<_> = Kind::ALL
        .into_iter()
        .flat_map(choices)
        .map(|(kind, twice)| (kind, twice, tokio::spawn(replies(kind, twice, count))))
        .collect();
    for (kind, perhaps_twice, fates) in all {
        let choice = if perhaps_twice {
            "perhaps twice"
        } else {
            "perhaps never"
        };
        for (fate, fates) in fates.await?? {
            let what = format!("{}, {choice}: {count} × {}", kind.name(), fate.name());
            tell(&what, fates);
            // The one hole: nobody can tell that proxy from a client that has read it.
            let may_lose = fate == Fate::Swallowed && !perhaps_twice;
            if fates.lost() > 0 && !may_lose {
                broken.push(format!("{what}: {} lost", fates.lost()));
            }
            let most = match fate {
                // Whether somebody acknowledges is tried once; callers of the web service do not.
                Fate::Closed if kind == Kind::Gateway => count,
                Fate::Read | Fate::Closed | Fate::ClosedAgain => 0,
                Fate::Cut | Fate::Reset | Fate::Stalled | Fate::Swallowed => usize::MAX,
            };
            if fates.doubled() > most && !perhaps_twice {
                broken.push(format!("{what}: {} doubled", fates.doubled()));
            }
        }
    }
    Ok(broken)
}

/// For each fate, what comes of a message of each receiver.
async fn replies(
    kind: Kind,
    perhaps_twice: bool,
    count: usize,
) -> Result<Vec<(Fate, Fates)>, Failure> {
    let folder = Folder::new(&format!("replies-{kind:?}-{perhaps_twice}"))?;
    let shape = Shape {
        accounts: ACCOUNTS,
        reply: Some(REPLY),
        perhaps_twice,
        // They have no word for leaving.
        soap_sessions: Some(1000),
        ..Shape::USUAL
    };
    let process = Process::start(&shape, &folder.file())?;
    let doors = process.doors();
    let mut fates = Vec::new();
    for (round, fate) in Fate::ALL.into_iter().enumerate() {
        let mut all = JoinSet::new();
        for number in 0..count {
            all.spawn(reply(kind, doors, number, round, fate));
        }
        fates.push((fate, sum(all).await?));
    }
    Ok(fates)
}

async fn reply(
    kind: Kind,
    doors: Doors,
    number: usize,
    round: usize,
    fate: Fate,
) -> Result<Fates, Failure> {
    let (receiver, _) = Receiver::sign_in(kind, doors, number).await?;
    let writer = writer(doors, number).await?;
    // Behind it all that the sign-in brought has been read.
    writer
        .deliver(number, 1000 + u64::try_from(round)?, &words(round, 7))
        .await?;
    receiver.until(&words(round, 7)).await?;
    let once = words(round, 0);
    let text = if fate == Fate::Stalled {
        // More than fits into what is between both ends.
        once.clone() + &"x".repeat(50 * 1024)
    } else {
        once.clone()
    };
    writer.deliver(number, u64::try_from(round)?, &text).await?;
    let mut told = befall(&receiver, fate, &once).await?;
    // In this session, and in the next.
    for last in [8, 9] {
        let end = words(round, last);
        let id = u64::try_from(round * 10 + last)?;
        let next = if last == 9 {
            receiver.leave().await?;
            let (next, at_first) = Receiver::sign_in(kind, doors, number).await?;
            told.push_str(&at_first);
            next
        } else {
            receiver.clone()
        };
        writer.deliver(number, id, &end).await?;
        told.push_str(&next.until(&end).await?);
        if last == 9 {
            next.leave().await?;
        }
    }
    Ok(Fates::of(told.matches(&once).count()))
}

/// Lets a reply that has this in it meet its fate; what of it arrives.
async fn befall(receiver: &Receiver, fate: Fate, text: &str) -> Result<String, Failure> {
    if fate == Fate::Stalled {
        // By now the service has it to give.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut line = receiver.narrow().await?;
        receiver.ask(&mut line).await?;
        tokio::time::sleep(Duration::from_secs(STALL)).await;
        line.reset()?;
        return Ok(String::new());
    }
    let mut line = receiver.line().await?;
    let mut asked = 0;
    loop {
        if matches!(fate, Fate::Closed | Fate::ClosedAgain) {
            line = receiver.line().await?.closing();
        }
        receiver.ask(&mut line).await?;
        if line.lies_here_with(text).await? {
            break;
        }
        let other = line.receive().await?.text();
        asked += 1;
        if asked == 500 {
            return Err(format!("{text} does not come, but {other}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    match fate {
        Fate::Cut => line.cut().await?,
        Fate::Reset | Fate::Stalled => line.reset()?,
        Fate::Swallowed => {
            line.receive().await?;
            // The proxy's next client is the same, by the same connection.
            return receiver.fetch(&mut line).await;
        }
        Fate::Closed | Fate::ClosedAgain => {
            let told = line.receive().await?.text();
            drop(line);
            // The service sees it a moment later, and a fetch before that would be given the same.
            tokio::time::sleep(Duration::from_millis(500)).await;
            return Ok(told);
        }
        Fate::Read => {
            let told = line.receive().await?.text();
            return Ok(told + &receiver.fetch(&mut line).await?);
        }
    }
    Ok(String::new())
}
