//! `Client`: lifecycle, connections and state in one machine, and who tells whom what.

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, Prng, RequestId, StreamAsk, StreamId, StreamMachine,
    Transmit,
};
use msnp_proto::{Guid, Secret};

use crate::config::{Config, Settings};
use crate::connections::ConnectionKey;
use crate::connector::Connector;
use crate::dispatch;
use crate::event::{Event, Reason, Refused};
use crate::fact::{Beside, Errand, Fact, Route};
use crate::id::{ContactId, ConversationId, MessageId};
use crate::lifecycle::{Lifecycle, Next};
use crate::machines::Machines;
use crate::message::{ReceiptId, Received};
use crate::place::Place;
use crate::presence::EndpointId;
use crate::receipts::HeldAt;
use crate::request::Profile;
use crate::state::State;

/// So many connections are open beside the main one at most, whoever asks for them.
const MOST_BESIDE: usize = 64;

/// A whole MSN Messenger client as one machine.
///
/// Make it, [`sign_in`](Self::sign_in), and drive it as every [`Machine`]; see the
/// [crate guide](crate). It keeps these promises:
///
/// * Each message that [`send_text`](Self::send_text) and the like take ends in exactly one of
///   [`MessageDelivered`](Event::MessageDelivered), [`MessageFailed`](Event::MessageFailed) and
///   [`MessageUncertain`](Event::MessageUncertain); each [`OperationId`](crate::OperationId) in
///   [`OperationSucceeded`](Event::OperationSucceeded) or [`OperationFailed`](Event::OperationFailed). What
///   may have reached the service is never sent twice.
/// * Messages are told once, even if the service sends them again, as far back as
///   [`Limits::remembered`](crate::Limits::remembered) goes.
/// * One person is one [`ContactId`], as soon as the service has told that two names are one person's
///   ([`ContactRenamed`](Event::ContactRenamed)).
/// * When the connection is lost, it signs in anew, from the password on, with growing waits, until
///   [`SignedOut`](Event::SignedOut) says that it has given up.
/// * It waits by the driver's clock alone: the times that the service tells move nothing.
/// * While events of more than [`Limits::undrained`](crate::Limits::undrained) wait to be taken, it reads
///   nothing from its connection, which then polls no more (see the [crate guide](crate)).
#[derive(Debug)]
pub struct Client {
    connector: Connector,
    prng: Prng,
    machines: Machines,
    state: State,
}

impl Client {
    /// A client that is signed out.
    pub fn new(config: Config) -> Self {
        let settings = config.into_settings();
        let mut prng = Prng::new(&settings.seed.0);
        let endpoint = Guid::from_bytes(prng.guid());
        let state = State::new(
            settings.limits,
            EndpointId(endpoint),
            settings.account.clone(),
            settings.access.login(),
        );
        Self {
            machines: Machines::new(Lifecycle::new(&settings)),
            connector: Connector::new(settings, endpoint),
            prng,
            state,
        }
    }

    /// Signs in, and stays so until [`sign_out`](Self::sign_out). While it waits before another attempt
    /// ([`Event::Reconnecting`]), it makes that at once. Otherwise it does nothing unless it is signed
    /// out: before the first sign-in, and after [`Event::SignedOut`].
    pub fn sign_in(&mut self, now: Instant) {
        self.machines.lifecycle_mut().sign_in();
        self.drive(now);
    }

    /// Signs out: says good-bye, hears what is still on its way for a little while, and ends with
    /// [`Event::SignedOut`]. What was not sent yet is told as failed.
    pub fn sign_out(&mut self, now: Instant) {
        let next = self.machines.lifecycle_mut().sign_out();
        self.follow(next, now);
        self.drive(now);
    }

    /// The application has this message, and the service need not keep it any longer: for those who
    /// [do that by hand](Config::acknowledge_by_hand). Saying it twice is harmless.
    pub fn acknowledge(&mut self, receipt: ReceiptId, now: Instant) {
        if let Some((key, held)) = self.state.acknowledged(receipt) {
            self.machines.connections_mut().acknowledge(key, &held);
            self.drive(now);
        }
    }

