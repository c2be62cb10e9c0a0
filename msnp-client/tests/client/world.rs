//! A client, a clock that jumps, and a fake service in memory, written with the server's side of
//! `msnp-proto`: what the tests of this crate stand on.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Mode;
use http::{Request, Response};
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit, UnixTime};
use msnp_client::{Access, Client, Config, Event, GatewayOptions, Service, Step};
use msnp_proto::msnp24::{
    Authenticated, Bound, ClientBody, ClientCommand, Connected, Delivery, ErrorReply, GetReply,
    HeaderValue, Notification, Pong, PutReply, ServerBody, ServerCommand, Transfer,
};
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::history::{MessagesByConversationResponse, RecentConversationsResponse};
use msnp_proto::payload::message::{Draft, Message};
use msnp_proto::payload::thread::Thread;
use msnp_proto::{ErrorCode, FrameDecoder, PayloadTable, Secret, TrId};

/// What the fake service does with one command.
pub(crate) enum Answer {
    /// What a good service would.
    Usual,
    Say(Vec<ServerCommand>),
    Nothing,
}

/// What becomes of one HTTP request.
pub(crate) enum Way {
    Usual,
    /// It gets through, and its response is lost.
    LoseReply,
    Fail(Failure),
    Respond(Response<Bytes>),
    Hold,
}

type OnCommand = Box<dyn FnMut(&ClientCommand) -> Answer>;
type OnRequest = Box<dyn FnMut(&Request<Bytes>) -> Way>;

/// The service: sign-in page, trouter, Initialization, gateway and notification server.
pub(crate) struct Fake {
    pub(crate) on_command: OnCommand,
    pub(crate) on_request: OnRequest,
    /// Everything that arrived, over all connections.
    pub(crate) heard: Vec<ClientCommand>,
    /// The bytes of every gateway body.
    pub(crate) bodies: Vec<Bytes>,
    /// Method, address, cookies.
    pub(crate) requests: Vec<(String, String, Option<String>)>,
    /// What waits for the client.
    pub(crate) queue: VecDeque<ServerCommand>,
    pub(crate) skype_id: Option<&'static str>,
    /// Everything is answered by the poll, the open with nothing at all.
    pub(crate) late: bool,
    pub(crate) nonce: Option<&'static str>,
    pub(crate) wait: Option<Duration>,
    pub(crate) utc: u64,
    /// Behind the values of the cookies that the page grants.
    pub(crate) cookie_suffix: &'static str,
    sessions: u32,
    session: Option<String>,
    tokens: u32,
}

pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) now: Instant,
    pub(crate) fake: Fake,
    pub(crate) events: Vec<Event>,
    pub(crate) driver: Driver,
    /// The application takes no events.
    pub(crate) is_deaf: bool,
    /// Address of each request, whether it wants the host's cookies, and whether it carries any.
    pub(crate) cookies: Vec<(http::Uri, bool, bool)>,
    held: Vec<Transmit>,
    ended: Vec<RequestId>,
}

/// How the driver of a world behaves. All are within their rights.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    Usual,
    /// Tells the time over and over, and answers requests that have ended.
    Pestering,
    /// Looks for requests first, and for events last.
    Backwards,
}

pub(crate) const BASE: &str = "https://msn.example";

