//! `Server`: answers callers, and keeps their sessions.

use gateway_sm::{ConnectionEnd, ExchangeId, HttpConnection};
use machine_contract::Instant;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use msnp_client::{ContactId, Status};
use soap_codec::bsim::{self, LocalTime};

use super::config::Config;
use super::error::Error;
use super::given::{Carrier, Replies};
use super::im_session::{ImSession, MSN};
use super::queue::{Receipt, printable};
use super::session::{Session, SessionId};
use super::upstream::{AccountKey, Effect, UpstreamEvent};
use crate::now::Now;

/// The longest IM account, in bytes: an address of RFC 5321.
const ACCOUNT_BYTES: usize = 254;

/// The codes that a caller may set (enums.tsv).
const STATUSES: [[u8; 3]; 8] = [
    *b"NLN", *b"BSY", *b"IDL", *b"BRB", *b"AWY", *b"PHN", *b"LUN", *b"HDN",
];

/// The IM web service without its HTTP, clock, randomness and clients.
///
/// Passwords of service accounts are checked outside, before [`login`](Self::login).
#[derive(Debug)]
pub struct Server {
    config: Config,
    sessions: BTreeMap<SessionId, Session>,
    /// In which session an IM account is.
    owners: BTreeMap<AccountKey, SessionId>,
    replies: Replies,
    last_account: u64,
    effects: VecDeque<Effect>,
}

/// What callers ask. Each call by a session keeps it alive, also one that is denied for another
/// reason.
impl Server {
    /// Opens a session for the service account `user`, whose password was right. `entropy` becomes
    /// the session's id, so it must not be guessable.
    ///
    /// # Errors
    /// [`Error::TooManySessions`].
    pub fn login(
        &mut self,
        user: &str,
        client_ip: IpAddr,
        entropy: [u8; 16],
        now: Now,
    ) -> Result<bsim::Session, Error> {
        let of_user = self.sessions.values().filter(|it| it.is_of(user));
        if self.sessions.len() >= self.config.sessions
            || of_user.count() >= self.config.sessions_per_user
        {
            return Err(Error::TooManySessions);
        }
        let id = SessionId::new(entropy);
        self.sessions.insert(id, Session::new(user, now.monotonic));
        Ok(bsim::Session {
            session_id: Some(id.to_secret()),
            user_id: Some(user.to_owned()),
            login_time: Some(LocalTime::new(now.wall, self.config.utc_offset).to_string()),
            // Dotted, also where the socket speaks both (soap.md 2.3).
            client_ip: Some(client_ip.to_canonical().to_string()),
        })
    }

    /// A session is one of a service account on trial: of each message that comes in it is given five characters, and the
    /// mark that the original put behind them (soap.md 2.3).
    pub fn put_on_trial(&mut self, session: &bsim::Session) {
        let id = SessionId::of(Some(session));
        if let Some(session) = id.and_then(|id| self.sessions.get_mut(&id)) {
            session.put_on_trial();
        }
    }

    /// Starts to sign an IM account in. One that is signed in, or about to be, is left as it is. `seed` is
    /// the client's; no two may be the same.
    ///
    /// # Errors
    /// [`Error`] if the session, the network or the account is none, or there are too many.
    pub fn login_im(
        &mut self,
        request: bsim::LoginIM,
        seed: [u8; 32],
        now: Now,
    ) -> Result<(), Error> {
        let id = self.heard(request.session.as_ref(), now)?;
        im_type(request.im_type.as_deref())?;
        let account = request.account.unwrap_or_default();
        let fits = !account.is_empty() && account.len() <= ACCOUNT_BYTES;
        if !fits || account.contains(char::is_whitespace) || account != printable(&account) {
            return Err(Error::Account);
        }
        let session = self.sessions.get_mut(&id).ok_or(Error::Session)?;
        let key = AccountKey::new(self.last_account + 1);
        let is_full = session.im_sessions() >= self.config.accounts_per_session;
        match session.im(&account) {
            Some(im) if im.is_over() => im.again(key, &self.config),
            Some(im) => {
                im.log("Already logged in, or about to be.");
                return Ok(());
            }
            None if is_full => return Err(Error::TooManyAccounts),
            None => session.add(ImSession::new(key, account.clone(), &self.config)),
        }
        self.last_account = key.get();
        self.owners.insert(key, id);
        self.effects.push_back(Effect::StartSignIn {
            account: key,
            login: account,
            password: request.password.unwrap_or_default(),
            seed,
        });
        Ok(())
    }

    /// Gives all that waits to be fetched: one `IM` for each account, also if there is nothing. What the fetch before
    /// gave and nothing shows to have been read is given again. The answer travels by that carrier.
    ///
    /// # Errors
    /// [`Error::Session`].
    pub fn keep_session_alive(
        &mut self,
        request: &bsim::KeepSessionAlive,
        by: Carrier,
        now: Now,
    ) -> Result<bsim::SessionEvents, Error> {
        let id = self.heard(request.session.as_ref(), now)?;
        if self.replies.was_read(id, by) {
            self.was_read(id);
        }
        let session = self.sessions.get_mut(&id).ok_or(Error::Session)?;
        session.give_again();
        let ims = session.fetch();
        self.replies.begin(id, by);
        let id = id.to_secret();
        Ok(bsim::SessionEvents { id, ims })
    }

