//! `SignIn`: `CNT`, `ATH`, `BND` and the challenge, and how long all that is good for.

use bytes::Bytes;
use machine_contract::Instant;
use msnp_proto::Guid;
use msnp_proto::auth::challenge;
use msnp_proto::msnp24::{
    self, Authenticate, Authenticated, Bind, Bound, Channel, Connect, Connected, Envelope,
    TicketUse,
};
use msnp_proto::{Frame, TrId, Verb};

use super::endpoint::Endpoint;
use super::refusal::ErrorReply;
use crate::faces::config::{Challenge, Config};
use crate::faces::ticket::Ticket;
use crate::faces::turn::Turn;
use crate::identity::{EmailAddress, SkypeId, Who};
use crate::network::Command;

/// How far the sign-in of one connection has come.
#[derive(Debug)]
pub(super) struct SignIn {
    /// What the cookies, or the token, of its latest request say.
    ticket: Option<Ticket>,
    /// `<ver>` of its `CNT`; 1 gets no nonce and no body in the reply to `ATH` (msnp24.md 6.1).
    version: u32,
    /// Whom its `ATH` proved. A connection speaks for one user all its life.
    user: Option<Who>,
    /// Until when the latest `ATH` proves it.
    proved_until: Instant,
    stage: Stage,
    /// The question that `BND` asked, until it is answered.
    nonce: Option<String>,
    /// When it must have a feature set, or a fresh `ATH`.
    expires: Instant,
}

#[derive(Debug)]
enum Stage {
    /// There is no feature set.
    Unbound,
    /// The network was asked to let the endpoint in.
    Entering(Box<Endpoint>),
    /// It is in.
    Bound(Box<Endpoint>),
}

/// What an `ATH` came to.
pub(super) struct Proved {
    /// The body of the reply.
    pub(super) body: Bytes,
    /// Whom the connection speaks for now, if it spoke for nobody before.
    pub(super) new: Option<Who>,
}

impl SignIn {
    pub(super) fn new(ticket: Option<Ticket>, config: &Config, now: Instant) -> Self {
        Self {
            ticket,
            version: 2,
            user: None,
            proved_until: now,
            stage: Stage::Unbound,
            nonce: None,
            expires: now + config.sign_in_within,
        }
    }

    /// A later request came with these cookies; they count at the next `ATH`.
    pub(super) fn set_ticket(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
    }

    /// When the connection is over, if nothing happens.
    pub(super) const fn expires(&self) -> Instant {
        self.expires
    }

    /// Whether the network is asked to let the endpoint in: what comes behind has to wait.
    pub(super) const fn is_entering(&self) -> bool {
        matches!(self.stage, Stage::Entering(_))
    }

    /// The endpoint, once it is in.
    pub(super) const fn endpoint(&self) -> Option<&Endpoint> {
        match &self.stage {
            Stage::Bound(endpoint) => Some(endpoint),
            Stage::Unbound | Stage::Entering(_) => None,
        }
    }

    pub(super) const fn endpoint_mut(&mut self) -> Option<&mut Endpoint> {
        match &mut self.stage {
            Stage::Bound(endpoint) => Some(endpoint),
            Stage::Unbound | Stage::Entering(_) => None,
        }
    }

    /// `CNT CON`
    pub(super) fn connect(&mut self, connect: &Connect, turn: &mut Turn<'_>) -> Bytes {
        self.version = connect.version;
        // Version 1 gets no nonce (msnp24.md 6.1).
        let nonce = (self.version >= 2).then(|| Guid::from_bytes(turn.prng().bytes()).to_string());
        let connected = Connected {
            version: self.version,
            qos_test: false,
            nonce,
        };
        connected.encode().into()
    }

    /// `ATH CON\USER`, the first one and those that renew it.
    pub(super) fn authenticate(
        &mut self,
        proof: &Authenticate,
        turn: &Turn<'_>,
    ) -> Result<Proved, ErrorReply> {
        let (who, valid_until) = self.prove(proof, turn)?;
        if self.user.as_ref().is_some_and(|user| *user != who) {
            return Err(ErrorReply::AUTHENTICATION);
        }
        let first = self.user.replace(who.clone()).is_none();
        self.proved_until = valid_until;
        if self.endpoint().is_some() {
            self.expires = valid_until.min(turn.monotonic() + turn.config().authentication);
        }
        // Version 1 gets no body (msnp24.md 6.1).
        let body = if self.version >= 2 {
            authenticated()
        } else {
            Bytes::new()
        };
        let new = first.then_some(who);
        Ok(Proved { body, new })
    }

