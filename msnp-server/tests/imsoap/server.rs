//! The rules alone, on a clock that jumps and with clients that say anything.

use gateway_sm::{ExchangeId, HttpConnection};
use machine_contract::{Instant, UnixTime, UtcOffset};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use msnp_client::{
    Contact, ContactId, ConversationId, Event as Word, Lists, Message, MessageId, OperationId,
    Presence, Reason, Refused, Status, Step,
};
use msnp_server::Now;
use msnp_server::imsoap::{AccountKey, Carrier, Config, Effect, Error, Server, UpstreamEvent};
use proptest::prelude::*;
use soap_codec::bsim::{
    ChangeStatus, Event, IM, KeepSessionAlive, LoginIM, SendMessage, Session, SessionEvents,
};

use crate::told::{changed_buddies_of, log_of, login_of, messages_of, status_of};

const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The sessions and their clock.
pub(crate) struct World {
    pub(crate) server: Server,
    start: Instant,
    pub(crate) seconds: u64,
    entropy: u8,
    exchanges: u64,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            server: Server::new(config),
            start: Instant::ORIGIN,
            seconds: 0,
            entropy: 0,
            exchanges: 0,
        }
    }

    pub(crate) fn now(&self) -> Now {
        Now {
            monotonic: self.start + Duration::from_secs(self.seconds),
            wall: UnixTime::from_secs(1_214_889_243 + self.seconds),
        }
    }

    pub(crate) fn login(&mut self) -> Result<Session, Error> {
        self.entropy += 1;
        let now = self.now();
        self.server
            .login("testing", CALLER, [self.entropy; 16], now)
    }

    pub(crate) fn login_im(&mut self, session: &Session, account: &str) -> Result<(), Error> {
        let request = LoginIM {
            session: Some(session.clone()),
            im_type: Some("MSN".to_owned()),
            account: Some(account.to_owned()),
            password: None,
        };
        self.server.login_im(request, [0; 32], self.now())
    }

    /// Starts to sign an account in, and gives its key.
    #[track_caller]
    pub(crate) fn start(&mut self, session: &Session, account: &str) -> AccountKey {
        self.login_im(session, account).expect("taken");
        match self.server.poll_effect() {
            Some(Effect::StartSignIn { account, .. }) => account,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn signed_in(&mut self, session: &Session, account: &str) -> AccountKey {
        let key = self.start(session, account);
        self.tell(key, Word::SignedIn(who(account)));
        key
    }

    pub(crate) fn tell(&mut self, key: AccountKey, event: Word) {
        self.report(key, UpstreamEvent::Event(event));
    }

    fn report(&mut self, key: AccountKey, report: UpstreamEvent) {
        let now = self.now();
        self.server.handle_upstream_event(key, report, now);
    }

    pub(crate) fn send(&mut self, session: &Session, account: &str) -> Result<(), Error> {
        let request = SendMessage {
            session: Some(session.clone()),
            im_type: Some("msn".to_owned()),
            account: Some(account.to_owned()),
            to_account: Some("live:bob".to_owned()),
            message: Some("hi".to_owned()),
        };
        self.server.send_message(request, self.now())
    }

    fn set_status(&mut self, session: &Session, account: &str, code: &str) -> Result<(), Error> {
        let request = ChangeStatus {
            session: Some(session.clone()),
            im_type: Some("msn".to_owned()),
            im_account: Some(account.to_owned()),
            status: Some(code.to_owned()),
        };
        self.server.change_status(&request, self.now())
    }

    pub(crate) fn fetch(&mut self, session: &Session) -> Result<SessionEvents, Error> {
        let by = self.carrier(None);
        let events = self.fetch_by(session, by)?;
        self.server.handle_reply_sent(by.exchange);
        Ok(events)
    }

    /// A call by that connection, or one of which nobody knows by which it comes.
    pub(crate) fn carrier(&mut self, connection: Option<u64>) -> Carrier {
        self.exchanges += 1;
        Carrier {
            exchange: ExchangeId::new(self.exchanges),
            connection: connection.map(HttpConnection),
        }
    }

    /// A fetch whose answer is not written yet.
    pub(crate) fn fetch_by(
        &mut self,
        session: &Session,
        by: Carrier,
    ) -> Result<SessionEvents, Error> {
        let session = Some(session.clone());
        let now = self.now();
        self.server
            .keep_session_alive(&KeepSessionAlive { session }, by, now)
    }

    #[track_caller]
    pub(crate) fn fetch_one(&mut self, session: &Session) -> IM {
        let mut ims = self.fetch(session).expect("in session").ims;
        assert_eq!(ims.len(), 1);
        ims.remove(0)
    }

    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.server.poll_effect()).collect()
    }
}

