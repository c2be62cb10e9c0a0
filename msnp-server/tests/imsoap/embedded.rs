//! The web service inside the server: whose requests go round in the machine, and whose go out.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Request, Response};
use machine_contract::{Failure, Instant, Secret, StreamId, UnixTime};
use msnp_client::{Dialect, Network, Service};
use msnp_server::identity::{Address, EmailAddress, SkypeId};
use msnp_server::imsoap::{Domains, PATH, StreamNews, StreamOrder, Upstream};
use msnp_server::network::{Batch, BatchId, Change, ContactRecord, Group, GroupId, Lists};
use msnp_server::{
    Caller, Claimant, Config, Effect, Entropy, Log, Memory, NewAccount, Now, PasswordCheck, Server,
    Verdict,
};
use soap_codec::bsim::{
    Buddy, Event, IM, KeepSessionAlive, Leniency, Login, LoginIM, Operation, Reply, ReplyError,
    SendMessage, Session,
};
use soap_codec::{Budget, Envelope, Version};

use crate::told::{changed_buddies_of, log_of, login_of, messages_of};

const ACCOUNT: &str = "alice@example.org";
const PASSWORD: &str = "secret";

/// A server, its store, and somebody who checks passwords when told to.
struct Shell {
    server: Server,
    memory: Memory,
    now: Instant,
    exchanges: u8,
    checks: Vec<PasswordCheck>,
}

impl Shell {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("im.example.org");
        config.imsoap.silence = Duration::from_secs(3600);
        change(&mut config);
        let mut memory = Memory::new();
        let account = NewAccount {
            skype_id: SkypeId::parse("live:alice").expect("a name"),
            email: EmailAddress::parse(ACCOUNT).expect("an address"),
            name: "Alice".into(),
            password_hash: Secret::new(PASSWORD.to_owned()),
        };
        memory.add_account(account).expect("a new name");
        let now = Instant::ORIGIN;
        let server = Server::new(&config, 0, [7; 32], at(now)).expect("a configuration");
        Self {
            server,
            memory,
            now,
            exchanges: 0,
            checks: Vec::new(),
        }
    }

    /// Everything but the passwords of people.
    fn work(&mut self) {
        while let Some(effect) = self.server.poll_effect() {
            match effect {
                Effect::Commit(batch) => {
                    self.memory.commit(&batch);
                    self.server.handle_committed(batch.id, Ok(()), at(self.now));
                }
                Effect::Read(id, read) => {
                    let found = self.memory.read(&read);
                    self.server.handle_read(id, Ok(found), at(self.now));
                }
                Effect::CheckPassword(check) if matches!(check.account, Claimant::Person(_)) => {
                    self.checks.push(check);
                }
                Effect::CheckPassword(check) => {
                    let verdict = Verdict::RightUser { is_on_trial: false };
                    self.server
                        .handle_password_checked(check.id, verdict, at(self.now));
                }
                Effect::CheckAccess(check) => panic!("nobody has an access token: {check:?}"),
                Effect::Log(_) => {}
            }
        }
    }

    fn check_passwords(&mut self) {
        for check in std::mem::take(&mut self.checks) {
            let Claimant::Person(address) = check.account else {
                panic!("a person's");
            };
            let account = self.memory.account_by_address(&Address::Email(address));
            let who = account.expect("there is one").who.clone();
            self.server
                .handle_password_checked(check.id, Verdict::Right(who), at(self.now));
        }
        self.work();
    }

    fn tick(&mut self) {
        self.now += Duration::from_secs(1);
        self.server.handle_timeout(at(self.now));
        let next = self.server.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "it would spin");
        self.work();
    }

    fn request(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges.into());
        let entropy = Entropy::new([self.exchanges; Entropy::BYTES]);
        self.server
            .handle_request(exchange, request, Caller::nowhere(), &entropy, at(self.now));
        self.work();
        let (answered, reply) = self.server.poll_reply().expect("a reply");
        assert_eq!(
            answered, exchange,
            "no reply to its own requests is given out"
        );
        self.server.handle_reply_sent(exchange, at(self.now));
        reply
    }

    fn call(&mut self, operation: &Operation) -> Result<Reply, String> {
        let name = operation.name();
        let body = operation.to_envelope(Version::Soap11).to_xml();
        let request = Request::post(PATH)
            .header("Content-Type", "text/xml; charset=utf-8")
            .header("SOAPAction", name.soap_action())
            .body(body.expect("XML").into());
        let reply = self.request(request.expect("a request"));
        let mut budget = Budget::default();
        let envelope = Envelope::parse(reply.body(), &mut budget).expect("an envelope");
        match Reply::decode(name, &envelope, &mut budget, Leniency::default()) {
            Ok(reply) => Ok(reply),
            Err(ReplyError::Fault(fault)) => Err(fault.reason.clone()),
            Err(error) => panic!("{error}"),
        }
    }

    fn login(&mut self) -> Session {
        let login = Operation::Login(Login {
            user_id: Some("testing".to_owned()),
            password: Some(Secret::new("any".to_owned())),
        });
        match self.call(&login) {
            Ok(Reply::Login(Some(session))) => session,
            other => panic!("{other:?}"),
        }
    }

    fn login_im(&mut self, session: &Session) {
        self.login_im_of(session, ACCOUNT);
    }

    fn login_im_of(&mut self, session: &Session, account: &str) {
        let login = Operation::LoginIM(LoginIM {
            session: Some(session.clone()),
            im_type: Some("msn".to_owned()),
            account: Some(account.to_owned()),
            password: Some(Secret::new(PASSWORD.to_owned())),
        });
        assert!(matches!(self.call(&login), Ok(Reply::LoginIM)));
    }

    fn fetch(&mut self, session: &Session) -> Result<Vec<IM>, String> {
        let session = Some(session.clone());
        let fetch = Operation::KeepSessionAlive(KeepSessionAlive { session });
        match self.call(&fetch)? {
            Reply::KeepSessionAlive(Some(events)) => Ok(events.ims),
            other => panic!("{other:?}"),
        }
    }
}

