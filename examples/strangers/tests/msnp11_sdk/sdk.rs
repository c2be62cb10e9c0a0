//! Somebody who uses the SDK.

use std::sync::Arc;
use std::time::Duration;

use msnp11_sdk::{Client, Event, MsnpStatus, SdkError, Switchboard};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::house::{House, PASSWORD};

/// Longer than anything takes that happens at all: the SDK itself waits for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// What comes of it, soon.
pub(crate) async fn soon<T>(what: &str, done: impl Future<Output = T>) -> T {
    let done = timeout(PATIENCE, done).await;
    done.unwrap_or_else(|_| panic!("{what}: not within time"))
}

/// What is heard, and has not been looked for yet.
struct Heard {
    events: UnboundedReceiver<Event>,
    kept: Vec<Event>,
}

impl Heard {
    const fn new(events: UnboundedReceiver<Event>) -> Self {
        let kept = Vec::new();
        Self { events, kept }
    }

    /// The first event, of those before too, that is wanted.
    async fn first(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at);
        }
        loop {
            let next = timeout(PATIENCE, self.events.recv()).await;
            let Ok(Some(event)) = next else {
                panic!("{what}: not heard; but {:?}", self.kept);
            };
            if wanted(&event) {
                return event;
            }
            self.kept.push(event);
        }
    }
}

/// Signed in, and online.
pub(crate) struct Sdk {
    client: Arc<Client>,
    heard: Heard,
}

impl Sdk {
    pub(crate) async fn signed_in(house: &House, address: &str) -> Self {
        let (client, heard) = Self::connected(house).await;
        let entered = Self::login(&client, house, address, PASSWORD).await;
        assert!(matches!(entered, Ok(Event::Authenticated)), "{entered:?}");
        let shown = soon("comes online", client.set_presence(MsnpStatus::Online)).await;
        shown.expect("it is taken");
        let client = Arc::new(client);
        Self { client, heard }
    }

    /// What a wrong password is answered.
    pub(crate) async fn refused(house: &House, address: &str) -> SdkError {
        let (client, _) = Self::connected(house).await;
        let entered = Self::login(&client, house, address, "wrong").await;
        entered.expect_err("the password is wrong")
    }

    async fn connected(house: &House) -> (Client, Heard) {
        let client = soon("connects", Client::new("127.0.0.1", house.port())).await;
        let client = client.expect("the door is open");
        let (tell, events) = unbounded_channel();
        client.add_event_handler_closure(move |event| {
            let _ = tell.send(event);
            std::future::ready(())
        });
        (client, Heard::new(events))
    }

    async fn login(
        client: &Client,
        house: &House,
        address: &str,
        password: &str,
    ) -> Result<Event, SdkError> {
        let (address, nexus) = (address.to_owned(), house.nexus());
        let entering = client.login(address, password, &nexus, "msnp11-sdk", "0.13");
        soon("signs in", entering).await
    }

    pub(crate) fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client)
    }

    pub(crate) async fn hears(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) {
        self.heard.first(what, wanted).await;
    }

    /// Somebody has called, and was answered.
    pub(crate) async fn is_called(&mut self) -> Talk {
        let called = |event: &Event| matches!(event, Event::SessionAnswered(_));
        match self.heard.first("is called", called).await {
            Event::SessionAnswered(board) => Talk::of(board),
            other => panic!("{other:?}"),
        }
    }
}

/// A conversation.
pub(crate) struct Talk {
    board: Arc<Switchboard>,
    heard: Heard,
}

impl Talk {
    pub(crate) fn of(board: Arc<Switchboard>) -> Self {
        let (tell, events) = unbounded_channel();
        board.add_event_handler_closure(move |event| {
            let _ = tell.send(event);
            std::future::ready(())
        });
        let heard = Heard::new(events);
        Self { board, heard }
    }

    pub(crate) fn board(&self) -> &Switchboard {
        &self.board
    }

    pub(crate) async fn hears(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) {
        self.heard.first(what, wanted).await;
    }
}
