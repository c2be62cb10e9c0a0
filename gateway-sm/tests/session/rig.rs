//! A session that is driven by hand, with short words for what goes in and comes out.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Config, Event, Mode, Open, Session};
use http::{Request, Response};
use machine_contract::{Failure, Instant, Machine, RequestId, Transmit};
use simulation_kit::Solo;

pub(crate) const URI: &str = "https://geo.gateway.messenger.live.com";

pub(crate) struct Rig {
    solo: Solo<Session>,
    pub(crate) last: Option<Request<Bytes>>,
}

/// A configuration for MSNP8, whose open is short.
pub(crate) fn config(mode: Mode) -> Config {
    let config = Config::new(URI).unwrap().mode(mode);
    config.open(Open::default()).unwrap()
}

impl Rig {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            solo: Solo::new(Session::new(config)),
            last: None,
        }
    }

    /// A session that was opened as `1.0`, has told so, and has nothing in flight.
    #[track_caller]
    pub(crate) fn live(config: Config) -> Self {
        let mut rig = Self::new(config);
        rig.send("OPEN");
        let open = rig.expect("Action=open&Server=NS", "OPEN");
        rig.answer(open, "SessionID=1.0", "");
        rig.events("opened, sent 0");
        rig
    }

    pub(crate) const fn now(&self) -> Instant {
        self.solo.now()
    }

    pub(crate) const fn session(&mut self) -> &mut Session {
        self.solo.machine_mut()
    }

    /// Time passes without a word: the host is asleep, or late.
    pub(crate) fn skip(&mut self, time: Duration) {
        self.solo.skip(time);
    }

    pub(crate) fn skip_to(&mut self, at: Instant) {
        self.solo.skip_to(at);
    }

    /// The session is told the time.
    pub(crate) fn tell_time(&mut self) {
        self.solo.tell_time();
    }

    /// Waits for what the session waits for; how long.
    #[track_caller]
    pub(crate) fn wait_for_next(&mut self) -> Duration {
        self.solo.advance_to_next().expect("it waits for something")
    }

    /// The host was asleep, and has not counted it.
    pub(crate) fn suspend(&mut self) {
        self.solo.call(Session::handle_suspended);
    }

    /// The next request that is cancelled.
    pub(crate) fn cancel(&mut self) -> Option<RequestId> {
        self.solo.cancel()
    }

    pub(crate) fn respond(&mut self, id: RequestId, response: Response<Bytes>) {
        self.solo.respond(id, response);
    }

    pub(crate) fn send(&mut self, frames: &'static str) {
        self.session()
            .send(Bytes::from_static(frames.as_bytes()))
            .unwrap();
    }

    /// The next request has this query and body.
    #[track_caller]
    pub(crate) fn expect(&mut self, query: &str, body: &str) -> RequestId {
        let transmit = self.transmit().expect("a request");
        assert_eq!(self.query(), query);
        let request = self.last.as_ref().unwrap();
        assert_eq!(request.body(), body);
        assert_eq!(request.method(), http::Method::POST);
        assert_eq!(request.headers()["content-length"], body.len().to_string());
        assert!(transmit.deadline > self.now());
        transmit.id
    }

    pub(crate) fn transmit(&mut self) -> Option<Transmit> {
        let transmit = self.solo.transmit()?;
        self.last = Some(transmit.request.clone());
        Some(transmit)
    }

    /// The query of the last request.
    pub(crate) fn query(&self) -> &str {
        self.last.as_ref().unwrap().uri().query().unwrap()
    }

    /// The host of the last request, with its port.
    pub(crate) fn host(&self) -> &str {
        self.last
            .as_ref()
            .unwrap()
            .uri()
            .authority()
            .unwrap()
            .as_str()
    }

    /// There is no request to make now.
    #[track_caller]
    pub(crate) fn quiet(&mut self) {
        assert!(
            self.transmit().is_none(),
            "no request, but {}",
            self.query()
        );
    }

    /// Answers with status 200 and this `X-MSN-Messenger`.
    pub(crate) fn answer(&mut self, id: RequestId, messenger: &str, body: &'static str) {
        self.answer_with(id, &[("X-MSN-Messenger", messenger)], body);
    }

    pub(crate) fn answer_with(
        &mut self,
        id: RequestId,
        headers: &[(&str, &str)],
        body: &'static str,
    ) {
        let mut response = Response::builder();
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Bytes::from_static(body.as_bytes())).unwrap();
        self.respond(id, response);
    }

    /// Answers with another status, and a body that must go nowhere.
    pub(crate) fn refuse(&mut self, id: RequestId, status: u16) {
        let response = Response::builder()
            .status(status)
            .header("X-MSN-Messenger", "SessionID=9.9; Session=close")
            .header("X-MSN-Host", "other.gateway.messenger.live.com")
            .body(Bytes::from_static(b"OUT\r\n"))
            .unwrap();
        self.solo.respond(id, response);
    }

    pub(crate) fn fail(&mut self, id: RequestId, failure: Failure) {
        self.solo.fail(id, failure);
    }

    /// Lets time pass, waking the session when it asks for it.
    #[track_caller]
    pub(crate) fn wait(&mut self, milliseconds: u64) {
        self.solo.advance(Duration::from_millis(milliseconds));
    }

    /// These are all the events since the last look.
    #[track_caller]
    pub(crate) fn events(&mut self, expected: &str) {
        let mut found = Vec::new();
        while let Some(event) = self.session().poll_event() {
            found.push(match event {
                Event::Opened(_) => "opened".to_owned(),
                Event::Received(bytes) => format!("received {}", bytes.escape_ascii()),
                Event::Sent(id) => number("sent", id),
                Event::Unsent { id, fate } if fate.is_unsent() => number("not sent", id),
                Event::Unsent { id, .. } => number("unknown", id),
                Event::Gap => "gap".to_owned(),
                Event::HostRefused(host) => format!("refused {host}"),
                Event::Closed(reason) => format!("closed {reason:?}"),
            });
        }
        assert_eq!(found.join(", "), expected);
    }

    /// The session says so, is done, and stays so whatever comes.
    #[track_caller]
    pub(crate) fn closed(&mut self, events: &str) {
        self.events(events);
        self.quiet();
        assert_eq!(self.session().poll_timeout(), None);
        assert!(self.session().send(Bytes::new()).is_err());
        self.session().close();
        self.wait(1_000_000);
        self.quiet();
        self.events("");
    }
}

fn number(word: &str, id: gateway_sm::SendId) -> String {
    format!("{word} {id}")
}