fn at(monotonic: Instant) -> Now {
    Now {
        monotonic,
        wall: UnixTime::from_secs(1_214_889_243),
    }
}

#[track_caller]
fn signs_in(change: impl FnOnce(&mut Config)) {
    let mut shell = Shell::new(change);
    let session = shell.login();
    shell.login_im(&session);
    for _ in 0..30 {
        shell.check_passwords();
        shell.tick();
    }
    let told = shell.fetch(&session).expect("in session");
    assert!(login_of(&told[0]).is_some(), "{told:?}");
    assert_eq!(shell.server.upstream_clients(), 1);
    assert!(shell.server.poll_transmit().is_none(), "nothing goes out");
}

#[test]
fn an_own_account_is_signed_in_however_the_gateway_is_set() {
    signs_in(|_| {});
    signs_in(|config| config.secure_cookies = true);
    signs_in(|config| config.longest_hold = Duration::ZERO);
    signs_in(|config| config.rotate_session_ids = true);
    signs_in(|config| config.sessions_per_peer = Some(1));
    signs_in(|config| config.advertised_host = Some("im.example.org".to_owned()));
    signs_in(|config| config.host = "0.0.0.0:8080".to_owned());
}

const BOB: &str = "bob@example.org";

/// A shell in which alice has bob on her list, in her second group.
fn with_bob() -> (Shell, [Group; 2]) {
    let mut shell = Shell::new(|_| {});
    let account = NewAccount {
        skype_id: SkypeId::parse("live:bob").expect("a name"),
        email: EmailAddress::parse(BOB).expect("an address"),
        name: "Bob".into(),
        password_hash: Secret::new(PASSWORD.to_owned()),
    };
    let bob = shell.memory.add_account(account).expect("a new name");
    let alice = Address::Email(EmailAddress::parse(ACCOUNT).expect("an address"));
    let alice = shell.memory.account_by_address(&alice);
    let alice = alice.expect("there is one").who.person();
    let groups = [(1, "Family"), (2, "Friends & foes")].map(|(id, name)| Group {
        id: GroupId::from_bytes([id; 16]),
        name: name.into(),
    });
    let contact = ContactRecord {
        who: bob,
        name: "Bob".into(),
        lists: Lists::FORWARD | Lists::ALLOW,
        own_name: "".into(),
        groups: vec![groups[1].id],
        version: 1,
        told: false,
    };
    let mut changes: Vec<_> = groups
        .iter()
        .map(|group| Change::Group(alice, group.clone()))
        .collect();
    changes.push(Change::Contact(alice, contact));
    let id = BatchId(u64::MAX);
    shell.memory.commit(&Batch { id, changes });
    (shell, groups)
}

