//! Signing in: `CNT`, `ATH`, `BND`, the challenge, subscriptions, `PNG`.

use std::collections::BTreeMap;

use bytes::Bytes;
use machine_contract::Instant;
use msnp_proto::auth::challenge;
use msnp_proto::msnp24::{
    self, Authenticate, Authenticated, Bind, Bound, Channel, Connect, Connected, Envelope,
};
use msnp_proto::payload::subscriptions::Subscriptions;
use msnp_proto::payload::xml::Element;
use msnp_proto::{Guid, Secret, TrId, Verb};

use super::config::Challenge;
use super::connection::{Allowance, Endpoint, Inbox, User, millis};
use super::dispatch::Asked;
use super::effect::{ConnectionId, Effect, Now};
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::{MessageId, Store};
use crate::accounts::SkypeId;

impl<S: Store> NotificationServer<S> {
    /// `CNT CON`
    pub(super) fn connect(&mut self, asked: &Asked, connect: &Connect) {
        let version = connect.version;
        if let Some(open) = self.connections.get_mut(&asked.connection) {
            open.version = version;
        }
        // Version 1 gets no nonce (msnp24.md 6.1).
        let nonce = (version >= 2).then(|| Guid::from_bytes(self.prng.bytes()).to_string());
        let connected = Connected {
            version,
            qos_test: false,
            nonce,
        };
        self.reply(asked, connected.encode().into());
    }

    /// `ATH CON\USER`, the first one and those that renew it.
    pub(super) fn authenticate(
        &mut self,
        asked: &Asked,
        proof: &Authenticate,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let (who, valid_until) = self.prove(asked.connection, proof, now)?;
        if self.store.account(&who)?.is_none() {
            return Err(Refusal::AUTHENTICATION);
        }
        let Some(open) = self.connections.get_mut(&asked.connection) else {
            return Ok(());
        };
        // A connection speaks for one user all its life.
        if open.user.as_ref().is_some_and(|user| *user != who) {
            return Err(Refusal::AUTHENTICATION);
        }
        let first = open.user.replace(who.clone()).is_none();
        if open.endpoint.is_some() {
            open.expires = valid_until.min(now.monotonic + self.config.authentication);
        }
        // Version 1 gets no body (msnp24.md 6.1).
        let body = if open.version >= 2 {
            authenticated()
        } else {
            Bytes::new()
        };
        self.reply(asked, body);
        if first {
            self.announce(Effect::SignedIn {
                connection: asked.connection,
                skype_id: who,
            });
        }
        Ok(())
    }

    /// Whom an `ATH` proves, and until when. Cookies prove their owner; a uic beside them must
    /// be of the same user. Without cookies a uic alone will do. Tickets of Microsoft accounts
    /// cannot be checked here, so only the uic beside them counts.
    fn prove(
        &self,
        connection: ConnectionId,
        proof: &Authenticate,
        now: Now,
    ) -> Result<(SkypeId, Instant), Refusal<S::Error>> {
        let (uic, by_cookies) = match proof {
            Authenticate::Web { uic } => (uic.as_ref(), true),
            Authenticate::Account { uic, .. } => (uic.as_ref(), false),
            Authenticate::SkypeName { uic, .. } => (Some(uic), false),
        };
        let owner = match (uic, &self.tickets) {
            (Some(uic), Some(tickets)) => {
                let owner = tickets.owner_of_uic(uic.expose().trim(), now.monotonic);
                Some(owner.ok_or(Refusal::AUTHENTICATION)?)
            }
            _ => None,
        };
        let open = self.connections.get(&connection);
        let identity = open.and_then(|open| open.identity.as_ref());
        if by_cookies {
            let identity = identity.ok_or(Refusal::AUTHENTICATION)?;
            let same = owner.is_none_or(|owner| owner == identity.skype_id);
            if identity.valid_until <= now.monotonic || !same {
                return Err(Refusal::AUTHENTICATION);
            }
            return Ok((identity.skype_id.clone(), identity.valid_until));
        }
        let owner = owner.ok_or(Refusal::AUTHENTICATION)?;
        if let Authenticate::SkypeName { name, .. } = proof
            && SkypeId::parse(name).as_ref() != Ok(&owner)
        {
            return Err(Refusal::AUTHENTICATION);
        }
        Ok((owner, now.monotonic + self.config.authentication))
    }

