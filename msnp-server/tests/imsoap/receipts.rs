//! What shows that a caller has read what a fetch gave.

use gateway_sm::{ConnectionEnd, HttpConnection};
use msnp_client::{Event as Word, Message, MessageId, Reason, ReceiptId};
use msnp_server::imsoap::{AccountKey, Carrier, Config, Effect};
use msnp_server::network::WithoutReceipt;
use soap_codec::bsim::{IM, Session};

use crate::server::{World, who};
use crate::told::{log_of, login_of, messages_of};

/// A caller whose account is signed in, and who has read so.
struct Caller {
    world: World,
    session: Session,
    key: AccountKey,
}

impl Caller {
    fn new(config: Config) -> Self {
        let mut world = World::new(config);
        let session = world.login().expect("room");
        let key = world.signed_in(&session, "alice");
        world.fetch(&session).expect("in session");
        world.fetch(&session).expect("in session");
        Self {
            world,
            session,
            key,
        }
    }

    /// Somebody says this, which the network keeps until that receipt.
    fn hears(&mut self, from: &str, text: &str, receipt: u64) {
        let id = MessageId::new(&receipt.to_string()).expect("an id");
        let from = who(from);
        let mut message = Message::new(id, from.clone().into(), from, text);
        message.receipt = Some(ReceiptId::new(receipt));
        self.world.tell(self.key, Word::MessageReceived(message));
    }

    fn fetches(&mut self, by: Carrier) -> Vec<String> {
        let mut ims = self
            .world
            .fetch_by(&self.session, by)
            .expect("in session")
            .ims;
        let messages = ims.iter().flat_map(messages_of);
        let texts = messages.map(|message| message.text).collect();
        assert_eq!(ims.drain(..).count(), 1);
        texts
    }

    /// A fetch by that connection, whose answer is written.
    fn reads(&mut self, connection: u64) -> Vec<String> {
        let by = self.world.carrier(Some(connection));
        let texts = self.fetches(by);
        self.world.server.handle_reply_sent(by.exchange);
        texts
    }

    fn acknowledged(&mut self) -> Vec<u64> {
        let mut all = Vec::new();
        for effect in self.world.effects() {
            if let Effect::Acknowledge { account, receipt } = effect {
                assert_eq!(account, self.key);
                all.extend((0..100).filter(|number| ReceiptId::new(*number) == receipt));
            }
        }
        all
    }

    fn ends(&mut self, connection: u64, end: ConnectionEnd) {
        let connection = HttpConnection(connection);
        self.world.server.handle_connection_ended(connection, end);
    }
}

/// Case D1: they were acknowledged before the caller had fetched them.
#[test]
fn messages_are_acknowledged_when_the_next_fetch_comes_by_the_connection_of_the_answer() {
    let mut caller = Caller::new(Config::default());
    caller.hears("bob", "one", 1);
    caller.hears("bob", "two", 2);
    assert_eq!(caller.acknowledged(), [0; 0], "nobody has fetched them");
    assert_eq!(caller.reads(1), ["one", "two"]);
    caller.hears("bob", "three", 3);
    assert_eq!(
        caller.acknowledged(),
        [0; 0],
        "nothing shows that they were read"
    );
    assert_eq!(caller.reads(1), ["three"]);
    assert_eq!(caller.acknowledged(), [1, 2]);
    assert_eq!(caller.reads(1), [""; 0]);
    assert_eq!(caller.acknowledged(), [3]);
}

#[test]
fn messages_are_acknowledged_when_the_connection_of_the_answer_ends_in_order() {
    let mut caller = Caller::new(Config::default());
    caller.hears("bob", "one", 1);
    assert_eq!(caller.reads(1), ["one"]);
    caller.ends(2, ConnectionEnd::Orderly);
    assert_eq!(caller.acknowledged(), [0; 0]);
    caller.ends(1, ConnectionEnd::Orderly);
    assert_eq!(caller.acknowledged(), [1]);
    assert_eq!(caller.reads(3), [""; 0]);
}

/// Case D1: a lost answer, and one that was repeated.
#[test]
fn what_nothing_shows_to_have_been_read_is_given_again() {
    type Fate = fn(&mut Caller, Carrier);
    let fates: [(&str, Fate); 6] = [
        ("not written yet", |_, _| {}),
        ("not written", |caller, by| {
            caller.world.server.handle_reply_lost(by.exchange);
        }),
        ("written", |caller, by| {
            caller.world.server.handle_reply_sent(by.exchange);
        }),
        ("a broken connection", |caller, by| {
            caller.world.server.handle_reply_sent(by.exchange);
            caller.ends(1, ConnectionEnd::Broken);
        }),
        ("an orderly end before it was written", |caller, _| {
            caller.ends(1, ConnectionEnd::Orderly);
        }),
        ("another call, and time", |caller, by| {
            caller.world.server.handle_reply_sent(by.exchange);
            let session = caller.session.clone();
            caller.world.send(&session, "alice").expect("taken");
            caller.world.seconds += 59;
            let now = caller.world.now().monotonic;
            caller.world.server.handle_timeout(now);
        }),
    ];
    for (what, fate) in fates {
        let mut caller = Caller::new(Config::default());
        caller.hears("bob", "one", 1);
        let by = caller.world.carrier(Some(1));
        assert_eq!(caller.fetches(by), ["one"], "{what}");
        fate(&mut caller, by);
        caller.hears("bob", "two", 2);
        assert_eq!(caller.acknowledged(), [0; 0], "{what}");
        assert_eq!(caller.reads(2), ["one", "two"], "{what}");
        assert_eq!(caller.reads(2), [""; 0], "{what}");
        assert_eq!(caller.acknowledged(), [1, 2], "{what}");
    }
}

