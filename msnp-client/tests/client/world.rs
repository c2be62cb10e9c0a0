//! A client in the simulation's kit, and a fake service, written with the server's side of `msnp-proto`: what the tests of
//! this crate stand on. Everything arrives at the moment at which it is sent.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Mode;
use http::{Request, Response, StatusCode};
use machine_contract::{Failure, Instant, Transmit, UnixTime};
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
pub(crate) use simulation_kit::Driver;
use simulation_kit::{ExchangeNumber, Fate, Host, Peer, Plan, Simulation, Time};

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
    /// Address of each request, whether it wants the host's cookies, and whether it carries any.
    pub(crate) cookies: Vec<(http::Uri, bool, bool)>,
    sessions: u32,
    session: Option<String>,
    tokens: u32,
    /// What becomes of the requests that are about to arrive.
    ways: VecDeque<Way>,
    /// What has no reply yet, and whether it is a poll.
    held: Vec<(ExchangeNumber, bool)>,
    replies: VecDeque<(ExchangeNumber, Response<Bytes>)>,
}

pub(crate) struct World {
    simulation: Simulation<Fake, Client>,
    client: Peer,
    pub(crate) events: Vec<Event>,
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
        let mut simulation = Simulation::new(Fake::new(), 0, UnixTime::from_secs(0));
        simulation.set_plan(Plan {
            delays: vec![Duration::ZERO],
            ..Plan::default()
        });
        let client = simulation.add(Client::new(config));
        Self {
            simulation,
            client,
            events: Vec::new(),
        }
    }

    /// A world in which the client is signed in, and nothing of that is left to look at.
    pub(crate) fn signed_in(config: Config) -> Self {
        let mut world = Self::new(config);
        world.sign_in();
        assert!(world.client().is_signed_in(), "{:?}", world.events);
        world.clear();
        world
    }

    pub(crate) fn sign_in(&mut self) {
        self.ask(Client::sign_in);
        self.run();
    }

    pub(crate) fn clear(&mut self) {
        self.events.clear();
        let fake = self.fake_mut();
        fake.heard.clear();
        fake.bodies.clear();
        fake.requests.clear();
    }

    pub(crate) const fn now(&self) -> Instant {
        self.simulation.time().monotonic
    }

    pub(crate) fn client(&self) -> &Client {
        self.simulation.machine(self.client)
    }

    pub(crate) const fn fake(&self) -> &Fake {
        self.simulation.host()
    }

    pub(crate) const fn fake_mut(&mut self) -> &mut Fake {
        self.simulation.host_mut()
    }

    /// Does something with the client. Nothing follows before the world [runs](Self::run).
    pub(crate) fn ask<T>(&mut self, verb: impl FnOnce(&mut Client, Instant) -> T) -> T {
        self.simulation.prompt(self.client, verb)
    }

    pub(crate) fn set_driver(&mut self, driver: Driver) {
        self.simulation.set_driver(self.client, driver);
    }

    /// Whether the application takes no events.
    pub(crate) fn set_deaf(&mut self, is_deaf: bool) {
        self.simulation.set_deaf(self.client, is_deaf);
    }

    /// Until nothing moves without the clock.
    pub(crate) fn run(&mut self) {
        self.simulation.settle();
        self.take_events();
    }

    /// Lets time pass, one deadline after the other.
    pub(crate) fn advance(&mut self, time: Duration) {
        self.simulation.advance(time);
        self.take_events();
    }

    /// So much time passes at once, as for a host that was asleep.
    pub(crate) fn jump(&mut self, time: Duration) {
        self.simulation.jump(time);
        self.take_events();
    }

    fn take_events(&mut self) {
        let told = self.simulation.take_events(self.client).into_iter();
        self.events.extend(told.map(|(_, event)| event));
    }

    /// Whether the gateway holds a poll, by which the service could say something.
    pub(crate) fn is_polled(&self) -> bool {
        self.fake().held.iter().any(|(_, is_poll)| *is_poll)
    }

    /// The service says something by itself, when it has heard what was said before.
    pub(crate) fn push(&mut self, body: ServerBody) {
        self.run();
        let said = ServerCommand::new(TrId(0), body);
        self.fake_mut().queue.push_back(said);
        self.run();
    }

    /// The connection breaks: the gateway knows the session no more.
    pub(crate) fn forget_session(&mut self) {
        self.fake_mut().forget_session();
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
        let all: Vec<_> = self.fake().heard.iter().map(short).collect();
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
            cookies: Vec::new(),
            sessions: 0,
            session: None,
            tokens: 0,
            ways: VecDeque::new(),
            held: Vec::new(),
            replies: VecDeque::new(),
        }
    }

    /// What waits leaves by a poll that is held.
    fn release_poll(&mut self) -> Option<(ExchangeNumber, Response<Bytes>)> {
        let at = self.held.iter().position(|(_, is_poll)| *is_poll);
        let at = at.filter(|_| !self.queue.is_empty())?;
        let (exchange, _) = self.held.remove(at);
        let body = self.drain();
        Some((exchange, self.gateway_response(body)))
    }

    fn forget_session(&mut self) {
        self.session = None;
        for (exchange, _) in std::mem::take(&mut self.held) {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::BAD_REQUEST;
            self.replies.push_back((exchange, response));
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
                *response.status_mut() = StatusCode::FOUND;
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
                *response.status_mut() = StatusCode::BAD_REQUEST;
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

impl Host for Fake {
    fn fate(&mut self, _: Peer, transmit: &Transmit, time: Time) -> Option<Fate> {
        assert!(transmit.deadline > time.monotonic);
        let request = &transmit.request;
        self.cookies.push((
            request.uri().clone(),
            transmit.host_cookies,
            request.headers().contains_key("cookie"),
        ));
        let way = (self.on_request)(request);
        Some(match way {
            Way::Fail(Failure::NotSent) => Fate::Refused,
            Way::Fail(Failure::Untrusted(fault)) => Fate::Untrusted(fault),
            Way::Fail(Failure::Unknown) => Fate::Lost,
            Way::LoseReply => {
                self.ways.push_back(way);
                Fate::ReplyLost
            }
            Way::Usual | Way::Respond(_) | Way::Hold => {
                self.ways.push_back(way);
                Fate::Fine
            }
        })
    }

    fn handle_request(
        &mut self,
        exchange: ExchangeNumber,
        _: Peer,
        request: Request<Bytes>,
        _: Time,
    ) {
        let query = request.uri().query().unwrap_or_default();
        let is_poll = query.contains("Action=poll");
        let reply = match self.ways.pop_front().expect("what becomes of it") {
            Way::Respond(response) => Some(response),
            // Whatever it is, it is lost.
            Way::LoseReply => Some(self.respond(&request).unwrap_or_default()),
            Way::Hold => None,
            Way::Usual | Way::Fail(_) => self.respond(&request),
        };
        match reply {
            Some(reply) => self.replies.push_back((exchange, reply)),
            None => self.held.push((exchange, is_poll)),
        }
    }

    fn handle_reply_sent(&mut self, _: ExchangeNumber, _: Time) {}

    fn handle_reply_lost(&mut self, exchange: ExchangeNumber, _: Time) {
        self.held.retain(|(held, _)| *held != exchange);
    }

    fn handle_timeout(&mut self, _: Time) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_reply(&mut self, _: Time) -> Option<(ExchangeNumber, Response<Bytes>)> {
        self.replies.pop_front().or_else(|| self.release_poll())
    }
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