    /// Whether what is sent now goes out at once.
    pub fn is_signed_in(&self) -> bool {
        self.machines.connections().is_ready()
    }

    /// What is known.
    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    pub(crate) const fn connector(&self) -> &Connector {
        &self.connector
    }

    pub(crate) const fn settings(&self) -> &Settings {
        self.connector.settings()
    }

    /// What is known, for a verb of the application that may still be refused.
    ///
    /// # Errors
    /// [`Refused::Full`] if no wish is taken now.
    pub(crate) fn wish(&mut self) -> Result<&mut State, Refused> {
        if self.state.takes_wishes() {
            Ok(&mut self.state)
        } else {
            Err(Refused::Full)
        }
    }

    /// The same for a verb that needs the service.
    ///
    /// # Errors
    /// [`Refused::SignedOut`] or [`Refused::Full`].
    pub(crate) fn wish_online(&mut self) -> Result<&mut State, Refused> {
        if self.is_out() {
            return Err(Refused::SignedOut);
        }
        self.wish()
    }

    /// Neither signed in nor about to be.
    pub(crate) const fn is_out(&self) -> bool {
        self.machines.lifecycle().is_out()
    }

    /// A name for a message that is about to be sent.
    pub(crate) fn new_message_id(&mut self) -> MessageId {
        let family = self.settings().family;
        family.message_id(self.prng.number())
    }

    /// Whether it is oneself who is called so.
    pub(crate) fn is_oneself(&self, who: &ContactId) -> bool {
        self.state.is_oneself(who)
    }

    /// Changes how one shows oneself.
    pub(crate) fn change_profile(&mut self, change: impl FnOnce(&mut Profile)) {
        self.connector.change_profile(change);
        let profile = self.connector.profile();
        self.machines.connections_mut().set_profile(profile);
    }

    /// Lets the parts talk to each other until none has anything to say.
    pub(crate) fn drive(&mut self, now: Instant) {
        while self.advance(now) {}
        self.machines.forget_ended();
    }

    /// One step of [`drive`](Self::drive). False: nothing is left to be done.
    fn advance(&mut self, now: Instant) -> bool {
        let connections = self.machines.connections_mut();
        if let Some((key, fact)) = connections.poll_fact() {
            self.on_fact(key, fact, now);
            return true;
        }
        if connections.read_on(self.state.has_room(), now)
            || dispatch::send_waiting(&mut self.state, self.machines.connections_mut())
        {
            return true;
        }
        let prng = &mut self.prng;
        let next = self.machines.lifecycle_mut().poll(|| prng.number(), now);
        match next {
            Some(next) => {
                self.follow(next, now);
                true
            }
            None => false,
        }
    }

    /// Does what the lifecycle wants done.
    fn follow(&mut self, next: Next, now: Instant) {
        match next {
            Next::Wait => {}
            Next::Tell(step) => self.state.tell(Event::SignInProgress(step)),
            Next::Connect { place, state } => {
                if let Err(reason) = self.connect(&place, Errand::SignIn, state) {
                    self.ended(reason, now);
                }
            }
            Next::ShowTokens => self.machines.show_tokens(),
            Next::End(reason) => {
                if let Some(connection) = self.machines.connections_mut().main_mut() {
                    connection.end(reason);
                }
            }
            Next::Leave => {
                self.machines.connections_mut().leave(now);
                self.state.fail_waiting(Reason::Requested);
            }
            Next::Retry {
                attempt,
                wait,
                reason,
            } => {
                if !self.settings().resend_unsent {
                    self.state.fail_waiting(Reason::ConnectionLost);
                }
                self.state.tell(Event::Reconnecting {
                    attempt,
                    wait,
                    reason,
                });
            }
            Next::Over(reason) => {
                self.state.fail_waiting(reason);
                self.state.tell(Event::SignedOut(reason));
            }
        }
    }