pub(crate) fn config() -> Config {
    let service = Service::at(BASE).expect("a base");
    let options = GatewayOptions {
        mode: Mode::Parallel,
        ..GatewayOptions::default()
    };
    let access = Access::web(service, "alice@msn.example", "hunter2");
    Config::new(access, [7; 32])
        .gateway(options)
        .expect("a mode")
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            client: Client::new(config),
            now: Instant::ORIGIN,
            fake: Fake::new(),
            events: Vec::new(),
            driver: Driver::Usual,
            is_deaf: false,
            cookies: Vec::new(),
            held: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// A world in which the client is signed in, and nothing of that is left to look at.
    pub(crate) fn signed_in(config: Config) -> Self {
        let mut world = Self::new(config);
        world.sign_in();
        assert!(world.client.is_signed_in(), "{:?}", world.events);
        world.clear();
        world
    }

    pub(crate) fn sign_in(&mut self) {
        self.client.sign_in(self.now);
        self.run();
    }

    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.fake.heard.clear();
        self.fake.bodies.clear();
        self.fake.requests.clear();
    }

    /// Until nothing moves without the clock.
    pub(crate) fn run(&mut self) {
        for _ in 0..10_000 {
            let moved = match self.driver {
                Driver::Usual => self.take_events() | self.take_cancels() | self.take_request(),
                Driver::Backwards => self.take_request() | self.take_cancels() | self.take_events(),
                Driver::Pestering => {
                    self.pester();
                    self.take_events() | self.take_cancels() | self.take_request()
                }
            };
            if !moved && (self.fake.queue.is_empty() || !self.release_poll()) {
                return;
            }
        }
        panic!("the client never comes to rest");
    }

    fn take_events(&mut self) -> bool {
        if self.is_deaf {
            return false;
        }
        let before = self.events.len();
        self.events
            .extend(std::iter::from_fn(|| self.client.poll_event()));
        self.events.len() > before
    }

    fn take_cancels(&mut self) -> bool {
        let mut moved = false;
        while let Some(id) = self.client.poll_cancel() {
            self.held.retain(|t| t.id != id);
            self.ended.push(id);
            moved = true;
        }
        moved
    }

    fn take_request(&mut self) -> bool {
        let Some(transmit) = self.client.poll_transmit(self.now) else {
            return false;
        };
        assert!(transmit.deadline > self.now);
        self.ended.push(transmit.id);
        self.request(transmit);
        true
    }

    /// What must not change anything.
    fn pester(&mut self) {
        let (client, now) = (&mut self.client, self.now);
        client.handle_timeout(now);
        client.handle_timeout(now);
        for id in self.ended.iter().rev().take(3) {
            if self.held.iter().all(|held| held.id != *id) {
                client.handle_response(*id, Response::new(Bytes::from_static(b"OUT 1\r\n")), now);
                client.handle_failure(*id, Failure::Unknown, now);
            }
        }
        client.handle_failure(RequestId::new(u64::MAX), Failure::NotSent, now);
    }

    /// Lets time pass, one deadline after the other.
    pub(crate) fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.run();
            let next = self.client.poll_timeout();
            let held = self.held.iter().map(|t| t.deadline).min();
            let Some(next) = next.into_iter().chain(held).min().filter(|at| *at <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            self.expire_held();
            self.client.handle_timeout(self.now);
            if let Some(at) = self.client.poll_timeout() {
                assert!(at > self.now, "a driver would spin");
            }
        }
    }

    /// So much time passes at once, as for a host that was asleep.
    pub(crate) fn jump(&mut self, time: Duration) {
        self.now += time;
        self.expire_held();
        self.client.handle_timeout(self.now);
        if let Some(at) = self.client.poll_timeout() {
            assert!(at > self.now, "a driver would spin");
        }
        self.run();
    }

    /// Answers a held poll with nothing once its time is over, as a gateway does.
    fn expire_held(&mut self) {
        let now = self.now;
        while let Some(at) = self.held.iter().position(|t| t.deadline <= now) {
            let transmit = self.held.remove(at);
            self.client
                .handle_failure(transmit.id, Failure::Unknown, now);
        }
    }

    fn request(&mut self, transmit: Transmit) {
        let request = &transmit.request;
        self.cookies.push((
            request.uri().clone(),
            transmit.host_cookies,
            request.headers().contains_key("cookie"),
        ));
        match (self.fake.on_request)(&transmit.request) {
            Way::Usual => match self.fake.respond(&transmit.request) {
                Some(response) => self.client.handle_response(transmit.id, response, self.now),
                None => self.held.push(transmit),
            },
            Way::LoseReply => {
                self.fake.respond(&transmit.request);
                self.fail(transmit.id, Failure::Unknown);
            }
            Way::Fail(failure) => self.fail(transmit.id, failure),
            Way::Respond(response) => self.client.handle_response(transmit.id, response, self.now),
            Way::Hold => self.held.push(transmit),
        }
    }

    fn fail(&mut self, id: RequestId, failure: Failure) {
        self.client.handle_failure(id, failure, self.now);
    }

    /// Whether the gateway holds a poll, by which the service could say something.
    pub(crate) fn is_polled(&self) -> bool {
        self.held.iter().any(is_poll)
    }

    fn release_poll(&mut self) -> bool {
        let Some(at) = self.held.iter().position(is_poll) else {
            return false;
        };
        let transmit = self.held.remove(at);
        let body = self.fake.drain();
        let response = self.fake.gateway_response(body);
        self.client.handle_response(transmit.id, response, self.now);
        true
    }

    /// The service says something by itself.
    pub(crate) fn push(&mut self, body: ServerBody) {
        self.fake.queue.push_back(ServerCommand::new(TrId(0), body));
        self.run();
    }

    /// The connection breaks: the gateway knows the session no more.
    pub(crate) fn forget_session(&mut self) {
        self.fake.session = None;
        for transmit in std::mem::take(&mut self.held) {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = http::StatusCode::BAD_REQUEST;
            self.client.handle_response(transmit.id, response, self.now);
        }
        self.run();
    }

    /// The steps told so far.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let step = |event: &Event| match event {
            Event::SignInProgress(step) => Some(*step),
            _ => None,
        };
        self.events.iter().filter_map(step).collect()
    }

    /// What was heard, in short: `CNT 1`, `PUT 4`, ….
    pub(crate) fn heard(&self) -> String {
        let short = |command: &ClientCommand| {
            let frame = command.to_frame();
            let line = String::from_utf8_lossy(frame.line()).into_owned();
            line.rsplit_once(' ')
                .map(|(line, _)| line.to_owned())
                .expect("a length")
        };
        let all: Vec<_> = self.fake.heard.iter().map(short).collect();
        all.join(", ")
    }

    /// The one event that `pick` takes; there must be exactly one.
    #[track_caller]
    pub(crate) fn one<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> T {
        let mut picked: Vec<T> = self.events.iter().filter_map(pick).collect();
        assert_eq!(picked.len(), 1, "{:#?}", self.events);
        picked.remove(0)
    }
}

