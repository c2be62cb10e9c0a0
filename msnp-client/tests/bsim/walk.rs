//! Random walks: a service that loses sessions, requests and responses. Every message has exactly
//! one fate, the fate is true, and the order is kept.

use std::collections::BTreeMap;
use std::time::Duration;

use machine_contract::Failure;
use msnp_client::bsim::{Client, Config, Event, MessageId};
use proptest::prelude::*;
use simulation_kit::Solo;
use soap_codec::Version;
use soap_codec::bsim::{Event as On, Operation, Reply, ResultEncoding};

use crate::world::{BUDDY, ME, fault, happened, operation, response, session};

#[derive(Clone, Debug)]
enum Step {
    Send,
    Status,
    Fetch,
    /// The request gets through, and its response back.
    Answer,
    LoseRequest,
    LoseReply,
    Refuse,
    Garbage(u16),
    ForgetSession,
    Pass(u64),
    SignOutAndIn,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Send),
        1 => Just(Step::Status),
        1 => Just(Step::Fetch),
        12 => Just(Step::Answer),
        2 => Just(Step::LoseRequest),
        2 => Just(Step::LoseReply),
        1 => Just(Step::Refuse),
        1 => prop::sample::select(vec![200, 400, 404, 429, 500, 503]).prop_map(Step::Garbage),
        1 => Just(Step::ForgetSession),
        8 => (0_u64..70).prop_map(Step::Pass),
        1 => Just(Step::SignOutAndIn),
    ];
    prop::collection::vec(step, 1..120)
}

/// The service.
#[derive(Default)]
struct Service {
    sessions: u32,
    valid: bool,
    logged_in: bool,
    taken: Vec<String>,
}

impl Service {
    fn serve(&mut self, operation: &Operation) -> (u16, String) {
        let reply = match operation {
            Operation::Login(_) => {
                self.sessions += 1;
                (self.valid, self.logged_in) = (true, false);
                Reply::Login(Some(session(&self.sessions.to_string())))
            }
            _ if !self.is_current(operation) => return (500, fault("Invalid session.")),
            Operation::LoginIM(_) => {
                self.logged_in = true;
                Reply::LoginIM
            }
            Operation::KeepSessionAlive(_) => {
                let events = std::mem::take(&mut self.logged_in)
                    .then(|| happened(ME, vec![On::OnLogin(String::new())]));
                Reply::KeepSessionAlive(events)
            }
            Operation::ChangeStatus(_) => Reply::ChangeStatus,
            Operation::SendMessage(message) => {
                self.taken.push(message.message.clone().expect("a text"));
                Reply::SendMessage
            }
            Operation::GetVersion => Reply::GetVersion(None),
        };
        let envelope = reply
            .to_envelope(Version::Soap11, ResultEncoding::Escaped)
            .expect("plain");
        (200, envelope.to_xml().expect("plain"))
    }

    fn is_current(&self, operation: &Operation) -> bool {
        let id = operation.session().and_then(|it| it.session_id.as_ref());
        self.valid && id.is_some_and(|id| *id.expose() == self.sessions.to_string())
    }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Fate {
    Sent,
    NotSent,
    Uncertain,
}

struct Walk {
    solo: Solo<Client>,
    service: Service,
    in_flight: Option<(machine_contract::RequestId, Operation)>,
    fates: BTreeMap<MessageId, Option<Fate>>,
    texts: BTreeMap<MessageId, String>,
    order: Vec<MessageId>,
    signed_out: bool,
}

fn sign_in(solo: &mut Solo<Client>) {
    let login = |client: &mut Client, now| client.login_im(ME, "x", now);
    solo.call(login).expect("room");
    solo.call(Client::sign_in);
}

impl Walk {
    fn new() -> Self {
        let config = Config::new("https://msn.example/imsoap/", "testing", "password");
        let mut solo = Solo::new(Client::new(config.expect("an address").attempts(3)));
        sign_in(&mut solo);
        Self {
            solo,
            service: Service::default(),
            in_flight: None,
            fates: BTreeMap::new(),
            texts: BTreeMap::new(),
            order: Vec::new(),
            signed_out: false,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Send => {
                let text = format!("message {}", self.texts.len());
                let send = |client: &mut Client, now| client.send_message(ME, BUDDY, &text, now);
                if let Ok(id) = self.solo.call(send) {
                    self.fates.insert(id, None);
                    self.texts.insert(id, text);
                }
            }
            Step::Status => {
                let change = |client: &mut Client, now| client.change_status(ME, "BSY", now);
                self.solo.call(change).expect("known");
            }
            Step::Fetch => self.solo.call(Client::keep_session_alive),
            Step::ForgetSession => self.service.valid = false,
            Step::Pass(seconds) => {
                self.solo.skip(Duration::from_secs(*seconds));
                self.solo.tell_time();
            }
            Step::SignOutAndIn => {
                self.solo.call(Client::sign_out);
                self.drain();
                // A new sign-in may find the account refused in the last one.
                sign_in(&mut self.solo);
            }
            Step::Answer
            | Step::LoseRequest
            | Step::LoseReply
            | Step::Refuse
            | Step::Garbage(_) => {
                self.network(step);
            }
        }
        self.drain();
    }