/// Case F9: buddies and senders were called by the names of MSNP24.
#[test]
fn buddies_and_senders_are_told_by_their_addresses_and_groups_by_the_contact_list() {
    let (mut shell, groups) = with_bob();
    let session = shell.login();
    for account in [ACCOUNT, BOB] {
        shell.login_im_of(&session, account);
        for _ in 0..30 {
            shell.check_passwords();
            shell.tick();
        }
    }
    let sent = shell.call(&Operation::SendMessage(SendMessage {
        session: Some(session.clone()),
        im_type: Some("msn".to_owned()),
        account: Some(ACCOUNT.to_owned()),
        to_account: Some(BOB.to_owned()),
        message: Some("hello".to_owned()),
    }));
    assert!(matches!(sent, Ok(Reply::SendMessage)), "{sent:?}");
    for _ in 0..5 {
        shell.tick();
    }
    let told = shell.fetch(&session).expect("in session");
    let told_groups = groups_of(&told[0]);
    let names: Vec<_> = told_groups.iter().map(|it| (&*it.id, &*it.name)).collect();
    let ids = groups.each_ref().map(|group| group.id.to_string());
    assert_eq!(names, [(&*ids[0], "Family"), (&*ids[1], "Friends & foes")]);
    let [buddy] = &buddies_of(&told[0])[..] else {
        panic!("{told:?}");
    };
    assert_eq!((&*buddy.account, &*buddy.group_id), (BOB, &*ids[1]));
    let [changed] = &changed_buddies_of(&told[0])[..] else {
        panic!("{told:?}");
    };
    assert_eq!((&*changed.account, &*changed.status), (BOB, "NLN"));
    assert_eq!((&*changed.id, &*changed.group_id), (&*buddy.id, &*ids[1]));
    assert_eq!(nickname_of(&told[0]).as_deref(), Some("Alice"));
    // To bob alice is a stranger: she is on none of his lists.
    let [message] = &messages_of(&told[1])[..] else {
        panic!("{told:?}");
    };
    assert_eq!((&*message.from, &*message.text), (ACCOUNT, "hello"));
    assert!(
        groups_of(&told[1]).is_empty(),
        "who has no groups hears of none"
    );
}

#[test]
fn what_the_server_asks_itself_in_vain_ends_at_its_deadline() {
    let mut shell = Shell::new(|_| {});
    let session = shell.login();
    shell.login_im(&session);
    assert_eq!(shell.checks.len(), 1, "the page was filled in");
    let mut lines = Vec::new();
    for second in 0..120 {
        shell.tick();
        if second % 20 == 0 {
            let told = shell.fetch(&session).expect("in session");
            lines.extend(told.iter().flat_map(log_of));
        }
    }
    assert!(shell.checks.len() > 1, "it tried again: {lines:?}");
    let lost = |line: &String| line.starts_with("Connection lost: ");
    assert!(lines.iter().any(lost), "{lines:?}");
    // Verdicts for what was given up are nobody's; one of the next is in time.
    for _ in 0..30 {
        shell.check_passwords();
        shell.tick();
    }
    let told = shell.fetch(&session).expect("in session");
    assert!(told.iter().any(|im| login_of(im).is_some()), "{told:?}");
}

#[test]
fn a_session_that_ends_takes_back_what_its_clients_have_asked() {
    let mut shell = Shell::new(|config| config.imsoap.silence = Duration::from_secs(5));
    let session = shell.login();
    shell.login_im(&session);
    for _ in 0..12 {
        shell.tick();
    }
    assert_eq!(shell.server.upstream_clients(), 0);
    shell.check_passwords();
    assert!(shell.server.poll_reply().is_none(), "nobody waits for it");
    assert!(shell.fetch(&session).is_err());
}

#[test]
fn a_server_that_stops_signs_its_accounts_out_and_opens_no_session() {
    let mut shell = Shell::new(|_| {});
    let session = shell.login();
    shell.login_im(&session);
    shell.check_passwords();
    shell.tick();
    assert_eq!(shell.server.connections(), 1);
    shell.server.handle_shutdown(at(shell.now));
    shell.work();
    shell.tick();
    assert_eq!(shell.server.upstream_clients(), 0);
    let why = shell.fetch(&session).expect_err("it is over");
    assert!(why.ends_with("The service is not available."), "{why}");
}

