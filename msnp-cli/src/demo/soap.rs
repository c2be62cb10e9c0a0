//! `msnp demo --soap`: the seven steps of 2008. One person speaks nothing but SOAP, the other sits at
//! the web gateway.

use std::rc::Rc;
use std::time::Duration;

use msnp_client::bsim::{Client, Config, Event, Timings};
use msnp_client::{ContactId, Dialect, Event as WebEvent, Status};
use soap_codec::bsim::{Buddy, Event as On, Message, OperationName};
use tokio::time::{Instant, timeout_at};
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use super::failure::Failure;
use super::house::{self, House};
use super::page::{Page, Side};
use super::person::{PATIENCE, Person};
use super::story;
use super::watched::{ObservedExchange, Seen, Watched};
use super::wire;

/// The service account, as in the recording.
const USER: &str = "testing";
const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
/// Between two fetches, while something is still to come.
const BEAT: Duration = Duration::from_millis(300);

/// Tells it from beginning to end.
pub(super) async fn tell(wire: bool) -> Result<(), Failure> {
    let page = Rc::new(Page::new());
    let service_password = house::password()?;
    let house = House::open(&["Alice", "Bob"]).await?;
    let service = house.service();
    let added = service.add_service_account(USER, &service_password).await;
    added.map_err(Failure::start)?;
    page.aside(&format!(
        "The IM web service is at {}. Alice will speak nothing but SOAP to it, and Bob sits at the \
         web gateway. Secrets are masked, and the document that KeepSessionAliveResult holds as \
         text is shown unpacked.",
        service.imsoap_url()
    ));
    let person = |name, side| {
        Person::new(
            name,
            side,
            Rc::clone(&page),
            (&house, Dialect::MSNP24),
            wire,
        )
    };
    let (mut alice, mut bob) = (person("Alice", Side::Left)?, person("Bob", Side::Right)?);

    page.heads("Alice", "Bob");
    page.chapter("Earlier: both sit at the web gateway and add each other");
    befriend(&mut alice, &mut bob).await?;
    drop(alice);

    let mut caller = Caller::new(Rc::clone(&page), &service.imsoap_url(), &service_password)?;
    come(&mut caller, &mut bob, house.password()).await?;
    change_status(&mut caller, &mut bob).await?;
    talk(&mut caller, &mut bob).await?;
    page.chapter("The service stops");
    house.close().await;
    page.aside("Every step happened.");
    page.check().map_err(Failure::Writing)
}

async fn befriend(alice: &mut Person, bob: &mut Person) -> Result<(), Failure> {
    for person in [&mut *alice, &mut *bob] {
        person.does("signs in", msnp_client::Client::sign_in)?;
        story::signed_in(person).await?;
    }
    story::add(alice, bob_id()?).await?;
    story::add(bob, alice_id()?).await?;
    story::sees_status(bob, alice_id()?, Status::ONLINE).await?;
    alice.does("signs out", msnp_client::Client::sign_out)?;
    alice
        .sees("the sign-out", |event| {
            matches!(event, WebEvent::SignedOut(_)).then_some(())
        })
        .await?;
    story::sees_status(bob, alice_id()?, Status::OFFLINE).await
}

