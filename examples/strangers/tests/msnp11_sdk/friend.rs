//! Somebody who uses our client.

use std::time::Duration;

use machine_contract::Instant;
use msnp_client::{
    Client, Config, ContactId, ConversationId, Dialect, Event, OperationId, Presence, Refused,
};
use tokio::time::timeout;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use crate::house::House;

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Friend {
    dialect: Dialect,
    driver: Driver<Client>,
    kept: Vec<Event>,
}

impl Friend {
    pub(crate) fn new(house: &House, dialect: Dialect, name: &str) -> Self {
        let config = Config::new(house.access(dialect, name), [dialect.number(); 32])
            .dialects([dialect])
            .expect("it is spoken")
            .reconnect_attempts(0);
        let options = HttpOptions::new().direct();
        let http = Http::new(options.client().expect("options"));
        let http = http.streams(options.tcp().expect("options"));
        Self {
            dialect,
            driver: spawn(Client::new(config), http),
            kept: Vec::new(),
        }
    }

    fn id(&self, name: &str) -> ContactId {
        if self.dialect == Dialect::MSNP24 {
            return ContactId::skype(&format!("live:{name}")).expect("a name");
        }
        ContactId::messenger(&format!("{name}@example.org")).expect("an address")
    }

    fn with(&self, name: &str) -> ConversationId {
        self.id(name).into()
    }

    fn call<R>(&self, verb: impl FnOnce(&mut Client, Instant) -> R) -> R {
        self.driver.call(verb).expect("the driver runs")
    }

    async fn next(&mut self, what: &str) -> Event {
        match timeout(PATIENCE, self.driver.next_event()).await {
            Ok(Some(event)) => event,
            _ => panic!("{what}: not within time; but {:?}", self.kept),
        }
    }

    /// The first event, of those before too, in which something is found.
    async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let mut at = 0;
        loop {
            if at == self.kept.len() {
                let event = self.next(what).await;
                self.kept.push(event);
            }
            if let Some(found) = wanted(&self.kept[at]) {
                self.kept.remove(at);
                return found;
            }
            at += 1;
        }
    }

    pub(crate) async fn signs_in(&mut self) {
        self.call(Client::sign_in);
        self.until("signs in", |event| {
            matches!(event, Event::SignedIn(_)).then_some(())
        })
        .await;
    }

    pub(crate) async fn does(
        &mut self,
        verb: impl FnOnce(&mut Client, Instant) -> Result<OperationId, Refused>,
    ) {
        let asked = self.call(verb).expect("it is taken");
        self.until("does something", |event| match event {
            Event::OperationSucceeded { operation, .. } if *operation == asked => Some(()),
            Event::OperationFailed { operation, reason } if *operation == asked => {
                panic!("{reason}")
            }
            _ => None,
        })
        .await;
    }

    pub(crate) async fn adds(&mut self, name: &str) {
        let who = self.id(name);
        self.does(move |client, now| client.add_contact(&who, now))
            .await;
    }

    pub(crate) async fn sees(
        &mut self,
        name: &str,
        what: &str,
        wanted: impl Fn(&Presence) -> bool,
    ) {
        let who = self.id(name);
        while !self.call(|client, _| wanted(&client.presence(&who))) {
            let event = self.next(what).await;
            self.kept.push(event);
        }
    }

    /// What somebody calls himself is told with his presence in some dialects, and with the list in others.
    pub(crate) async fn sees_name(&mut self, of: &str, name: &str) {
        let who = self.id(of);
        let is_called = |client: &mut Client| {
            let mut listed = client.contacts();
            let listed = listed.find(|one| one.id == who);
            let listed = listed.and_then(|one| one.name.as_deref());
            listed == Some(name) || client.presence(&who).name.as_deref() == Some(name)
        };
        while !self.call(|client, _| is_called(client)) {
            let event = self.next("sees a name").await;
            self.kept.push(event);
        }
    }

    pub(crate) async fn says(&mut self, name: &str, text: &str) {
        let with = self.with(name);
        let sent = self.call(|client, now| client.send_text(&with, text, now));
        self.arrives(sent.expect("it is taken")).await;
    }

    pub(crate) async fn nudges(&mut self, name: &str) {
        let with = self.with(name);
        let sent = self.call(|client, now| client.send_nudge(&with, now));
        self.arrives(sent.expect("it is taken")).await;
    }

    async fn arrives(&mut self, sent: msnp_client::MessageId) {
        self.until("it arrives", |event| match event {
            Event::MessageDelivered { message, .. } if *message == sent => Some(()),
            Event::MessageFailed {
                message, reason, ..
            }
            | Event::MessageUncertain {
                message, reason, ..
            } if *message == sent => panic!("{reason}"),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn hears(&mut self, name: &str, text: &str) {
        let who = self.id(name);
        let said = self
            .until("hears something", |event| match event {
                Event::MessageReceived(message) if message.from == who => {
                    Some(message.text.clone())
                }
                _ => None,
            })
            .await;
        assert_eq!(said, text);
    }

    pub(crate) async fn is_nudged(&mut self, name: &str) {
        let who = self.id(name);
        self.until("is nudged", |event| {
            matches!(event, Event::Nudge { from, .. } if *from == who).then_some(())
        })
        .await;
    }

    pub(crate) async fn sees_typing(&mut self, name: &str) {
        let who = self.id(name);
        self.until("sees that somebody types", |event| {
            let types = matches!(event, Event::Typing { from, typing: true, .. } if *from == who);
            types.then_some(())
        })
        .await;
    }
}
