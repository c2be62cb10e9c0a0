//! `msnp demo --together`: four people of four times on one network, each with a client of their own time.

use std::rc::Rc;
use std::time::Duration;

use msnp_client::bsim::{Client as SoapClient, Config as SoapConfig, Event as SoapEvent, Timings};
use msnp_client::{Client, ConversationId, Dialect, Event, Status};
use soap_codec::bsim::Event as On;
use tokio::time::{Instant, timeout_at};
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use super::failure::Failure;
use super::house::{self, House};
use super::page::{Page, Side};
use super::person::{PATIENCE, Person};
use super::story;

/// Who sits at a client, and of which time it is (msnp8-18.md 1).
const PEOPLE: [(&str, Dialect, &str); 3] = [
    ("Ada", Dialect::MSNP8, "MSNP8 over TCP, as MSN 5.0 spoke it"),
    (
        "Ben",
        Dialect::MSNP15,
        "MSNP15 over TCP, as 8.1 and 8.5 spoke it",
    ),
    ("Eve", Dialect::MSNP24, "MSNP24, through the gateway"),
];

/// Who speaks nothing but SOAP.
const FAY: &str = "Fay";

/// The service account that she uses.
const USER: &str = "testing";

/// Tells it from beginning to end.
pub(super) async fn tell() -> Result<(), Failure> {
    let page = Rc::new(Page::new());
    let house = House::open(&["Ada", "Ben", "Eve", FAY]).await?;
    let user_password = house::password()?;
    let added = house
        .service()
        .add_service_account(USER, &user_password)
        .await;
    added.map_err(Failure::start)?;
    page.aside(&format!(
        "One service: streams at {}, everything else at {}.",
        house.door()?,
        house.service().url()
    ));
    let mut people = Vec::new();
    // One after the other, so that the lines of two do not mix.
    for (name, dialect, time) in PEOPLE {
        page.chapter(&format!("{name} comes, with {time}"));
        let page = Rc::clone(&page);
        let mut person = Person::new(name, Side::Across, page, (&house, dialect), false)?;
        person.does("signs in", Client::sign_in)?;
        story::signed_in(&mut person).await?;
        people.push(person);
    }
    page.chapter(&format!(
        "{FAY} comes, by calls to the IM web service of 2008"
    ));
    let mut fay = Caller::sign_in(&page, &house, &user_password).await?;

    // All are there now: each scene wants some of them by name, and at the same time.
    let mut people = people.into_iter();
    let (Some(mut ada), Some(mut ben), Some(mut eve)) =
        (people.next(), people.next(), people.next())
    else {
        return Err(Failure::Missing("three people".to_owned()));
    };
    see_each_other(&page, &mut ada, &mut eve).await?;
    talk(&page, (&mut ada, &mut ben, &mut eve), &mut fay).await?;
    page.chapter("What one time has and another has not");
    correct(&mut eve, &mut ada).await?;
    page.chapter("The service stops");
    house.close().await;
    page.aside("Every step happened.");
    page.check().map_err(Failure::Writing)
}

async fn see_each_other(page: &Page, ada: &mut Person, eve: &mut Person) -> Result<(), Failure> {
    page.chapter("The oldest and the newest see each other");
    story::add(ada, ada.id_of("Eve")?).await?;
    story::add(eve, eve.id_of("Ada")?).await?;
    ada.sees_status(&ada.id_of("Eve")?, Status::ONLINE).await?;
    eve.sees_status(&eve.id_of("Ada")?, Status::ONLINE).await?;
    let busy = eve.tries("is busy", |client, now| {
        client.set_status(Status::BUSY, now)
    })?;
    story::done(eve, busy, "shown to others").await?;
    ada.sees_status(&ada.id_of("Eve")?, Status::BUSY).await
}

/// Everybody says something to everybody.
async fn talk(
    page: &Page,
    (ada, ben, eve): (&mut Person, &mut Person, &mut Person),
    fay: &mut Caller,
) -> Result<(), Failure> {
    page.chapter("Everybody talks to everybody");
    says(ada, ben, "Hello from MSN 5.0").await?;
    says(ben, ada, "Hello from 8.5 \u{1f642}").await?;
    says(ben, eve, "Is that the future?").await?;
    says(eve, ben, "It was, once").await?;
    says(eve, ada, "\u{413}\u{440}\u{fc}\u{df}e, \u{5c0f}\u{7f8e}").await?;
    says(ada, eve, "You can still read me").await?;
    for (person, text) in [
        (&mut *ada, "How are things in SOAP?"),
        (&mut *ben, "Do you poll?"),
        (&mut *eve, "Anybody home?"),
    ] {
        let to = ConversationId::from(person.id_of(FAY)?);
        let sent = person.tries(&format!("says to {FAY}: {text}"), |client, now| {
            client.send_text(&to, text, now)
        })?;
        story::delivered(person, &sent).await?;
        fay.hears(text).await?;
        let answer = "Every second or so";
        fay.says(person.name(), answer).await?;
        story::hears(person, answer).await?;
    }
    Ok(())
}