pub(crate) fn who(name: &str) -> ContactId {
    name.parse()
        .or_else(|_| ContactId::skype(name))
        .expect("a name")
}

fn online(status: Status) -> Presence {
    let mut presence = Presence::default();
    presence.status = status;
    presence
}

fn message(from: &str, text: &str) -> Word {
    let id = MessageId::new("1").expect("an id");
    Word::MessageReceived(Message::new(id, who(from).into(), who(from), text))
}

#[test]
fn the_session_is_that_of_the_capture() {
    let mut world = World::new(Config {
        utc_offset: UtcOffset::from_minutes(-420).unwrap(),
        ..Config::default()
    });
    let session = world.login().unwrap();
    assert_eq!(session.login_time.as_deref(), Some("2008-06-30 22:14:03"));
    assert_eq!(session.client_ip.as_deref(), Some("127.0.0.1"));
    let id = session.session_id.as_ref().unwrap().expose();
    assert_eq!(id, "01010101-0101-4101-8101-010101010101");
    world.seconds = 14;
    world.signed_in(&session, "a@example.org");
    let told = world.fetch_one(&session);
    assert_eq!(login_of(&told).as_deref(), Some("2008-06-30 22:14:17"));
    assert!(!format!("{:?} {session:?}", world.server).contains("0101-"));
}

#[test]
fn events_come_in_the_order_of_the_capture_whatever_came_first() {
    let mut world = World::new(Config::default());
    let session = world.login().unwrap();
    let key = world.start(&session, "a@example.org");
    world.report(key, UpstreamEvent::DisplayName("A".to_owned()));
    world.tell(key, message("live:bob", "early"));
    let contact = Contact::new(who("live:bob"), Lists::FORWARD);
    world.tell(key, Word::ContactChanged(contact));
    let presence = online(Status::AWAY);
    let contact = who("live:bob");
    world.tell(key, Word::PresenceChanged { contact, presence });
    world.tell(key, Word::SignInProgress(Step::Synchronizing));
    world.tell(key, Word::SignedIn(who("a@example.org")));
    let kinds: Vec<_> = world.fetch_one(&session).events;
    let kind = |event: &Event| {
        let debug = format!("{event:?}");
        debug.split('(').next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        kinds.iter().map(kind).collect::<Vec<_>>(),
        [
            "OnLog",
            "OnLogin",
            "OnNicknameChanged",
            "OnReceiveBuddies",
            "OnStatusChanged",
            "OnBuddyStatusChanged",
            "OnMessage"
        ]
    );
    let ims = world.fetch(&session).unwrap().ims;
    assert!(ims[0].events.is_empty(), "a fetch takes what waits");
}

#[test]
fn a_status_is_told_when_it_is_set_also_if_it_is_the_old_one() {
    let mut world = World::new(Config::default());
    let session = world.login().unwrap();
    let key = world.signed_in(&session, "a@example.org");
    assert_eq!(
        status_of(&world.fetch_one(&session)).as_deref(),
        Some("NLN")
    );
    for code in ["NLN", "BSY", "BSY"] {
        world.set_status(&session, "a@example.org", code).unwrap();
        let Some(Effect::SetStatus { status, .. }) = world.server.poll_effect() else {
            panic!("to be set");
        };
        let operation = OperationId::new(1);
        world.report(key, UpstreamEvent::StatusTaken(operation, status));
        assert_eq!(status_of(&world.fetch_one(&session)), None, "not yet");
        let conversation = None;
        world.tell(
            key,
            Word::OperationSucceeded {
                operation,
                conversation,
            },
        );
        assert_eq!(status_of(&world.fetch_one(&session)).as_deref(), Some(code));
    }
    for code in ["FLN", "XXX", "", "NL", "NLNX", "nln"] {
        let set = world.set_status(&session, "a@example.org", code);
        assert_eq!(set, Err(Error::Status), "{code}");
    }
}

