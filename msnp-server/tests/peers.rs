//! What strangers may do at the doors, by the network that they come from.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Request, Response};
use machine_contract::{Instant, Secret, UnixTime};
use msnp_server::identity::{Address, EmailAddress, SkypeId};
use msnp_server::{
    Caller, Claimant, Config, Effect, Entropy, Memory, NewAccount, Now, PasswordCheck, Server,
    Verdict,
};

const PASSWORD: &str = "secret";

/// A server, its store, and passwords that are checked when the test says so.
struct World {
    server: Server,
    memory: Memory,
    now: Instant,
    exchanges: u64,
    checks: Vec<PasswordCheck>,
    replies: Vec<(ExchangeId, Response<Bytes>)>,
}

fn network(number: u8) -> IpAddr {
    Ipv4Addr::new(198, 51, 100, number).into()
}

impl World {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("im.example.org");
        change(&mut config);
        let mut memory = Memory::new();
        for name in ["alice", "bob"] {
            let account = NewAccount {
                skype_id: SkypeId::parse(&format!("live:{name}")).expect("a name"),
                email: EmailAddress::parse(&format!("{name}@example.org")).expect("an address"),
                name: name.into(),
                password_hash: Secret::new(PASSWORD.to_owned()),
            };
            memory.add_account(account).expect("a new name");
        }
        let now = Instant::ORIGIN;
        let server = Server::new(&config, 0, [7; 32], at(now)).expect("a configuration");
        Self {
            server,
            memory,
            now,
            exchanges: 0,
            checks: Vec::new(),
            replies: Vec::new(),
        }
    }

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
                Effect::CheckPassword(check) => self.checks.push(check),
                Effect::CheckAccess(_) | Effect::Log(_) => {}
            }
        }
        self.replies
            .extend(std::iter::from_fn(|| self.server.poll_reply()));
    }

    fn request(&mut self, from: IpAddr, request: Request<Bytes>) -> ExchangeId {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        let mut entropy = [0; Entropy::BYTES];
        entropy[..8].copy_from_slice(&self.exchanges.to_be_bytes());
        let mut caller = Caller::nowhere();
        caller.peer = from;
        let now = at(self.now);
        let entropy = Entropy::new(entropy);
        self.server
            .handle_request(exchange, request, caller, &entropy, now);
        self.work();
        exchange
    }

    /// Somebody fills in the sign-in page.
    fn sign_in(&mut self, from: IpAddr, name: &str, password: &str) -> ExchangeId {
        let form = format!("login={name}%40example.org&passwd={password}&PPFT=token");
        let request = Request::post("/ppsecure/post.srf")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Cookie", "MSPOK=token")
            .body(Bytes::from(form));
        self.request(from, request.expect("a request"))
    }

    /// One of the checks is done.
    fn check(&mut self) -> bool {
        if self.checks.is_empty() {
            return false;
        }
        let check = self.checks.remove(0);
        let Claimant::Person(address) = check.account else {
            panic!("a person's");
        };
        let account = self.memory.account_by_address(&Address::Email(address));
        let is_right = check.password.expose() == PASSWORD;
        let verdict = match account.filter(|_| is_right) {
            Some(account) => Verdict::Right(account.who.clone()),
            None => Verdict::Wrong,
        };
        self.server
            .handle_password_checked(check.id, verdict, at(self.now));
        self.work();
        true
    }

    fn reply(&mut self, exchange: ExchangeId) -> Option<Response<Bytes>> {
        let found = self.replies.iter().position(|(it, _)| *it == exchange)?;
        Some(self.replies.remove(found).1)
    }

    /// The status of an attempt whose password is checked at once.
    fn status(&mut self, from: IpAddr, name: &str, password: &str) -> u16 {
        let exchange = self.sign_in(from, name, password);
        while self.check() {}
        self.reply(exchange)
            .expect("it is answered")
            .status()
            .as_u16()
    }
}

fn at(monotonic: Instant) -> Now {
    Now {
        monotonic,
        wall: UnixTime::from_secs(1_214_889_243),
    }
}

