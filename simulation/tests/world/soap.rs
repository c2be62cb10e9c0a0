//! A client of MSNP24 and a caller of the IM web service talk, and nothing but their own requests crosses a
//! network: the web service signs its accounts in without one.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit, UnixTime};
use msnp_client::{Client, Event, Status, bsim};
use msnp_server::Config;
use simulation::{
    HOST, PASSWORD, Process, Transcript, accounts, config, contact, each_seed, login, shows,
};
use simulation_kit::{Clock, Peer, Simulation};
use soap_codec::bsim::Event as On;

const ALICE: usize = 0;
const BOB: usize = 1;
const START: UnixTime = UnixTime::from_secs(1_214_889_243);

/// Alice's client, or the caller who speaks for Bob.
enum Speaker {
    Client(Box<Client>),
    Caller(Box<bsim::Client>),
}

#[derive(Debug)]
enum Said {
    Client(Event),
    Caller(bsim::Event),
}

impl Machine for Speaker {
    type Event = Said;

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Client(it) => it.handle_timeout(now),
            Self::Caller(it) => it.handle_timeout(now),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Client(it) => it.poll_timeout(),
            Self::Caller(it) => it.poll_timeout(),
        }
    }

    fn poll_event(&mut self) -> Option<Said> {
        match self {
            Self::Client(it) => it.poll_event().map(Said::Client),
            Self::Caller(it) => it.poll_event().map(Said::Caller),
        }
    }
}

impl HttpMachine for Speaker {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        match self {
            Self::Client(it) => it.handle_response(id, response, now),
            Self::Caller(it) => it.handle_response(id, response, now),
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match self {
            Self::Client(it) => it.handle_failure(id, failure, now),
            Self::Caller(it) => it.handle_failure(id, failure, now),
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match self {
            Self::Client(it) => it.poll_transmit(now),
            Self::Caller(it) => it.poll_transmit(now),
        }
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        match self {
            Self::Client(it) => it.poll_cancel(),
            Self::Caller(it) => it.poll_cancel(),
        }
    }
}

/// The two of them, signed in.
struct Pair {
    simulation: Simulation<Process, Speaker>,
    alice: Peer,
    bob: Peer,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let time = Clock::new(START).time();
        let process = Process::new(Config::new(HOST), accounts(), seed, time);
        let mut simulation = Simulation::new(process, seed, START);
        let alice = Client::new(config(ALICE, seed));
        let url = format!("https://{HOST}/imsoap/BSIMService.asmx");
        let caller = bsim::Config::new(&url, "testing", PASSWORD).expect("an address");
        let alice = simulation.add(Speaker::Client(Box::new(alice)));
        let bob = simulation.add(Speaker::Caller(Box::new(bsim::Client::new(caller))));
        let mut pair = Self {
            simulation,
            alice,
            bob,
        };
        pair.client(Client::sign_in);
        pair.caller(|caller, now| {
            caller.sign_in(now);
            caller.login_im(&login(BOB), PASSWORD, now).expect("room");
        });
        pair.simulation.advance(Duration::from_secs(30));
        pair.caller(|caller, _| assert!(caller.is_im_signed_in(&login(BOB))));
        pair
    }

    fn client<T>(&mut self, ask: impl FnOnce(&mut Client, Instant) -> T) -> T {
        self.simulation
            .call(self.alice, |speaker, now| match speaker {
                Speaker::Client(client) => ask(client, now),
                Speaker::Caller(_) => panic!("alice has a client"),
            })
    }

    fn caller<T>(&mut self, ask: impl FnOnce(&mut bsim::Client, Instant) -> T) -> T {
        self.simulation
            .call(self.bob, |speaker, now| match speaker {
                Speaker::Caller(caller) => ask(caller, now),
                Speaker::Client(_) => panic!("bob calls"),
            })
    }

    /// What Alice's client has told since it was asked last.
    fn told_alice(&mut self) -> Vec<Event> {
        let told = self.simulation.take_events(self.alice).into_iter();
        told.filter_map(|(_, said)| match said {
            Said::Client(event) => Some(event),
            Said::Caller(_) => None,
        })
        .collect()
    }

    /// What was fetched for Bob since it was asked last.
    fn told_bob(&mut self) -> Vec<On> {
        let told = self.simulation.take_events(self.bob).into_iter();
        told.filter_map(|(_, said)| match said {
            Said::Caller(bsim::Event::On { event, .. }) => Some(event),
            _ => None,
        })
        .collect()
    }
}

fn conversation(seed: u64) -> Transcript {
    let mut pair = Pair::new(seed);
    let to = contact(BOB).into();
    let hello = pair.client(|client, now| client.send_text(&to, "hello", now));
    let hello = hello.expect("taken");
    pair.caller(|caller, now| {
        let to = contact(ALICE).to_string();
        let sent = caller.send_message(&login(BOB), &to, "hello yourself", now);
        sent.expect("taken");
    });
    pair.simulation.advance(Duration::from_secs(20));

    let told = pair.told_alice();
    let delivered =
        |it: &Event| matches!(it, Event::MessageDelivered { message, .. } if *message == hello);
    assert!(told.iter().any(delivered), "{told:?}");
    let texts: Vec<&str> = told
        .iter()
        .filter_map(|it| match it {
            Event::MessageReceived(message) if message.from == contact(BOB) => {
                Some(message.text.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(texts, ["hello yourself"]);
    assert!(!told.iter().any(|it| shows(it, &contact(ALICE), &hello)));

    let told = pair.told_bob();
    let messages: Vec<_> = told
        .iter()
        .filter_map(|it| match it {
            On::OnMessage(messages) => Some(messages.clone()),
            _ => None,
        })
        .flatten()
        .map(|message| (message.from, message.text))
        .collect();
    assert_eq!(messages, [(contact(ALICE).to_string(), "hello".to_owned())]);
    pair.simulation.transcript().clone()
}

#[test]
fn a_client_and_a_soap_caller_talk_without_a_socket() {
    each_seed(0..10, |seed| {
        let transcript = conversation(seed);
        let printed = transcript.to_string();
        assert!(printed.contains("POST /imsoap/BSIMService.asmx"));
        let signed_in = printed.matches("POST /ppsecure/post.srf").count();
        assert_eq!(signed_in, 1, "Alice's alone");
        assert!(
            transcript == conversation(seed),
            "the same seed, another transcript"
        );
    });
}

#[test]
fn a_caller_that_falls_silent_is_offline_for_others() {
    each_seed(0..5, |seed| {
        let mut pair = Pair::new(seed);
        pair.client(|client, now| client.add_contact(&contact(BOB), now))
            .expect("taken");
        pair.simulation.advance(Duration::from_secs(5));
        let status_of_bob = |told: Vec<Event>| {
            let of_bob = told.into_iter().filter_map(|it| match it {
                Event::PresenceChanged {
                    contact: who,
                    presence,
                } if who == contact(BOB) => Some(presence.status),
                _ => None,
            });
            of_bob.last()
        };
        assert_eq!(status_of_bob(pair.told_alice()), Some(Status::ONLINE));
        pair.caller(bsim::Client::sign_out);
        pair.simulation.advance(Duration::from_secs(120));
        assert_eq!(status_of_bob(pair.told_alice()), Some(Status::OFFLINE));
        assert_eq!(pair.simulation.host().server().upstream_clients(), 0);
    });
}
