//! MSNP24 on one gateway session: the sign-in dialogue, replies to their requests, keep-alive.
//!
//! Nothing here outlives the session: registration token, transaction ids and stage die with it,
//! so a redirect cannot carry them over (msnp24.md 18: `JavaSkype` did).

mod dialogue;
mod keep_alive;
mod pending;
mod reading;
mod reason;
mod speak;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use gateway_sm::{SendError, Session};
use http::Uri;
use machine_contract::{Instant, Machine, UnixTime};
use msnp_proto::msnp24::{ClientBody, HeaderValue, ServerCommand, Transfer};
use msnp_proto::{Address, Frame, FrameDecoder, Guid, PayloadTable, Secret, Side, TrId};

use self::pending::{Pending, Purpose};
use crate::address::address_of;
use crate::config::Config;
use crate::contacts::Contacts;
use crate::event::{Reason, Step};
use crate::job::{Job, Profile};
use crate::sign_in::Pass;

/// One connection to the notification server, from the open to the end.
#[derive(Debug)]
pub(crate) struct Connection {
    session: Session,
    /// The gateway that was asked for, whose cookies go with every request.
    gateway: Uri,
    decoder: FrameDecoder,
    stage: Stage,
    /// The account that the configuration names, if it does.
    account: Option<Address>,
    login: Option<String>,
    /// Oneself with this endpoint, once it is known.
    me: Option<Address>,
    epid: Guid,
    profile: Profile,
    last_trid: u32,
    registration: Option<Secret<HeaderValue>>,
    pending: BTreeMap<TrId, Pending>,
    /// Messages to acknowledge as soon as the bytes at hand are read.
    acknowledge: Vec<HeaderValue>,
    /// The newest `Message-ID`, for the keep-alive.
    last_message: Option<u64>,
    /// The service's clock when it bound the connection. Other times of the service are compared with it,
    /// and nothing else is made of it.
    bound_at: Option<UnixTime>,
    keep_alive: Duration,
    keep_alive_at: Option<Instant>,
    command: Duration,
    farewell: Duration,
    farewell_at: Option<Instant>,
    history_page: u32,
    tell_frames: bool,
    /// A request without which there is no connection did not arrive.
    crippled: bool,
    /// A reply was lost since subscribing was last asked for.
    gap: bool,
    reading: Reading,
    told: VecDeque<Told>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// `CNT`, `ATH`, `BND` are on their way.
    Greeting,
    /// Bound: subscriptions and one's own presence are on their way.
    Synchronizing,
    Ready,
    /// `OUT` is on its way.
    Leaving,
    Over,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Reading {
    Goes,
    /// What has arrived waits for the application to take events.
    Paused,
}

/// What a connection tells the client.
#[derive(Debug)]
pub(crate) enum Told {
    Step(Step),
    /// Signed in under this name.
    Ready(Address),
    /// What the server says by itself, and replies that belong to no job.
    Command(Box<ServerCommand>),
    /// The reply to a job: a document, or an error.
    Answered(Job, Result<Box<ServerCommand>, Reason>),
    /// It certainly never left.
    Unsent(Job),
    /// Nobody can tell what became of it.
    Uncertain(Job, Reason),
    /// The authentication was renewed, or not.
    Renewed(Result<(), Reason>),
    Frame(Side, Frame),
    /// The server sends the client elsewhere; the connection is over.
    Redirected(Box<Transfer>),
    /// The connection is over. Once and last.
    Ended(Reason),
}

impl Connection {
    /// A connection to the gateway at `target`, with `state` of the redirect that led there.
    ///
    /// # Errors
    /// Why it cannot even be tried.
    pub(crate) fn open(
        config: &Config,
        pass: &Pass,
        profile: Profile,
        epid: Guid,
        target: &Uri,
        state: Option<String>,
    ) -> Result<Self, Reason> {
        let session = Session::new(config.gateway_config(pass, target)?);
        let mut connection = Self {
            session,
            gateway: target.clone(),
            decoder: FrameDecoder::new(PayloadTable::msnp24()),
            stage: Stage::Greeting,
            account: config.account.as_ref().and_then(address_of),
            login: config.login().map(str::to_owned),
            me: None,
            epid,
            profile,
            last_trid: 0,
            registration: None,
            pending: BTreeMap::new(),
            acknowledge: Vec::new(),
            last_message: None,
            bound_at: None,
            keep_alive: config.timings.keep_alive,
            keep_alive_at: None,
            command: config.timings.command,
            farewell: config.timings.farewell,
            farewell_at: None,
            history_page: config.limits.history_page,
            tell_frames: config.frames,
            crippled: false,
            gap: false,
            reading: Reading::Goes,
            told: VecDeque::new(),
        };
        connection.greet(pass, state);
        Ok(connection)
    }