    /// Whom an `ATH` proves, and until when: by cookies, by a compact ticket, or by a uic alone. A uic beside one of the others
    /// must be of the same person. What is a ticket elsewhere is none here, and then the uic beside it counts.
    fn prove(&self, proof: &Authenticate, turn: &Turn<'_>) -> Result<(Who, Instant), ErrorReply> {
        let (tickets, now) = (turn.tickets(), turn.monotonic());
        let uic = match proof {
            Authenticate::Web { uic } | Authenticate::Account { uic, .. } => uic.as_ref(),
            Authenticate::SkypeName { uic, .. } => Some(uic),
        };
        let owner = match uic.filter(|_| tickets.knows_uics()) {
            Some(uic) => {
                let owner = tickets.owner_of_uic(uic.expose().trim(), now);
                Some(owner.ok_or(ErrorReply::AUTHENTICATION)?)
            }
            None => None,
        };
        let ticket = match proof {
            Authenticate::Web { .. } => {
                let ticket = self.ticket.clone().filter(|it| it.valid_until > now);
                Some(ticket.ok_or(ErrorReply::AUTHENTICATION)?)
            }
            Authenticate::Account { ticket, .. } => {
                tickets.owner_of_ticket(ticket.expose(), now).ok()
            }
            Authenticate::SkypeName { .. } => None,
        };
        let (who, valid_until) = match (ticket, owner) {
            (Some(ticket), Some(owner)) if ticket.who != owner => {
                return Err(ErrorReply::AUTHENTICATION);
            }
            (Some(ticket), _) => (ticket.who, ticket.valid_until),
            (None, Some(owner)) => (owner, now + turn.config().authentication),
            (None, None) => return Err(ErrorReply::AUTHENTICATION),
        };
        if is_of(proof, &who) {
            Ok((who, valid_until))
        } else {
            Err(ErrorReply::AUTHENTICATION)
        }
    }

    /// `BND CON\MSGR`: what the network is asked.
    pub(super) fn bind(&mut self, bind: &Bind, turn: &mut Turn<'_>) -> Result<Command, ErrorReply> {
        let who = self.user.clone().ok_or(ErrorReply::AUTHENTICATION)?;
        if !matches!(self.stage, Stage::Unbound) {
            return Err(ErrorReply::BOUND_ALREADY);
        }
        if bind.version == 0 || bind.epid == Guid::NIL {
            return Err(ErrorReply::INVALID);
        }
        // Twenty digits, as seen (msnp24.md 6.3).
        let asks = turn.config().challenge != Challenge::Absent;
        self.nonce = asks.then(|| format!("{:020}", turn.prng().number()));
        let endpoint = Endpoint::new(who.clone(), bind.epid, bind.version, turn.prng());
        self.stage = Stage::Entering(Box::new(endpoint));
        let endpoint = bind.epid;
        Ok(Command::Enter { who, endpoint })
    }

    /// The network has let the endpoint in: puts the reply to `BND` into `reply`. The frame that comes
    /// behind it, if one does.
    pub(super) fn entered(&mut self, reply: &mut Envelope, turn: &Turn<'_>) -> Option<Frame> {
        let Stage::Entering(endpoint) = std::mem::replace(&mut self.stage, Stage::Unbound) else {
            return None;
        };
        let now = turn.now();
        let expires = now.monotonic + turn.config().authentication;
        self.expires = self.proved_until.min(expires);
        // A client of version 1 reads XML right behind the blank line, and waits for ever for the end of what it does not
        // find (msnp24.md 20.17).
        if endpoint.reads_headers() {
            reply.headers.set_utc_time(now.wall);
            let expiry = now.wall.saturating_add(turn.config().authentication);
            endpoint.put_registration(reply, expiry);
            endpoint.put_context(reply);
        }
        let bound = Bound {
            version: endpoint.version().min(2),
            utc_time: Some(now.wall),
            nonce: self.nonce.clone(),
            sample_window: Some(0),
        };
        reply.body = bound.encode().into();
        self.stage = Stage::Bound(endpoint);
        self.nonce.is_none().then(greeting)
    }

    /// The network has not let the endpoint in.
    pub(super) fn not_entered(&mut self) {
        self.stage = Stage::Unbound;
        self.nonce = None;
    }

    /// `PUT MSGR\CHALLENGE`: the frame that comes behind the reply, if one does.
    pub(super) fn check_answer(
        &mut self,
        answer: &msnp24::Challenge,
        config: &Config,
    ) -> Result<Option<Frame>, ErrorReply> {
        let Some(nonce) = &self.nonce else {
            // Nothing was asked, or it was answered before.
            return Ok(None);
        };
        let right = challenge::product(&answer.product_id).is_some_and(|product| {
            let response = product.respond(nonce);
            response.as_str().eq_ignore_ascii_case(&answer.response)
        });
        if !right && config.challenge == Challenge::Checked {
            return Err(ErrorReply::CHALLENGE_FAILED);
        }
        self.nonce = None;
        Ok(Some(greeting()))
    }
}

/// Whether an `ATH` names nobody else beside its proof. What it gives as an alias may be a guess (msnp24.md 4).
fn is_of(proof: &Authenticate, who: &Who) -> bool {
    let named = match proof {
        Authenticate::SkypeName { name, .. } => name,
        Authenticate::Account {
            issued: TicketUse::Owner { id, .. },
            ..
        } => id,
        Authenticate::Web { .. } | Authenticate::Account { .. } => return true,
    };
    SkypeId::parse(named).as_ref() == Ok(who.skype_id())
        || EmailAddress::parse(named).as_ref() == Ok(who.email())
}

/// The second `ATH` frame, which tells Miranda that the sign-in is complete (msnp24.md 18; 20,
/// question 1).
fn greeting() -> Frame {
    let mut envelope = Envelope::new(Verb::ATH, TrId(0), Channel::Con);
    envelope.body = authenticated();
    envelope.to_frame()
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
