//! MSNP24 by a stream, as its desktop clients sign in: a compact ticket of the token service, no cookies, no uic (msnp24.md 6.2,
//! 16.4).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use msnp_client::{
    Access, Client, Config, ConversationId, Dialect, Event, PlainHttp, Reason, Step,
};
use msnp_proto::msnp24::{
    Authenticate, Authenticated, Bound, ClientBody, ClientCommand, Connected, ErrorReply, GetReply,
    HeaderValue, Pong, PutReply, ServerBody, ServerCommand, TicketUse, Transfer,
};
use msnp_proto::payload::history::RecentConversationsResponse;
use msnp_proto::{ErrorCode, FrameDecoder, PayloadTable, Secret, TrId};
use soap_codec::call::{Call, Response as Reply};
use soap_codec::sign_in::{
    RequestSecurityTokens, RequestSecurityTokens2, TokenCollection, TokenResponse,
};
use soap_codec::{Budget, Envelope, FaultReason, Received, Version};

use crate::duties::A_WHILE;
use crate::server::Server as OlderServer;
use crate::world::{Act, Carrier, LOGIN, Line, PASSWORD, Peer, WEB, World, config, network};

const SITE: &str = "chatservice.live.com";

/// What is said to a command in place of the usual answer.
type Instead = Box<dyn FnMut(&ClientCommand) -> Option<Vec<ServerCommand>>>;

/// A notification server, and a token service.
struct Server {
    lines: BTreeMap<Line, FrameDecoder>,
    said: VecDeque<Act>,
    heard: Vec<ClientCommand>,
    /// How many commands were heard when each ticket was asked for.
    asked: Vec<usize>,
    /// The token service answers this in place of a ticket.
    refusal: Option<FaultReason>,
    /// The token service says nothing.
    is_silent: bool,
    instead: Instead,
}

impl Server {
    fn new() -> Self {
        Self {
            lines: BTreeMap::new(),
            said: VecDeque::new(),
            heard: Vec::new(),
            asked: Vec::new(),
            refusal: None,
            is_silent: false,
            instead: Box::new(|_| None),
        }
    }

    fn answering(
        instead: impl FnMut(&ClientCommand) -> Option<Vec<ServerCommand>> + 'static,
    ) -> Self {
        Self {
            instead: Box::new(instead),
            ..Self::new()
        }
    }

    fn usual(command: &ClientCommand) -> Vec<ServerCommand> {
        let reply = |body| vec![ServerCommand::new(command.trid, body)];
        match &command.body {
            ClientBody::Connect(_) => reply(ServerBody::Connected(Connected {
                version: 2,
                qos_test: false,
                nonce: Some("e559d11e-c55f-3b21-523b-c2f6525372a7".into()),
            })),
            ClientBody::Authenticate(_) => reply(ServerBody::Authenticated(Some(Authenticated {
                new_thread_allowed: false,
                p2p_migration_allowed: false,
                id: None,
            }))),
            ClientBody::Bind(_) => {
                let mut reply = reply(ServerBody::Bound(Bound {
                    version: 2,
                    utc_time: None,
                    nonce: None,
                    sample_window: Some(0),
                }));
                let token = HeaderValue::new("token".to_owned()).expect("a value");
                reply[0].headers.set_new_registration(&Secret::new(token));
                reply
            }
            ClientBody::Put(_) => reply(ServerBody::Put(PutReply::Empty)),
            ClientBody::Get(_) => reply(ServerBody::Get(GetReply::RecentConversations(
                RecentConversationsResponse::default(),
            ))),
            ClientBody::Message(_) => reply(ServerBody::Accepted),
            ClientBody::Ping(_) => reply(ServerBody::Pong(Pong { wait: None })),
            _ => Vec::new(),
        }
    }

    /// The proofs that were shown.
    fn tickets(&self) -> Vec<String> {
        let ticket = |command: &ClientCommand| match &command.body {
            ClientBody::Authenticate(Authenticate::Account {
                ticket,
                uic: None,
                issued: TicketUse::Site(site),
            }) => {
                assert_eq!(site, SITE);
                Some(ticket.expose().clone())
            }
            ClientBody::Authenticate(other) => panic!("{other:?}"),
            _ => None,
        };
        self.heard.iter().filter_map(ticket).collect()
    }

    fn tokens(&self) -> TokenCollection {
        let ticket = Secret::new(format!("t=ticket{}&p=", self.asked.len()));
        TokenCollection {
            responses: vec![TokenResponse::compact(SITE, 1, ticket)],
            ..TokenCollection::default()
        }
    }
}