    /// The gateway session, for the driver's inputs and outputs. Call [`read_on`](Self::read_on) after
    /// each input.
    pub(crate) const fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Sends a job, with what is known of oneself and the contacts now.
    ///
    /// # Errors
    /// The job itself if there is no room for it now, or none ever ([`SendError::TooLarge`]).
    pub(crate) fn send(&mut self, job: Job, contacts: &Contacts) -> Result<(), (Job, SendError)> {
        let (Stage::Ready, Some(me)) = (self.stage, self.me.clone()) else {
            return Err((job, SendError::Full));
        };
        let Some(body) = speak::body(&job.task, &me, &self.profile, contacts, self.history_page)
        else {
            // Only a name that the network does not allow cannot be written.
            self.told
                .push_back(Told::Answered(job, Err(Reason::NotFound)));
            return Ok(());
        };
        match self.post(vec![(body, Purpose::Job(job))]) {
            Ok(()) => Ok(()),
            Err((mut purposes, error)) => match purposes.pop() {
                Some(Purpose::Job(job)) => Err((job, error)),
                _ => Ok(()),
            },
        }
    }

    /// One's own profile has changed; the job that publishes it comes by itself.
    pub(crate) fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// Shows a fresh pass on the living connection (msnp24.md 6.13).
    pub(crate) fn renew(&mut self, pass: &Pass) {
        if self.stage == Stage::Ready {
            // Cookies that the host keeps are renewed by the page, or not at all.
            if let Some(cookies) = &pass.cookies
                && let Some(cookies) = cookies.header_for(&self.gateway)
                && let Ok(cookies) = cookies.to_str()
            {
                // Cookies that cannot stand in a header cannot have come out of one.
                let _ = self.session.set_cookies(cookies);
            }
            let body = ClientBody::Authenticate(speak::authenticate(pass));
            if self.post(vec![(body, Purpose::Renew)]).is_err() {
                self.told
                    .push_back(Told::Renewed(Err(Reason::ConnectionLost)));
            }
        }
    }

    /// Says good-bye and ends, at the latest after the configured time.
    pub(crate) fn leave(&mut self, now: Instant) {
        if matches!(self.stage, Stage::Leaving | Stage::Over) {
            return;
        }
        self.stage = Stage::Leaving;
        self.keep_alive_at = None;
        let command = self.next_command(ClientBody::SignOut);
        let frame = command.to_frame();
        if self.tell_frames {
            self.told
                .push_back(Told::Frame(Side::Client, frame.clone()));
        }
        match self.session.close_with(frame.into_bytes()) {
            Ok(_) => self.farewell_at = Some(now + self.farewell),
            Err(_) => self.session.close(),
        }
    }

    /// Ends at once.
    pub(crate) fn end(&mut self, reason: Reason) {
        self.close();
        self.finish(reason);
    }

    /// What is due, once everything that has arrived is read: an answer that lies in the session is not
    /// late.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.farewell_at.is_some_and(|at| at <= now) {
            self.farewell_at = None;
            self.session.close();
        }
        if self.keep_alive_at.is_some_and(|at| at <= now) && self.stage == Stage::Ready {
            self.ping(now);
        }
        self.expire(now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        if self.stage == Stage::Over {
            return None;
        }
        let deadlines = self.pending.values().filter_map(|p| p.deadline).min();
        let deadlines = deadlines.filter(|_| !self.is_paused());
        [
            self.session.poll_timeout(),
            self.farewell_at,
            self.keep_alive_at,
            deadlines,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(crate) fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    /// Good-bye was said.
    pub(crate) const fn is_leaving(&self) -> bool {
        matches!(self.stage, Stage::Leaving | Stage::Over)
    }

    /// Requests that wait for their replies.
    pub(crate) fn jobs_in_flight(&self) -> usize {
        let job = |p: &&Pending| matches!(p.purpose, Purpose::Job(_));
        self.pending.values().filter(job).count()
    }

    /// Oneself, with this endpoint.
    pub(crate) const fn me(&self) -> Option<&Address> {
        self.me.as_ref()
    }

    /// The service's clock when it bound the connection.
    pub(crate) const fn bound_at(&self) -> Option<UnixTime> {
        self.bound_at
    }

    /// A message with this header is to be acknowledged, with this id told at the next keep-alive.
    pub(crate) fn received(&mut self, message_id: Option<u64>) {
        self.last_message = self.last_message.max(message_id);
    }

    /// Closes the session and learns what became of what it held.
    fn close(&mut self) {
        if self.stage == Stage::Over {
            return;
        }
        self.session.close();
        while let Some(event) = self.session.poll_event() {
            if let gateway_sm::Event::Unsent { id, fate } = event {
                self.unsent(id, fate);
            }
        }
        self.crippled = false;
    }

    /// The last word, once: whatever still waits for a reply is of unknown fate.
    fn finish(&mut self, reason: Reason) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        self.give_up_pending(reason);
        self.told.push_back(Told::Ended(reason));
    }
}