/// One says something to another, who hears it.
async fn says(speaker: &mut Person, listener: &mut Person, text: &str) -> Result<(), Failure> {
    let to = ConversationId::from(speaker.id_of(listener.name())?);
    let what = format!("says to {}: {text}", listener.name());
    let sent = speaker.tries(&what, |client, now| client.send_text(&to, text, now))?;
    story::delivered(speaker, &sent).await?;
    story::hears(listener, text).await
}

/// The newest dialect corrects what it has said; the oldest has no word for that, and hears the new text as a further message.
async fn correct(eve: &mut Person, ada: &mut Person) -> Result<(), Failure> {
    let to = ConversationId::from(eve.id_of("Ada")?);
    let wrong = "See you at eihgt";
    let original = eve.tries(&format!("says to Ada: {wrong}"), |client, now| {
        client.send_text(&to, wrong, now)
    })?;
    story::delivered(eve, &original).await?;
    story::hears(ada, wrong).await?;
    let right = "See you at eight";
    let edit = eve.tries(&format!("corrects: {right}"), |client, now| {
        client.edit_message(&to, &original, right, now)
    })?;
    story::delivered(eve, &edit).await?;
    story::hears(ada, right).await?;
    let to = ConversationId::from(ada.id_of("Eve")?);
    let refused = ada.does("nudges Eve", |client, now| client.send_nudge(&to, now))?;
    match refused {
        Err(why) => ada.tell(&format!("  ✗ {why}")),
        Ok(_) => return Err(Failure::Missing("Ada's nudge is refused".to_owned())),
    }
    let to = ConversationId::from(eve.id_of("Ada")?);
    let typing = eve.tries("types", |client, now| client.send_typing(&to, true, now));
    typing?;
    ada.sees("Eve typing", |event| {
        matches!(event, Event::Typing { typing: true, .. }).then_some(())
    })
    .await
}

/// The one who speaks SOAP.
struct Caller {
    page: Rc<Page>,
    driver: Driver<SoapClient>,
}

impl Caller {
    async fn sign_in(page: &Rc<Page>, house: &House, password: &str) -> Result<Self, Failure> {
        let timings = Timings {
            pace: Duration::from_millis(500),
            ..Timings::default()
        };
        let config = SoapConfig::new(&house.service().imsoap_url(), USER, password);
        let config = config.map_err(Failure::start)?.timings(timings).attempts(0);
        let http = HttpOptions::new()
            .direct()
            .client()
            .map_err(Failure::start)?;
        let mut caller = Self {
            page: Rc::clone(page),
            driver: spawn(SoapClient::new(config), Http::new(http)),
        };
        caller.tell("▸ signs in: Login, LoginIM");
        let account = house::address(FAY);
        let begun = caller.driver.call(|client, now| {
            client.sign_in(now);
            client.login_im(&account, house.password(), now)
        });
        begun
            .map_err(|_| missing("the caller is alive"))?
            .map_err(|refused| missing(&refused.to_string()))?;
        caller
            .sees("OnLogin", |event| {
                let is_in = matches!(
                    event,
                    SoapEvent::On {
                        event: On::OnLogin(_),
                        ..
                    }
                );
                is_in.then_some(())
            })
            .await?;
        caller.tell("● OnLogin");
        Ok(caller)
    }

    fn tell(&self, text: &str) {
        self.page.line(Side::Across, &format!("{FAY:<4} {text}"));
    }

    async fn sees(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&SoapEvent) -> Option<()>,
    ) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(Some(event)) = timeout_at(deadline, self.driver.next_event()).await {
            if wanted(&event).is_some() {
                return Ok(());
            }
            if let SoapEvent::SignedOut(reason) = &event {
                return Err(missing(&reason.to_string()));
            }
        }
        Err(missing(what))
    }

    async fn hears(&mut self, text: &str) -> Result<(), Failure> {
        self.sees("OnMessage", |event| match event {
            SoapEvent::On {
                event: On::OnMessage(all),
                ..
            } => all.iter().any(|it| it.text == text).then_some(()),
            _ => None,
        })
        .await?;
        self.tell(&format!("◂ OnMessage: {text}"));
        Ok(())
    }

    async fn says(&mut self, to: &str, text: &str) -> Result<(), Failure> {
        self.tell(&format!("▸ SendMessage to {to}: {text}"));
        let (account, to) = (
            house::address(FAY),
            house::id(to, Dialect::MSNP24)?.to_string(),
        );
        let sent = self
            .driver
            .call(|client, now| client.send_message(&account, &to, text, now));
        let sent = sent
            .map_err(|_| missing("the caller is alive"))?
            .map_err(|refused| missing(&refused.to_string()))?;
        self.sees("the answer to SendMessage", |event| {
            (*event == SoapEvent::MessageSent(sent)).then_some(())
        })
        .await
    }
}

fn missing(what: &str) -> Failure {
    Failure::Missing(format!("over SOAP: {what}"))
}