#[test]
fn a_buddy_that_changes_often_is_told_once_as_it_is() {
    let mut world = World::new(Config::default());
    let session = world.login().unwrap();
    let key = world.signed_in(&session, "a@example.org");
    world.tell(
        key,
        Word::ContactChanged(Contact::new(who("live:bob"), Lists::FORWARD)),
    );
    for status in [Status::ONLINE, Status::AWAY, Status::BUSY, Status::OFFLINE] {
        let contact = who("live:bob");
        let presence = online(status);
        world.tell(key, Word::PresenceChanged { contact, presence });
    }
    let told = changed_buddies_of(&world.fetch_one(&session));
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].account.as_str(), told[0].status.as_str()),
        ("8:live:bob", "FLN")
    );
    world.tell(key, Word::ContactRemoved(who("live:bob")));
    let told = log_of(&world.fetch_one(&session));
    assert_eq!(told, ["8:live:bob is no longer in the address book."]);
}

#[test]
fn a_lost_connection_is_told_and_so_is_its_return() {
    let mut world = World::new(Config::default());
    let session = world.login().unwrap();
    let key = world.signed_in(&session, "a@example.org");
    world.fetch_one(&session);
    let (attempt, wait, reason) = (1, Duration::from_secs(2), Reason::ConnectionLost);
    world.tell(
        key,
        Word::Reconnecting {
            attempt,
            wait,
            reason,
        },
    );
    world
        .send(&session, "a@example.org")
        .expect("kept until it is back");
    let told = world.fetch_one(&session);
    let line = "Connection lost: the connection was lost. Connecting again in 2 s.";
    assert_eq!(log_of(&told), [line]);
    world.tell(key, Word::SignedIn(who("a@example.org")));
    assert!(login_of(&world.fetch_one(&session)).is_some());
    world.tell(key, Word::SignedOut(Reason::Elsewhere));
    let lines = [
        "Signed out: signed out from another place.",
        "Messages and changes of status that were not carried out: 1.",
    ];
    assert_eq!(log_of(&world.fetch_one(&session)), lines);
    assert!(world.fetch(&session).unwrap().ims.is_empty());
}

#[test]
fn an_account_signed_in_anew_keeps_what_was_not_fetched_and_ignores_its_past() {
    let mut world = World::new(Config::default());
    let session = world.login().unwrap();
    let old = world.start(&session, "a@example.org");
    world
        .login_im(&session, "A@example.org")
        .expect("left as it is");
    assert_eq!(world.effects(), []);
    world.tell(old, Word::SignedOut(Reason::WrongCredentials));
    let new = world.start(&session, "a@example.org");
    assert_ne!(old, new);
    world.tell(old, message("live:bob", "from the past"));
    world.tell(new, message("live:bob", "now"));
    let told = world.fetch_one(&session);
    assert_eq!(log_of(&told).len(), 2, "{told:?}");
    assert_eq!(messages_of(&told).len(), 1);
    assert_eq!(messages_of(&told)[0].text, "now");
}

#[test]
fn what_becomes_of_requests_is_told_only_if_it_is_bad_and_bounds_the_next() {
    let mut world = World::new(Config {
        open_requests: 4,
        ..Config::default()
    });
    let session = world.login().unwrap();
    let key = world.signed_in(&session, "a@example.org");
    world.fetch_one(&session);
    for _ in 0..4 {
        world.send(&session, "a@example.org").unwrap();
    }
    assert_eq!(world.send(&session, "a@example.org"), Err(Error::Busy));
    assert_eq!(
        world.set_status(&session, "a@example.org", "BSY"),
        Err(Error::Busy)
    );
    let conversation = ConversationId::from(who("live:bob"));
    let message = MessageId::new("1").expect("an id");
    let reason = Reason::NotFound;
    let told = Word::MessageDelivered {
        conversation: conversation.clone(),
        message: message.clone(),
    };
    world.tell(key, told);
    let told = Word::MessageFailed {
        conversation: conversation.clone(),
        message: message.clone(),
        reason,
    };
    world.tell(key, told);
    world.tell(
        key,
        Word::MessageUncertain {
            conversation,
            message,
            reason,
        },
    );
    world.report(
        key,
        UpstreamEvent::MessageRefused(who("live:bob"), Refused::TooLong),
    );
    let lines = [
        "A message to 8:live:bob was not sent: there is no such person, group or message.",
        "It is not known whether a message to 8:live:bob has arrived: there is no such person, group or message.",
        "A message to 8:live:bob was not sent: longer than the configured limit.",
    ];
    assert_eq!(log_of(&world.fetch_one(&session)), lines);
    for _ in 0..4 {
        world.send(&session, "a@example.org").expect("room again");
    }
}