#[test]
fn accounts_of_another_server_are_signed_in_there() {
    let elsewhere = Service::at("https://other.example").expect("an address");
    let mut shell = Shell::new(|config| {
        config.upstream = Upstream::Elsewhere(elsewhere);
        config.imsoap.silence = Duration::from_secs(60);
    });
    let session = shell.login();
    shell.login_im(&session);
    let first = shell.server.poll_transmit().expect("a request");
    assert_eq!(first.request.uri().host(), Some("other.example"));
    shell
        .server
        .handle_failure(first.id, Failure::NotSent, at(shell.now));
    let mut again = None;
    for _ in 0..30 {
        shell.tick();
        again = again.or_else(|| shell.server.poll_transmit());
    }
    let again = again.expect("it is tried again");
    assert_ne!(first.id, again.id);
    for _ in 0..60 {
        shell.tick();
    }
    assert_eq!(shell.server.poll_cancel(), Some(again.id));
    assert_eq!(shell.server.upstream_clients(), 0);
    assert!(shell.checks.is_empty(), "nobody signs in here");
}

#[test]
fn an_own_account_is_signed_in_by_the_dialect_of_its_domain() {
    for dialect in (8..=18).filter_map(Dialect::new) {
        let upstream = |_: &mut Config| Upstream::EmbeddedClassic(vec![dialect]);
        let domain = |config: &mut Config| {
            let mut domains = Domains::default();
            let upstream = upstream(config);
            domains.set("Example.org", upstream).expect("a domain");
            config.upstream_domains = domains;
        };
        signs_in(domain);
        signs_in(|config| {
            domain(config);
            config.longest_hold = Duration::ZERO;
            config.rotate_session_ids = true;
        });
        signs_in(|config| {
            config.upstream = upstream(config);
            config.secure_cookies = true;
            config.advertised_host = Some("im.example.org".to_owned());
        });
    }
}

#[test]
fn silence_signs_an_account_of_an_older_dialect_out() {
    let mut shell = Shell::new(|config| {
        config.upstream = Upstream::EmbeddedClassic(vec![Dialect::MSNP12]);
        config.imsoap.silence = Duration::from_secs(60);
    });
    let session = shell.login();
    shell.login_im(&session);
    for _ in 0..30 {
        shell.check_passwords();
        shell.tick();
    }
    assert_eq!(shell.server.connections(), 1, "it is signed in");
    for _ in 0..90 {
        shell.tick();
    }
    assert_eq!(shell.server.upstream_clients(), 0);
    assert_eq!(shell.server.connections(), 0);
}

#[test]
fn a_dialect_that_cannot_be_spoken_is_told_at_the_start() {
    let mut config = Config::new("im.example.org");
    config.upstream = Upstream::EmbeddedClassic(vec![Dialect::MSNP24]);
    let refused = Server::new(&config, 0, [7; 32], at(Instant::ORIGIN));
    let why = refused.expect_err("not spoken there").to_string();
    assert!(
        why.starts_with("the dialects of the IM accounts: "),
        "{why}"
    );
}

/// What a stream of the only account is to be used for now.
fn orders(shell: &mut Shell) -> Vec<StreamOrder> {
    std::iter::from_fn(|| shell.server.poll_upstream_stream()).collect()
}

