//! `Caller`: a program that has somebody signed in by the IM web service.

use machine_contract::{Instant, Machine};
use msnp_client::bsim::{Client, Config, Event, MessageId, Refused};
use soap_codec::bsim::{Event as On, Message};

use crate::account::{HOST, PASSWORD, login};

/// A client of the IM web service with one IM account.
///
/// Its sessions end with the server's process; then it signs in again by itself.
#[derive(Debug)]
pub struct Caller {
    client: Client,
    account: String,
}

impl Caller {
    /// A program that speaks for that person.
    ///
    /// # Panics
    /// If there is nobody of that number.
    pub fn new(who: usize) -> Self {
        let url = format!("https://{HOST}/imsoap/BSIMService.asmx");
        let config = Config::new(&url, "testing", PASSWORD).expect("an address");
        Self {
            client: Client::new(config.attempts(1000)),
            account: login(who),
        }
    }

    /// Its client.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the person is signed in, as far as is known here.
    pub fn is_signed_in(&self) -> bool {
        self.client.is_im_signed_in(&self.account)
    }

    /// The program signs in, and the person with it.
    ///
    /// # Panics
    /// Never: there is room for one account.
    pub fn sign_in(&mut self, now: Instant) {
        self.client.sign_in(now);
        self.client
            .login_im(&self.account, PASSWORD, now)
            .expect("room for one");
    }

    /// The program falls silent.
    pub fn sign_out(&mut self, now: Instant) {
        self.client.sign_out(now);
    }

    /// The person says something.
    ///
    /// # Errors
    /// As those of [`Client::send_message`].
    pub fn say(&mut self, to: &str, text: &str, now: Instant) -> Result<MessageId, Refused> {
        self.client.send_message(&self.account, to, text, now)
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.client.poll_event()
    }

    pub(crate) const fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

/// The messages that a fetch has brought.
pub fn fetched(event: &Event) -> &[Message] {
    match event {
        Event::On {
            event: On::OnMessage(messages),
            ..
        } => messages,
        _ => &[],
    }
}
