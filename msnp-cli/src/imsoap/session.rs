//! The run: lines in, calls out; events in, lines out.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Duration;

use msnp_client::bsim::{Client, Event, MessageId, Reason};
use transport_reqwest::Driver;

use super::command::{Command, parse};
use super::event_lines::lines;
use crate::exit::Exit;
use crate::input;
use crate::shown;

/// How often is looked whether all is done, after the end of the input.
const BEAT: Duration = Duration::from_millis(50);

/// Runs until the input ends and everything that was asked for has come to its end.
pub(super) async fn run(
    driver: Driver<Client>,
    accounts: &[String],
    log: bool,
    patience: Duration,
) -> io::Result<Exit> {
    let mut session = Session {
        driver,
        accounts: accounts.to_vec(),
        log,
        is_reached: false,
        has_asked: false,
        account: accounts.first().cloned().unwrap_or_default(),
        texts: BTreeMap::new(),
        failed: false,
    };
    let mut input = input::lines();
    let mut is_at_end = false;
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut silence = std::pin::pin!(tokio::time::sleep(patience));
    if session.driver.call(Client::sign_in).is_err() {
        return Ok(Exit::Io);
    }
    loop {
        if is_at_end && session.is_settled() && !session.looks_once_more() {
            return session.leave().await;
        }
        if session.is_reached {
            silence
                .as_mut()
                .reset(tokio::time::Instant::now() + patience);
        }
        tokio::select! {
            () = &mut silence, if !session.is_reached => {
                shown::complain("gave up: the service was out of reach for too long (--patience)");
                return Ok(Exit::Io);
            }
            event = session.driver.next_event() => match event {
                Some(event) => if let Some(exit) = session.tell(&event)? {
                    return Ok(exit);
                },
                None => return Ok(Exit::Io),
            },
            line = input.recv(), if !is_at_end => match line {
                None => is_at_end = true,
                Some(Ok(line)) => match parse(&line) {
                    Ok(Command::Quit) => is_at_end = true,
                    Ok(command) => session.carry_out(command)?,
                    Err(problem) => session.complain(problem)?,
                },
                // Those behind it are done all the same.
                Some(Err(bad)) => session.complain(&format!("not done: {bad}"))?,
            },
            // Not everything that settles is worth an event.
            () = tokio::time::sleep(BEAT), if is_at_end => {}
            pressed = &mut interrupted => {
                pressed?;
                return session.leave().await;
            }
        }
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is about something else: the output, the service, the commands, the exit code"
)]
struct Session {
    driver: Driver<Client>,
    /// Everybody who is signed in.
    accounts: Vec<String>,
    /// Whether the service's notes are told.
    log: bool,
    /// The last that was heard is that the service is there.
    is_reached: bool,
    /// Something was asked for since the last look at what became of it.
    has_asked: bool,
    /// Whom the commands are for.
    account: String,
    /// Messages without a fate yet.
    texts: BTreeMap<MessageId, String>,
    failed: bool,
}

impl Session {
    fn carry_out(&mut self, command: Command) -> io::Result<()> {
        let account = self.account.clone();
        self.has_asked |= matches!(command, Command::Send { .. } | Command::Status(_));
        match command {
            Command::Send { to, text } => {
                let shown = shown::line(&format!("{to}: {text}"));
                let sent = self
                    .driver
                    .call(move |client, now| client.send_message(&account, &to, &text, now));
                match sent {
                    Ok(Ok(id)) => {
                        self.texts.insert(id, shown);
                    }
                    Ok(Err(refused)) => self.complain(&format!("not sent ({refused}): {shown}"))?,
                    Err(ended) => self.complain(&ended.to_string())?,
                }
            }
            Command::Status(status) => {
                let set = self
                    .driver
                    .call(move |client, now| client.change_status(&account, &status, now));
                match set {
                    Ok(Ok(())) => {}
                    Ok(Err(refused)) => self.complain(&refused.to_string())?,
                    Err(ended) => self.complain(&ended.to_string())?,
                }
            }
            Command::As(account) if self.accounts.contains(&account) => self.account = account,
            Command::As(account) => {
                let all = self.accounts.join(", ");
                self.complain(&format!(
                    "{account} is not signed in here; {all} can be chosen"
                ))?;
            }
            Command::Quit | Command::Nothing => {}
        }
        Ok(())
    }

    /// Prints what an event says; how it ends, if that was the last.
    fn tell(&mut self, event: &Event) -> io::Result<Option<Exit>> {
        let fate = match event {
            Event::MessageSent(id) => Some((id, "* sent".to_owned())),
            Event::MessageNotSent { message, reason } => Some((
                message,
                format!("! not sent ({})", shown::line(&reason.to_string())),
            )),
            Event::MessageUncertain { message, problem } => Some((
                message,
                format!("! perhaps sent ({})", shown::line(&problem.to_string())),
            )),
            _ => None,
        };
        if let Some((id, fate)) = fate {
            let text = self.texts.remove(id).unwrap_or_default();
            self.failed |= fate.starts_with('!');
            print(&[format!("{fate} {text}")])?;
        }
        match event {
            Event::SignedIn { .. } | Event::On { .. } | Event::MessageSent(_) => {
                self.is_reached = true;
            }
            Event::Retrying { .. } | Event::SessionLost { .. } => self.is_reached = false,
            _ => {}
        }
        let (lines, is_bad) = lines(event, self.log);
        self.failed |= is_bad;
        print(&lines)?;
        Ok(match event {
            Event::SignedOut(Reason::Requested) => Some(self.exit()),
            Event::SignedOut(Reason::GaveUp(_)) => Some(Exit::Io),
            Event::SignedOut(_) => Some(Exit::Findings),
            _ => None,
        })
    }

    fn complain(&mut self, problem: &str) -> io::Result<()> {
        self.failed = true;
        print(&[format!("! {problem}")])
    }

    /// Fetches what the service says of what was asked for last. False: there is nothing that it could say.
    fn looks_once_more(&mut self) -> bool {
        // It accepts messages before it knows whether there is anybody to have them.
        std::mem::take(&mut self.has_asked) && self.driver.call(Client::keep_session_alive).is_ok()
    }

    const fn exit(&self) -> Exit {
        if self.failed {
            Exit::Findings
        } else {
            Exit::Success
        }
    }

    fn is_settled(&self) -> bool {
        let settled = self.driver.call(|client, _| client.is_settled());
        settled.unwrap_or(true)
    }

    /// Ends it, and tells what there is still to tell.
    async fn leave(mut self) -> io::Result<Exit> {
        if self.driver.call(Client::sign_out).is_ok() {
            while let Some(event) = self.driver.next_event().await {
                if let Some(exit) = self.tell(&event)? {
                    return Ok(exit);
                }
            }
        }
        Ok(self.exit())
    }
}

fn print(lines: &[String]) -> io::Result<()> {
    let mut out = shown::output();
    for line in lines {
        shown::write_line(&mut out, line)?;
    }
    out.flush()
}