/// Case D4.
#[test]
fn a_stranger_who_guesses_locks_himself_out_and_nobody_else() {
    let mut world = World::new(|_| {});
    let tries: Vec<_> = (0..30)
        .map(|_| world.status(network(1), "alice", "wrong"))
        .collect();
    assert_eq!(tries[..20], [200; 20]);
    assert_eq!(tries[20..], [429; 10]);
    assert_eq!(world.status(network(1), "alice", PASSWORD), 429);
    assert_eq!(world.status(network(2), "alice", PASSWORD), 302);
    assert_eq!(world.status(network(1), "bob", PASSWORD), 302);
}

/// Case D4: and with many networks they lock out who has never been there.
#[test]
fn strangers_of_many_networks_do_not_lock_out_whoever_has_signed_in_where_they_are() {
    let mut world = World::new(|config| config.password_attempts = 2);
    assert_eq!(world.status(network(0), "alice", PASSWORD), 302);
    for number in 1..=20 {
        world.status(network(number), "alice", "wrong");
    }
    assert_eq!(world.status(network(99), "alice", PASSWORD), 429);
    assert_eq!(world.status(network(0), "alice", PASSWORD), 302);
}

/// Case D3: 10,000 sign-ins with passwords of 1,025 bytes, counted and never hashed.
#[test]
fn a_password_that_is_too_long_is_refused_and_counts_for_nothing() {
    let mut world = World::new(|_| {});
    let long = "x".repeat(1025);
    for _ in 0..100 {
        assert_eq!(world.status(network(1), "alice", &long), 200);
    }
    assert_eq!(world.status(network(1), "alice", PASSWORD), 302);
}

/// Case D9: behind 1,000 sign-ins with made-up names a real one took 6.1 s.
#[test]
fn a_sign_in_waits_for_one_check_of_each_other_peer_and_not_for_all() {
    let mut world = World::new(|_| {});
    let mut refused = 0;
    for number in 0..1000 {
        let exchange = world.sign_in(network(1), &format!("nobody{number}"), "wrong");
        if let Some(reply) = world.reply(exchange) {
            refused += 1;
            // Too many of this site wait, or it has been wrong too often.
            assert!([503, 429].contains(&reply.status().as_u16()));
            assert!(reply.headers().contains_key("retry-after"));
        }
    }
    assert_eq!(world.checks.len(), 2, "two at once");
    assert_eq!(refused, 1000 - 2 - 16);
    let real = world.sign_in(network(2), "alice", PASSWORD);
    let done = (1..=9).find(|_| world.check() && world.replies.iter().any(|(it, _)| *it == real));
    assert!(done <= Some(4), "{done:?}");
    assert_eq!(world.reply(real).expect("answered").status(), 302);
}

/// What nobody looked at is not held against anybody.
#[test]
fn an_attempt_that_was_refused_for_want_of_room_does_not_count() {
    let mut world = World::new(|config| config.password_checks_waiting = 0);
    for _ in 0..100 {
        assert_eq!(world.status(network(1), "alice", "wrong"), 503);
    }
    world.now += Duration::from_secs(1);
    let mut world = World::new(|config| config.password_checks_of_site = 1);
    for _ in 0..30 {
        assert_eq!(world.status(network(1), "alice", PASSWORD), 302);
    }
}

/// Case D10: 3,200 anonymous opens gave everybody 503 for two minutes.
#[test]
fn whoever_opens_sessions_without_signing_in_crowds_out_their_own() {
    let mut world = World::new(|_| {});
    let open = |world: &mut World, from: IpAddr| {
        let request = Request::post("/gateway/gateway.dll?Action=open&Server=NS");
        let exchange = world.request(from, request.body(Bytes::new()).expect("a request"));
        assert_eq!(world.reply(exchange).expect("answered").status(), 200);
        let now = at(world.now);
        world.server.handle_reply_sent(exchange, now);
    };
    open(&mut world, network(2));
    for number in 0..3200 {
        // Whoever has a network of IPv6 has all its addresses.
        let address = 0x2001_0db8_0001_0002_0000_0000_0000_0000_u128 + number;
        open(&mut world, std::net::Ipv6Addr::from_bits(address).into());
    }
    assert_eq!(world.server.sessions(), 1 + 64);
    // Nothing is held against those that may speak for many; there is an end to all together.
    for _ in 0..6000 {
        open(&mut world, Ipv4Addr::LOCALHOST.into());
    }
    assert_eq!(world.server.sessions(), 4096);
}