#[test]
fn sessions_and_accounts_are_bounded() {
    let mut world = World::new(Config {
        sessions_per_user: 2,
        accounts_per_session: 2,
        ..Config::default()
    });
    let session = world.login().unwrap();
    world.login().unwrap();
    assert_eq!(world.login(), Err(Error::TooManySessions));
    assert_eq!(world.login_im(&session, "a@x"), Ok(()));
    assert_eq!(world.login_im(&session, "b@x"), Ok(()));
    assert_eq!(world.login_im(&session, "c@x"), Err(Error::TooManyAccounts));
    for account in ["", "a b@x", "a\u{7}@x", &"a".repeat(255)] {
        assert_eq!(world.login_im(&session, account), Err(Error::Account));
    }
    assert_eq!(world.send(&session, "c@x"), Err(Error::NotSignedIn));
    assert_eq!(world.send(&Session::default(), "a@x"), Err(Error::Session));
}

#[test]
fn a_session_ends_by_silence_and_any_call_keeps_it() {
    let mut world = World::new(Config::default());
    let [kept, lost] = [world.login().unwrap(), world.login().unwrap()];
    let key = world.signed_in(&lost, "a@x");
    assert_eq!(
        world.server.poll_timeout(),
        Some(world.start + Duration::from_secs(60))
    );
    world.seconds = 59;
    assert_eq!(world.send(&kept, "a@x"), Err(Error::NotSignedIn));
    world.seconds = 60;
    world.server.handle_timeout(world.now().monotonic);
    assert_eq!(world.effects(), [Effect::SignOut { account: key }]);
    assert_eq!(world.fetch(&lost), Err(Error::Session));
    assert!(world.fetch(&kept).is_ok());
    // Also when nobody looked at the clock in between.
    world.seconds = 121;
    assert_eq!(world.fetch(&kept), Err(Error::Session));
    assert_eq!(
        (world.server.sessions(), world.server.poll_timeout()),
        (0, None)
    );
}

#[test]
fn names_that_xml_cannot_carry_do_not_make_a_fetch_fail() {
    let mut world = World::new(Config::default());
    let session = world.login().unwrap();
    let key = world.signed_in(&session, "a@example.org");
    let odd = "live:b\u{ffff}b";
    world.tell(
        key,
        Word::ContactChanged(Contact::new(who(odd), Lists::FORWARD)),
    );
    world.tell(key, message(odd, "\u{1}\u{fffe}"));
    world.tell(key, Word::ContactRemoved(who(odd)));
    let events = world.fetch(&session).unwrap();
    let told = events.to_xml().expect("XML");
    assert!(told.contains("live:b\u{fffd}b"), "{told}");
    assert!(told.contains("%01%EF%BF%BE"), "{told}");
    assert_eq!(world.login_im(&session, "a\u{ffff}@x"), Err(Error::Account));
}