    /// `BND CON\MSGR`
    pub(super) fn bind(
        &mut self,
        asked: &Asked,
        bind: &Bind,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let connection = asked.connection;
        let Some(open) = self.connections.get(&connection) else {
            return Ok(());
        };
        let who = open.user.clone().ok_or(Refusal::AUTHENTICATION)?;
        if open.endpoint.is_some() {
            return Err(Refusal::BOUND_ALREADY);
        }
        if bind.version == 0 || bind.epid == Guid::NIL {
            return Err(Refusal::INVALID);
        }
        let account = self.store.account(&who)?.ok_or(Refusal::AUTHENTICATION)?;
        let same_place = self.endpoints_of(&who).into_iter().find(|other| {
            self.endpoint(*other)
                .is_some_and(|endpoint| endpoint.epid == bind.epid)
        });
        if same_place.is_none() && self.endpoints_of(&who).len() >= self.config.endpoints {
            return Err(Refusal::TOO_MANY_ENDPOINTS);
        }

        let asks = self.config.challenge != Challenge::Absent;
        // Twenty digits, like the one on record (msnp24.md 6.3).
        let nonce = asks.then(|| format!("{:020}", self.prng.number()));
        let context = format!("{:016X}", self.prng.number());
        let words = [(); 6].map(|()| format!("{:016x}", self.prng.number()));
        let mut endpoint = Endpoint {
            epid: bind.epid,
            version: bind.version,
            nonce: nonce.clone(),
            context,
            registration: Secret::new(words.concat()),
            roster_sent: false,
            wants_presence: false,
            inbox: None,
            notifications: 0,
            published: None,
        };
        let user = self.users.entry(who.clone()).or_insert_with(|| User {
            display_name: account.display_name,
            endpoints: Vec::new(),
            services: Vec::new(),
            shown: None,
            allowance: Allowance::new(&self.config, now.monotonic),
        });
        user.endpoints.push(connection);
        if let Some(stale) = same_place {
            // The client came back before its old session ran out. It takes the place of the old
            // one with what that had published, so nobody sees it go and come.
            let stale_endpoint = self.endpoint_mut(stale);
            endpoint.published = stale_endpoint.and_then(|endpoint| endpoint.published.take());
            self.close(stale, "Signed in again from the same place.");
        }
        let expires = now.monotonic + self.config.authentication;
        if let Some(open) = self.connections.get_mut(&connection) {
            open.endpoint = Some(endpoint);
            let identity = open.identity.as_ref();
            open.expires = identity.map_or(expires, |it| it.valid_until.min(expires));
        }
        let bound = Bound {
            version: bind.version.min(2),
            utc_time: Some(now.wall),
            nonce,
            sample_window: Some(0),
        };
        self.reply_with_registration(asked, bound.encode().into(), now);
        if !asks {
            self.greet(connection);
        }
        Ok(())
    }

    /// `PUT MSGR\CHALLENGE`
    pub(super) fn check_answer(
        &mut self,
        asked: &Asked,
        answer: &msnp24::Challenge,
    ) -> Result<(), Refusal<S::Error>> {
        let Some(endpoint) = self.endpoint_mut(asked.connection) else {
            return Err(Refusal::NO_FEATURES);
        };
        let Some(nonce) = endpoint.nonce.take() else {
            // Nothing was asked, or it was answered before.
            self.reply(asked, Bytes::new());
            return Ok(());
        };
        let right = challenge::product(&answer.product_id).is_some_and(|product| {
            product
                .respond(&nonce)
                .as_str()
                .eq_ignore_ascii_case(&answer.response)
        });
        if !right && self.config.challenge == Challenge::Checked {
            if let Some(endpoint) = self.endpoint_mut(asked.connection) {
                endpoint.nonce = Some(nonce);
            }
            return Err(Refusal::CHALLENGE_FAILED);
        }
        self.reply(asked, Bytes::new());
        self.greet(asked.connection);
        Ok(())
    }

    /// `PUT MSGR\SUBSCRIPTIONS`. Skype sends two, the second for what the first left out
    /// (msnp24.md 9), so they add up.
    ///
    /// `<im />` and `<conversations />` are one switch here: all known clients ask for both.
    pub(super) fn subscribe(
        &mut self,
        asked: &Asked,
        wanted: &Subscriptions,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        self.reply(asked, Bytes::new());
        let last = self.last_message;
        let Some(endpoint) = self.endpoint_mut(asked.connection) else {
            return Ok(());
        };
        // Whoever subscribes again has missed something, perhaps with a reply of the gateway that
        // never came: all is told again.
        let roster = !std::mem::replace(&mut endpoint.roster_sent, true) || wanted.buddies;
        let presence = wanted.buddies;
        endpoint.wants_presence |= presence;
        let messages = wanted.im || wanted.conversations;
        let again = messages && endpoint.inbox.is_some();
        if messages && !again {
            endpoint.inbox = Some(Inbox {
                acknowledges: false,
                sent: MessageId(0),
                joined: last,
                behind: true,
                unacknowledged: BTreeMap::new(),
            });
        }
        // The reply is out: what fails from here on, the operator hears of.
        if roster && self.config.push_roster {
            let pushed = self.push_roster(&me);
            self.note(pushed);
        }
        if presence {
            let shown = self.show_everyone(&me);
            self.note(shown);
        }
        if again {
            let offered = self.offer_again(me.connection, &me.who, now);
            self.note(offered);
        } else if messages {
            self.catch_up(me.connection, now);
        }
        Ok(())
    }

    /// `PNG CON`
    pub(super) fn pong(&mut self, asked: &Asked) {
        let seconds = millis(self.config.ping) / 1000;
        let body = Element::new("ping-response").with("wait", seconds.to_string());
        self.reply(asked, body.to_vec().into());
    }

    /// The second `ATH` frame, which tells Miranda that the sign-in is complete (msnp24.md 18; 20,
    /// question 1).
    fn greet(&mut self, connection: ConnectionId) {
        let mut envelope = Envelope::new(Verb::ATH, TrId(0), Channel::Con);
        envelope.body = authenticated();
        self.send(connection, &envelope.to_frame());
    }
}

/// `<auth-response>`: threads are allowed, since they are (msnp24.md 20, question 15).
fn authenticated() -> Bytes {
    let body = Authenticated {
        new_thread_allowed: true,
        p2p_migration_allowed: false,
        id: None,
    };
    body.encode().into()
}
