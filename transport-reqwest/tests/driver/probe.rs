//! A machine that does what it is told and tells what it heard.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};

#[derive(Default)]
pub(crate) struct Probe {
    asked: u64,
    requests: VecDeque<Transmit>,
    unwanted: VecDeque<RequestId>,
    pub(crate) told: VecDeque<Told>,
    alarm: Option<Instant>,
}

#[derive(Debug)]
pub(crate) enum Told {
    Answered(RequestId, Response<Bytes>),
    Failed(RequestId, Failure),
    Woken { late: Duration },
    Said(u32),
}

impl Probe {
    pub(crate) fn ask(
        &mut self,
        request: Request<Bytes>,
        patience: Duration,
        now: Instant,
    ) -> RequestId {
        let id = RequestId::new(self.asked);
        self.asked += 1;
        self.requests.push_back(Transmit {
            id,
            request,
            deadline: now + patience,
            host_cookies: false,
        });
        id
    }

    pub(crate) fn cancel(&mut self, id: RequestId) {
        self.unwanted.push_back(id);
    }

    pub(crate) fn say(&mut self, number: u32) {
        self.told.push_back(Told::Said(number));
    }

    pub(crate) fn wake_at(&mut self, alarm: Instant) {
        self.alarm = Some(alarm);
    }
}

impl Machine for Probe {
    type Event = Told;

    fn handle_timeout(&mut self, now: Instant) {
        if let Some(alarm) = self.alarm.take_if(|alarm| *alarm <= now) {
            let late = now - alarm;
            self.told.push_back(Told::Woken { late });
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.alarm
    }

    fn poll_event(&mut self) -> Option<Told> {
        self.told.pop_front()
    }
}

impl HttpMachine for Probe {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _: Instant) {
        self.told.push_back(Told::Answered(id, response));
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _: Instant) {
        self.told.push_back(Told::Failed(id, failure));
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.requests.pop_front()
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.unwanted.pop_front()
    }
}

impl StreamMachine for Probe {}

/// Long enough for anything that happens on this host.
pub(crate) const SOON: Duration = Duration::from_secs(60);

pub(crate) fn post(url: &str, body: &'static str) -> Request<Bytes> {
    Request::post(url).body(body.into()).unwrap()
}