    /// Changes the status of an IM account.
    ///
    /// # Errors
    /// [`Error`] if the session, the account or the status is none.
    pub fn change_status(&mut self, request: &bsim::ChangeStatus, now: Now) -> Result<(), Error> {
        let id = self.heard(request.session.as_ref(), now)?;
        let code = request.status.as_deref().unwrap_or_default();
        let code = code.as_bytes().try_into().map_err(|_| Error::Status)?;
        // `FLN` is none for oneself; three other letters are none at all.
        let known = STATUSES.contains(&code);
        let status = Status::from_code(code).filter(|_| known);
        let status = status.ok_or(Error::Status)?;
        let account = request.im_account.as_deref();
        let account = self.signed_in(id, request.im_type.as_deref(), account)?;
        self.effects
            .push_back(Effect::SetStatus { account, status });
        Ok(())
    }

    /// Sends a message from an IM account. The recipient is an e-mail address, or a name on the
    /// network: `8:live:bob`, `live:bob`.
    ///
    /// # Errors
    /// [`Error`] if the session, the account or the recipient is none.
    pub fn send_message(&mut self, request: bsim::SendMessage, now: Now) -> Result<(), Error> {
        let id = self.heard(request.session.as_ref(), now)?;
        let to = recipient(request.to_account.as_deref().unwrap_or_default())?;
        let account = request.account.as_deref();
        let account = self.signed_in(id, request.im_type.as_deref(), account)?;
        let text = request.message.unwrap_or_default();
        self.effects.push_back(Effect::Send { account, to, text });
        Ok(())
    }

    /// The session that a caller is in; it has been heard from now.
    fn heard(&mut self, session: Option<&bsim::Session>, now: Now) -> Result<SessionId, Error> {
        let id = SessionId::of(session).ok_or(Error::Session)?;
        let session = self.sessions.get_mut(&id).ok_or(Error::Session)?;
        if session.is_silent(self.config.silence, now.monotonic) {
            self.end(id);
            return Err(Error::Session);
        }
        session.hear(now.monotonic);
        Ok(id)
    }

    /// An account that can be asked for something now.
    fn signed_in(
        &mut self,
        id: SessionId,
        network: Option<&str>,
        account: Option<&str>,
    ) -> Result<AccountKey, Error> {
        im_type(network)?;
        let account = account.unwrap_or_default();
        let session = self.sessions.get_mut(&id).ok_or(Error::Session)?;
        let im = session.im(account).filter(|im| !im.is_over());
        let im = im.ok_or(Error::NotSignedIn)?;
        if im.open_requests() >= self.config.open_requests {
            return Err(Error::Busy);
        }
        im.asked();
        Ok(im.key())
    }
}

/// What happens, and what is to be done.
impl Server {
    /// A server without sessions.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            sessions: BTreeMap::new(),
            owners: BTreeMap::new(),
            replies: Replies::default(),
            last_account: 0,
            effects: VecDeque::new(),
        }
    }

    /// Open sessions.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Takes in what the client of an IM account says. Nothing, if the account is no more.
    pub fn handle_upstream_event(&mut self, account: AccountKey, event: UpstreamEvent, now: Now) {
        let Some(id) = self.owners.get(&account) else {
            return;
        };
        let Some(session) = self.sessions.get_mut(id) else {
            return;
        };
        if let Some(im) = session.im_by_key(account) {
            let offset = self.config.utc_offset;
            let at = || LocalTime::new(now.wall, offset).to_string();
            let receipt = im.handle_upstream_event(event, at);
            self.effects.extend(receipt.map(acknowledge));
            if im.is_over() {
                self.owners.remove(&account);
            }
        }
    }

    /// The answer to that call was written. It may be lost all the same.
    pub fn handle_reply_sent(&mut self, exchange: ExchangeId) {
        self.replies.written(exchange);
    }

    /// The answer to that call was not written, and never will be: what it gives is given again.
    pub fn handle_reply_lost(&mut self, exchange: ExchangeId) {
        self.replies.lost(exchange);
    }

    /// A connection that calls have come by has ended.
    pub fn handle_connection_ended(&mut self, connection: HttpConnection, end: ConnectionEnd) {
        for session in self.replies.ended(connection, end) {
            self.was_read(session);
        }
    }

    /// What the session was given last has been read.
    fn was_read(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            let receipts = session.was_read();
            self.effects.extend(receipts.into_iter().map(acknowledge));
        }
    }

    /// Ends the sessions that were silent for too long.
    pub fn handle_timeout(&mut self, now: Instant) {
        let silence = self.config.silence;
        let silent = self
            .sessions
            .iter()
            .filter(|(_, it)| it.is_silent(silence, now));
        let silent: Vec<_> = silent.map(|(id, _)| *id).collect();
        for id in silent {
            self.end(id);
        }
    }

    /// Ends all sessions.
    pub fn close(&mut self) {
        while let Some(id) = self.sessions.keys().next().copied() {
            self.end(id);
        }
    }

    fn end(&mut self, id: SessionId) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        self.replies.forget(id);
        for account in session.keys() {
            if self.owners.remove(&account).is_some() {
                self.effects.push_back(Effect::SignOut { account });
            }
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let heard = self.sessions.values().map(Session::heard).min()?;
        heard.checked_add(self.config.silence)
    }

    /// What to do next.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }
}

const fn acknowledge((account, receipt): Receipt) -> Effect {
    Effect::Acknowledge { account, receipt }
}

fn im_type(network: Option<&str>) -> Result<(), Error> {
    match network {
        Some(network) if network.eq_ignore_ascii_case(MSN) => Ok(()),
        _ => Err(Error::ImType),
    }
}

/// Whom a caller means. A name without network and `@` is one of Skype's.
fn recipient(account: &str) -> Result<ContactId, Error> {
    let typed = account.parse();
    let named = match typed {
        Err(_) if !account.contains('@') => ContactId::skype(account),
        typed => typed,
    };
    named.map_err(|_| Error::Recipient)
}
