//! The line mode: the same client for scripts and pipes. Lines in, lines out.

use std::io::{self, Write as _};
use std::time::Duration;

use super::model::{Link, Model};
use super::room::{Fate, Kind, Line};
use super::session::{Ending, Next, Session};
use super::view::Look;
use crate::exit::Exit;
use crate::input;

/// How long is waited for the fates of what was sent, after the last line of input.
const SETTLING: Duration = Duration::from_secs(30);

/// Runs until the input ends and everything that was asked for has come to its end.
pub(super) async fn run(mut session: Session, mut model: Model, look: Look) -> io::Result<Exit> {
    model.journaling = true;
    let mut input = input::lines();
    let mut ending = Ending::new()?;
    let mut is_at_end = false;
    let mut failed = false;
    let settling = tokio::time::sleep(Duration::MAX);
    tokio::pin!(settling);
    loop {
        failed |= print(&mut model, look)?;
        if let Link::SignedOut(_) = model.link {
            return Ok(if model.leaving && !failed {
                Exit::Success
            } else {
                Exit::Findings
            });
        }
        if is_at_end && !model.leaving && model.link == Link::Online && model.is_settled() {
            model.leaving = true;
            if let Next::End(exit) = session.carry_out(super::model::Intent::Quit, &mut model) {
                return Ok(exit);
            }
        }
        // Lines wait until they can be sent: a script need not know how long signing in takes.
        let is_ready = model.link == Link::Online && !is_at_end;
        let intents = tokio::select! {
            event = session.next_event() => match event {
                Some(event) => model.apply(event, session.now()),
                None => return Ok(Exit::Io),
            },
            line = input.recv(), if is_ready => if let Some(line) = line {
                model.line(&line, session.now())
            } else {
                is_at_end = true;
                settling.as_mut().reset(tokio::time::Instant::now() + SETTLING);
                Vec::new()
            },
            () = &mut settling, if is_at_end => {
                eprintln!("msnp: gave up waiting for answers");
                return Ok(Exit::Findings);
            }
            () = ending.come() => return Ok(session.leave().await),
        };
        for intent in intents {
            if let Next::End(exit) = session.carry_out(intent, &mut model) {
                return Ok(exit);
            }
        }
    }
}

/// Prints what is new; whether something of it went wrong.
fn print(model: &mut Model, look: Look) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    let mut failed = false;
    while let Some((room, line)) = model.journal.pop_front() {
        let place = room.map_or_else(|| "-".to_owned(), |id| id.to_string());
        failed |= is_failure(&line);
        writeln!(
            out,
            "{} {place} {}",
            look.clock(line.at),
            shown(model, &line)
        )?;
    }
    out.flush()?;
    Ok(failed)
}

fn is_failure(line: &Line) -> bool {
    match &line.kind {
        Kind::Alarm => true,
        Kind::Said { fate, .. } => matches!(fate, Fate::Failed(_) | Fate::Uncertain(_)),
        Kind::Notice => false,
    }
}

/// One line for one entry: line feeds inside are written as `\n`.
fn shown(model: &Model, line: &Line) -> String {
    let text = line.text.replace('\\', "\\\\").replace('\n', "\\n");
    match &line.kind {
        Kind::Notice => format!("* {text}"),
        Kind::Alarm => format!("! {text}"),
        Kind::Said { from, fate, .. } => {
            let name = model.name(from);
            match fate {
                Fate::Theirs => format!("<{name}> {text}"),
                Fate::Pending => format!("sending: {text}"),
                Fate::Delivered => format!("delivered: {text}"),
                Fate::Failed(reason) => format!("not delivered ({reason}): {text}"),
                Fate::Uncertain(reason) => format!("maybe delivered ({reason}): {text}"),
            }
        }
    }
}