impl Peer for Server {
    fn opened(&mut self, line: Line, _: &str) {
        let decoder = FrameDecoder::new(PayloadTable::msnp24());
        self.lines.insert(line, decoder);
    }

    fn heard(&mut self, line: Line, bytes: &[u8]) {
        let decoder = self.lines.get_mut(&line).expect("it was opened");
        decoder.push(Bytes::copy_from_slice(bytes));
        while let Some(frame) = decoder.next_frame().expect("whole frames") {
            let command = ClientCommand::parse(&frame).expect("a command");
            let said = (self.instead)(&command).unwrap_or_else(|| Self::usual(&command));
            for said in said {
                let bytes = said.to_frame().into_bytes();
                self.said.push_back(Act::Say(line, bytes));
            }
            self.heard.push(command);
        }
    }

    fn closed(&mut self, line: Line) {
        self.lines.remove(&line);
    }

    fn poll(&mut self) -> Option<Act> {
        self.said.pop_front()
    }

    fn web(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let (path, body) = (request.uri().path(), request.body());
        let received = Received::receive(path, None, body, &mut Budget::default());
        self.asked.push(self.heard.len());
        if self.is_silent {
            return None;
        }
        if let Some(reason) = self.refusal.take() {
            let fault = reason.to_fault(Version::Soap11, soap_codec::ns::NONE, "no");
            let fault = Envelope::with_bare_fault(Version::Soap11, &fault).to_xml();
            return Some(Response::new(fault.expect("it can be written").into()));
        }
        Some(match received.expect("a request for tickets") {
            Received::SignIn(it) => {
                let (login, password) = it.headers.credentials().expect("credentials");
                assert_eq!((login, password.expose().as_str()), (LOGIN, PASSWORD));
                reply::<RequestSecurityTokens>(self.tokens())
            }
            Received::SignIn2(_) => reply::<RequestSecurityTokens2>(self.tokens()),
            other => panic!("nobody asks for this: {other:?}"),
        })
    }
}

fn reply<C: Call>(body: C::Reply) -> Response<Bytes>
where
    C::ReplyHeaders: Default,
{
    let envelope = Reply::<C>::new(Default::default(), body).to_envelope();
    Response::new(envelope.to_xml().expect("it can be written").into())
}

fn desktop() -> Config {
    config(Carrier::Stream, Dialect::MSNP24)
}

fn signed_in(server: Server) -> World<Server> {
    let mut world = World::new(desktop(), server);
    world.sign_in();
    let is_in = world.told(|event| matches!(event, Event::SignedIn(_)));
    assert!(is_in, "{:#?}", world.events);
    world
}

/// Why signing in ends.
#[track_caller]
fn ends(server: Server) -> Reason {
    let mut world = World::new(desktop(), server);
    world.sign_in();
    world.advance(Duration::from_secs(120));
    match world.events.last() {
        Some(Event::SignedOut(reason)) => *reason,
        other => panic!("{other:?}"),
    }
}

fn error(command: &ClientCommand, code: u16) -> Vec<ServerCommand> {
    let error = ErrorReply {
        code: ErrorCode::new(code).expect("below 1000"),
        channel: msnp_proto::msnp24::Channel::Con,
        text: Bytes::from_static(b"No"),
    };
    vec![ServerCommand::new(command.trid, ServerBody::Error(error))]
}

#[test]
fn a_desktop_client_signs_in_by_a_ticket_and_is_there() {
    let mut world = signed_in(Server::new());
    let server = &world.peer;
    assert_eq!(
        server.asked,
        [0],
        "the ticket is asked for before anything is said"
    );
    assert_eq!(server.tickets(), ["t=ticket1&p="]);
    assert_eq!(world.connected, ["ns.msn.example:1863"]);
    assert_eq!(world.requests, ["POST http://msn.example/RST.srf"]);
    let first: Vec<_> = server.heard.iter().take(3).map(|it| it.trid.0).collect();
    assert_eq!(first, [1, 2, 3]);
    let ClientBody::Bind(bind) = &server.heard[2].body else {
        panic!("{:?}", server.heard[2]);
    };
    assert_eq!((bind.program.name.as_str(), bind.braced), ("Skype", false));
    let step = |event: &Event| match event {
        Event::SignInProgress(step) => Some(*step),
        _ => None,
    };
    let steps: Vec<_> = world.events.iter().filter_map(step).collect();
    let expected = [
        Step::Credentials,
        Step::Connecting,
        Step::Authenticating,
        Step::Synchronizing,
    ];
    assert_eq!(steps, expected);
    assert!(world.ask(|client, _| client.abilities().lasting_groups));
    let to = ConversationId::from(msnp_client::ContactId::skype("bob").expect("a name"));
    let sent = world.ask(|client, now| client.send_text(&to, "hi", now));
    let sent = sent.expect("it is taken");
    assert!(world.told(
        |event| matches!(event, Event::MessageDelivered { message, .. } if *message == sent)
    ));
    world.ask(Client::sign_out);
    world.advance(A_WHILE);
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::Requested))
    );
}

