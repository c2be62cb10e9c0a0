//! Properties of a caller of the IM web service, against the whole server.

use bytes::Bytes;
use http::Response;
use machine_contract::Instant;
use msnp_client::bsim::{Client, Config, Event, Limits, MessageId};
use simulation::{HOST, PASSWORD, login};

use crate::choices::Choices;
use crate::home::Resident;
use crate::marks::Marks;
use crate::street::Street;
use crate::trace::repeatable;

const UNDRAINED: usize = 8 * 1024;

/// The bytes say what happens to two callers, as in [`client`](crate::client::client).
pub fn caller(data: &[u8]) {
    repeatable(data, |data| {
        let callers = [0, 1].map(|who| (Program::new(who), Client::new(config())));
        Street::new(callers).play(&mut Choices::new(data))
    });
}

fn config() -> Config {
    let url = format!("https://{HOST}/imsoap/BSIMService.asmx");
    let limits = Limits {
        accounts: 3,
        messages: 8,
        text: 1_000,
        events: 40,
        undrained: UNDRAINED,
        ..Limits::default()
    };
    let config = Config::new(&url, "testing", PASSWORD).expect("an address");
    config.attempts(3).limits(limits)
}

/// A program that speaks for somebody.
struct Program {
    account: String,
    friend: String,
    messages: Marks<MessageId>,
}

impl Program {
    fn new(who: usize) -> Self {
        Self {
            account: login(who),
            friend: login(1 - who),
            messages: Marks::new(),
        }
    }
}

impl Resident for Program {
    type Machine = Client;
    const UNDRAINED: usize = UNDRAINED;

    fn sign_in(&mut self, client: &mut Client, now: Instant) {
        let _ = client.login_im(&self.account, PASSWORD, now);
        client.sign_in(now);
    }

    fn sign_out(&mut self, client: &mut Client, now: Instant) {
        client.sign_out(now);
    }

    fn act(&mut self, client: &mut Client, choices: &mut Choices<'_>, now: Instant) {
        match choices.below(8) {
            0 => {
                let status = *choices.of(&["NLN", "BSY", "AWY", "FLN", "<x>", ""]);
                let _ = client.change_status(&self.account, status, now);
            }
            1 => client.keep_session_alive(now),
            2 => {
                let account = *choices.of(&["carol@msn.example", "nobody@msn.example", "a@b", ""]);
                let _ = client.login_im(account, PASSWORD, now);
            }
            kind => {
                let mut text = self.messages.text();
                if kind == 3 {
                    text += &String::from_utf8_lossy(choices.some());
                }
                let friend = match kind {
                    4 => "nobody@msn.example",
                    _ => &self.friend,
                };
                if let Ok(id) = client.send_message(&self.account, friend, &text, now) {
                    self.messages.took(id);
                }
            }
        }
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::MessageSent(message)
            | Event::MessageNotSent { message, .. }
            | Event::MessageUncertain { message, .. } => self.messages.fate_of(message),
            _ => {}
        }
    }

    fn left(&mut self, bytes: &[u8]) {
        self.messages.left(bytes);
    }

    fn never_left(&mut self, bytes: &[u8]) {
        self.messages.never_left(bytes);
    }

    /// A fault says that nothing was done.
    fn replied(&mut self, bytes: &[u8], reply: &Response<Bytes>) {
        if !reply.status().is_success() {
            self.messages.never_left(bytes);
        }
    }

    fn over(&self) {
        self.messages.all_told();
    }
}
