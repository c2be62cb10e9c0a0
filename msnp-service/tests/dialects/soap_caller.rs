//! Somebody who speaks nothing but SOAP to the IM web service.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use msnp_client::bsim::{Client, Config, Event, Timings};
use msnp_service::Service;
use soap_codec::bsim::{Buddy, Event as On};
use tokio::time::timeout;
use transport_reqwest::{Driver, spawn};

use crate::carrier::{Home, PASSWORD, http};
use crate::person::Step;

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct SoapCaller {
    account: String,
    driver: Driver<Client>,
    heard: VecDeque<(String, String)>,
    known: Known,
}

/// What the service has told of the account.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) log: Vec<String>,
    pub(crate) nickname: Option<String>,
    pub(crate) status: Option<String>,
    /// Names, by id.
    pub(crate) groups: BTreeMap<String, String>,
    pub(crate) buddies: BTreeMap<String, Buddy>,
}

impl Known {
    fn learn(&mut self, on: &On) {
        match on {
            On::OnLog(lines) => self.log.extend(lines.iter().cloned()),
            On::OnNicknameChanged(name) => self.nickname = Some(name.clone()),
            On::OnStatusChanged(status) => self.status = Some(status.clone()),
            On::OnReceiveGroups(groups) => {
                let named = groups.iter().map(|it| (it.id.clone(), it.name.clone()));
                self.groups = named.collect();
            }
            On::OnReceiveBuddies(buddies) | On::OnBuddyStatusChanged(buddies) => {
                let named = buddies.iter().map(|it| (it.account.clone(), it.clone()));
                self.buddies.extend(named);
            }
            _ => {}
        }
    }
}

impl SoapCaller {
    /// The caller's service account has to be there.
    pub(crate) async fn signed_in(home: &Home, name: &str) -> Step<Self> {
        let account = format!("{name}@example.org");
        Self::with_password(home.service(), &account, PASSWORD).await
    }

    /// The same, showing this password for the IM account.
    pub(crate) async fn with_password(
        service: &Service,
        account: &str,
        password: &str,
    ) -> Step<Self> {
        let timings = Timings {
            pace: Duration::from_millis(100),
            sign_in_pace: Duration::from_millis(100),
            ..Timings::default()
        };
        let config = Config::new(&service.imsoap_url(), "testing", PASSWORD);
        let config = config.expect("an address").timings(timings).attempts(0);
        let driver = spawn(Client::new(config), http());
        let mut caller = Self {
            account: account.to_owned(),
            driver,
            heard: VecDeque::new(),
            known: Known::default(),
        };
        let begun = caller.driver.call(|client, now| {
            client.sign_in(now);
            client.login_im(account, password, now)
        });
        begun.map_err(|_| "ended")?.map_err(|why| why.to_string())?;
        caller
            .until("signed in", |event| match event {
                Event::On {
                    event: On::OnLogin(_),
                    ..
                } => Some(()),
                _ => None,
            })
            .await?;
        Ok(caller)
    }

    async fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> Step<T> {
        loop {
            let event = self.next(what).await?;
            if let Some(found) = wanted(&event) {
                return Ok(found);
            }
        }
    }

    /// The next event, which is known from now on. An end that nobody waits for is one for whoever waits.
    async fn next(&mut self, what: &str) -> Step<Event> {
        let event = match timeout(PATIENCE, self.driver.next_event()).await {
            Ok(Some(event)) => event,
            Ok(None) => return Err("ended".to_owned()),
            Err(_) => {
                let known = &self.known;
                return Err(format!("over SOAP: {what}: not within time: {known:?}"));
            }
        };
        match &event {
            Event::On {
                event: On::OnMessage(all),
                ..
            } => {
                let all = all.iter().map(|it| (it.from.clone(), it.text.clone()));
                self.heard.extend(all);
            }
            Event::On { event, .. } => self.known.learn(event),
            Event::LoginImFailed { .. } | Event::MessageNotSent { .. } | Event::SignedOut(_) => {
                return Err(format!("over SOAP: {what}: {event:?}"));
            }
            _ => {}
        }
        Ok(event)
    }

    /// Waits until the service has told this.
    pub(crate) async fn knows<T>(
        &mut self,
        what: &str,
        mut known: impl FnMut(&Known) -> Option<T>,
    ) -> Step<T> {
        loop {
            if let Some(found) = known(&self.known) {
                return Ok(found);
            }
            self.next(what).await?;
        }
    }

    pub(crate) async fn sees(
        &mut self,
        who: &str,
        what: &str,
        wanted: impl Fn(&Buddy) -> bool,
    ) -> Step<()> {
        let who = format!("{who}@example.org");
        let what = format!("{who} {what}");
        self.knows(&what, |known| {
            known.buddies.get(&who).is_some_and(&wanted).then_some(())
        })
        .await
    }

    /// Changes the status, and is told that it is changed.
    pub(crate) async fn shows(&mut self, status: &str) -> Step<()> {
        let account = self.account.clone();
        let asked = self
            .driver
            .call(|client, now| client.change_status(&account, status, now));
        asked.map_err(|_| "ended")?.map_err(|why| why.to_string())?;
        self.knows(&format!("is {status}"), |known| {
            (known.status.as_deref() == Some(status)).then_some(())
        })
        .await
    }

    /// Says something to somebody of the network.
    pub(crate) async fn says(&mut self, to: &str, text: &str) -> Step<()> {
        self.says_to(&format!("8:live:{to}"), text).await
    }

    /// Says something to whoever is called so, and the service takes it.
    pub(crate) async fn says_to(&mut self, to: &str, text: &str) -> Step<()> {
        let account = self.account.clone();
        let sent = self
            .driver
            .call(|client, now| client.send_message(&account, to, text, now));
        let sent = sent.map_err(|_| "ended")?.map_err(|why| why.to_string())?;
        self.until("says something", |event| {
            (*event == Event::MessageSent(sent)).then_some(())
        })
        .await
    }

    pub(crate) async fn hears(&mut self, from: &str, text: &str) -> Step<()> {
        // The service names people by their addresses (soap.md 2).
        self.hears_from(&format!("{from}@example.org"), text).await
    }

    /// The next that is said, in however many messages, is this, by whoever is called so.
    pub(crate) async fn hears_from(&mut self, from: &str, text: &str) -> Step<()> {
        let mut said = String::new();
        while said.len() < text.len() {
            while self.heard.is_empty() {
                self.next("hears something").await?;
            }
            match self.heard.pop_front() {
                Some((who, part)) if who == from => said.push_str(&part),
                other => return Err(format!("over SOAP: hears {other:?} instead of {from}")),
            }
        }
        if said == text {
            Ok(())
        } else {
            Err(format!(
                "over SOAP: hears “{said}” instead of “{text}” by {from}"
            ))
        }
    }
}