    /// The connection, or the attempt to make one, has ended.
    fn ended(&mut self, reason: Reason, now: Instant) {
        let prng = &mut self.prng;
        let lifecycle = self.machines.lifecycle_mut();
        let next = lifecycle.ended(reason, || prng.number(), now);
        self.follow(next, now);
    }

    /// Makes a connection: the main one, or one beside it.
    fn connect(
        &mut self,
        place: &Place,
        errand: Errand,
        state: Option<Secret<String>>,
    ) -> Result<(), Reason> {
        let Some(tokens) = self.machines.lifecycle().tokens() else {
            return Ok(());
        };
        let mut entropy = [0; 32];
        for half in entropy.chunks_exact_mut(16) {
            half.copy_from_slice(&self.prng.bytes());
        }
        let purpose = (errand, state);
        let connection = self.connector.connect(tokens, place, purpose, entropy)?;
        self.machines.connections_mut().insert(connection);
        Ok(())
    }

    /// Another connection is wanted beside the main one; what waits for it ends if it cannot be made.
    fn beside(&mut self, Beside { route, errand }: Beside) {
        let settings = self.settings();
        let home = settings.access.place();
        let place = home.follow(&route, &settings.host_policy);
        let made = match place {
            Some(_) if self.machines.connections().len() > MOST_BESIDE => Err(Reason::RateLimited),
            Some(place) => self.connect(&place, errand.clone(), route.into_state()),
            None => Err(Reason::RedirectRefused),
        };
        if let Err(reason) = made {
            match errand {
                Errand::Talk(conversation) => self.unreached(&conversation, reason),
                Errand::Gather(number, _) => self.state.done(number, Err(reason)),
                Errand::SignIn | Errand::Join => {}
            }
        }
    }

    /// Nobody is there to hear what waits: it ends, unless the service keeps it for them.
    fn unreached(&mut self, conversation: &ConversationId, reason: Reason) {
        let main = self.machines.connections_mut().main_mut();
        let is_kept =
            reason == Reason::NotOnline && main.is_some_and(|main| main.leaves_word(conversation));
        if !is_kept {
            self.state.fail_waiting_in(conversation, reason);
        }
    }

    /// A connection says something.
    fn on_fact(&mut self, key: ConnectionKey, fact: Fact, now: Instant) {
        match fact {
            Fact::Ready(me) if self.machines.connections().is_main(key) => {
                self.machines.lifecycle_mut().connected(now);
                self.state.signed_in(&me);
            }
            Fact::Renewed(outcome) => {
                let next = self.machines.lifecycle_mut().renewed(outcome, now);
                self.follow(next, now);
            }
            Fact::Beside(beside) => self.beside(beside),
            Fact::Unreached(conversation, reason) => self.unreached(&conversation, reason),
            Fact::DialectRefused => {
                if self.drop_connection(key, Reason::DialectRefused) {
                    if self.connector.offer_next() {
                        let next = self.machines.lifecycle().again();
                        self.follow(next, now);
                    } else {
                        self.ended(Reason::DialectRefused, now);
                    }
                }
            }
            Fact::Redirected(route) => self.redirected(key, route, now),
            Fact::Ended(reason) => {
                if self.drop_connection(key, reason) {
                    self.ended(reason, now);
                }
            }
            fact => self.learn(key, fact),
        }
    }

    fn redirected(&mut self, key: ConnectionKey, route: Route, now: Instant) {
        if self.drop_connection(key, Reason::ConnectionLost) {
            let prng = &mut self.prng;
            let lifecycle = self.machines.lifecycle_mut();
            let next = lifecycle.redirected(route, || prng.number(), now);
            self.follow(next, now);
        }
    }