#[test]
fn a_stream_to_another_server_has_one_piece_each_way_under_way() {
    let network = Network::tcp("msn.example:1864", "https://msn.example").expect("addresses");
    let mut shell = Shell::new(|config| {
        let dialects = vec![Dialect::MSNP15];
        config.upstream = Upstream::ElsewhereClassic(Box::new(network), dialects);
    });
    let session = shell.login();
    shell.login_im(&session);
    let asked = orders(&mut shell);
    let [StreamOrder::Connect { id, to, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    let id = *id;
    assert_eq!(to.to_string(), "msn.example:1864");
    let tell = |shell: &mut Shell, news| {
        shell.server.handle_upstream_stream(id, news, at(shell.now));
        orders(shell)
    };
    let version = Bytes::from_static(b"VER 1 MSNP15 CVR0\r\n");
    let asked = tell(&mut shell, StreamNews::Connected);
    assert_eq!(
        asked,
        [StreamOrder::Send(id, version), StreamOrder::Read(id)]
    );
    // The answer comes before it is known that the question was taken: what follows waits for that.
    let answer = StreamNews::Received(Bytes::from_static(b"VER 1 MSNP15\r\n"));
    assert_eq!(tell(&mut shell, answer), [StreamOrder::Read(id)]);
    let asked = tell(&mut shell, StreamNews::Taken);
    assert!(matches!(&asked[..], [StreamOrder::Send(_, bytes)] if bytes.starts_with(b"CVR 2 ")));
    assert_eq!(tell(&mut shell, StreamNews::Taken), []);
    let failure = Some(Failure::Unknown);
    let left = 0;
    assert_eq!(tell(&mut shell, StreamNews::Closed { failure, left }), []);
    let told = shell.fetch(&session).expect("in session");
    let lost = |line: &String| line.starts_with("Connection lost: ");
    assert!(log_of(&told[0]).iter().any(lost), "{told:?}");
    // Of what is over, or was never there, nothing is heard.
    for id in [id, StreamId::new(99)] {
        let news = StreamNews::Finished;
        shell.server.handle_upstream_stream(id, news, at(shell.now));
    }
    assert_eq!(orders(&mut shell), []);
}

#[test]
fn a_stream_of_an_account_that_is_gone_is_dropped() {
    let network = Network::tcp("msn.example", "https://msn.example").expect("addresses");
    let mut shell = Shell::new(|config| {
        config.upstream = Upstream::ElsewhereClassic(Box::new(network), Vec::new());
        config.imsoap.silence = Duration::from_secs(3);
    });
    let session = shell.login();
    shell.login_im(&session);
    let asked = orders(&mut shell);
    let [StreamOrder::Connect { id, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    let mut all = Vec::new();
    for _ in 0..20 {
        shell.tick();
        all.extend(orders(&mut shell));
    }
    assert_eq!(all, [StreamOrder::Drop(id)]);
    assert_eq!(shell.server.upstream_clients(), 0);
}

#[test]
fn a_login_that_nobody_waits_for_opens_no_session() {
    let mut shell = Shell::new(|_| {});
    let login = Operation::Login(Login {
        user_id: Some("testing".to_owned()),
        password: Some(Secret::new("any".to_owned())),
    });
    let body = login.to_envelope(Version::Soap11).to_xml();
    let request = Request::post(PATH)
        .header("Content-Type", "text/xml; charset=utf-8")
        .header("SOAPAction", login.name().soap_action())
        .body(body.expect("XML").into())
        .expect("a request");
    let (exchange, entropy) = (ExchangeId::new(1), Entropy::new([1; Entropy::BYTES]));
    let now = at(shell.now);
    shell
        .server
        .handle_request(exchange, request, Caller::nowhere(), &entropy, now);
    shell.server.handle_reply_lost(exchange, now);
    let mut logged_in = false;
    while let Some(effect) = shell.server.poll_effect() {
        match effect {
            Effect::CheckPassword(check) => {
                shell.server.handle_password_checked(
                    check.id,
                    Verdict::RightUser { is_on_trial: false },
                    now,
                );
            }
            Effect::Log(Log::ImSoap(_)) => logged_in = true,
            _ => {}
        }
    }
    assert!(!logged_in && shell.server.poll_reply().is_none());
}

/// Case F13: the headers of the capture could not be had.
#[test]
fn answers_carry_the_headers_of_the_capture_where_they_are_wished_for() {
    for wished in [false, true] {
        let mut shell = Shell::new(|config| config.imsoap.as_captured = wished);
        let reply = shell.request(Request::get(PATH).body(Bytes::new()).expect("a request"));
        let values = |name: &str| -> Vec<_> {
            let all = reply.headers().get_all(name).iter();
            all.map(|value| value.to_str().expect("ASCII").to_owned())
                .collect()
        };
        let expected = |value: &'static [&'static str]| if wished { value } else { &[] };
        assert_eq!(values("Server"), expected(&["Microsoft-IIS/6.0"]));
        assert_eq!(values("X-Powered-By"), expected(&["ASP.NET", "PleskWin"]));
        assert_eq!(values("X-AspNet-Version"), expected(&["2.0.50727"]));
    }
}

fn groups_of(im: &IM) -> Vec<soap_codec::bsim::Group> {
    let groups = |event: &Event| match event {
        Event::OnReceiveGroups(groups) => Some(groups.clone()),
        _ => None,
    };
    im.events.iter().find_map(groups).unwrap_or_default()
}

fn buddies_of(im: &IM) -> Vec<Buddy> {
    let buddies = |event: &Event| match event {
        Event::OnReceiveBuddies(buddies) => Some(buddies.clone()),
        _ => None,
    };
    im.events.iter().find_map(buddies).unwrap_or_default()
}

fn nickname_of(im: &IM) -> Option<String> {
    im.events.iter().find_map(|event| match event {
        Event::OnNicknameChanged(name) => Some(name.clone()),
        _ => None,
    })
}
