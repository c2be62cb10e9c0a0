//! Signing in on the notification connection: version, client, account, and a ticket that answers the challenge
//! (msnp8-18.md 4, 5).

use gateway_sm::HostPolicy;
use http::Uri;
use msnp_proto::auth::mbi_key::Blob;
use msnp_proto::auth::passport::Credentials;
use msnp_proto::auth::{Ticket, md5_sign_in};
use msnp_proto::classic::{
    Account, Choice, Md5Account, Md5Response, PackagesQuery, ServerBody, SignedIn, SsoAccount,
    SsoChallenge, SsoTicket, TwnAccount, TwnTicket, Version, WebEndpoint, Word,
};
use msnp_proto::{Dialect, Guid, Secret};

use super::calls::Unposted;
use super::client_version;
use super::desk::Desk;
use super::passport::{self, Login};
use super::purpose::{EntryErrand, EntryStep, Errand, Purpose};
use super::tickets::{self, Tickets};
use crate::dialect::soap::Trouble;
use crate::dialect::token_service;
use crate::dialect::web::Answer;
use crate::event::{Reason, Step};
use crate::fact::Fact;
use crate::network::WebAddresses;

/// Login pages and token services in a row that each name another.
const MOST_REDIRECTS: u32 = 3;

/// Who signs in, how far that has come, and what was got on the way.
#[derive(Debug)]
pub(super) struct Entry {
    login: String,
    password: Secret<String>,
    web: WebAddresses,
    hosts: HostPolicy,
    endpoint: Guid,
    /// Eight bytes that nobody can foretell, for the proof of MSNP15 and later.
    vector: [u8; 8],
    /// What the transfer that led here wants to see again.
    hop: Option<Word>,
    /// What the login page, or the token service, is shown as it came.
    challenge: String,
    nonce: String,
    /// Where it was asked last.
    page: Uri,
    redirects: u32,
    tickets: Tickets,
}

/// What an [`Entry`] begins with.
#[derive(Debug)]
pub(super) struct Entrant {
    pub(super) login: String,
    pub(super) password: Secret<String>,
    pub(super) web: WebAddresses,
    pub(super) hosts: HostPolicy,
    pub(super) endpoint: Guid,
    pub(super) vector: [u8; 8],
    pub(super) hop: Option<Word>,
}

/// How far it has come.
#[derive(Debug)]
pub(super) enum Progress {
    Goes,
    /// The service does not speak the dialect.
    OtherDialect,
    /// Signed in.
    In(SignedIn),
}

impl Entry {
    pub(super) fn new(entrant: Entrant) -> Self {
        let page = entrant.web.tokens.clone();
        Self {
            login: entrant.login,
            password: entrant.password,
            web: entrant.web,
            hosts: entrant.hosts,
            endpoint: entrant.endpoint,
            vector: entrant.vector,
            hop: entrant.hop,
            challenge: String::new(),
            nonce: String::new(),
            page,
            redirects: 0,
            tickets: Tickets::default(),
        }
    }

    /// Says the first word, or gets what has to go with it.
    pub(super) fn begin(&self, desk: &mut Desk) -> Result<(), Reason> {
        if desk.calls.dialect().has_web_sign_in() {
            return self.ask_tokens(desk);
        }
        desk.calls.tell(Fact::Step(Step::Connecting));
        greet(desk)
    }

    /// The account in the spelling of the configuration: there are servers that compare case (msnp8-18.md 5.2).
    pub(super) fn account(&self) -> Account {
        Account::new(&self.login)
    }

    pub(super) fn login(&self) -> &str {
        &self.login
    }

    pub(super) const fn endpoint(&self) -> Guid {
        self.endpoint
    }

    pub(super) const fn tickets(&self) -> &Tickets {
        &self.tickets
    }

    pub(super) const fn web(&self) -> &WebAddresses {
        &self.web
    }

    /// The profile has a ticket for web services.
    pub(super) fn take_ticket(&mut self, ticket: &Ticket) {
        self.tickets.take_general(ticket);
    }