    /// Forgets a connection. True: it was the main one, and with it went how people are.
    fn drop_connection(&mut self, key: ConnectionKey, reason: Reason) -> bool {
        let was_main = self.machines.connections().is_main(key);
        for (key, fact) in self.machines.remove(key, reason) {
            self.learn(key, fact);
        }
        if was_main {
            let is_leaving = self.is_out();
            self.state.forget_presence(is_leaving);
        }
        was_main
    }

    fn hear(&mut self, message: Received, held: Option<HeldAt>) {
        let (family, prng) = (self.connector.settings().family, &mut self.prng);
        let name = || family.message_id(prng.number());
        if let Some((key, held)) = self.state.received(message, held, name) {
            self.machines.connections_mut().acknowledge(key, &held);
        }
    }

    /// What a connection says that is only to be known.
    fn learn(&mut self, key: ConnectionKey, fact: Fact) {
        let state = &mut self.state;
        match fact {
            Fact::Step(step) => state.tell(Event::SignInProgress(step)),
            Fact::Account(me) => state.account_is(&me),
            Fact::Message(message) => self.hear(message, None),
            Fact::MessageHeld(message, held) => self.hear(message, Some((key, held))),
            Fact::Typing {
                conversation,
                from,
                typing,
            } => state.typing(&conversation, &from, typing),
            Fact::Presence { who, update } => state.presence_told(&who, &update),
            Fact::Departed { who, departure } => state.departed(&who, departure),
            Fact::Roster(update) => state.roster_told(&update),
            Fact::Group(update) => state.group_told(update),
            Fact::GroupLeft(id) => state.group_left(&id),
            Fact::History(page) => state.history_told(page, None),
            Fact::Done(number, outcome) => state.done(number, outcome),
            Fact::Unsent(number) => state.unsent(number),
            Fact::Uncertain(number, reason) => state.uncertain(number, reason),
            Fact::Unreached(conversation, reason) => state.fail_waiting_in(&conversation, reason),
            Fact::Frame(side, bytes) => state.tell(Event::Frame { side, bytes }),
            // The fate of a connection that is being forgotten, or of one beside the main one.
            Fact::Ready(_)
            | Fact::Renewed(_)
            | Fact::Beside(_)
            | Fact::DialectRefused
            | Fact::Redirected(_)
            | Fact::Ended(_) => {}
        }
    }
}

impl Machine for Client {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.machines.connections_mut().wake_links(now);
        // What has arrived is not late: it is read before anything is given up.
        self.drive(now);
        self.machines.connections_mut().handle_timeout(now);
        let next = self.machines.lifecycle_mut().handle_timeout(now);
        self.follow(next, now);
        self.drive(now);
    }

    /// The connections are tried anew. What is under way otherwise is answered soon or has a deadline.
    fn handle_suspended(&mut self, now: Instant) {
        self.machines.connections_mut().handle_suspended(now);
        self.drive(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        // Taking events is an input that nobody tells: this has the driver tell it.
        let has_found_room = self.machines.connections().is_paused() && self.state.has_room();
        let room = has_found_room.then_some(Instant::ORIGIN);
        let machines = self.machines.poll_timeout();
        room.into_iter().chain(machines).min()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.state.poll_event()
    }
}

impl HttpMachine for Client {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        self.machines.handle_response(id, response, now);
        self.drive(now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.machines.handle_failure(id, failure, now);
        self.drive(now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.machines.poll_transmit(now)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.machines.poll_cancel()
    }
}

impl StreamMachine for Client {
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        self.machines.poll_stream(now)
    }

    fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        self.machines.poll_send(id, now)
    }

    fn wants_read(&self, id: StreamId) -> bool {
        self.machines.wants_read(id)
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        self.machines.handle_connected(id, now);
        self.drive(now);
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        self.machines.handle_received(id, bytes, now);
        self.drive(now);
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.machines.handle_finished(id, now);
        self.drive(now);
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        self.machines.handle_closed(id, failure, unwritten, now);
        self.drive(now);
    }
}
