//! `Client`: sign-in, connection and state in one machine, and what holds them together: signing in
//! again when the connection is lost, and the fate of everything that was asked for.

mod fate;
mod incoming;
mod life;
mod verbs;

use bytes::Bytes;
use http::{Response, Uri};
use machine_contract::{
    EventQueue, Failure, HttpMachine, Instant, Machine, Mux, Prng, RequestId, StreamMachine,
    Transmit,
};
use msnp_proto::Guid;

use crate::config::Config;
use crate::connection::Connection;
use crate::contacts::{Contact, Contacts};
use crate::conversation::{Conversation, Groups};
use crate::event::Event;
use crate::id::ContactId;
use crate::job::{Profile, Waiting};
use crate::presence::{People, Presence};
use crate::remembered::Remembered;
use crate::sign_in::{Admission, Pass};

/// A whole MSN Messenger client as one machine.
///
/// Make it, [`sign_in`](Self::sign_in), and drive it as every [`Machine`]; see the
/// [crate guide](crate). It keeps these promises:
///
/// * Each message that [`send_text`](Self::send_text) and the like take ends in exactly one of
///   [`MessageDelivered`](Event::MessageDelivered), [`MessageFailed`](Event::MessageFailed) and
///   [`MessageUncertain`](Event::MessageUncertain); each [`OperationId`](crate::OperationId) in
///   [`Done`](Event::Done) or [`NotDone`](Event::NotDone). What may have reached the service is never
///   sent twice.
/// * Messages are told once, even if the service sends them again, as far back as
///   [`Limits::remembered`](crate::Limits::remembered) goes.
/// * When the connection is lost, it signs in anew, from the password on, with growing waits, until
///   [`SignedOut`](Event::SignedOut) says that it has given up.
/// * It waits by the driver's clock alone: the times that the service tells move nothing.
/// * While events of more than [`Limits::undrained`](crate::Limits::undrained) wait to be taken, it reads
///   nothing from its connection, which then polls no more (see the [crate guide](crate)).
#[derive(Debug)]
pub struct Client {
    config: Config,
    profile: Profile,
    epid: Guid,
    prng: Prng,
    phase: Phase,
    mux: Mux<Source>,
    pass: Option<Pass>,
    /// The pass has been good for a sign-in: when it is refused now, it has run out.
    proven: bool,
    renewal: Option<Box<Admission>>,
    renew_at: Option<Instant>,
    /// Redirects in a row.
    redirects: u32,
    /// Sign-ins in a row that failed or did not last.
    attempts: u32,
    ready_since: Option<Instant>,
    account: Option<ContactId>,
    waiting: Waiting,
    last_job: u64,
    last_operation: u64,
    contacts: Contacts,
    people: People,
    groups: Groups,
    remembered: Remembered,
    events: EventQueue<Event>,
}

#[derive(Debug)]
enum Phase {
    SignedOut,
    /// Getting cookies and uic.
    Admission(Box<Admission>),
    Connected(Box<Connection>),
    /// Waiting before signing in again, or before following a redirect.
    Pausing {
        until: Instant,
        then: Then,
    },
}

/// The machine inside that a request belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Admission,
    Connection,
    Renewal,
}

#[derive(Debug)]
enum Then {
    SignIn,
    Follow { target: Uri, state: Option<String> },
}

impl Client {
    /// A client that is signed out.
    pub fn new(config: Config) -> Self {
        let mut prng = Prng::new(&config.seed.0);
        let epid = Guid::from_bytes(prng.guid());
        let profile = Profile {
            status: config.status,
            display_name: config.display_name.clone(),
            personal_message: config.personal_message.clone(),
            endpoint_name: config.endpoint_name.clone(),
            idle: false,
        };
        Self {
            account: config.account.clone(),
            config,
            profile,
            epid,
            prng,
            phase: Phase::SignedOut,
            mux: Mux::new(),
            pass: None,
            proven: false,
            renewal: None,
            renew_at: None,
            redirects: 0,
            attempts: 0,
            ready_since: None,
            waiting: Waiting::default(),
            last_job: 0,
            last_operation: 0,
            contacts: Contacts::default(),
            people: People::default(),
            groups: Groups::default(),
            remembered: Remembered::default(),
            events: EventQueue::new(Event::heap),
        }
    }

    /// The name under which one is known; `None` before the first sign-in unless the configuration
    /// says it.
    pub const fn account(&self) -> Option<&ContactId> {
        self.account.as_ref()
    }

