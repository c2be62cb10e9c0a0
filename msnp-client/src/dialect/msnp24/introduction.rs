//! Introducing oneself: `CNT`, `ATH` and `BND`, then subscriptions and one's own presence, until the service
//! knows everything that makes a connection ready (msnp24.md 6.3, 16.3).

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::Address;
use msnp_proto::auth::challenge;
use msnp_proto::msnp24::{Authenticate, Bound, Challenge, ClientBody, Connect, Get, Put};
use msnp_proto::payload::history::RecentConversations;
use msnp_proto::payload::subscriptions::Subscriptions;

use super::calls::{Calls, Purpose};
use super::encode;
use super::guise::Guise;
use super::own_name::OwnName;
use super::stage::Stage;
use crate::dialect::layered::address::contact_at;
use crate::event::{Reason, Step};
use crate::fact::Fact;
use crate::request::Profile;

/// With which product the nonce of the `BND` reply is answered (msnp24.md 13.2).
const PRODUCT: &str = "PROD0090YUAUV{2B";

/// Who one is, and how far the service knows it.
#[derive(Debug)]
pub(super) struct Introduction {
    own: OwnName,
    guise: Guise,
    profile: Profile,
    /// How many conversations of late are asked for.
    history_page: u32,
    /// How long a name of one's own is waited for.
    patience: Duration,
}

impl Introduction {
    pub(super) const fn new(
        own: OwnName,
        guise: Guise,
        profile: Profile,
        history_page: u32,
        patience: Duration,
    ) -> Self {
        Self {
            own,
            guise,
            profile,
            history_page,
            patience,
        }
    }

    pub(super) fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// How one shows oneself, and as which program.
    pub(super) const fn shown(&self) -> (&Profile, Guise) {
        (&self.profile, self.guise)
    }

    pub(super) const fn own(&self) -> &OwnName {
        &self.own
    }

    /// `CNT`, `ATH` and `BND` go together, without waiting for each other (msnp24.md 6.3).
    pub(super) fn greet(&self, proof: Authenticate, state: Option<String>, calls: &mut Calls) {
        calls.enter(Stage::Greeting);
        calls.tell(Fact::Step(Step::Connecting));
        let requests = vec![
            (
                ClientBody::Connect(Connect {
                    state,
                    version: 2,
                    agent: Guise::agent(),
                }),
                Purpose::Connect,
            ),
            (ClientBody::Authenticate(proof), Purpose::Authenticate),
            (
                ClientBody::Bind(self.guise.bind(self.own.endpoint())),
                Purpose::Bind,
            ),
        ];
        if calls.post(requests).is_err() {
            // A fresh link has room for three commands unless the uic is absurdly long.
            calls.finish(Reason::TooLarge);
        }
    }

    /// Bound: everything else that a fresh connection needs, in one send.
    pub(super) fn synchronize(&mut self, bound: Option<&Bound>, calls: &mut Calls, now: Instant) {
        if calls.stage() != Stage::Greeting {
            return;
        }
        // The reply to BND is the proof that CNT and ATH were accepted.
        calls.forget(|purpose| matches!(purpose, Purpose::Connect | Purpose::Authenticate));
        calls.enter(Stage::Synchronizing);
        calls.tell(Fact::Step(Step::Synchronizing));
        let mut requests = Vec::new();
        if let Some(nonce) = bound.and_then(|bound| bound.nonce.as_deref())
            && let Some(product) = challenge::product(PRODUCT)
        {
            let answer = Challenge {
                product_id: PRODUCT.to_owned(),
                response: product.respond(nonce).as_str().to_owned(),
            };
            requests.push((ClientBody::Put(Put::Challenge(answer)), Purpose::Challenge));
        }
        requests.push((subscriptions(), Purpose::Subscribe));
        match self.own.choose(calls.as_link().skype_name()) {
            Some(me) => requests.push(self.appearance(&me, calls)),
            // What the service has to say to oneself may show it.
            None => self.own.want(now + self.patience),
        }
        let recent = RecentConversations {
            start: Some(0),
            page_size: Some(self.history_page.into()),
        };
        requests.push((
            ClientBody::Get(Get::RecentConversations(recent)),
            Purpose::Conversations,
        ));
        if calls.post(requests).is_err() {
            calls.end(Reason::ProtocolError);
        }
    }

