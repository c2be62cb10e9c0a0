//! Somebody who speaks nothing but SOAP to the IM web service.

use std::collections::VecDeque;
use std::time::Duration;

use msnp_client::bsim::{Client, Config, Event, Timings};
use soap_codec::bsim::Event as On;
use tokio::time::timeout;
use transport_reqwest::{Driver, spawn};

use crate::carrier::{Home, PASSWORD, http};
use crate::person::Step;

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct SoapCaller {
    account: String,
    driver: Driver<Client>,
    heard: VecDeque<(String, String)>,
}

impl SoapCaller {
    /// The caller's service account has to be there.
    pub(crate) async fn signed_in(home: &Home, name: &str) -> Step<Self> {
        let timings = Timings {
            pace: Duration::from_millis(100),
            sign_in_pace: Duration::from_millis(100),
            ..Timings::default()
        };
        let config = Config::new(&home.service().imsoap_url(), "testing", PASSWORD);
        let config = config.expect("an address").timings(timings).attempts(0);
        let driver = spawn(Client::new(config), http());
        let account = format!("{name}@example.org");
        let mut caller = Self {
            account: account.clone(),
            driver,
            heard: VecDeque::new(),
        };
        let begun = caller.driver.call(|client, now| {
            client.sign_in(now);
            client.login_im(&account, PASSWORD, now)
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
            let event = match timeout(PATIENCE, self.driver.next_event()).await {
                Ok(Some(event)) => event,
                Ok(None) => return Err("ended".to_owned()),
                Err(_) => return Err(format!("over SOAP: {what}: not within time")),
            };
            if let Some(found) = wanted(&event) {
                return Ok(found);
            }
            match event {
                Event::On {
                    event: On::OnMessage(all),
                    ..
                } => {
                    let all = all.into_iter().map(|it| (it.from, it.text));
                    self.heard.extend(all);
                }
                Event::LoginImFailed { .. }
                | Event::MessageNotSent { .. }
                | Event::SignedOut(_) => return Err(format!("over SOAP: {what}: {event:?}")),
                _ => {}
            }
        }
    }

    pub(crate) async fn says(&mut self, to: &str, text: &str) -> Step<()> {
        let (account, to) = (self.account.clone(), format!("8:live:{to}"));
        let sent = self
            .driver
            .call(|client, now| client.send_message(&account, &to, text, now));
        let sent = sent.map_err(|_| "ended")?.map_err(|why| why.to_string())?;
        self.until("says something", |event| {
            (*event == Event::MessageSent(sent)).then_some(())
        })
        .await
    }

    pub(crate) async fn hears(&mut self, from: &str, text: &str) -> Step<()> {
        // The service names people by their addresses (soap.md 2).
        let from = format!("{from}@example.org");
        while self.heard.is_empty() {
            let mut heard = Vec::new();
            self.until("hears something", |event| match event {
                Event::On {
                    event: On::OnMessage(all),
                    ..
                } => {
                    let all = all.iter().map(|it| (it.from.clone(), it.text.clone()));
                    heard = all.collect();
                    Some(())
                }
                _ => None,
            })
            .await?;
            self.heard.extend(heard);
        }
        match self.heard.pop_front() {
            Some((who, said)) if who == from && said == text => Ok(()),
            other => Err(format!(
                "over SOAP: hears {other:?} instead of “{text}” by {from}"
            )),
        }
    }
}
