//! Somebody who is signed in, in some dialect.

use std::collections::VecDeque;
use std::time::Duration;

use machine_contract::Instant;
use msnp_client::{
    Access, Client, Config, ContactId, ConversationId, Dialect, Event, GatewayOptions, Message,
    MessageId, OperationId, Presence, Reason, Refused, Status,
};
use tokio::time::timeout;
use transport_reqwest::{Driver, spawn};

use crate::carrier::{Home, PASSWORD, http};
use crate::tap::{Tap, Written};

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// What did not happen, in words.
pub(crate) type Step<T> = Result<T, String>;

pub(crate) struct Person {
    name: String,
    dialect: Dialect,
    driver: Driver<Tap>,
    /// What was told and not looked for yet.
    heard: VecDeque<Event>,
}

impl Person {
    pub(crate) fn new(home: &Home, dialect: Dialect, name: &str) -> Self {
        Self::with_secret(home, dialect, name, PASSWORD)
    }

    /// Somebody who shows this in place of the password.
    pub(crate) fn with_secret(home: &Home, dialect: Dialect, name: &str, secret: &str) -> Self {
        Self::of(config(home, dialect, name, secret), dialect, name)
    }

    /// The same person at a second place.
    pub(crate) fn elsewhere(home: &Home, dialect: Dialect, name: &str) -> Self {
        let access = home.access(dialect, name, PASSWORD);
        Self::of(config_at(1, access, dialect, name), dialect, name)
    }

    fn of(config: Config, dialect: Dialect, name: &str) -> Self {
        let driver = spawn(Tap::new(Client::new(config)), http());
        Self {
            name: name.to_owned(),
            dialect,
            driver,
            heard: VecDeque::new(),
        }
    }

    /// Somebody who has signed in.
    pub(crate) async fn signed_in(home: &Home, dialect: Dialect, name: &str) -> Step<Self> {
        let mut person = Self::new(home, dialect, name);
        person.sign_in().await?;
        Ok(person)
    }

    pub(crate) async fn sign_in(&mut self) -> Step<()> {
        self.call(Client::sign_in);
        self.until("signed in", |event| {
            matches!(event, Event::SignedIn(_)).then_some(())
        })
        .await
    }

    pub(crate) async fn sign_out(&mut self) -> Step<()> {
        self.call(Client::sign_out);
        self.until("signed out", |event| {
            matches!(event, Event::SignedOut(Reason::Requested)).then_some(())
        })
        .await?;
        self.heard.clear();
        Ok(())
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What somebody is called in this one's dialect.
    pub(crate) fn id(&self, name: &str) -> ContactId {
        if self.dialect == Dialect::MSNP24 {
            return ContactId::skype(&format!("live:{name}")).expect("a name");
        }
        ContactId::messenger(&format!("{name}@example.org")).expect("an address")
    }

    pub(crate) fn call<R>(&self, verb: impl FnOnce(&mut Client, Instant) -> R) -> R {
        let called = self.driver.call(|tap, now| verb(tap.client(), now));
        called.unwrap_or_else(|_| panic!("the driver runs"))
    }

    /// All that servers wrote to this one.
    pub(crate) fn written(&self) -> Vec<Written> {
        let called = self.driver.call(|tap, _| tap.written());
        called.unwrap_or_else(|_| panic!("the driver runs"))
    }

    /// The next event; an end that nobody waits for is one for whoever waits.
    async fn next(&mut self, what: &str) -> Step<Event> {
        match timeout(PATIENCE, self.driver.next_event()).await {
            Ok(Some(event)) => Ok(event),
            Ok(None) => panic!("the driver runs"),
            Err(_) => Err(format!("{}: {what}: not within time", self.name)),
        }
    }

    /// The first event, of those before too, in which something is found.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> Step<T> {
        let mut at = 0;
        loop {
            if at == self.heard.len() {
                let event = self.next(what).await?;
                self.heard.push_back(event);
            }
            if let Some(found) = wanted(&self.heard[at]) {
                self.heard.remove(at);
                return Ok(found);
            }
            if let Event::SignedOut(reason) | Event::Reconnecting { reason, .. } = &self.heard[at] {
                let text = format!("{}: {what}: {reason} ({reason:?})", self.name);
                self.heard.remove(at);
                return Err(text);
            }
            at += 1;
        }
    }

    /// Waits until the client knows this.
    pub(crate) async fn knows<T>(
        &mut self,
        what: &str,
        mut known: impl FnMut(&mut Client) -> Option<T>,
    ) -> Step<T> {
        loop {
            if let Some(found) = self.call(|client, _| known(client)) {
                return Ok(found);
            }
            let event = self.next(what).await?;
            self.heard.push_back(event);
        }
    }