    /// The reply to one of the steps, which is not an error.
    pub(super) fn on_reply(
        &mut self,
        step: EntryStep,
        body: &ServerBody,
        desk: &mut Desk,
    ) -> Result<Progress, Reason> {
        let dialect = desk.calls.dialect();
        match (step, body) {
            (EntryStep::Version, ServerBody::VersionReply(reply)) => {
                if reply.choice != Choice::Dialect(dialect) {
                    return Ok(Progress::OtherDialect);
                }
                if dialect.has_md5_sign_in() {
                    // Clients of that time say what they are once they are in, if at all.
                    desk.calls.tell(Fact::Step(Step::Authenticating));
                    post(desk, PackagesQuery {}, EntryStep::Packages)?;
                } else {
                    let client = client_version::of(dialect, self.account(), self.hop.clone());
                    post(desk, client, EntryStep::Client)?;
                }
            }
            // Some answer with another verb's error, some with three words instead of five: that it is answered is all.
            (EntryStep::Client, _) => {
                desk.calls.tell(Fact::Step(Step::Authenticating));
                self.name_account(desk)?;
            }
            (EntryStep::Packages, ServerBody::Packages(packages)) => {
                if !packages.packages.iter().any(|package| package == b"MD5") {
                    return Ok(Progress::OtherDialect);
                }
                self.name_account(desk)?;
            }
            (EntryStep::Account, ServerBody::Md5Salt(salt)) => {
                let hash = md5_sign_in::respond(&salt.salt.text(), self.password.expose());
                let hash = Secret::new(Word::encode(hash.expose().as_str()));
                post(desk, Md5Response { hash }, EntryStep::Ticket)?;
            }
            (EntryStep::Account, ServerBody::TwnChallenge(challenge)) => {
                let bytes = challenge.challenge.as_bytes();
                self.challenge = String::from_utf8_lossy(bytes).into_owned();
                self.ask_page(desk)?;
            }
            (EntryStep::Account, ServerBody::SsoChallenge(challenge)) => {
                self.hear_challenge(challenge);
                self.ask_tokens(desk)?;
            }
            (EntryStep::Account | EntryStep::Ticket, ServerBody::SignedIn(signed_in)) => {
                return Ok(Progress::In(signed_in.clone()));
            }
            _ => return Err(Reason::ProtocolError),
        }
        Ok(Progress::Goes)
    }

    fn name_account(&self, desk: &mut Desk) -> Result<(), Reason> {
        let dialect = desk.calls.dialect();
        let (account, step) = (self.account(), EntryStep::Account);
        if dialect.has_web_sign_in() {
            let endpoint = Word::encode(&self.endpoint.braced().to_string());
            return post(desk, WebEndpoint { endpoint }, EntryStep::Ticket);
        }
        if dialect.has_md5_sign_in() {
            post(desk, Md5Account { account }, step)
        } else if dialect.has_twn_sign_in() {
            post(desk, TwnAccount { account }, step)
        } else {
            post(desk, SsoAccount { account }, step)
        }
    }

    /// The nexus is asked for the login page, unless that is known.
    fn ask_page(&mut self, desk: &mut Desk) -> Result<(), Reason> {
        desk.calls.tell(Fact::Step(Step::Credentials));
        if let Some(page) = self.web.login.clone() {
            return self.ask_login(page, desk);
        }
        let request = passport::ask_nexus(&self.web.nexus).ok_or(Reason::ProtocolError)?;
        desk.web.call(request, Errand::Entry(EntryErrand::Nexus));
        Ok(())
    }

    fn ask_login(&mut self, page: Uri, desk: &mut Desk) -> Result<(), Reason> {
        self.may_have_password(&page)?;
        let credentials = Credentials::new(self.login.as_str(), self.password.expose().as_str());
        let request = passport::ask_login(&page, &credentials, &self.challenge);
        let request = request.ok_or(Reason::NotPossible)?;
        self.page = page;
        desk.web.call(request, Errand::Entry(EntryErrand::Login));
        Ok(())
    }

    /// Whoever has led there, the password goes in the clear to hosts alone that the configuration names.
    fn may_have_password(&self, there: &Uri) -> Result<(), Reason> {
        if self.web.plain.allows(there) {
            Ok(())
        } else {
            Err(Reason::PlainHttp)
        }
    }

    fn hear_challenge(&mut self, challenge: &SsoChallenge) {
        self.challenge = challenge.policy.text().into_owned();
        self.nonce = challenge.nonce.text().into_owned();
    }

    fn ask_tokens(&self, desk: &mut Desk) -> Result<(), Reason> {
        desk.calls.tell(Fact::Step(Step::Credentials));
        self.may_have_password(&self.page)?;
        let dialect = desk.calls.dialect();
        let request = self.token_request(dialect).ok_or(Reason::NotPossible)?;
        desk.web.call(request, Errand::Entry(EntryErrand::Tokens));
        Ok(())
    }

    /// Fresh tickets, to be read by [`take_tokens`](Self::take_tokens). `None`: there are none to be had so.
    pub(super) fn token_request(&self, dialect: Dialect) -> Option<http::Request<bytes::Bytes>> {
        let policy = match dialect.has_web_sign_in() {
            true => None,
            false if self.nonce.is_empty() => return None,
            false => Some(self.challenge.as_str()),
        };
        tickets::ask(&self.page, &self.login, &self.password, policy)
    }