/// Case D1: an orderly stop, and 61 seconds of silence.
#[test]
fn what_was_not_read_is_not_acknowledged_when_the_session_ends() {
    for stops in [true, false] {
        let mut caller = Caller::new(Config::default());
        caller.hears("bob", "one", 1);
        caller.reads(1);
        caller.hears("bob", "two", 2);
        if stops {
            caller.world.server.close();
        } else {
            caller.world.seconds += 61;
            let now = caller.world.now().monotonic;
            caller.world.server.handle_timeout(now);
        }
        caller.ends(1, ConnectionEnd::Orderly);
        assert_eq!(caller.acknowledged(), [0; 0]);
        assert_eq!(caller.world.server.sessions(), 0);
    }
}

/// Nobody would ever fetch it.
#[test]
fn what_is_nothing_for_the_caller_is_acknowledged_at_once() {
    let mut caller = Caller::new(Config::default());
    caller.hears("alice", "said elsewhere", 1);
    assert_eq!(caller.acknowledged(), [1]);
    assert_eq!(caller.reads(1), [""; 0]);
}

/// Case D1: of 252 messages of 60 KB 237 were dropped.
#[test]
fn no_message_gives_way_that_the_network_keeps() {
    let mut caller = Caller::new(Config {
        queued_entries: 2,
        queued_bytes: 10,
        ..Config::default()
    });
    for number in 1..=20 {
        caller.hears("bob", "longer than all bounds", number);
    }
    assert_eq!(caller.reads(1).len(), 20);
    caller.reads(1);
    assert_eq!(caller.acknowledged().len(), 20);
}

/// What the network gives anew after the next login would be told twice, and acknowledged by a number of another
/// client.
#[test]
fn what_a_client_that_is_gone_has_left_is_the_networks_to_give() {
    let mut caller = Caller::new(Config::default());
    caller.hears("bob", "one", 1);
    caller.reads(1);
    caller.hears("bob", "two", 2);
    caller
        .world
        .tell(caller.key, Word::SignedOut(Reason::ConnectionLost));
    assert_eq!(caller.reads(2), [""; 0]);
    let session = caller.session.clone();
    caller.key = caller.world.signed_in(&session, "alice");
    caller.hears("bob", "one", 1);
    caller.hears("bob", "two", 2);
    assert_eq!(caller.reads(2), ["one", "two"]);
    caller.reads(2);
    assert_eq!(caller.acknowledged(), [1, 2]);
}

#[test]
fn an_account_that_is_over_stays_until_that_was_read() {
    let mut caller = Caller::new(Config::default());
    caller
        .world
        .tell(caller.key, Word::SignedOut(Reason::Elsewhere));
    let fetch = |caller: &mut Caller, connection| -> Vec<IM> {
        let by = caller.world.carrier(Some(connection));
        let told = caller
            .world
            .fetch_by(&caller.session, by)
            .expect("in session");
        caller.world.server.handle_reply_sent(by.exchange);
        told.ims
    };
    for connection in [1, 2] {
        let told = fetch(&mut caller, connection);
        assert!(log_of(&told[0])[0].starts_with("Signed out: "), "{told:?}");
        assert_eq!(login_of(&told[0]), None);
    }
    assert_eq!(fetch(&mut caller, 2), []);
}

/// Case D1, the operator's choice: a proxy that takes an answer and loses it looks like a caller that has read it.
#[test]
fn an_operator_may_choose_that_messages_come_twice_rather_than_never() {
    let mut caller = Caller::new(Config {
        without_receipt: WithoutReceipt::PerhapsTwice,
        ..Config::default()
    });
    caller.hears("bob", "one", 1);
    assert_eq!(caller.reads(1), ["one"]);
    caller.hears("bob", "two", 2);
    assert_eq!(caller.reads(1), ["one", "two"]);
    assert_eq!(caller.acknowledged(), [0; 0]);
    assert_eq!(caller.reads(1), ["two"]);
    assert_eq!(caller.acknowledged(), [1]);
    assert_eq!(caller.reads(1), [""; 0]);
    assert_eq!(caller.acknowledged(), [2]);
}
