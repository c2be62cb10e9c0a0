//! A client of the IM web service that is driven by hand, and answers for it.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, Instant, RequestId, Transmit};
use msnp_client::PlainHttp;
use msnp_client::bsim::{Client, Config, Event, MessageId, Timings};
use simulation_kit::Solo;
use soap_codec::bsim::{
    Event as On, IM, Leniency, Operation, OperationName, Reply, ResultEncoding, Session,
    SessionEvents,
};
use soap_codec::{Budget, Envelope, Fault, Secret, Version};

pub(crate) const ME: &str = "bstest2@live.com";
pub(crate) const BUDDY: &str = "bstest02@live.com";

pub(crate) struct World {
    solo: Solo<Client>,
    in_flight: Option<RequestId>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|config| config)
    }

    pub(crate) fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let url = "http://www.imcomponents.com/imsoap/BSIMService.asmx";
        let plain = PlainHttp::to(["www.imcomponents.com"]).expect("a host");
        let config = Config::plain(url, "testing", "password", &plain).expect("an address");
        let mut solo = Solo::new(Client::new(change(config)));
        let login = |client: &mut Client, now| client.login_im(ME, "123456789", now);
        solo.call(login).expect("room");
        Self {
            solo,
            in_flight: None,
        }
    }

    pub(crate) const fn client(&mut self) -> &mut Client {
        self.solo.machine_mut()
    }

    pub(crate) const fn now(&self) -> Instant {
        self.solo.now()
    }

    pub(crate) fn timeout(&self) -> Option<Instant> {
        self.solo.timeout()
    }

    /// The application does something.
    pub(crate) fn call<T>(&mut self, verb: impl FnOnce(&mut Client, Instant) -> T) -> T {
        self.solo.call(verb)
    }

    /// The client is told the time.
    pub(crate) fn tell_time(&mut self) {
        self.solo.tell_time();
    }

    /// Time passes of which it is not told.
    pub(crate) fn skip_to(&mut self, at: Instant) {
        self.solo.skip_to(at);
    }

    /// The next request, of which the world knows nothing.
    pub(crate) fn transmit(&mut self) -> Option<Transmit> {
        self.solo.transmit()
    }

    /// The next request that is wanted no more.
    pub(crate) fn cancel(&mut self) -> Option<RequestId> {
        self.solo.cancel()
    }

    pub(crate) fn respond_to(&mut self, id: RequestId, response: Response<Bytes>) {
        self.solo.respond(id, response);
    }

    pub(crate) fn fail(&mut self, id: RequestId, failure: Failure) {
        self.solo.fail(id, failure);
    }

    /// Signed in, the IM account too; the next call is a beat away.
    pub(crate) fn signed_in() -> Self {
        Self::new().sign_in()
    }

    pub(crate) fn sign_in(mut self) -> Self {
        self.solo.call(Client::sign_in);
        self.enter("1");
        while self.solo.event().is_some() {}
        self
    }

    /// Login, `LoginIM`, and a fetch with `OnLogin`, in a session with this id.
    #[track_caller]
    pub(crate) fn enter(&mut self, id: &str) {
        self.is_called(OperationName::Login);
        self.reply(&Reply::Login(Some(session(id))));
        self.is_called(OperationName::LoginIM);
        self.reply(&Reply::LoginIM);
        self.wait();
        self.is_called(OperationName::KeepSessionAlive);
        self.happens(vec![On::OnLogin("2008-06-30 22:14:17".to_owned())]);
    }

    /// The next request.
    #[track_caller]
    pub(crate) fn request(&mut self) -> Request<Bytes> {
        let transmit = self.solo.transmit().expect("a request");
        let Transmit { id, request, .. } = transmit;
        self.in_flight = Some(id);
        assert!(self.solo.transmit().is_none(), "one at a time");
        request
    }

    /// The next request, which must be this call.
    #[track_caller]
    pub(crate) fn is_called(&mut self, name: OperationName) -> Operation {
        let operation = operation(&self.request());
        assert_eq!(operation.name(), name);
        operation
    }

    /// Waits as long as the client wants to. Whether it has fetched then, or will never do so by itself.
    pub(crate) fn is_fetching(&mut self) -> bool {
        while self.solo.advance_to_next().is_some() {
            if let Some(transmit) = self.solo.transmit() {
                let name = operation(&transmit.request).name();
                assert_eq!(name, OperationName::KeepSessionAlive);
                self.in_flight = Some(transmit.id);
                return true;
            }
        }
        false
    }

    #[track_caller]
    pub(crate) fn is_quiet(&mut self) {
        assert!(self.solo.transmit().is_none(), "a request");
    }

    fn take(&mut self) -> RequestId {
        self.in_flight.take().expect("something is in flight")
    }

    #[track_caller]
    pub(crate) fn respond(&mut self, response: Response<Bytes>) {
        let id = self.take();
        self.solo.respond(id, response);
    }

    #[track_caller]
    pub(crate) fn answer(&mut self, status: u16, body: impl Into<Bytes>) {
        self.respond(response(status, "text/xml; charset=utf-8", body));
    }

    #[track_caller]
    pub(crate) fn reply(&mut self, reply: &Reply) {
        let envelope = reply.to_envelope(Version::Soap11, ResultEncoding::Escaped);
        let body = envelope.expect("no odd characters").to_xml();
        self.answer(200, body.expect("no odd characters"));
    }

    /// Answers a fetch with these events.
    #[track_caller]
    pub(crate) fn happens(&mut self, events: Vec<On>) {
        self.reply(&Reply::KeepSessionAlive(Some(happened(ME, events))));
    }

    #[track_caller]
    pub(crate) fn fault(&mut self, text: &str) {
        self.answer(500, fault(text));
    }

    #[track_caller]
    pub(crate) fn fails(&mut self, failure: Failure) {
        let id = self.take();
        self.solo.fail(id, failure);
    }

    /// Jumps to the next moment that matters.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> Duration {
        self.solo.advance_to_next().expect("a timeout")
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.solo.skip(time);
        self.solo.tell_time();
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.solo.event()).collect()
    }

    pub(crate) fn event(&mut self) -> Option<Event> {
        self.solo.event()
    }

    #[track_caller]
    pub(crate) fn send(&mut self, text: &str) -> MessageId {
        let send = |client: &mut Client, now| client.send_message(ME, BUDDY, text, now);
        self.call(send).expect("room")
    }
}