    /// Takes in what the token service has given.
    pub(super) fn take_tokens(&mut self, answer: Answer) -> Result<(), Trouble> {
        let tokens = token_service::read(&self.page, answer)?;
        if self.tickets.take(&tokens) || self.tickets.for_connecting().is_some() {
            Ok(())
        } else {
            Err(Trouble::Unreadable)
        }
    }

    /// The answer of the web to one of the steps.
    pub(super) fn on_web(
        &mut self,
        errand: EntryErrand,
        answer: Answer,
        desk: &mut Desk,
    ) -> Result<(), Reason> {
        match errand {
            EntryErrand::Nexus => {
                let page = passport::read_nexus(answer, &self.web.nexus, &self.hosts)?;
                self.ask_login(page, desk)
            }
            EntryErrand::Login => match passport::read_login(answer, &self.page, &self.hosts)? {
                Login::Granted(ticket) => {
                    self.tickets.take_general(&ticket);
                    let ticket = Word::new(ticket.whole().expose().clone());
                    let ticket = ticket.map_err(|_| Reason::ProtocolError)?;
                    desk.calls.tell(Fact::Step(Step::Authenticating));
                    let ticket = Secret::new(ticket);
                    post(desk, TwnTicket { ticket }, EntryStep::Ticket)
                }
                Login::Elsewhere(there) => {
                    self.count_redirect()?;
                    self.ask_login(there, desk)
                }
            },
            EntryErrand::Tokens => self.on_tokens(answer, desk),
        }
    }

    fn on_tokens(&mut self, answer: Answer, desk: &mut Desk) -> Result<(), Reason> {
        use soap_codec::FaultReason::Redirect;
        match self.take_tokens(answer) {
            Ok(()) if desk.calls.dialect().has_web_sign_in() => {
                self.show_in_heads(desk)?;
                desk.calls.tell(Fact::Step(Step::Connecting));
                greet(desk)
            }
            Ok(()) => self.show_ticket(desk),
            Err(Trouble::Fault(Redirect(there))) => {
                self.count_redirect()?;
                self.page = token_service::follow(&self.page, &there, &self.hosts)?;
                self.ask_tokens(desk)
            }
            Err(trouble) => Err(trouble.reason(Step::Credentials)),
        }
    }

    const fn count_redirect(&mut self) -> Result<(), Reason> {
        self.redirects += 1;
        if self.redirects > MOST_REDIRECTS {
            return Err(Reason::RedirectRefused);
        }
        Ok(())
    }

    /// The ticket goes with every request from now on, if the dialect has it there (msnp24.md 15).
    pub(super) fn show_in_heads(&self, desk: &mut Desk) -> Result<(), Reason> {
        if !desk.calls.dialect().has_web_sign_in() {
            return Ok(());
        }
        let ticket = self.tickets.for_connecting();
        let ticket = ticket.ok_or(Reason::ProtocolError)?;
        if desk.calls.link().show_ticket(ticket) {
            Ok(())
        } else {
            Err(Reason::NotPossible)
        }
    }

    /// The ticket goes raw, and with it the proof that its secret is known (msnp8-18.md 5.3).
    fn show_ticket(&self, desk: &mut Desk) -> Result<(), Reason> {
        let (ticket, secret) = self.tickets.clear().ok_or(Reason::ProtocolError)?;
        let blob = Blob::new(secret, &self.nonce, self.vector).to_base64();
        let word = |text: &Secret<String>| {
            let word = Word::new(text.expose().clone());
            word.map(Secret::new).map_err(|_| Reason::ProtocolError)
        };
        let endpoint = Word::encode(&self.endpoint.braced().to_string());
        let shown = SsoTicket {
            ticket: word(ticket)?,
            proof: Some(word(&blob)?),
            endpoint: Some(endpoint),
        };
        desk.calls.tell(Fact::Step(Step::Authenticating));
        post(desk, shown, EntryStep::Ticket)
    }
}

/// Says the first word.
fn greet(desk: &mut Desk) -> Result<(), Reason> {
    let dialect = desk.calls.dialect();
    post(desk, Version::offer([dialect]), EntryStep::Version)
}

/// What it means that nothing came in a step, or that the connection ended in it.
pub(super) const fn step_of(step: EntryStep) -> Step {
    match step {
        EntryStep::Version | EntryStep::Client => Step::Connecting,
        EntryStep::Packages | EntryStep::Account | EntryStep::Ticket => Step::Authenticating,
    }
}

fn post(
    desk: &mut Desk,
    body: impl Into<msnp_proto::classic::ClientBody>,
    step: EntryStep,
) -> Result<(), Reason> {
    let posted = desk.calls.post(body, Purpose::Entry(step));
    posted.map(|_| ()).map_err(|error| match error {
        Unposted::Link(_) => Reason::ConnectionLost,
        Unposted::NotInDialect => Reason::NotPossible,
    })
}