impl Fake {
    fn new() -> Self {
        Self {
            on_command: Box::new(|_| Answer::Usual),
            on_request: Box::new(|_| Way::Usual),
            heard: Vec::new(),
            bodies: Vec::new(),
            requests: Vec::new(),
            queue: VecDeque::new(),
            skype_id: Some("live:alice"),
            late: false,
            nonce: None,
            wait: Some(Duration::from_secs(40)),
            utc: 1_426_463_998,
            cookie_suffix: "",
            sessions: 0,
            session: None,
            tokens: 0,
        }
    }

    /// `None`: the request is held.
    fn respond(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let cookie = request.headers().get("cookie");
        self.requests.push((
            request.method().to_string(),
            request.uri().to_string(),
            cookie.map(|c| c.to_str().expect("text").to_owned()),
        ));
        let html = |body: &str| Some(Response::new(Bytes::from(body.to_owned())));
        match request.uri().path() {
            "/oauth20_authorize.srf" => {
                html("<input name=PPFT value=T><script>urlPost:'/post.srf'</script>")
            }
            "/post.srf" => {
                let right = request.body().windows(7).any(|w| w == b"hunter2");
                if !right {
                    return html("<script>sErrTxt:'Wrong.'</script>");
                }
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = http::StatusCode::FOUND;
                for cookie in ["MSPAuth=a", "MSPProf=p", "WLSSC=w"] {
                    let cookie =
                        format!("{cookie}{}; Domain=msn.example; path=/", self.cookie_suffix);
                    let cookie = cookie.parse().expect("a header");
                    response.headers_mut().append("set-cookie", cookie);
                }
                Some(response)
            }
            "/v2/a" => html(r#"{"url":"https://host/v2/f/abc","connId":"abc"}"#),
            "/v1/user/Initialization" => html(r#"{"MappingContainer":"VUlD%3D"}"#),
            "/gateway/gateway.dll" => self.gateway(request),
            path => panic!("nothing is served at {path}"),
        }
    }

    fn gateway(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let query = request.uri().query().unwrap_or_default();
        if query.contains("Action=open") {
            self.sessions += 1;
            self.session = Some(format!("{}.1", self.sessions));
            self.queue.clear();
        } else {
            let known = self.session.as_ref().is_some_and(|id| query.contains(id));
            if !known {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = http::StatusCode::BAD_REQUEST;
                return Some(response);
            }
        }
        if query.contains("Action=poll") {
            if self.queue.is_empty() {
                return None;
            }
        } else {
            self.bodies.push(request.body().clone());
            let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
            decoder.push(request.body().clone());
            let mut replies = VecDeque::new();
            while let Some(frame) = decoder.next_frame().expect("whole frames") {
                let command = ClientCommand::parse(&frame).expect("a command");
                replies.extend(self.answer(&command));
            }
            assert_eq!(decoder.buffered(), 0, "a frame was split over requests");
            replies.extend(std::mem::take(&mut self.queue));
            self.queue = replies;
        }
        if self.late && query.contains("Action=open") {
            return Some(self.gateway_response(Bytes::new()));
        }
        let body = self.drain();
        Some(self.gateway_response(body))
    }

    fn drain(&mut self) -> Bytes {
        let mut body = Vec::new();
        for command in self.queue.drain(..) {
            command.to_frame().encode(&mut body);
        }
        body.into()
    }

    fn gateway_response(&self, body: Bytes) -> Response<Bytes> {
        let id = self.session.clone().unwrap_or_default();
        let mut response = Response::builder()
            .header(
                "x-msn-messenger",
                format!("SessionID={id}; GW-IP=msn.example"),
            )
            .header("content-type", "application/x-msn-messenger")
            .body(body)
            .expect("a response");
        if let Some(id) = self.skype_id
            && !(self.late && response.body().is_empty())
        {
            let id = id.parse().expect("a header");
            response.headers_mut().insert("x-msn-skypeid", id);
        }
        response
    }

    fn answer(&mut self, command: &ClientCommand) -> Vec<ServerCommand> {
        self.heard.push(command.clone());
        match (self.on_command)(command) {
            Answer::Usual => self.usual(command),
            Answer::Say(commands) => commands,
            Answer::Nothing => Vec::new(),
        }
    }

    fn usual(&mut self, command: &ClientCommand) -> Vec<ServerCommand> {
        let reply = |body| vec![ServerCommand::new(command.trid, body)];
        match &command.body {
            ClientBody::Connect(_) => reply(ServerBody::Connected(Connected {
                version: 2,
                qos_test: false,
                nonce: Some("e559d11e-c55f-3b21-523b-c2f6525372a7".into()),
            })),
            ClientBody::Authenticate(_) => reply(ServerBody::Authenticated(Some(Authenticated {
                new_thread_allowed: true,
                p2p_migration_allowed: false,
                id: None,
            }))),
            ClientBody::Bind(_) => {
                let mut reply = reply(ServerBody::Bound(Bound {
                    version: 2,
                    utc_time: Some(UnixTime::from_secs(self.utc)),
                    nonce: self.nonce.map(str::to_owned),
                    sample_window: Some(0),
                }));
                self.tokens += 1;
                let token = HeaderValue::new(format!("token{}", self.tokens)).expect("a value");
                reply[0].headers.set_new_registration(&Secret::new(token));
                reply
            }
            ClientBody::Put(put) => match put {
                msnp_proto::msnp24::Put::Thread(thread) if thread.id.is_none() => {
                    let id = "19:0123456789abcdef@thread.skype"
                        .parse()
                        .expect("an address");
                    reply(ServerBody::Put(PutReply::Thread(Box::new(Thread::named(
                        id,
                    )))))
                }
                _ => reply(ServerBody::Put(PutReply::Empty)),
            },
            ClientBody::Get(msnp_proto::msnp24::Get::MessagesByConversation(get)) => {
                reply(ServerBody::Get(GetReply::MessagesByConversation(
                    MessagesByConversationResponse {
                        id: get.id.clone(),
                        has_more: false,
                        sync_state: None,
                        messages: Vec::new(),
                    },
                )))
            }
            ClientBody::Get(_) => reply(ServerBody::Get(GetReply::RecentConversations(
                RecentConversationsResponse::default(),
            ))),
            ClientBody::Delete(_) => reply(ServerBody::Deleted(PutReply::Empty)),
            ClientBody::Message(_) => reply(ServerBody::Accepted),
            ClientBody::Ping(_) => reply(ServerBody::Pong(Pong { wait: self.wait })),
            _ => Vec::new(),
        }
    }
}

fn is_poll(transmit: &Transmit) -> bool {
    let query = transmit.request.uri().query();
    query.is_some_and(|query| query.contains("Action=poll"))
}

/// An error in place of the reply.
pub(crate) fn error(command: &ClientCommand, code: u16) -> Answer {
    let code = ErrorCode::new(code).expect("below 1000");
    let channel = msnp_proto::msnp24::Channel::Con;
    let text = Bytes::from_static(b"No");
    let error = ServerBody::Error(ErrorReply {
        code,
        channel,
        text,
    });
    Answer::Say(vec![ServerCommand::new(command.trid, error)])
}

pub(crate) fn redirect(command_trid: TrId, target: &str) -> ServerCommand {
    let transfer = Transfer {
        target: target.to_owned(),
        flags: Some("S".into()),
        state: Some("VmVyc2lvbjogMQ0K".into()),
        wait: Some(Duration::ZERO),
    };
    ServerCommand::new(command_trid, ServerBody::Transfer(transfer))
}

/// A message from somebody, as the service delivers it.
pub(crate) fn delivery(draft: Draft) -> ServerBody {
    let ack = format!("{:016X}", draft.message_id.unwrap_or(0));
    ServerBody::Message(Delivery {
        message: draft.finish().into_layers(),
        ack_id: Some(HeaderValue::new(ack).expect("a value")),
    })
}

pub(crate) const ME: &str = "8:live:alice";
pub(crate) const BOB: &str = "8:bob;epid={00155193-decb-dc89-95e0-43bd987ed463}";

/// `text` from `from` to oneself, with this `Message-ID`.
pub(crate) fn text(from: &str, id: u64, text: &str) -> Draft {
    let mut draft = Draft::text(
        ME.parse().expect("an address"),
        from.parse().expect("an address"),
        text,
    );
    draft.message_id = Some(id);
    draft.client_message_id = Some(id * 10);
    draft
}

pub(crate) fn contacts(xml: &str) -> ServerBody {
    let list = ContactList::parse(xml.as_bytes()).expect("a list");
    ServerBody::Notification(Notification::Contacts(list))
}

/// The message that a command carries, if it is one.
pub(crate) fn message_of(command: &ClientCommand) -> Option<Message> {
    match &command.body {
        ClientBody::Message(layers) => Message::try_from(layers.clone()).ok(),
        _ => None,
    }
}