    fn network(&mut self, step: &Step) {
        let Some((id, operation)) = self.in_flight.take() else {
            return;
        };
        match step {
            Step::Answer => {
                let (status, body) = self.service.serve(&operation);
                self.solo.respond(id, response(status, "text/xml", body));
            }
            Step::LoseRequest => self.solo.fail(id, Failure::NotSent),
            Step::LoseReply => {
                let _ = self.service.serve(&operation);
                self.solo.fail(id, Failure::Unknown);
            }
            Step::Refuse => {
                let refusal = response(500, "text/xml", fault("No."));
                self.solo.respond(id, refusal);
            }
            Step::Garbage(status) => {
                self.solo.respond(id, response(*status, "text/html", "<p>"));
            }
            _ => {}
        }
    }

    fn drain(&mut self) {
        while let Some(id) = self.solo.cancel() {
            // Cancelled before or after it reached the service: here, after.
            if let Some((current, operation)) = self.in_flight.take() {
                assert_eq!(current, id);
                let _ = self.service.serve(&operation);
            }
        }
        if let Some(transmit) = self.solo.transmit() {
            assert!(self.in_flight.is_none(), "one at a time");
            self.in_flight = Some((transmit.id, operation(&transmit.request)));
        }
        while let Some(event) = self.solo.event() {
            let (message, fate) = match event {
                Event::MessageSent(message) => (message, Fate::Sent),
                Event::MessageNotSent { message, .. } => (message, Fate::NotSent),
                Event::MessageUncertain { message, .. } => (message, Fate::Uncertain),
                Event::SignedOut(_) => {
                    self.signed_out = true;
                    continue;
                }
                _ => continue,
            };
            let known = self.fates.get_mut(&message).expect("ours");
            assert_eq!(known.replace(fate), None, "a second fate");
            if fate == Fate::Sent {
                self.order.push(message);
            }
        }
    }

    fn check(mut self) {
        self.solo.call(Client::sign_out);
        self.drain();
        assert!(self.order.is_sorted(), "out of order");
        for (id, fate) in &self.fates {
            let text = &self.texts[id];
            let taken = self.service.taken.iter().filter(|it| *it == text).count();
            match fate {
                Some(Fate::Sent) => assert_eq!(taken, 1, "{text}"),
                Some(Fate::NotSent) => assert_eq!(taken, 0, "{text}"),
                Some(Fate::Uncertain) => assert!(taken <= 1, "{text}"),
                None => panic!("{text} has no fate"),
            }
        }
        let order: Vec<&String> = self.service.taken.iter().collect();
        let number = |text: &&String| {
            text.rsplit(' ')
                .next()
                .and_then(|it| it.parse::<u32>().ok())
        };
        assert!(order.iter().map(number).is_sorted(), "{order:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_message_has_one_true_fate(steps in steps()) {
        let mut walk = Walk::new();
        walk.drain();
        for step in &steps {
            walk.step(step);
        }
        walk.check();
    }
}
