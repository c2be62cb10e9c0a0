//! One person of the story: a client over real HTTP, and what it sees, written into a column.

use std::rc::Rc;
use std::time::Duration;

use msnp_client::{Access, Client, Config, ContactId, Event, Message, Refused, Service, Step};
use msnp_proto::{FrameDecoder, PayloadTable, Side as Writer};
use tokio::time::{Instant, timeout_at};
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use super::failure::Failure;
use super::page::{Page, Side};
use crate::decode::redact;
use crate::shown;

/// How long any step may take before the story has failed, on a machine with other work too.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with an account.
pub(super) struct Person {
    name: &'static str,
    side: Side,
    page: Rc<Page>,
    driver: Driver<Client>,
}

impl Person {
    /// Gives `name` a client of the service at `url`. Nothing is sent yet.
    pub(super) fn new(
        name: &'static str,
        side: Side,
        page: Rc<Page>,
        url: &str,
        password: &str,
        wire: bool,
    ) -> Result<Self, Failure> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(Failure::start)?;
        let service = Service::at(url).map_err(Failure::start)?;
        let login = format!("{}@example.org", name.to_lowercase());
        let config = Config::new(Access::web(service, login, password), seed)
            .display_name(name)
            .endpoint_name("demo")
            .frames(wire);
        let http = HttpOptions::new()
            .direct()
            .client()
            .map_err(Failure::start)?;
        let driver = spawn(Client::new(config), Http::new(http));
        Ok(Self {
            name,
            side,
            page,
            driver,
        })
    }

    /// Writes a line into this person's column.
    pub(super) fn tell(&self, text: &str) {
        self.page.line(self.side, text);
    }

    /// Does something, and says so.
    pub(super) fn does<R>(
        &self,
        what: &str,
        verb: impl FnOnce(&mut Client, machine_contract::Instant) -> R,
    ) -> Result<R, Failure> {
        self.tell(&format!("▸ {what}"));
        let done = self.driver.call(verb);
        done.map_err(|_| self.missing("the client is alive"))
    }

    /// Does something that the client may refuse, and says so.
    pub(super) fn tries<R>(
        &self,
        what: &str,
        verb: impl FnOnce(&mut Client, machine_contract::Instant) -> Result<R, Refused>,
    ) -> Result<R, Failure> {
        let done = self.does(what, verb)?;
        done.map_err(|refused| self.missing(&format!("{what} ({refused})")))
    }

    /// Waits until `wanted` finds what it looks for among the events; writes down all that is
    /// worth telling on the way.
    pub(super) async fn sees<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(Some(event)) = timeout_at(deadline, self.driver.next_event()).await {
            self.describe(&event);
            if let Some(found) = wanted(&event) {
                return Ok(found);
            }
        }
        Err(self.missing(what))
    }

    fn missing(&self, what: &str) -> Failure {
        Failure::Missing(format!("{}: {what}", self.name))
    }

    fn describe(&self, event: &Event) {
        match event {
            Event::SignInProgress(step) => self.tell(&format!("  … {}", words(*step))),
            Event::SignedIn(who) => self.tell(&format!("● signed in as {}", short(who))),
            Event::SignedOut(reason) => self.tell(&format!("○ signed out: {reason}")),
            Event::Reconnecting { reason, .. } => self.tell(&format!("○ reconnecting: {reason}")),
            Event::ContactChanged(contact) => {
                self.tell(&format!("  on the contact list: {}", short(&contact.id)));
            }
            Event::PresenceChanged { contact, presence } => {
                let mut text = format!("  {} is {}", short(contact), presence.status);
                if let Some(message) = presence
                    .personal_message
                    .as_deref()
                    .filter(|m| !m.is_empty())
                {
                    text = format!("{text} – “{message}”");
                }
                self.tell(&text);
            }
            Event::Typing {
                from, typing: true, ..
            } => self.tell(&format!("  {} is typing …", short(from))),
            Event::Nudge { from, .. } => self.tell(&format!("◂ {} sent a nudge!", short(from))),
            Event::MessageReceived(message) => self.tell(&said(message)),
            Event::MessageEdited { edit, .. } => {
                self.tell(&format!("◂ {} corrects: {}", short(&edit.from), edit.text));
            }
            Event::MessageDelivered { .. } => self.tell("  ✓ delivered"),
            Event::MessageFailed { reason, .. } => {
                self.tell(&format!("  ✗ not delivered: {reason}"));
            }
            Event::MessageUncertain { reason, .. } => {
                self.tell(&format!("  ? perhaps not delivered: {reason}"));
            }
            Event::OperationFailed { reason, .. } => self.tell(&format!("  ✗ not done: {reason}")),
            Event::GroupChanged(group) => {
                let topic = group.topic.as_deref().unwrap_or("no topic");
                self.tell(&format!(
                    "  group “{topic}”, {} members",
                    group.members.len()
                ));
            }
            Event::Frame { side, bytes } => self.show(*side, bytes),
            // The story is for people: what they would not notice is not told.
            _ => {}
        }
    }

    /// The bytes of a frame, secrets masked, one line of text per line of the wire.
    fn show(&self, writer: Writer, bytes: &bytes::Bytes) {
        let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
        decoder.push(bytes.clone());
        let Ok(Some(frame)) = decoder.next_frame() else {
            return;
        };
        let arrow = match writer {
            Writer::Client => '→',
            Writer::Server => '←',
        };
        let line = redact::line(writer, &frame);
        self.tell(&format!("{arrow} {}", shown::bytes(&line, false)));
        let payload = redact::payload(frame.payload());
        for line in payload.split_inclusive(|byte| *byte == b'\n') {
            self.tell(&format!("    {}", shown::bytes(line, false)));
        }
    }
}

/// A name as people say it.
fn short(who: &ContactId) -> &str {
    who.name().trim_start_matches("live:")
}

fn said(message: &Message) -> String {
    let name = message.from_name.as_deref().unwrap_or(short(&message.from));
    let late = if message.delayed {
        " (while you were away)"
    } else {
        ""
    };
    format!("◂ {name}{late}: {}", message.text)
}

const fn words(step: Step) -> &'static str {
    match step {
        Step::Credentials => "asks the sign-in page for cookies",
        Step::Identity => "gets the uic",
        Step::Connecting => "opens a gateway session",
        Step::Authenticating => "CNT, ATH, BND",
        Step::Synchronizing => "contacts, presence, conversations",
        _ => "goes on",
    }
}
