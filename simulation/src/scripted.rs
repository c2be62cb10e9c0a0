//! `Scripted`: a client that says what was written down before, whatever it is answered.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};
use msnp_client::sign_in::web::WebSignIn;
use msnp_proto::{Frame, FrameDecoder, PayloadTable};

use crate::account::HOST;
use crate::client::sign_in_page;
use crate::recording;
use crate::step::Step;

/// How long a request may take; longer than a poll is held.
const PATIENCE: Duration = Duration::from_secs(120);

/// Signs in at the page and then makes the requests that it was given, each when the one before is
/// answered. Only the session id is of today, and what names the message that is acknowledged.
#[derive(Debug)]
pub struct Scripted {
    page: WebSignIn,
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

    pub(crate) const fn has_cookies(&self) -> bool {
        self.cookies.is_some()
    }

    pub(crate) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response<Bytes>,
        now: Instant,
    ) {
        let Some(page) = page_id(id) else {
            self.take_reply(id, &response, now);
            return;
        };
        self.page.handle_response(page, response, now);
        if let Some(outcome) = self.page.poll_event() {
            let cookies = outcome.expect("the page grants cookies");
            let gateway = gateway("").parse().expect("an address");
            self.cookies = cookies.header_for(&gateway);
        }
    }

    pub(crate) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match page_id(id) {
            Some(page) => self.page.handle_failure(page, failure, now),
            None => {
                self.in_flight.remove(&id);
                self.failures.push(failure);
            }
        }
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        if !self.started {
            return None;
        }
        if let Some(mut transmit) = self.page.poll_transmit(now) {
            transmit.id = RequestId::new(transmit.id.get() * 2);
            return Some(transmit);
        }
        let cookies = self.cookies.clone()?;
        let waits = self.in_flight.values().any(|in_order| *in_order);
        let (step, in_order) = match self.at_once.pop_front() {
            Some(step) => (step, false),
            None if waits => return None,
            None => (self.steps.pop_front()?, true),
        };
        self.last_id += 1;
        let id = RequestId::new(self.last_id * 2 + 1);
        self.in_flight.insert(id, in_order);
        Some(Transmit {
            id,
            request: self.request(step, cookies),
            deadline: now + PATIENCE,
            host_cookies: false,
        })
    }

    fn request(&self, step: Step, cookies: HeaderValue) -> Request<Bytes> {
        let mut query = step.query;
        if let Some(session) = &self.session {
            let and = if query.is_empty() { "" } else { "&" };
            query = format!("{query}{and}SessionID={session}");
        }
        let heard = self.heard.iter().map(|(_, frame)| frame);
        let mut request = Request::new(recording::acknowledge(&step.body, heard));
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

/// The page's own id of a request, if it is the page's.
fn page_id(id: RequestId) -> Option<RequestId> {
    (id.get() % 2 == 0).then(|| RequestId::new(id.get() / 2))
}

fn gateway(query: &str) -> String {
    format!("http://{HOST}/gateway/gateway.dll?{query}")
}
