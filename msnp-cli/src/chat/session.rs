//! `Session`: the client at work, and how commands are carried out.

use std::io;
use std::time::Duration;

use machine_contract::Instant;
use machine_driver::{Clock as _, Ended, SystemClock, wall_time};
use msnp_client::{Client, Event};
use msnp_proto::Secret;
use transport_reqwest::Driver;

use super::answers;
use super::command::{Command, Request};
use super::model::{Link, Model};
use super::pending::Edit;
use super::timestamps::Timestamps;
use crate::exit::Exit;
use crate::shown;

/// How long a good-bye may take.
const FAREWELL: Duration = Duration::from_secs(8);

/// What is to be done after a command was carried out.
pub(super) enum Next {
    GoOn,
    Redraw,
    Suspend,
    Call(String),
    End(Exit),
}

/// Makes clients, each with the password that it is given.
pub(super) type Connector = Box<dyn Fn(Secret<String>) -> io::Result<Driver<Client>>>;

/// The client at work.
pub(super) struct Session {
    connector: Connector,
    driver: Driver<Client>,
    /// When the good-bye is given up.
    farewell: Option<Instant>,
}

impl Session {
    /// Signs in.
    pub(super) fn begin(connector: Connector, password: Secret<String>) -> io::Result<Self> {
        let driver = connector(password)?;
        // An error would mean that the task has ended; the first event says so too.
        let _ = driver.call(Client::sign_in);
        Ok(Self {
            connector,
            driver,
            farewell: None,
        })
    }

    /// The next thing that happens; `None` if the client is gone.
    pub(super) async fn next_event(&mut self) -> Option<Event> {
        self.driver.next_event().await
    }

    /// Now, by both clocks.
    #[expect(
        clippy::unused_self,
        reason = "the clock belongs to the session, not to the model"
    )]
    pub(super) fn now(&self) -> Timestamps {
        Timestamps::new(SystemClock.now(), wall_time())
    }

    /// Does what the person wants, and tells the model what came of it.
    pub(super) fn carry_out(&mut self, command: Command, model: &mut Model) -> Next {
        match command {
            Command::Redraw => Next::Redraw,
            Command::Suspend => Next::Suspend,
            Command::Call(text) => Next::Call(text),
            Command::Abort => Next::End(outcome(model)),
            // A client keeps its password: another one needs another client.
            Command::SignIn(Some(password)) => match (self.connector)(password) {
                Ok(driver) => {
                    self.driver = driver;
                    self.carry_out(Command::SignIn(None), model)
                }
                Err(error) => {
                    shown::complain(error);
                    Next::End(Exit::Io)
                }
            },
            command => match self.call(command, model) {
                Ok(()) => Next::GoOn,
                Err(Ended) => Next::End(Exit::Io),
            },
        }
    }

    /// Calls the client. A call fails only if the task that drives the client is gone; whether the
    /// client took it is for the model to know.
    fn call(&mut self, command: Command, model: &mut Model) -> Result<(), Ended> {
        let now = self.now();
        match command {
            Command::SignIn(_) => {
                model.link = Link::SigningIn(None);
                self.driver.call(Client::sign_in)?;
            }
            Command::Quit => {
                self.farewell = Some(SystemClock.now() + FAREWELL);
                self.driver.call(Client::sign_out)?;
            }
            Command::Say { to, text } => {
                let taken = self
                    .driver
                    .call(|client, now| client.send_text(&to, &text, now))?;
                answers::said(model, &to, &text, taken, now);
            }
            Command::Edit { to, original, text } => {
                let taken = self
                    .driver
                    .call(|client, now| client.edit_message(&to, &original, &text, now))?;
                let edit = Edit { to, original, text };
                answers::edit_taken(model, edit, taken, now);
            }
            Command::Typing { to, typing } => {
                // Refused or not, nobody waits for it.
                let _ = self
                    .driver
                    .call(|client, now| client.send_typing(&to, typing, now))?;
            }
            Command::Nudge(to) => {
                let taken = self
                    .driver
                    .call(|client, now| client.send_nudge(&to, now))?;
                answers::nudged(model, &to, taken, now);
            }
            Command::Ask(request) => {
                let taken = self.driver.call(|client, now| ask(client, &request, now))?;
                answers::asked(model, request, taken, now);
            }
            Command::Redraw | Command::Suspend | Command::Call(_) | Command::Abort => {}
        }
        Ok(())
    }

    /// Whether the good-bye is said, or has taken too long.
    pub(super) fn is_over(&self, model: &Model) -> bool {
        matches!(model.link, Link::SignedOut(_))
            || self
                .farewell
                .is_some_and(|until| until <= SystemClock.now())
    }

    /// Signs out and waits for that, but not for ever.
    pub(super) async fn leave(mut self) -> Exit {
        let farewell = async {
            if self.driver.call(Client::sign_out).is_ok() {
                while let Some(event) = self.driver.next_event().await {
                    if matches!(event, Event::SignedOut(_)) {
                        break;
                    }
                }
            }
        };
        // Who does not answer in time is left without an answer.
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        Exit::Success
    }
}

/// How it ends when the person leaves: whoever was never signed in has done nothing.
pub(super) const fn outcome(model: &Model) -> Exit {
    if model.was_online {
        Exit::Success
    } else {
        Exit::Findings
    }
}

fn ask(
    client: &mut Client,
    request: &Request,
    now: Instant,
) -> Result<msnp_client::OperationId, msnp_client::Refused> {
    match request {
        Request::Status(status) => client.set_status(*status, now),
        Request::Name(name) => client.set_display_name(name, now),
        Request::PersonalMessage(text) => client.set_personal_message(text, now),
        Request::Add(who) => client.add_contact(who, now),
        Request::Remove(who) => client.remove_contact(who, now),
        Request::Block(who) => client.block(who, now),
        Request::Unblock(who) => client.unblock(who, now),
        Request::AllowOthers(allowed) => client.allow_others(*allowed, now),
        Request::CreateThread { members, topic } => {
            client.create_group(members, topic.as_deref(), now)
        }
        Request::Topic { group, topic } => client.set_topic(group, topic, now),
        Request::Invite { group, member } => client.add_member(group, member, now),
        Request::Kick { group, member } => client.remove_member(group, member, now),
        Request::Leave(group) => client.leave(group, now),
        Request::History { of, from, .. } => client.request_history(of, from.as_ref(), now),
    }
}

/// The system's wish that the program ends.
#[cfg(unix)]
pub(super) struct Ending {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ending {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub(super) async fn come(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// The system's wish that the program ends.
#[cfg(not(unix))]
pub(super) struct Ending;

#[cfg(not(unix))]
impl Ending {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn come(&mut self) {
        // An error means that the signal cannot be had: it never comes.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