pub(crate) fn session(id: &str) -> Session {
    Session {
        session_id: Some(Secret::new(id.to_owned())),
        user_id: Some("testing".to_owned()),
        login_time: Some("2008-06-30 22:14:03".to_owned()),
        client_ip: Some("210.13.111.138".to_owned()),
    }
}

pub(crate) fn happened(account: &str, events: Vec<On>) -> SessionEvents {
    SessionEvents {
        id: Secret::new("1".to_owned()),
        ims: vec![IM {
            im_type: "msn".to_owned(),
            account: account.to_owned(),
            events,
        }],
    }
}

pub(crate) fn fault(text: &str) -> String {
    let fault = Fault::unable_to_process(text);
    let envelope = Envelope::with_fault(Version::Soap11, &fault);
    envelope.to_xml().expect("no odd characters")
}

pub(crate) fn response(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    let response = Response::builder().status(status);
    let response = response.header("Content-Type", content_type);
    response.body(body.into()).expect("a response")
}

pub(crate) fn operation(request: &Request<Bytes>) -> Operation {
    let action = request.headers()["soapaction"].to_str().expect("ASCII");
    let name = OperationName::of_action(action.trim_matches('"')).expect("an operation");
    let envelope = Envelope::parse(request.body(), &mut Budget::default());
    Operation::decode(name, &envelope.expect("an envelope"), Leniency::default())
}

pub(crate) fn paces(pace: Duration) -> Timings {
    Timings {
        pace,
        ..Timings::default()
    }
}
