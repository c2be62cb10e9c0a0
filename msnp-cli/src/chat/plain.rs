//! The line mode: the same client for scripts and pipes. Lines in, lines out.

use std::io::{self, Write as _};
use std::time::Duration;

use super::command::Command;
use super::line::{DeliveryState, Kind, Line};
use super::model::{Link, Model, is_settled};
use super::session::{Ending, Next, Session};
use super::theme::Theme;
use super::told::{self, Dates, Log};
use super::{events, typed_line};
use crate::exit::Exit;
use crate::{input, shown};

/// How long is waited for the fates of what was sent, after the last line of input.
const SETTLING: Duration = Duration::from_secs(30);

/// How output is written, and when there is none.
#[derive(Debug)]
pub(super) struct Style {
    pub(super) theme: Theme,
    pub(super) dates: Dates,
    pub(super) log: Option<Log>,
    /// For how long a connection is tried to be had before it is given up.
    pub(super) patience: Duration,
}

/// Runs until the input ends and everything that was asked for has come to its end.
pub(super) async fn run(
    mut session: Session,
    mut model: Model,
    mut style: Style,
) -> io::Result<Exit> {
    model.rooms.keep_journal();
    let mut lines = input::lines();
    let mut ending = Ending::new()?;
    let mut is_at_end = false;
    let mut failed = false;
    let settling = tokio::time::sleep(Duration::MAX);
    let patience = tokio::time::sleep(style.patience);
    tokio::pin!(settling, patience);
    loop {
        failed |= print(&mut model, &mut style)?;
        if let Link::SignedOut(_) = model.link {
            return Ok(if model.leaving && !failed {
                Exit::Success
            } else {
                Exit::Findings
            });
        }
        if is_at_end && !model.leaving && model.link == Link::Online && is_settled(&model) {
            model.leaving = true;
            if let Next::End(exit) = session.carry_out(Command::Quit, &mut model) {
                return Ok(exit);
            }
        }
        let is_online = model.link == Link::Online;
        if is_online {
            patience
                .as_mut()
                .reset(tokio::time::Instant::now() + style.patience);
        }
        // Lines wait until they can be sent: a script need not know how long signing in takes.
        let is_ready = is_online && !is_at_end;
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
            () = &mut patience, if !is_online => {
                shown::complain("gave up: there was no connection for too long (--patience)");
                return Ok(Exit::Io);
            }
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
fn print(model: &mut Model, style: &mut Style) -> io::Result<bool> {
    let mut out = shown::output();
    let mut failed = false;
    while let Some((room, line)) = model.rooms.pop_journal() {
        failed |= is_failure(&line);
        let text = told::line(model, style.theme, style.dates, room.as_ref(), &line);
        shown::write_line(&mut out, &text)?;
        if let Some(log) = &mut style.log {
            let text = told::line(model, style.theme, Dates::Full, room.as_ref(), &line);
            log.write(&text)?;
        }
    }
    // What lies over the conversation on a screen is an answer here.
    if let Some(overlay) = model.overlay.take() {
        shown::write_line(&mut out, &format!("* {}:", overlay.title()))?;
        for (at, text) in overlay.lines() {
            let at = at.map_or_else(String::new, |at| format!("{} ", style.theme.stamp(at)));
            shown::write_line(&mut out, &format!("*   {at}{}", shown::line(text)))?;
        }
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

#[cfg(test)]
mod tests {
    use machine_contract::{Instant, UnixTime};
    use msnp_client::{Event, Reason};

    use super::*;
    use crate::chat::timestamps::Timestamps;

    /// A script ended with 1 after any reconnect.
    #[test]
    fn a_connection_that_came_back_is_no_failure() {
        let now = Timestamps::new(Instant::ORIGIN, UnixTime::from_millis(0));
        let mut model = Model::new(None);
        model.rooms.keep_journal();
        let me = || "alice@example.com".parse().expect("an address");
        let again = Event::Reconnecting {
            attempt: 1,
            wait: Duration::from_secs(1),
            reason: Reason::ConnectionLost,
        };
        for event in [Event::SignedIn(me()), again, Event::SignedIn(me())] {
            events::apply(&mut model, event, now);
        }
        let told: Vec<Line> = std::iter::from_fn(|| model.rooms.pop_journal())
            .map(|(_, line)| line)
            .collect();
        assert_eq!(told.len(), 3);
        assert!(!told.iter().any(is_failure), "{told:?}");
        events::apply(&mut model, Event::SignedOut(Reason::Elsewhere), now);
        let (_, line) = model.rooms.pop_journal().expect("it is told");
        assert!(is_failure(&line));
    }
}
