//! A client at work, and the books on what it has said and was told.

use std::time::Duration;

use gateway_sm::{Limits, Timing};
use msnp_client::{
    Access, Client, Config, ContactId, ConversationId, Event, GatewayOptions, HostPolicy,
    MessageId, Reason, Timings,
};

use super::numbered;
use super::setting::Setting;
use crate::{Drive, TurnedClock};

/// A client at work, and everything that it has told.
pub(crate) struct Person<D> {
    drive: D,
    said: Vec<Said>,
    received: Vec<String>,
    flood: Vec<usize>,
    history: Option<Vec<String>>,
    signed_in: usize,
    lost: Vec<Reason>,
    signed_out: Option<Reason>,
    log: Vec<String>,
}

pub(super) struct Said {
    id: MessageId,
    pub(super) text: String,
    pub(super) fate: Option<Fate>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    Failed(Reason),
    Uncertain(Reason),
}

impl<D: Drive<Client>> Person<D> {
    pub(super) fn new(config: Config) -> Self {
        Self {
            drive: D::start(
                Client::new(config),
                crate::Limits::default(),
                TurnedClock::new(),
            ),
            said: Vec::new(),
            received: Vec::new(),
            flood: Vec::new(),
            history: None,
            signed_in: 0,
            lost: Vec::new(),
            signed_out: None,
            log: Vec::new(),
        }
    }

    pub(crate) fn sign_in(&mut self) {
        self.signed_out = None;
        self.drive.call(Client::sign_in);
    }

    pub(crate) fn sign_out(&mut self) {
        self.drive.call(Client::sign_out);
    }

    pub(super) fn say(&mut self, to: &str, text: &str) {
        let (conversation, words) = (conversation(to), text.to_owned());
        let verb = move |client: &mut Client, now| client.send_text(&conversation, &words, now);
        let id = self.drive.call(verb).unwrap();
        self.said.push(Said {
            id,
            text: text.to_owned(),
            fate: None,
        });
    }

    /// Asks for the conversation with somebody, from its end.
    pub(super) fn ask_history(&mut self, with: &str) {
        self.history = None;
        let conversation = conversation(with);
        let asked = self
            .drive
            .call(move |client, now| client.request_history(&conversation, None, now));
        asked.unwrap();
    }

    /// The answer, once it has come.
    pub(super) fn history(&self) -> Option<&[String]> {
        self.history.as_deref()
    }

    /// Lets the driver work for so long, and takes nothing.
    pub(super) fn rest(&mut self, time: Duration) {
        self.drive.rest(time);
    }

    pub(super) fn said(&self) -> &[Said] {
        &self.said
    }

    pub(crate) fn received(&self) -> &[String] {
        &self.received
    }

    /// The numbers of the frames that `flood.rs` has made.
    pub(super) fn flood(&self) -> &[usize] {
        &self.flood
    }

    /// How often.
    pub(crate) const fn signed_in(&self) -> usize {
        self.signed_in
    }

    /// Why, if it is so.
    pub(crate) const fn signed_out(&self) -> Option<Reason> {
        self.signed_out
    }

    /// Why each connection was lost.
    pub(crate) fn lost(&self) -> &[Reason] {
        &self.lost
    }

    /// The events so far, for when something goes wrong.
    pub(super) fn log(&self) -> &[String] {
        &self.log
    }

    /// What it was told of the message with this text.
    pub(crate) fn fate(&self, text: &str) -> Option<Fate> {
        let said = self.said.iter().find(|said| said.text == text);
        said.expect("it was said").fate
    }

    /// What it was told of all messages, in the order in which they were said.
    pub(crate) fn fates(&self) -> Vec<Option<Fate>> {
        self.said.iter().map(|said| said.fate).collect()
    }

    pub(super) fn turn(&mut self) {
        let mut wait = Duration::from_millis(1);
        while let Some(event) = self.drive.next_event(wait) {
            self.note(event);
            wait = Duration::ZERO;
        }
    }

    pub(super) fn note(&mut self, event: Event) {
        if let Event::Frame { bytes, .. } = &event {
            // Not for the log: there may be megabytes of them.
            self.flood.extend(numbered::number(bytes));
            return;
        }
        self.log.push(format!("{event:?}"));
        assert!(self.signed_out.is_none(), "{:#?}", self.log);
        match event {
            Event::SignedIn(_) => self.signed_in += 1,
            Event::Reconnecting { reason, .. } => self.lost.push(reason),
            Event::SignedOut(reason) => {
                let open = self.said.iter().any(|said| said.fate.is_none());
                assert!(!open, "a fate came too late: {:#?}", self.log);
                self.signed_out = Some(reason);
            }
            Event::MessageDelivered { message, .. } => self.decide(&message, Fate::Delivered),
            Event::MessageFailed {
                message, reason, ..
            } => self.decide(&message, Fate::Failed(reason)),
            Event::MessageUncertain {
                message, reason, ..
            } => self.decide(&message, Fate::Uncertain(reason)),
            Event::MessageReceived(message) => self.received.push(message.text),
            Event::History(history) if history.operation.is_some() => {
                assert!(history.more.is_none(), "one page is enough");
                let texts = history.messages.into_iter().map(|message| message.text);
                self.history = Some(texts.collect());
            }
            _ => {}
        }
    }

    fn decide(&mut self, id: &MessageId, fate: Fate) {
        let said = self.said.iter_mut().find(|said| said.id == *id);
        let before = said.expect("it was said").fate.replace(fate);
        assert_eq!(before, None, "one fate: {:#?}", self.log);
    }
}

fn conversation(with: &str) -> ConversationId {
    let contact: ContactId = format!("8:live:{with}").parse().unwrap();
    contact.into()
}

pub(super) fn config(name: &str, url: &str, setting: &Setting) -> Config {
    let &Setting {
        mode,
        prompt,
        undrained,
        ..
    } = setting;
    let service = msnp_client::Service::at(url).unwrap();
    let access = Access::web(service, format!("{name}@example.org"), "secret");
    let seed = [name.as_bytes()[0]; 32];
    Config::new(access, seed)
        // Else the client would follow `X-MSN-Host` past the faults.
        .host_policy(HostPolicy::Stay)
        .unwrap()
        .reconnect_attempts(1000)
        .limits(msnp_client::Limits {
            undrained,
            ..msnp_client::Limits::default()
        })
        .timings(Timings {
            request: prompt,
            command: prompt * 5,
            backoff: Duration::from_millis(10),
            longest_backoff: Duration::from_millis(80),
            farewell: prompt,
            ..Timings::default()
        })
        .gateway(GatewayOptions {
            mode,
            lifespan: Duration::from_secs(1),
            timing: Timing {
                reply: prompt,
                margin: prompt,
                quick: Duration::from_millis(10),
                slow: Duration::from_millis(60),
                retry: Duration::from_millis(10),
                slow_retry: Duration::from_millis(40),
            },
            limits: Limits {
                failures: 5,
                undrained,
                ..Limits::default()
            },
            html_replies: true,
            ..GatewayOptions::default()
        })
        .unwrap()
}
