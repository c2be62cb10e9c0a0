//! `Scripted`: a client that says what was written down before, whatever it is answered.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};
use msnp_client::sign_in::web::WebSignIn;
use msnp_client::uic::UicFlow;
use msnp_proto::{Frame, FrameDecoder, PayloadTable};

use crate::account::HOST;
use crate::client::{sign_in_page, uic_calls};
use crate::recording;
use crate::step::Step;

/// How long a request may take; longer than a poll is held.
const PATIENCE: Duration = Duration::from_secs(120);

/// Signs in at the page, gets a uic, and then makes the requests that it was given, each when the one before is
/// answered. Of today are cookies, uic and session id only, and what names the message that is acknowledged.
#[derive(Debug)]
pub struct Scripted {
    page: WebSignIn,
    uic_calls: Option<UicFlow>,
    uic: Option<String>,
    started: bool,
    cookies: Option<HeaderValue>,
    session: Option<String>,
    steps: VecDeque<Step>,
    at_once: VecDeque<Step>,
    /// Requests without an answer, and whether the next step waits for it.
    in_flight: BTreeMap<RequestId, bool>,
    last_id: u64,
    heard: Vec<(Instant, Frame)>,
    statuses: Vec<u16>,
    failures: Vec<Failure>,
}

impl Scripted {
    /// Somebody who will say all this once signed in.
    pub fn new(who: usize, steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            page: sign_in_page(who),
            uic_calls: None,
            uic: None,
            started: false,
            cookies: None,
            session: None,
            steps: steps.into_iter().collect(),
            at_once: VecDeque::new(),
            in_flight: BTreeMap::new(),
            last_id: 0,
            heard: Vec::new(),
            statuses: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Goes to the sign-in page.
    pub const fn start(&mut self) {
        self.started = true;
    }

    /// One more step, after all others.
    pub fn push(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    /// Makes this request beside those under way.
    pub fn at_once(&mut self, step: Step) {
        self.at_once.push_back(step);
    }

    /// What the service has said, frame by frame, and when it came.
    pub fn heard(&self) -> &[(Instant, Frame)] {
        &self.heard
    }

    /// The statuses of the gateway's replies.
    pub fn statuses(&self) -> &[u16] {
        &self.statuses
    }

    /// What has failed.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Whether everything was said and answered.
    pub fn is_done(&self) -> bool {
        self.steps.is_empty() && self.at_once.is_empty() && self.in_flight.is_empty()
    }

    pub(crate) const fn is_signed_in(&self) -> bool {
        self.uic.is_some()
    }

    pub(crate) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response<Bytes>,
        now: Instant,
    ) {
        match source(id) {
            (Source::Page, id) => self.page.handle_response(id, response, now),
            (Source::Uic, id) => {
                if let Some(calls) = &mut self.uic_calls {
                    calls.handle_response(id, response, now);
                }
            }
            (Source::Steps, _) => self.take_reply(id, &response, now),
        }
        self.go_on();
    }

    pub(crate) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match source(id) {
            (Source::Page, id) => self.page.handle_failure(id, failure, now),
            (Source::Uic, id) => {
                if let Some(calls) = &mut self.uic_calls {
                    calls.handle_failure(id, failure, now);
                }
            }
            (Source::Steps, _) => {
                self.in_flight.remove(&id);
                self.failures.push(failure);
            }
        }
        self.go_on();
    }

    /// From the page to the uic, and from there to the steps.
    fn go_on(&mut self) {
        if let Some(outcome) = self.page.poll_event() {
            let cookies = outcome.expect("the page grants cookies");
            let gateway = gateway("").parse().expect("an address");
            self.cookies = cookies.header_for(&gateway);
            self.uic_calls = Some(uic_calls(cookies));
        }
        if let Some(outcome) = self.uic_calls.as_mut().and_then(Machine::poll_event) {
            self.uic = Some(outcome.expect("a uic").expose().clone());
        }
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        if !self.started {
            return None;
        }
        if let Some(transmit) = self.page.poll_transmit(now) {
            return Some(numbered(Source::Page, transmit));
        }
        let calls = self.uic_calls.as_mut();
        if let Some(transmit) = calls.and_then(|calls| calls.poll_transmit(now)) {
            return Some(numbered(Source::Uic, transmit));
        }
        self.uic.as_ref()?;
        let cookies = self.cookies.clone()?;
        let waits = self.in_flight.values().any(|in_order| *in_order);
        let (step, in_order) = match self.at_once.pop_front() {
            Some(step) => (step, false),
            None if waits => return None,
            None => (self.steps.pop_front()?, true),
        };
        self.last_id += 1;
        let transmit = Transmit {
            id: RequestId::new(self.last_id),
            request: self.request(step, cookies),
            deadline: now + PATIENCE,
            host_cookies: false,
        };
        let transmit = numbered(Source::Steps, transmit);
        self.in_flight.insert(transmit.id, in_order);
        Some(transmit)
    }

    fn request(&self, step: Step, cookies: HeaderValue) -> Request<Bytes> {
        let mut query = step.query;
        if let Some(session) = &self.session {
            let and = if query.is_empty() { "" } else { "&" };
            query = format!("{query}{and}SessionID={session}");
        }
        let heard = self.heard.iter().map(|(_, frame)| frame);
        let mut request = Request::new(recording::today(&step.body, self.uic.as_deref(), heard));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = gateway(&query).parse().expect("an address");
        *request.headers_mut() = step.headers;
        request.headers_mut().insert(header::COOKIE, cookies);
        request
    }

    fn take_reply(&mut self, id: RequestId, response: &Response<Bytes>, now: Instant) {
        self.in_flight.remove(&id);
        self.statuses.push(response.status().as_u16());
        let messenger = response.headers().get("x-msn-messenger");
        let messenger = messenger.and_then(|value| value.to_str().ok());
        if let Some(session) = messenger.and_then(recording::session_id) {
            self.session = Some(session.to_owned());
        }
        let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
        decoder.push(response.body().clone());
        while let Some(frame) = decoder.next_frame().expect("frames") {
            self.heard.push((now, frame));
        }
        assert_eq!(decoder.buffered(), 0, "a reply is never cut inside a frame");
    }
}

/// Who has made a request; the ids of all are one sequence.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Source {
    Page,
    Uic,
    Steps,
}

const SOURCES: [Source; 3] = [Source::Page, Source::Uic, Source::Steps];

fn numbered(source: Source, transmit: Transmit) -> Transmit {
    let number = transmit.id.get() * 3 + source as u64;
    let id = RequestId::new(number);
    Transmit { id, ..transmit }
}

/// Whose request it is, and its own id for it.
fn source(id: RequestId) -> (Source, RequestId) {
    let source = usize::try_from(id.get() % 3).unwrap_or_default();
    (SOURCES[source], RequestId::new(id.get() / 3))
}

fn gateway(query: &str) -> String {
    format!("http://{HOST}/gateway/gateway.dll?{query}")
}
