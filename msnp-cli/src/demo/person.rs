//! One person of the story: a client over real HTTP, and what it sees, written into a column.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use msnp_client::{
    Abilities, Client, Config, ContactId, ConversationId, Dialect, Event, Message, Presence,
    Reason, Refused, Status, Step,
};
use tokio::time::{Instant, timeout_at};
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use super::failure::Failure;
use super::house::{self, House};
use super::overheard;
use super::page::{Page, Side};
use super::watched::{Seen, Watched};

/// How long any step may take before the story has failed, on a machine with other work too.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with an account.
pub(super) struct Person {
    name: &'static str,
    side: Side,
    dialect: Dialect,
    page: Rc<Page>,
    driver: Driver<Watched<Client>>,
    wire: bool,
    known: Known,
}

/// What was told already.
#[derive(Default)]
struct Known {
    names: BTreeMap<ContactId, String>,
    presence: BTreeMap<ContactId, Status>,
    contacts: BTreeSet<ContactId>,
    topics: BTreeMap<ConversationId, String>,
    /// Lines that belong behind the sign-in that is under way; `None` once it is done.
    held: Option<Vec<String>>,
    /// The service is about to stop: that everybody vanishes is no news.
    is_ending: bool,
}

impl Person {
    /// Gives `name` a client of the house. Nothing is sent yet.
    pub(super) fn new(
        name: &'static str,
        side: Side,
        page: Rc<Page>,
        (house, dialect): (&House, Dialect),
        wire: bool,
    ) -> Result<Self, Failure> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(Failure::start)?;
        let config = Config::new(house.access(name, dialect)?, seed)
            .dialects([dialect])
            .map_err(Failure::start)?
            .display_name(name)
            .endpoint_name("demo");
        let options = HttpOptions::new().direct();
        let http = options.client().map_err(Failure::start)?;
        let streams = options.tcp().map_err(Failure::start)?;
        let http = Http::new(http).streams(streams);
        let driver = spawn(Watched::new(Client::new(config)), http);
        let cast = house.cast(dialect)?;
        Ok(Self {
            name,
            side,
            dialect,
            page,
            driver,
            wire,
            known: Known {
                // Who these two are is told before they meet.
                names: cast
                    .into_iter()
                    .map(|(id, name)| (id, name.to_owned()))
                    .collect(),
                held: Some(Vec::new()),
                ..Known::default()
            },
        })
    }

    /// Writes a line into this person's column. Across the page it says whose it is.
    pub(super) fn tell(&self, text: &str) {
        match self.side {
            Side::Across => {
                let text = format!("{:<4} {text}", self.name);
                self.page.line(self.side, &text);
            }
            Side::Left | Side::Right => self.page.line(self.side, text),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// What can be done in this one's dialect.
    pub(super) fn abilities(&self) -> Result<Abilities, Failure> {
        let abilities = self.driver.call(|watched, _| watched.machine().abilities());
        abilities.map_err(|_| self.missing("the client is alive"))
    }

    /// What somebody is called in this one's dialect.
    pub(super) fn id_of(&self, name: &str) -> Result<ContactId, Failure> {
        house::id(name, self.dialect)
    }

    /// Does something, and says so.
    pub(super) fn does<R>(
        &self,
        what: &str,
        verb: impl FnOnce(&mut Client, machine_contract::Instant) -> R,
    ) -> Result<R, Failure> {
        self.tell(&format!("▸ {what}"));
        let done = self
            .driver
            .call(|watched, now| verb(watched.machine(), now));
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
        while let Ok(Some(seen)) = timeout_at(deadline, self.driver.next_event()).await {
            let event = match seen {
                Seen::Event(event) => event,
                Seen::Exchange(exchange) => {
                    if self.wire {
                        for (mark, line) in overheard::lines(&exchange) {
                            self.page.wide(&format!("{} {mark}", self.name), &line);
                        }
                    }
                    continue;
                }
            };
            self.describe(&event);
            if let Some(found) = wanted(&event) {
                return Ok(found);
            }
        }
        Err(self.missing(what))
    }

    /// Waits until somebody is seen to be so, unless it was seen before.
    pub(super) async fn sees_status(
        &mut self,
        who: &ContactId,
        status: Status,
    ) -> Result<(), Failure> {
        if self.known.presence.get(who) == Some(&status) {
            return Ok(());
        }
        let what = format!("{} {status}", self.name_of(who));
        self.sees(&what, |event| match event {
            Event::PresenceChanged { contact, presence } => {
                (contact == who && presence.status == status).then_some(())
            }
            _ => None,
        })
        .await
    }

    /// Waits until a group is seen to have this topic, unless it was seen before.
    pub(super) async fn sees_topic(
        &mut self,
        group: &ConversationId,
        topic: &str,
    ) -> Result<(), Failure> {
        if self.known.topics.get(group).is_some_and(|it| it == topic) {
            return Ok(());
        }
        self.sees("the group and its topic", |event| match event {
            Event::GroupChanged(found) => {
                (found.id == *group && found.topic.as_deref() == Some(topic)).then_some(())
            }
            _ => None,
        })
        .await
    }

    /// The service is about to stop.
    pub(super) const fn expects_the_end(&mut self) {
        self.known.is_ending = true;
    }

    /// What somebody chose to be called, as far as it is known.
    pub(super) fn name_of(&self, who: &ContactId) -> String {
        let chosen = self.known.names.get(who).cloned();
        chosen.unwrap_or_else(|| who.name().trim_start_matches("live:").to_owned())
    }

    fn missing(&self, what: &str) -> Failure {
        Failure::Missing(format!("{}: {what}", self.name))
    }

    /// Tells it, or keeps it until the sign-in that it came with is told.
    fn note(&mut self, text: String) {
        match &mut self.known.held {
            Some(held) => held.push(text),
            None => self.tell(&text),
        }
    }

    fn describe(&mut self, event: &Event) {
        match event {
            Event::SignInProgress(step) => {
                self.known.held.get_or_insert_default();
                self.tell(&format!("  … {}", words(*step, self.dialect)));
            }
            Event::SignedIn(_) => {
                self.tell(&format!("● signed in as {}", self.name));
                for line in self.known.held.take().unwrap_or_default() {
                    self.tell(&line);
                }
            }
            Event::SignedOut(Reason::Requested) => {
                self.known.presence.clear();
                self.tell("○ signed out");
            }
            Event::SignedOut(reason) => self.tell(&format!("○ signed out: {reason}")),
            Event::Reconnecting { .. } if self.known.is_ending => {
                self.tell("○ hears the good-bye");
            }
            Event::Reconnecting { reason, .. } => self.tell(&format!("○ reconnecting: {reason}")),
            Event::ContactChanged(contact) => self.contact_changed(contact),
            Event::PresenceChanged { contact, presence } => {
                self.presence_changed(contact, presence);
            }
            Event::Typing {
                from, typing: true, ..
            } => self.tell(&format!("  {} is typing …", self.name_of(from))),
            Event::Nudge { from, .. } => {
                self.tell(&format!("◂ {} nudges!", self.name_of(from)));
            }
            Event::MessageReceived(message) => self.note(self.said(message)),
            Event::MessageEdited { edit, .. } => {
                let name = self.name_of(&edit.from);
                self.tell(&format!("◂ {name} corrects: {}", edit.text));
            }
            Event::MessageDelivered { .. } => self.tell("  ✓ delivered"),
            Event::MessageFailed { reason, .. } => {
                self.tell(&format!("  ✗ not delivered: {reason}"));
            }
            Event::MessageUncertain { reason, .. } => {
                self.tell(&format!("  ? perhaps not delivered: {reason}"));
            }
            Event::OperationFailed { reason, .. } => self.tell(&format!("  ✗ not done: {reason}")),
            Event::GroupChanged(group) => self.group_changed(group),
            // The story is for people: what they would not notice is not told.
            _ => {}
        }
    }

    fn contact_changed(&mut self, contact: &msnp_client::Contact) {
        if let Some(name) = contact.name.as_ref().filter(|name| !name.is_empty()) {
            self.known.names.insert(contact.id.clone(), name.clone());
        }
        let is_listed = contact.lists.contains(msnp_client::Lists::FORWARD);
        if is_listed && self.known.contacts.insert(contact.id.clone()) {
            let text = format!("  {} is on the list", self.name_of(&contact.id));
            self.note(text);
        }
    }

    /// Somebody's status is told when it changes, with the line under the name: the line comes a moment before.
    fn presence_changed(&mut self, who: &ContactId, presence: &Presence) {
        if let Some(name) = presence.name.as_ref().filter(|name| !name.is_empty()) {
            self.known.names.insert(who.clone(), name.clone());
        }
        let before = self.known.presence.insert(who.clone(), presence.status);
        let was_offline = before.is_none() && presence.status == Status::OFFLINE;
        if before == Some(presence.status) || was_offline || self.known.is_ending {
            return;
        }
        let mut text = format!("  {} is {}", self.name_of(who), presence.status);
        let message = presence.personal_message.as_deref();
        if let Some(message) = message.filter(|it| !it.is_empty() && presence.status.is_online()) {
            text = format!("{text} – “{message}”");
        }
        self.note(text);
    }

    /// A group is told once it is what it was made to be.
    fn group_changed(&mut self, group: &msnp_client::Group) {
        let Some(topic) = &group.topic else { return };
        let before = self.known.topics.insert(group.id.clone(), topic.clone());
        if before.as_ref() != Some(topic) {
            let others = group.members.iter().map(|member| &member.contact);
            let others = others.filter(|it| self.known.contacts.contains(*it));
            let names: Vec<String> = others.map(|it| self.name_of(it)).collect();
            self.note(format!("  group “{topic}” with {}", names.join(", ")));
        }
    }

    fn said(&self, message: &Message) -> String {
        let name = message.from_name.clone();
        let name = name.unwrap_or_else(|| self.name_of(&message.from));
        let late = if message.delayed {
            " (while you were away)"
        } else {
            ""
        };
        format!("◂ {name}{late}: {}", message.text)
    }
}

fn words(step: Step, dialect: Dialect) -> &'static str {
    match step {
        Step::Credentials if dialect.has_sso_sign_in() || dialect.has_web_sign_in() => {
            "gets tickets for the password (RST)"
        }
        Step::Credentials if dialect != Dialect::MSNP24 => {
            "gets a ticket for the password (Passport)"
        }
        Step::Connecting if dialect != Dialect::MSNP24 => "connects, and agrees on the dialect",
        Step::Authenticating if dialect != Dialect::MSNP24 => "proves who it is (USR)",
        Step::Credentials => "shows the password to the sign-in page",
        Step::Identity => "gets a proof of identity (uic)",
        Step::Connecting => "opens a gateway session",
        Step::Authenticating => "proves who it is (CNT, ATH, BND)",
        Step::Synchronizing => "fetches people and conversations",
        _ => "goes on",
    }
}