    /// Says who one is to those above and to the service.
    fn appearance(&self, me: &Address, calls: &mut Calls) -> (ClientBody, Purpose) {
        if let Some(contact) = contact_at(me) {
            calls.tell(Fact::Account(contact));
        }
        let presence = encode::presence(me, &self.profile, self.guise);
        (ClientBody::Put(Put::Presence(presence)), Purpose::Appear)
    }

    /// A frame says plainly that it is for this name.
    pub(super) fn hear_plainly(&mut self, name: &Address, calls: &mut Calls) {
        let was_known = self.own.also().is_some();
        self.own.hear(name, true);
        if !was_known {
            self.tell_other_name(calls);
        }
    }

    fn tell_other_name(&self, calls: &mut Calls) {
        if let Some(contact) = self.own.also().and_then(contact_at) {
            calls.tell(Fact::Account(contact));
        }
    }

    /// Shows oneself under the next name that may be one's own, if one is needed and was heard.
    pub(super) fn try_names(&mut self, calls: &mut Calls, now: Instant) {
        if calls.stage() != Stage::Synchronizing {
            return;
        }
        if let Some(me) = self.own.next() {
            let request = self.appearance(&me, calls);
            if calls.post(vec![request]).is_err() {
                self.own.want(now + self.patience);
            }
        }
    }

    /// A message may show one's own name, by either of its addresses.
    pub(super) fn hear_message(&mut self, to: &Address, from: &Address) {
        self.own.hear(to, false);
        self.own.hear(from, false);
    }

    /// The service refuses one's presence. True: the name may be what is wrong with it, and another one is
    /// waited for.
    pub(super) fn is_renaming(&mut self, now: Instant) -> bool {
        let is_in_doubt = self.own.is_in_doubt();
        if is_in_doubt {
            self.own.want(now + self.patience);
        }
        is_in_doubt
    }

    /// The service has taken one's presence, and with it the name.
    pub(super) fn appeared(&mut self, calls: &mut Calls) {
        self.own.accept();
        self.tell_other_name(calls);
    }

    /// Everything that makes a connection ready may be answered. True: it is ready from now on.
    pub(super) fn is_complete(&self, calls: &mut Calls) -> bool {
        let is_open = calls
            .waits_for(|purpose| matches!(purpose, Purpose::Subscribe | Purpose::Appear))
            || self.own.wanted_until().is_some();
        if is_open || calls.stage() != Stage::Synchronizing {
            return false;
        }
        let me = self.own.also().or(self.own.used());
        let Some(me) = me.and_then(contact_at) else {
            calls.end(Reason::AccountUnknown);
            return false;
        };
        calls.enter(Stage::Ready);
        calls.tell(Fact::Ready(me));
        true
    }

    /// Until when a name of one's own is waited for, if the connection needs one.
    pub(super) fn name_deadline(&self, stage: Stage) -> Option<Instant> {
        let until = self.own.wanted_until();
        until.filter(|_| stage == Stage::Synchronizing)
    }

    /// Ends a connection that has not learnt under which name.
    pub(super) fn expire(&self, calls: &mut Calls, now: Instant) {
        if self
            .name_deadline(calls.stage())
            .is_some_and(|at| at <= now)
        {
            calls.end(Reason::AccountUnknown);
        }
    }
}

/// Everything that the service tells by itself.
pub(super) fn subscriptions() -> ClientBody {
    ClientBody::Put(Put::Subscriptions(Subscriptions::everything()))
}