/// Steps 1 to 3.
async fn come(caller: &mut Caller, bob: &mut Person, password: &str) -> Result<(), Failure> {
    caller.step("Step 1. Login");
    caller.calls(Client::sign_in)?;
    caller
        .sees("the session", OperationName::Login, |event| {
            matches!(event, Event::SignedIn { .. }).then_some(())
        })
        .await?;

    caller.step("Step 2. LoginIM");
    let password = password.to_owned();
    let taken = caller.calls(move |client, now| client.login_im(ALICE, &password, now));
    taken?.map_err(|refused| missing(&refused.to_string()))?;
    caller.exchanged(OperationName::LoginIM).await?;
    // It has crossed the gateway once somebody there sees it.
    story::sees_status(bob, alice_id()?, Status::ONLINE).await?;

    caller.step(
        "Step 3. KeepSessionAlive: OnLog, OnLogin, OnNicknameChanged, OnReceiveBuddies, \
         OnStatusChanged, OnBuddyStatusChanged",
    );
    caller
        .fetches(
            "OnLog: Login OK.",
            |on| matches!(on, On::OnLog(lines) if lines.iter().any(|line| line == "Login OK.")),
        )
        .await?;
    caller
        .fetches("OnLogin", |on| matches!(on, On::OnLogin(_)))
        .await?;
    caller
        .fetches("OnNicknameChanged", |on| {
            matches!(on, On::OnNicknameChanged(_))
        })
        .await?;
    caller
        .fetches(
            "OnReceiveBuddies: Bob",
            |on| matches!(on, On::OnReceiveBuddies(all) if all.iter().any(is_bob)),
        )
        .await?;
    caller
        .fetches("OnStatusChanged", |on| matches!(on, On::OnStatusChanged(_)))
        .await?;
    caller
        .fetches("OnBuddyStatusChanged: Bob is NLN", |on| {
            let is_there = |it: &Buddy| is_bob(it) && it.status == "NLN";
            matches!(on, On::OnBuddyStatusChanged(all) if all.iter().any(is_there))
        })
        .await
}

/// Steps 4 and 5. The recording sets NLN, which it was already; another status can be seen to arrive.
async fn change_status(caller: &mut Caller, bob: &mut Person) -> Result<(), Failure> {
    caller.step("Step 4. ChangeStatus");
    caller.forget();
    let taken = caller.calls(|client, now| client.change_status(ALICE, "BSY", now));
    taken?.map_err(|refused| missing(&refused.to_string()))?;
    caller.exchanged(OperationName::ChangeStatus).await?;
    story::sees_status(bob, alice_id()?, Status::BUSY).await?;

    caller.step("Step 5. KeepSessionAlive: OnStatusChanged");
    caller
        .fetches(
            "OnStatusChanged: BSY",
            |on| matches!(on, On::OnStatusChanged(status) if status == "BSY"),
        )
        .await
}

/// Steps 6 and 7.
async fn talk(caller: &mut Caller, bob: &mut Person) -> Result<(), Failure> {
    let text = "Test Message";
    caller.step("Step 6. SendMessage");
    let to = bob_id()?.to_string();
    let sent = caller.calls(move |client, now| client.send_message(ALICE, &to, text, now));
    let sent = sent?.map_err(|refused| missing(&refused.to_string()))?;
    caller
        .sees("the answer", OperationName::SendMessage, |event| {
            (*event == Event::MessageSent(sent)).then_some(())
        })
        .await?;
    story::hears(bob, text).await?;

    caller.step("Step 7. KeepSessionAlive: OnMessage");
    caller.forget();
    let text = "Returning your message, 小美 :-)";
    let to = alice_id()?.into();
    let what = format!("says: {text}");
    let said = bob.tries(&what, move |client, now| client.send_text(&to, text, now));
    let said = said?;
    story::delivered(bob, &said).await?;
    caller
        .fetches("OnMessage", |on| {
            let is_it = |it: &Message| it.text == text && is_bob_named(&it.from);
            matches!(on, On::OnMessage(all) if all.iter().any(is_it))
        })
        .await
}

fn alice_id() -> Result<ContactId, Failure> {
    house::id("Alice", Dialect::MSNP24)
}

fn bob_id() -> Result<ContactId, Failure> {
    house::id("Bob", Dialect::MSNP24)
}

fn is_bob(buddy: &Buddy) -> bool {
    is_bob_named(&buddy.account)
}

/// The service names people by their addresses (soap.md 2).
fn is_bob_named(account: &str) -> bool {
    account == BOB
}

fn missing(what: &str) -> Failure {
    Failure::Missing(format!("over SOAP: {what}"))
}

/// The one who speaks SOAP.
struct Caller {
    page: Rc<Page>,
    driver: Driver<Watched<Client>>,
    /// What has happened and was not looked for yet.
    happened: Vec<On>,
}

impl Caller {
    fn new(page: Rc<Page>, url: &str, password: &str) -> Result<Self, Failure> {
        // The story says when to fetch.
        let never = Duration::MAX;
        let timings = Timings {
            pace: never,
            sign_in_pace: never,
            ..Timings::default()
        };
        let config = Config::new(url, USER, password).map_err(Failure::start)?;
        let config = config.timings(timings).attempts(0);
        let http = HttpOptions::new()
            .direct()
            .client()
            .map_err(Failure::start)?;
        let machine = Watched::new(Client::new(config));
        Ok(Self {
            page,
            driver: spawn(machine, Http::new(http)),
            happened: Vec::new(),
        })
    }