/// Frames are cut by the network anywhere.
#[test]
fn a_desktop_client_reads_in_pieces_of_any_size() {
    for piece in [1, 2, 7, 100] {
        let mut world = World::new(desktop(), Server::new());
        world.piece = piece;
        world.sign_in();
        assert!(world.told(|event| matches!(event, Event::SignedIn(_))));
    }
}

#[test]
fn a_desktop_client_that_is_refused_says_why() {
    let mut server = Server::new();
    server.refusal = Some(FaultReason::FailedAuthentication);
    assert_eq!(ends(server), Reason::WrongCredentials);
    for (code, reason) in [
        (911, Reason::WrongCredentials),
        (922, Reason::AuthenticationExpired),
        (921, Reason::ServiceUnavailable),
    ] {
        let server = Server::answering(move |command| match command.body {
            ClientBody::Authenticate(_) => Some(error(command, code)),
            _ => None,
        });
        assert_eq!(ends(server), reason);
    }
}

/// Of all sign-ins by name and password it was the one that asked nobody.
#[test]
fn a_desktop_client_shows_its_password_in_the_clear_to_no_host_that_was_not_named() {
    let network = network(Carrier::Stream).plain_http(PlainHttp::default());
    let config = Config::new(Access::passport(network, LOGIN, PASSWORD), [7; 32]);
    let config = config.dialects([Dialect::MSNP24]).expect("it is spoken");
    let mut world = World::new(config, Server::new());
    world.sign_in();
    world.advance(Duration::from_secs(120));
    let over = Event::SignedOut(Reason::PlainHttp);
    assert_eq!(world.events.last(), Some(&over));
    assert_eq!(world.requests, [""; 0]);
}

#[test]
fn a_desktop_client_says_what_was_not_answered() {
    let mut server = Server::new();
    server.is_silent = true;
    assert_eq!(ends(server), Reason::SilentAt(Step::Credentials));
    let server = Server::answering(|_| Some(Vec::new()));
    assert_eq!(ends(server), Reason::SilentAt(Step::Connecting));
    for (silent, step) in [(3, Step::Authenticating), (4, Step::Synchronizing)] {
        let server = Server::answering(move |command| {
            let is_silent = command.trid == TrId(silent);
            is_silent.then(Vec::new)
        });
        assert_eq!(ends(server), Reason::SilentAt(step));
    }
}

#[test]
fn a_token_service_leads_to_another_and_not_to_a_strangers() {
    let mut server = Server::new();
    let there = "http://msn.example/pp550/RST.srf".to_owned();
    server.refusal = Some(FaultReason::Redirect(there));
    let world = signed_in(server);
    let expected = [
        "POST http://msn.example/RST.srf",
        "POST http://msn.example/pp550/RST.srf",
    ];
    assert_eq!(world.requests, expected);
    let mut server = Server::new();
    let there = "http://evil.example/RST.srf".to_owned();
    server.refusal = Some(FaultReason::Redirect(there));
    assert_eq!(ends(server), Reason::RedirectRefused);
}

#[test]
fn a_redirect_leads_to_another_stream_with_its_state_and_nothing_else_of_before() {
    let mut is_moved = false;
    let server = Server::answering(move |command| {
        let moves = matches!(command.body, ClientBody::Bind(_)) && !is_moved;
        is_moved |= moves;
        moves.then(|| {
            let transfer = Transfer {
                target: "bay1.msn.example:443".to_owned(),
                flags: Some("S".into()),
                state: Some("VmVyc2lvbjogMQ0K".into()),
                wait: Some(Duration::ZERO),
            };
            vec![ServerCommand::new(
                command.trid,
                ServerBody::Transfer(transfer),
            )]
        })
    });
    let world = signed_in(server);
    let expected = ["ns.msn.example:1863", "bay1.msn.example:443"];
    assert_eq!(world.connected, expected);
    let connects: Vec<_> = world
        .peer
        .heard
        .iter()
        .filter_map(|command| match &command.body {
            ClientBody::Connect(connect) => Some((command.trid.0, connect.state.clone())),
            _ => None,
        })
        .collect();
    let state = Some("VmVyc2lvbjogMQ0K".to_owned());
    assert_eq!(connects, [(1, None), (1, state)]);
}