impl World {
    /// The cookies that the page gives.
    fn cookies(&mut self, name: &str) -> String {
        let exchange = self.sign_in(network(1), name, PASSWORD);
        while self.check() {}
        let reply = self.reply(exchange).expect("answered");
        let set = reply.headers().get_all("set-cookie").iter();
        let pair = |it: &http::HeaderValue| it.to_str().ok()?.split(';').next().map(str::to_owned);
        let cookies: Vec<_> = set.filter_map(pair).collect();
        cookies.join("; ")
    }

    /// What a request to the gateway is answered.
    fn gateway(&mut self, query: &str, cookies: Option<&str>) -> Response<Bytes> {
        self.post(query, cookies, Bytes::new())
    }

    fn post(&mut self, query: &str, cookies: Option<&str>, body: Bytes) -> Response<Bytes> {
        let mut request = Request::post(format!("/gateway/gateway.dll?{query}"));
        if let Some(cookies) = cookies {
            request = request
                .header("X-MSN-Auth", "Use-Cookie")
                .header("Cookie", cookies);
        }
        let exchange = self.request(network(1), request.body(body).expect("a request"));
        let reply = self.reply(exchange).expect("answered");
        let now = at(self.now);
        self.server.handle_reply_sent(exchange, now);
        reply
    }

    /// A session that these cookies open; its polls with each of `shown`.
    fn polls(&mut self, opened_by: Option<&str>, shown: [Option<&str>; 4]) -> [u16; 4] {
        let opened = self.gateway("Action=open&Server=NS", opened_by);
        let poll = poll_behind(&opened);
        shown.map(|cookies| self.gateway(&poll, cookies).status().as_u16())
    }
}

/// The poll behind this answer.
fn poll_behind(answer: &Response<Bytes>) -> String {
    let messenger = answer.headers()["x-msn-messenger"].to_str().expect("ASCII");
    let id = messenger
        .strip_prefix("SessionID=")
        .and_then(|it| it.split(';').next());
    format!("Action=poll&SessionID={}", id.expect("an id"))
}

/// Case D6: a host lets others wait for those who have signed in, and has to tell them apart.
#[test]
fn a_request_is_somebodys_once_the_session_is() {
    let mut world = World::new(|_| {});
    let is_somebodys = |world: &World, query: &str| {
        let target = format!("/gateway/gateway.dll?{query}");
        let request = Request::post(target).body(Bytes::new());
        world.server.is_somebodys(&request.expect("a request"))
    };
    let cookies = world.cookies("alice");
    let open = "Action=open&Server=NS";
    let opened = world.gateway(open, None);
    assert!(!is_somebodys(&world, open));
    let poll = poll_behind(&opened);
    assert!(!is_somebodys(&world, &poll), "nobody has signed in by it");
    assert!(!is_somebodys(&world, "Action=poll&SessionID=1.2"));
    let sign_in = concat!(
        "CNT 1 CON 33\r\n\r\n<connect><ver>2</ver></connect>",
        "ATH 2 CON\\USER 37\r\n\r\n<user><web-compact-ticket /></user>",
        "BND 3 CON\\MSGR 121\r\n\r\n<msgr><ver>2</ver><client><name>n</name><ver>6</ver></client>",
        "<epid>{006213cd-00b8-7e9c-0022-df0d0013802a}</epid></msgr>",
    );
    let opened = world.post(open, Some(&cookies), sign_in.into());
    let poll = poll_behind(&opened);
    assert!(is_somebodys(&world, &poll), "{:?}", opened.body());
}

/// Case F2: cookies were looked at when a session opened, and later requests without any or with another's carried out.
#[test]
fn a_session_that_was_opened_by_cookies_is_theirs_alone() {
    let mut world = World::new(|_| {});
    let (alice, again, bob) = (
        world.cookies("alice"),
        world.cookies("alice"),
        world.cookies("bob"),
    );
    let shown = [
        None,
        Some(bob.as_str()),
        Some(alice.as_str()),
        Some(again.as_str()),
    ];
    assert_eq!(world.polls(Some(&alice), shown), [400, 400, 200, 200]);
    // One without cookies is known by its id alone, as ever.
    assert_eq!(world.polls(None, shown), [200; 4]);
    let mut world = World::new(|config| config.cookies_each_time = false);
    let alice = world.cookies("alice");
    assert_eq!(world.polls(Some(&alice), shown), [200; 4]);
}