#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made at a time, and carried out"
)]
enum Move {
    Login,
    LoginIm(usize, u8),
    Fetch(usize),
    Send(usize, u8),
    Status(usize, u8),
    Tell(usize, Word),
    Wait(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let word = prop_oneof![
        Just(Word::SignInProgress(Step::Connecting)),
        Just(Word::SignedIn(who("me@x"))),
        Just(Word::SignedOut(Reason::WrongCredentials)),
        (0..9_u8).prop_map(|n| message("live:bob", &n.to_string())),
        (0..9_u8).prop_map(|n| {
            Word::ContactChanged(Contact::new(who(&format!("u{n}")), Lists::FORWARD))
        }),
        (0..9_u8).prop_map(|n| Word::ContactRemoved(who(&format!("u{n}")))),
        (0..9_u8).prop_map(|n| Word::PresenceChanged {
            contact: who(&format!("u{n}")),
            presence: online(Status::BUSY),
        }),
    ];
    let one = prop_oneof![
        Just(Move::Login),
        (0..4_usize, 0..4_u8).prop_map(|(s, a)| Move::LoginIm(s, a)),
        (0..4_usize).prop_map(Move::Fetch),
        (0..4_usize, 0..4_u8).prop_map(|(s, a)| Move::Send(s, a)),
        (0..4_usize, 0..4_u8).prop_map(|(s, a)| Move::Status(s, a)),
        (0..8_usize, word).prop_map(|(k, word)| Move::Tell(k, word)),
        (0..40_u64).prop_map(Move::Wait),
    ];
    proptest::collection::vec(one, 0..120)
}

/// Makes the moves; gives everything that came out, and checks it.
fn play(moves: &[Move]) -> String {
    let config = Config {
        sessions: 3,
        accounts_per_session: 2,
        queued_entries: 4,
        open_requests: 3,
        ..Config::default()
    };
    let mut world = World::new(config);
    let (mut sessions, mut keys) = (Vec::new(), Vec::new());
    let mut out = String::new();
    let mut running = std::collections::BTreeSet::new();
    for one in moves {
        let session = |n: &usize| sessions.get(*n).cloned().unwrap_or_default();
        let account = |n: &u8| format!("a{n}@x");
        let said = match one {
            Move::Login => match world.login() {
                Ok(session) => {
                    sessions.push(session);
                    "in".to_owned()
                }
                Err(denied) => format!("{denied}"),
            },
            Move::LoginIm(s, a) => format!("{:?}", world.login_im(&session(s), &account(a))),
            Move::Fetch(s) => {
                let fetched = world.fetch(&session(s));
                for im in fetched.iter().flat_map(|it| &it.ims) {
                    assert!(
                        messages_of(im).len() <= 4 && log_of(im).len() <= 6,
                        "{im:?}"
                    );
                    assert!(changed_buddies_of(im).len() <= 9);
                }
                format!("{fetched:?}")
            }
            Move::Send(s, a) => format!("{:?}", world.send(&session(s), &account(a))),
            Move::Status(s, a) => {
                format!("{:?}", world.set_status(&session(s), &account(a), "AWY"))
            }
            Move::Tell(k, event) => {
                if let Some(key) = keys.get(*k) {
                    if matches!(event, Word::SignedOut(_)) {
                        running.remove(key);
                    }
                    world.tell(*key, event.clone());
                }
                String::new()
            }
            Move::Wait(seconds) => {
                world.seconds += seconds;
                world.server.handle_timeout(world.now().monotonic);
                String::new()
            }
        };
        out.push_str(&said);
        assert!(world.server.sessions() <= 3);
        for effect in world.effects() {
            write!(out, "{effect:?}").expect("memory suffices");
            match effect {
                Effect::StartSignIn { account, .. } => {
                    assert!(running.insert(account), "never given twice");
                    keys.push(account);
                }
                Effect::SignOut { account } => {
                    assert!(
                        running.remove(&account),
                        "signed out once, if it is running"
                    );
                }
                Effect::SetStatus { account, .. }
                | Effect::Send { account, .. }
                | Effect::Acknowledge { account, .. } => {
                    assert!(running.contains(&account), "only who is there is asked");
                }
            }
        }
    }
    world.server.close();
    for effect in world.effects() {
        let Effect::SignOut { account } = effect else {
            panic!("{effect:?}");
        };
        assert!(running.remove(&account));
    }
    assert!(running.is_empty(), "nobody is left behind");
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nobody_is_left_behind_and_equal_inputs_give_equal_outputs(moves in moves()) {
        prop_assert_eq!(play(&moves), play(&moves));
    }
}

/// Case F14: there were no service accounts on trial. The reply is that of the capture.
#[test]
fn on_trial_a_message_is_five_characters_and_the_mark_of_the_capture() {
    let mut world = World::new(Config::default());
    let session = world.login().expect("room");
    world.server.put_on_trial(&session);
    let key = world.signed_in(&session, "alice@example.org");
    world.tell(key, message("bob@example.org", "Returning your message"));
    world.tell(key, message("bob@example.org", "\u{5c0f}\u{7f8e}"));
    let told = world.fetch(&session).expect("in session");
    let texts: Vec<_> = messages_of(&told.ims[0])
        .into_iter()
        .map(|it| it.text)
        .collect();
    let expected = [
        "Retur...  (TRIAL MESSAGE)",
        "\u{5c0f}\u{7f8e}...  (TRIAL MESSAGE)",
    ];
    assert_eq!(texts, expected);
    let other = world.login().expect("room");
    let key = world.signed_in(&other, "carol@example.org");
    world.tell(key, message("bob@example.org", "Returning your message"));
    let told = world.fetch(&other).expect("in session");
    assert_eq!(messages_of(&told.ims[0])[0].text, "Returning your message");
}
