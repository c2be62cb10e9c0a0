//! Lifecycle, connections and state in one machine, and who tells whom what.

use machine_contract::{Instant, Prng};
use msnp_proto::{Guid, Secret};

use crate::config::{Config, Settings};
use crate::connections::ConnectionKey;
use crate::connector::Connector;
use crate::dispatch;
use crate::event::{Event, Reason};
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
use crate::typists::Typists;

/// So many connections are open beside the main one at most, whoever asks for them.
const MOST_BESIDE: usize = 64;

/// The parts of a client, and what follows from what.
#[derive(Debug)]
pub(crate) struct Engine {
    connector: Connector,
    prng: Prng,
    machines: Machines,
    state: State,
    typists: Typists,
}

impl Engine {
    pub(crate) fn new(config: Config) -> Self {
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
            typists: Typists::default(),
        }
    }

    pub(crate) fn sign_in(&mut self, now: Instant) {
        self.machines.lifecycle_mut().sign_in();
        self.drive(now);
    }

    pub(crate) fn sign_out(&mut self, now: Instant) {
        let next = self.machines.lifecycle_mut().sign_out();
        self.follow(next, now);
        self.drive(now);
    }

    pub(crate) const fn connector(&self) -> &Connector {
        &self.connector
    }

    pub(crate) const fn machines(&self) -> &Machines {
        &self.machines
    }

    /// For the driver's inputs; [`drive`](Self::drive) after each.
    pub(crate) const fn machines_mut(&mut self) -> &mut Machines {
        &mut self.machines
    }

    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    pub(crate) const fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    const fn settings(&self) -> &Settings {
        self.connector.settings()
    }

    /// The application has this message.
    pub(crate) fn acknowledge(&mut self, receipt: ReceiptId, now: Instant) {
        if let Some((key, held)) = self.state.acknowledged(receipt) {
            self.machines.connections_mut().acknowledge(key, &held);
            self.drive(now);
        }
    }

    /// Neither signed in nor about to be.
    pub(crate) const fn is_out(&self) -> bool {
        self.machines.lifecycle().is_out()
    }

    /// A name for a message that is about to be sent.
    pub(crate) fn new_message_id(&mut self) -> MessageId {
        let family = self.connector.family();
        family.message_id(self.prng.number())
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
        // What waits for a conversation may have had one called: on a stream the call has left then, and its time counts from now.
        if connections.read_on(self.state.has_room(), now)
            || dispatch::send_waiting(&mut self.state, self.machines.connections_mut())
            || (self.machines.connections_mut()).read_on(self.state.has_room(), now)
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
        // Whoever leaves has nothing to show any more.
        let tokens = self.machines.lifecycle().tokens();
        let tokens = tokens.ok_or(Reason::Requested)?;
        let mut entropy = [0; 32];
        for half in entropy.chunks_exact_mut(16) {
            half.copy_from_slice(&self.prng.bytes());
        }
        let purpose = (errand, state);
        let held = self.machines.connections().held();
        let connection = self
            .connector
            .connect(tokens, place, purpose, entropy, held)?;
        self.machines.connections_mut().insert(connection);
        Ok(())
    }

    /// Another connection is wanted beside the main one; what waits for it ends if it cannot be made.
    fn beside(&mut self, Beside { route, errand }: Beside) {
        if self.is_out() {
            return self.leave_undone(&errand);
        }
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

    /// The main connection ends before this one is made: what it is for waits, for the next one or for the last word.
    fn leave_undone(&mut self, errand: &Errand) {
        if let Errand::Gather(number, _) = errand {
            self.state.unsent(*number);
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
            Fact::DialectRefused(reason) => {
                if self.drop_connection(key, reason, now) {
                    if self.connector.offer_next() {
                        let next = self.machines.lifecycle().again();
                        self.follow(next, now);
                    } else {
                        self.ended(reason, now);
                    }
                }
            }
            Fact::Redirected(route) => self.redirected(key, route, now),
            Fact::Ended(reason) => {
                if self.drop_connection(key, reason, now) {
                    self.ended(reason, now);
                }
            }
            fact => self.learn(key, fact, now),
        }
    }

    fn redirected(&mut self, key: ConnectionKey, route: Route, now: Instant) {
        if self.drop_connection(key, Reason::ConnectionLost, now) {
            let prng = &mut self.prng;
            let lifecycle = self.machines.lifecycle_mut();
            let next = lifecycle.redirected(route, || prng.number(), now);
            self.follow(next, now);
        }
    }

    /// Forgets a connection. True: it was the main one, and with it went how people are.
    fn drop_connection(&mut self, key: ConnectionKey, reason: Reason, now: Instant) -> bool {
        let was_main = self.machines.connections().is_main(key);
        for (key, fact) in self.machines.remove(key, reason) {
            self.learn(key, fact, now);
        }
        if was_main {
            let is_leaving = self.is_out();
            let stopped = self.typists.take_stopped(None);
            self.typing_stopped(stopped.into_iter().filter(|_| !is_leaving));
            self.state.forget_presence(is_leaving);
        }
        was_main
    }

    /// These have stopped without a word.
    fn typing_stopped(&mut self, stopped: impl IntoIterator<Item = (ConversationId, ContactId)>) {
        for (conversation, from) in stopped {
            self.state.typing(&conversation, &from, false);
        }
    }

    fn hear(&mut self, message: Received, held: Option<HeldAt>) {
        let (family, prng) = (self.connector.family(), &mut self.prng);
        let name = || family.message_id(prng.number());
        if let Some((key, held)) = self.state.received(message, held, name) {
            self.machines.connections_mut().acknowledge(key, &held);
        }
    }

    /// What a connection says that is only to be known.
    fn learn(&mut self, key: ConnectionKey, fact: Fact, now: Instant) {
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
            } => {
                state.typing(&conversation, &from, typing);
                self.typists.note((conversation, from), typing, now);
            }
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
            Fact::Beside(Beside { errand, .. }) => self.leave_undone(&errand),
            // The fate of a connection that is being forgotten, or of one beside the main one.
            Fact::Ready(_)
            | Fact::Renewed(_)
            | Fact::DialectRefused(_)
            | Fact::Redirected(_)
            | Fact::Ended(_) => {}
        }
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.machines.connections_mut().wake_links(now);
        // What has arrived is not late: it is read before anything is given up.
        self.drive(now);
        let stopped = self.typists.take_stopped(Some(now));
        self.typing_stopped(stopped);
        self.machines.connections_mut().handle_timeout(now);
        let next = self.machines.lifecycle_mut().handle_timeout(now);
        self.follow(next, now);
        self.drive(now);
    }

    /// When it wants to be told the time.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        // Taking events is an input that nobody tells: this has the driver tell it.
        let has_found_room = self.machines.connections().is_paused() && self.state.has_room();
        let room = has_found_room.then_some(Instant::ORIGIN);
        let machines = self.machines.poll_timeout();
        let parts = machines.into_iter().chain(self.typists.poll_timeout());
        room.into_iter().chain(parts).min()
    }
}