    pub(crate) async fn sees(
        &mut self,
        who: &str,
        what: &str,
        wanted: impl Fn(&Presence) -> bool,
    ) -> Step<()> {
        let id = self.id(who);
        let what = format!("{who} {what}");
        self.knows(&what, |client| wanted(&client.presence(&id)).then_some(()))
            .await
    }

    pub(crate) async fn sees_status(&mut self, who: &str, status: Status) -> Step<()> {
        let what = format!("is {status}");
        self.sees(who, &what, |presence| presence.status == status)
            .await
    }

    /// Asks for something, and waits until it is done.
    pub(crate) async fn does(
        &mut self,
        what: &str,
        verb: impl FnOnce(&mut Client, Instant) -> Result<OperationId, Refused>,
    ) -> Step<Option<ConversationId>> {
        let asked = self.call(verb);
        let asked = asked.map_err(|refused| format!("{}: {what}: {refused}", self.name))?;
        let fate = self
            .until(what, |event| match event {
                Event::OperationSucceeded {
                    operation,
                    conversation,
                } if *operation == asked => Some(Ok(conversation.clone())),
                Event::OperationFailed { operation, reason } if *operation == asked => {
                    Some(Err(*reason))
                }
                _ => None,
            })
            .await?;
        fate.map_err(|reason| format!("{}: {what}: {reason} ({reason:?})", self.name))
    }

    pub(crate) async fn adds(&mut self, who: &str) -> Step<()> {
        let id = self.id(who);
        let added = self.does("adds", move |client, now| client.add_contact(&id, now));
        added.await.map(|_| ())
    }

    /// The fate of what was sent.
    pub(crate) async fn fate(&mut self, sent: &MessageId) -> Step<Result<(), Reason>> {
        self.until("the fate of a message", |event| match event {
            Event::MessageDelivered { message, .. } if message == sent => Some(Ok(())),
            Event::MessageFailed {
                message, reason, ..
            }
            | Event::MessageUncertain {
                message, reason, ..
            } if message == sent => Some(Err(*reason)),
            _ => None,
        })
        .await
    }

    /// Says something; what became of it.
    pub(crate) async fn tries_to_say(
        &mut self,
        to: &ConversationId,
        text: &str,
    ) -> Step<Result<(), Reason>> {
        let sent = self.call(|client, now| client.send_text(to, text, now));
        let sent = sent.map_err(|refused| format!("{}: says: {refused}", self.name))?;
        self.fate(&sent).await
    }

    /// Says something to somebody, and knows that it is delivered.
    pub(crate) async fn says(&mut self, to: &str, text: &str) -> Step<()> {
        let to = ConversationId::from(self.id(to));
        self.says_in(&to, text).await
    }

    pub(crate) async fn says_in(&mut self, to: &ConversationId, text: &str) -> Step<()> {
        let fate = self.tries_to_say(to, text).await?;
        let clipped: String = text.chars().take(20).collect();
        fate.map_err(|reason| format!("{}: says “{clipped}”: {reason} ({reason:?})", self.name))
    }

    pub(crate) async fn next_message(&mut self) -> Step<Message> {
        self.until("a message", |event| match event {
            Event::MessageReceived(message) => Some(message.clone()),
            _ => None,
        })
        .await
    }

    /// The next that is said, in however many messages, is this, by this person.
    pub(crate) async fn hears(&mut self, from: &str, text: &str) -> Step<()> {
        let from = self.id(from);
        let mut heard = String::new();
        while heard.len() < text.len() {
            let message = self.next_message().await?;
            if message.from != from {
                return Err(format!("{}: hears {} instead", self.name, message.from));
            }
            heard.push_str(&message.text);
        }
        if heard == text {
            Ok(())
        } else {
            Err(format!(
                "{}: hears “{heard}” instead of “{text}”",
                self.name
            ))
        }
    }
}

pub(crate) fn config(home: &Home, dialect: Dialect, name: &str, password: &str) -> Config {
    config_of(home.access(dialect, name, password), dialect, name)
}

/// The same for any way in.
pub(crate) fn config_of(access: Access, dialect: Dialect, name: &str) -> Config {
    config_at(0, access, dialect, name)
}

/// A place is named by the seed.
fn config_at(place: u8, access: Access, dialect: Dialect, name: &str) -> Config {
    let mut seed = [0; 32];
    for (at, byte) in name.bytes().take(30).enumerate() {
        seed[at] = byte;
    }
    (seed[30], seed[31]) = (place, dialect.number());
    let mut gateway = GatewayOptions::default();
    // Older gateways hold no polls; the tests do not wait for the next one.
    gateway.timing.quick = Duration::from_millis(50);
    gateway.timing.slow = Duration::from_millis(200);
    Config::new(access, seed)
        .dialects([dialect])
        .expect("it is spoken")
        .reconnect_attempts(0)
        .gateway(gateway)
        .expect("options")
}