    /// Whether what is sent now goes out at once.
    pub fn is_signed_in(&self) -> bool {
        matches!(&self.phase, Phase::Connected(connection) if connection.is_ready())
    }

    /// Everybody on the list, by name.
    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.iter()
    }

    /// How somebody is, as far as it is known.
    pub fn presence(&self, who: &ContactId) -> Presence {
        self.people.get(who)
    }

    /// The groups that one is in.
    pub fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.groups.iter()
    }

    /// Whether what has arrived may be made events of.
    fn has_room(&self) -> bool {
        self.events.held() <= self.config.limits.undrained
    }

    /// Whether the connection waited for room at the last input and has it now.
    fn has_found_room(&self) -> bool {
        matches!(&self.phase, Phase::Connected(connection) if connection.is_paused())
            && self.has_room()
    }
}

impl Machine for Client {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::Admission(admission) => admission.handle_timeout(now),
            Phase::Connected(connection) => {
                connection.session().handle_timeout(now);
                self.settle(now);
                if let Phase::Connected(connection) = &mut self.phase {
                    connection.handle_timeout(now);
                }
            }
            Phase::Pausing { until, .. } if *until <= now => self.end_pause(now),
            Phase::Pausing { .. } | Phase::SignedOut => {}
        }
        if let Some(renewal) = &mut self.renewal {
            renewal.handle_timeout(now);
        }
        self.begin_renewal_if_due(now);
        self.settle(now);
    }

    /// The connection is tried anew. What is under way otherwise is answered soon or has a deadline.
    fn handle_suspended(&mut self, now: Instant) {
        if let Phase::Connected(connection) = &mut self.phase {
            connection.session().handle_suspended(now);
        }
        self.settle(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let phase = match &self.phase {
            Phase::SignedOut => None,
            Phase::Admission(admission) => admission.poll_timeout(),
            Phase::Connected(connection) => connection.poll_timeout(),
            Phase::Pausing { until, .. } => Some(*until),
        };
        let renewal = self.renewal.as_ref().and_then(|r| r.poll_timeout());
        // Taking events is an input that nobody tells: this has the driver tell it.
        let room = self.has_found_room().then_some(Instant::ORIGIN);
        [room, phase, renewal, self.renew_at]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

impl HttpMachine for Client {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        let Some((source, inner)) = self.mux.end_request(id) else {
            return;
        };
        match (source, &mut self.phase) {
            (Source::Admission, Phase::Admission(admission)) => {
                admission.handle_response(inner, response, now);
            }
            (Source::Connection, Phase::Connected(connection)) => {
                connection.session().handle_response(inner, response, now);
            }
            (Source::Renewal, _) => {
                if let Some(renewal) = &mut self.renewal {
                    renewal.handle_response(inner, response, now);
                }
            }
            _ => {}
        }
        self.settle(now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        let Some((source, inner)) = self.mux.end_request(id) else {
            return;
        };
        match (source, &mut self.phase) {
            (Source::Admission, Phase::Admission(admission)) => {
                admission.handle_failure(inner, failure, now);
            }
            (Source::Connection, Phase::Connected(connection)) => {
                connection.session().handle_failure(inner, failure, now);
            }
            (Source::Renewal, _) => {
                if let Some(renewal) = &mut self.renewal {
                    renewal.handle_failure(inner, failure, now);
                }
            }
            _ => {}
        }
        self.settle(now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        let mux = &mut self.mux;
        let transmit = match &mut self.phase {
            Phase::Admission(it) => mux.poll_transmit(Source::Admission, &mut **it, now),
            Phase::Connected(it) => mux.poll_transmit(Source::Connection, it.session(), now),
            Phase::SignedOut | Phase::Pausing { .. } => None,
        };
        transmit.or_else(|| {
            let renewal = self.renewal.as_deref_mut()?;
            mux.poll_transmit(Source::Renewal, renewal, now)
        })
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        let mux = &mut self.mux;
        let cancel = mux.poll_cancelled().or_else(|| match &mut self.phase {
            Phase::Admission(it) => mux.poll_cancel(Source::Admission, &mut **it),
            Phase::Connected(it) => mux.poll_cancel(Source::Connection, it.session()),
            Phase::SignedOut | Phase::Pausing { .. } => None,
        });
        cancel.or_else(|| {
            let renewal = self.renewal.as_deref_mut()?;
            mux.poll_cancel(Source::Renewal, renewal)
        })
    }
}

impl StreamMachine for Client {}
