//! Somebody at a web-gateway client, for the SOAP callers to chat with.

use std::time::Duration;

use msnp_client::{Access, Client, Config, ContactId, Event, Message, Service as Gateway, Timings};
use msnp_service::Service;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use crate::secrets::IM_PASSWORD;
use crate::soon;

/// A signed-in user.
pub(crate) struct Friend(Driver<Client>);

impl Friend {
    pub(crate) async fn sign_in(service: &Service, name: &str, seed: u8) -> Self {
        Self::sign_in_at(&service.url(), name, seed).await
    }

    pub(crate) async fn sign_in_at(url: &str, name: &str, seed: u8) -> Self {
        let gateway = Gateway::at(url).expect("a URL");
        let access = Access::web(gateway, format!("{name}@example.org"), IM_PASSWORD);
        // Whoever sees a friend go must be able to rely on it.
        let timings = Timings {
            farewell: Duration::from_secs(60),
            ..Timings::default()
        };
        let config = Config::new(access, [seed; 32]).timings(timings);
        let client = Client::new(config);
        let http = HttpOptions::new().direct().client().expect("a client");
        let mut friend = Self(spawn(client, Http::new(http)));
        let begun = friend.0.call(Client::sign_in);
        begun.expect("the driver runs");
        let in_now = |event| matches!(event, Event::SignedIn(_)).then_some(());
        friend.until("signed in", in_now).await;
        friend
    }

    /// Puts somebody on the contact list.
    pub(crate) async fn add(&mut self, name: &str) {
        let who = ContactId::skype(&format!("live:{name}")).expect("a name");
        let added = self
            .0
            .call(move |client, now| client.add_contact(&who, now));
        let operation = added.expect("the driver runs").expect("taken");
        let done = move |event| match event {
            Event::OperationSucceeded { operation: it, .. } if it == operation => Some(()),
            _ => None,
        };
        self.until("the contact is added", done).await;
    }

    pub(crate) fn say(&mut self, to: &str, text: &str) {
        let to: ContactId = to.parse().expect("a contact");
        let text = text.to_owned();
        let said = self
            .0
            .call(move |client, now| client.send_text(&to.into(), &text, now));
        said.expect("the driver runs").expect("taken");
    }

    /// Says something, and waits until the service has it.
    pub(crate) async fn delivers(&mut self, to: &str, text: &str) {
        self.say(to, text);
        let delivered = |event| matches!(event, Event::MessageDelivered { .. }).then_some(());
        self.until("it is delivered", delivered).await;
    }

    pub(crate) async fn next_message(&mut self) -> Message {
        soon("a message", self.whatever_it_takes_to_hear()).await
    }

    /// The next message, for whose sender somebody else waits.
    pub(crate) async fn whatever_it_takes_to_hear(&mut self) -> Message {
        let message = |event| match event {
            Event::MessageReceived(message) => Some(message),
            _ => None,
        };
        self.next(message).await
    }

    /// Waits for somebody's status and for a message. They may come in either order: over two
    /// connections one can overtake the other.
    pub(crate) async fn sees_and_hears(&mut self, who: &str, status: &str) -> Message {
        let (mut seen, mut heard) = (false, None);
        let both = |event| {
            match event {
                Event::MessageReceived(message) => heard = Some(message),
                event => seen |= is_status(&event, who, status),
            }
            if seen { heard.take() } else { None }
        };
        self.until("a status and a message", both).await
    }

    /// Waits until somebody's status is this.
    pub(crate) async fn sees(&mut self, who: &str, status: &str) {
        let sees = |event| is_status(&event, who, status).then_some(());
        self.until(&format!("{who} is {status}"), sees).await;
    }

    pub(crate) async fn sign_out(mut self) {
        let out = self.0.call(Client::sign_out);
        out.expect("the driver runs");
        let over = |event| matches!(event, Event::SignedOut(_)).then_some(());
        self.until("signed out", over).await;
    }

    async fn until<T>(&mut self, what: &str, is_it: impl FnMut(Event) -> Option<T>) -> T {
        soon(what, self.next(is_it)).await
    }

    async fn next<T>(&mut self, mut is_it: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            let event = self.0.next_event().await.expect("the driver runs");
            if let Some(found) = is_it(event) {
                return found;
            }
        }
    }
}

fn is_status(event: &Event, who: &str, status: &str) -> bool {
    let Event::PresenceChanged { contact, presence } = event else {
        return false;
    };
    contact.to_string() == who && presence.status.code() == status
}

/// Makes alice and bob see each other, and leaves bob signed in.
pub(crate) async fn bob_and_alice(service: &Service) -> Friend {
    let mut alice = Friend::sign_in(service, "alice", 1).await;
    alice.add("bob").await;
    alice.sign_out().await;
    let mut bob = Friend::sign_in(service, "bob", 2).await;
    bob.add("alice").await;
    bob
}