/// msnp24.md 6.13.
#[test]
fn a_desktop_client_shows_a_fresh_ticket_before_the_old_has_run_out() {
    let mut world = signed_in(Server::new());
    world.advance(Duration::from_secs(24 * 3600));
    assert_eq!(world.peer.tickets(), ["t=ticket1&p=", "t=ticket2&p="]);
    assert_eq!(world.connected.len(), 1, "on the same connection");
    // Of what is refused then the service is the judge: the old one still holds.
    world.peer.refusal = Some(FaultReason::Other);
    world.advance(Duration::from_secs(24 * 3600));
    assert_eq!(world.peer.tickets().len(), 3, "it is tried again soon");
    assert!(world.ask(|client, _| client.is_signed_in()));
}

#[test]
fn whoever_signs_out_before_a_ticket_is_there_is_out_at_once() {
    let mut server = Server::new();
    server.is_silent = true;
    let mut world = World::new(desktop(), server);
    world.ask(Client::sign_in);
    world.ask(Client::sign_out);
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::Requested))
    );
    assert!(world.peer.heard.is_empty());
}

/// A server of the older dialects, which says nothing to what it does not know (msnp8-18.md 2.5), or something else.
struct Mute {
    older: OlderServer,
    /// The connection on which it heard what it does not know.
    foreign: Line,
    /// What it does about that; `None` is to close it.
    says: Option<&'static str>,
    acts: VecDeque<Act>,
}

impl Peer for Mute {
    fn opened(&mut self, line: Line, to: &str) {
        self.older.opened(line, to);
    }

    fn heard(&mut self, line: Line, bytes: &[u8]) {
        if bytes.starts_with(b"CNT ") {
            self.foreign = line;
            self.acts.push_back(match self.says {
                Some(says) => Act::Say(line, says.into()),
                None => Act::Close(line),
            });
        }
        if line != self.foreign {
            self.older.heard(line, bytes);
        }
    }

    fn closed(&mut self, line: Line) {
        self.older.closed(line);
    }

    fn poll(&mut self) -> Option<Act> {
        self.acts.pop_front().or_else(|| self.older.poll())
    }

    fn web(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        if request.uri().path() == "/RST.srf" {
            return Server::new().web(request);
        }
        self.older.web(request)
    }
}

#[test]
fn a_network_that_shows_no_sign_of_msnp24_is_offered_an_older_dialect() {
    for says in [Some(""), Some("hello\r\n"), Some("913 0\r\n"), None] {
        let access = msnp_client::Access::passport(network(Carrier::Stream), LOGIN, PASSWORD);
        let config = Config::new(access, [7; 32])
            .reconnect_attempts(0)
            .dialects([Dialect::MSNP24, Dialect::MSNP12])
            .expect("they are spoken");
        let peer = Mute {
            older: OlderServer::new(Dialect::MSNP12),
            foreign: Line::MAX,
            says,
            acts: VecDeque::new(),
        };
        let mut world = World::new(config, peer);
        world.sign_in();
        world.advance(Duration::from_secs(60));
        assert!(
            world.told(|event| matches!(event, Event::SignedIn(_))),
            "{says:?}: {:#?}",
            world.events
        );
        assert_eq!(world.ask(|client, _| client.dialect()), Dialect::MSNP12);
        assert!(!world.ask(|client, _| client.abilities().edits));
        let asked = format!("POST {WEB}/RST.srf");
        assert!(world.requests.contains(&asked));
    }
}

/// The dialect of the network is not doubted because a connection breaks.
#[test]
fn a_connection_that_breaks_at_the_first_word_is_made_anew_in_the_same_dialect() {
    let access = msnp_client::Access::passport(network(Carrier::Stream), LOGIN, PASSWORD);
    let config = Config::new(access, [7; 32])
        .dialects([Dialect::MSNP24, Dialect::MSNP12])
        .expect("they are spoken");
    let mut is_first = true;
    let server = Server::answering(move |_| std::mem::take(&mut is_first).then(Vec::new));
    let mut world = World::new(config, server);
    world.ask(Client::sign_in);
    world.break_line(0);
    world.advance(Duration::from_secs(60));
    assert!(
        world.told(|event| matches!(event, Event::SignedIn(_))),
        "{:#?}",
        world.events
    );
    assert_eq!(world.ask(|client, _| client.dialect()), Dialect::MSNP24);
}
