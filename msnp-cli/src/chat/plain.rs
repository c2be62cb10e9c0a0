//! The line mode: the same client for scripts and pipes. Lines in, lines out.

use std::io::{self, Write as _};
use std::time::Duration;

use super::command::Command;
use super::line::{DeliveryState, Kind, Line};
use super::model::{Link, Model};
use super::session::{Ending, Next, Session};
use super::theme::Theme;
use super::{events, typed_line};
use crate::exit::Exit;
use crate::input;
use crate::shown;

/// How long is waited for the fates of what was sent, after the last line of input.
const SETTLING: Duration = Duration::from_secs(30);

/// Runs until the input ends and everything that was asked for has come to its end.
pub(super) async fn run(mut session: Session, mut model: Model, theme: Theme) -> io::Result<Exit> {
    model.rooms.keep_journal();
    let mut lines = input::lines();
    let mut ending = Ending::new()?;
    let mut is_at_end = false;
    let mut failed = false;
    let settling = tokio::time::sleep(Duration::MAX);
    tokio::pin!(settling);
    loop {
        failed |= print(&mut model, theme)?;
        if let Link::SignedOut(_) = model.link {
            return Ok(if model.leaving && !failed {
                Exit::Success
            } else {
                Exit::Findings
            });
        }
        if is_at_end && !model.leaving && model.link == Link::Online && model.is_settled() {
            model.leaving = true;
            if let Next::End(exit) = session.carry_out(Command::Quit, &mut model) {
                return Ok(exit);
            }
        }
        // Lines wait until they can be sent: a script need not know how long signing in takes.
        let is_ready = model.link == Link::Online && !is_at_end;
        let commands = tokio::select! {
            event = session.next_event() => match event {
                Some(event) => events::apply(&mut model, event, session.now()),
                None => return Ok(Exit::Io),
            },
            line = lines.recv(), if is_ready => match line {
                Some(Ok(line)) => typed_line::line(&mut model, &line, session.now()),
                // Those behind it are done all the same.
                Some(Err(bad)) => typed_line::complain(&mut model, format!("Not done: {bad}."), session.now()),
                None => {
                    is_at_end = true;
                    settling.as_mut().reset(tokio::time::Instant::now() + SETTLING);
                    Vec::new()
                }
            },
            () = &mut settling, if is_at_end => {
                shown::complain("gave up waiting for answers");
                return Ok(Exit::Findings);
            }
            () = ending.come() => return Ok(session.leave().await),
        };
        for command in commands {
            if let Next::End(exit) = session.carry_out(command, &mut model) {
                return Ok(exit);
            }
        }
    }
}

/// Prints what is new; whether something of it went wrong.
fn print(model: &mut Model, theme: Theme) -> io::Result<bool> {
    let mut out = shown::output();
    let mut failed = false;
    while let Some((room, line)) = model.rooms.pop_journal() {
        let place = room.map_or_else(|| "-".to_owned(), |id| id.to_string());
        failed |= is_failure(&line);
        let text = format!("{} {place} {}", theme.clock(line.at), told(model, &line));
        shown::write_line(&mut out, &text)?;
    }
    out.flush()?;
    Ok(failed)
}

fn is_failure(line: &Line) -> bool {
    match &line.kind {
        Kind::Alarm => true,
        Kind::Said { state, .. } => matches!(
            state,
            DeliveryState::Failed(_) | DeliveryState::Uncertain(_)
        ),
        Kind::Notice => false,
    }
}

/// One line for one entry, from which its text can be had back.
fn told(model: &Model, line: &Line) -> String {
    let text = shown::line(&line.text);
    match &line.kind {
        Kind::Notice => format!("* {text}"),
        Kind::Alarm => format!("! {text}"),
        Kind::Said { from, state, .. } => {
            // Nobody can be called so that his name seems to end, and something to be said, before it does.
            let name = shown::name(&model.people.name(from), &['<', '>']);
            match state {
                DeliveryState::Theirs => format!("<{name}> {text}"),
                DeliveryState::Pending => format!("sending: {text}"),
                DeliveryState::Delivered => format!("delivered: {text}"),
                DeliveryState::Failed(reason) => format!("not delivered ({reason}): {text}"),
                DeliveryState::Uncertain(reason) => format!("maybe delivered ({reason}): {text}"),
            }
        }
    }
}