    fn step(&self, text: &str) {
        self.page.chapter(text);
    }

    /// What happened before is of no interest any more.
    fn forget(&mut self) {
        self.happened.clear();
    }

    fn calls<R>(
        &self,
        verb: impl FnOnce(&mut Client, machine_contract::Instant) -> R,
    ) -> Result<R, Failure> {
        let call = self
            .driver
            .call(|watched, now| verb(watched.machine(), now));
        call.map_err(|_| missing("the client is alive"))
    }

    /// Waits for the end of this call, and shows it.
    async fn exchanged(&mut self, operation: OperationName) -> Result<(), Failure> {
        let exchange = self.exchange(operation).await?;
        self.show(&exchange);
        Ok(())
    }

    /// Waits for the end of this call.
    async fn exchange(&mut self, operation: OperationName) -> Result<ObservedExchange, Failure> {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(Some(seen)) = timeout_at(deadline, self.driver.next_event()).await {
            match seen {
                Seen::Exchange(exchange) => {
                    let action = exchange.request.headers().get("soapaction");
                    if action.is_none_or(|it| *it != operation.soap_action()) {
                        self.show(&exchange);
                    } else if exchange.response.status().is_success() {
                        return Ok(*exchange);
                    } else {
                        self.show(&exchange);
                        return Err(missing(&format!("{operation} succeeds")));
                    }
                }
                Seen::Event(event) => self.take(event)?,
            }
        }
        Err(missing(operation.as_str()))
    }

    /// Waits for the end of this call, and then for what the client makes of it.
    async fn sees(
        &mut self,
        what: &str,
        operation: OperationName,
        wanted: impl Fn(&Event) -> Option<()>,
    ) -> Result<(), Failure> {
        self.exchanged(operation).await?;
        let deadline = Instant::now() + PATIENCE;
        while let Ok(Some(seen)) = timeout_at(deadline, self.driver.next_event()).await {
            if let Seen::Event(event) = seen {
                if wanted(&event).is_some() {
                    return Ok(());
                }
                self.take(event)?;
            }
        }
        Err(missing(what))
    }

    /// Looks for something among what happened, and fetches until it is there.
    async fn fetches(&mut self, what: &str, wanted: impl Fn(&On) -> bool) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.happened.iter().any(&wanted) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(missing(what));
            }
            self.calls(Client::keep_session_alive)?;
            let exchange = self.exchange(OperationName::KeepSessionAlive).await?;
            // The driver takes a call when it has handed out all that came before it, however busy this
            // machine is.
            self.calls(|_, _| ())?;
            let beat = Instant::now() + BEAT;
            let before = self.happened.len();
            while let Ok(Some(seen)) = timeout_at(beat, self.driver.next_event()).await {
                if let Seen::Event(event) = seen {
                    self.take(event)?;
                }
            }
            let new = self.happened.get(before..).unwrap_or_default();
            if new.is_empty() {
                self.page.aside("KeepSessionAlive: nothing new yet.");
                continue;
            }
            self.show(&exchange);
            for line in new.iter().flat_map(crate::imsoap::happened) {
                self.page.wide("◂", &line);
            }
        }
    }

    fn take(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::On { event, .. } => self.happened.push(event),
            Event::LoginImFailed { reason, .. } => return Err(missing(&reason.to_string())),
            Event::ChangeStatusFailed { problem, .. } => return Err(missing(&problem.to_string())),
            Event::MessageNotSent { reason, .. } => return Err(missing(&reason.to_string())),
            Event::SignedOut(reason) => return Err(missing(&reason.to_string())),
            _ => {}
        }
        Ok(())
    }

    fn show(&self, exchange: &ObservedExchange) {
        for line in wire::request(&exchange.request) {
            self.page.wide("→", &line);
        }
        self.page.wide("", "");
        for line in wire::response(&exchange.response) {
            self.page.wide("←", &line);
        }
    }
}
