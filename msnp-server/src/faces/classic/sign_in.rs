//! `SignIn`: from `VER` to the proof of who it is (msnp8-18.md 4, 5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use machine_contract::{Prng, Secret};
use msnp_proto::classic::{
    Account, Choice, ClientBody, ClientVersion, ClientVersionReply, ConfigurationPush, Md5Response,
    Md5Salt, Packages, SsoChallenge, SsoTicket, TwnChallenge, Version, VersionReply, WebEndpoint,
    Word, WordList,
};
use msnp_proto::payload::policies::Policies;
use msnp_proto::{Dialect, Guid, Offer, TrId, Verb};

use super::refusal;
use super::writer::Writer;
use crate::faces::ticket::{AccessClaim, AccessRefused, Ticket};
use crate::faces::turn::Turn;
use crate::identity::{EmailAddress, Who};
use crate::network::EndpointId;

/// How far a connection has come.
#[derive(Debug)]
pub(super) struct SignIn {
    stage: Stage,
    /// What the head of its latest request says.
    ticket: Option<Ticket>,
}

#[derive(Debug)]
enum Stage {
    /// `VER` has to come.
    Greeting,
    /// It has to say who it is, for the first time or again.
    Package(Writer),
    /// It has to prove it.
    Proof(Writer, Claimed),
}

/// Who somebody says that they are, and what the proof has to be about.
#[derive(Debug)]
struct Claimed {
    account: Account,
    /// The nonce or the salt; empty where the ticket alone is the proof.
    nonce: String,
    /// The line with a proof that is being checked.
    checking: Option<TrId>,
}

/// What follows from a line.
#[derive(Debug)]
pub(super) enum Step {
    /// It was answered.
    Stay,
    /// It was no good, and may be tried otherwise.
    BadLine,
    /// It was answered, and the connection is over.
    End,
    /// It is known whose the connection is.
    Proved(Box<Proved>),
}

/// Whose a connection is.
#[derive(Debug)]
pub(super) struct Proved {
    pub(super) writer: Writer,
    pub(super) trid: TrId,
    pub(super) who: Who,
    pub(super) place: EndpointId,
    /// As the client spells it.
    pub(super) account: Account,
    /// What proved it, for the web services.
    pub(super) ticket: Option<Secret<String>>,
}

/// The place of everybody who signs in with a dialect that has no names for places: there is one.
pub(super) const ONLY_PLACE: Guid = Guid::from_bytes(*b"one of them only");

/// The way in that is asked for with these letters; the token is for the policy of the same name (msnp8-18.md 5.3).
const POLICY: &str = "MBI_KEY_OLD";

impl SignIn {
    pub(super) const fn new(ticket: Option<Ticket>) -> Self {
        Self {
            stage: Stage::Greeting,
            ticket,
        }
    }

    /// A later request came with this.
    pub(super) fn set_ticket(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
    }

    /// The newest dialect that is offered and spoken here.
    pub(super) fn choose<'a>(offers: impl Iterator<Item = Offer<'a>>) -> Option<Dialect> {
        let dialects = offers.filter_map(|offer| match offer {
            Offer::Dialect(dialect) if is_spoken(dialect) => Some(dialect),
            _ => None,
        });
        dialects.max()
    }

    /// Whether nothing has come yet.
    pub(super) const fn is_new(&self) -> bool {
        matches!(self.stage, Stage::Greeting)
    }

    /// Whether a proof is being checked; until it is, no other line is carried out.
    pub(super) const fn is_checking(&self) -> bool {
        matches!(&self.stage, Stage::Proof(_, claimed) if claimed.checking.is_some())
    }

    /// A proof was checked.
    pub(super) fn on_checked(
        &mut self,
        outcome: Result<Ticket, AccessRefused>,
        turn: &mut Turn<'_>,
    ) -> Step {
        let Stage::Proof(writer, claimed) = &mut self.stage else {
            return Step::Stay;
        };
        let Some(trid) = claimed.checking.take() else {
            return Step::Stay;
        };
        match outcome {
            Err(AccessRefused::Unavailable) => {
                writer.refuse(trid, refusal::TOO_BUSY, turn);
                Step::End
            }
            outcome => {
                let who = outcome.ok().map(|ticket| ticket.who);
                self.prove(trid, who, ONLY_PLACE, None, turn)
            }
        }
    }

    /// The dialect to read the next line in.
    pub(super) const fn dialect(&self) -> Dialect {
        match &self.stage {
            // The form of `VER` is the same in all.
            Stage::Greeting => Dialect::MSNP18,
            Stage::Package(writer) | Stage::Proof(writer, _) => writer.dialect(),
        }
    }

    pub(super) fn on_command(&mut self, trid: TrId, body: ClientBody, turn: &mut Turn<'_>) -> Step {
        let writer = Writer::new(self.dialect());
        match (&mut self.stage, body) {
            (Stage::Greeting, ClientBody::Version(version)) => self.greet(trid, &version, turn),
            (Stage::Greeting, _) | (_, ClientBody::SignOut(_)) => Step::End,
            (_, ClientBody::Version(_)) => {
                writer.refuse(trid, refusal::NOT_EXPECTED, turn);
                Step::End
            }
            (_, ClientBody::ClientVersion(version)) => {
                writer.reply(trid, version_reply(&version, turn), turn);
                Step::Stay
            }
            (_, ClientBody::PackagesQuery(_)) => {
                let packages = WordList::new("MD5").unwrap_or_default();
                writer.reply(trid, Packages { packages }, turn);
                Step::Stay
            }
            (_, ClientBody::Md5Account(md5)) => self.ask_for_proof(writer, trid, md5.account, turn),
            (_, ClientBody::TwnAccount(twn)) => self.ask_for_proof(writer, trid, twn.account, turn),
            (_, ClientBody::SsoAccount(sso)) => self.ask_for_proof(writer, trid, sso.account, turn),
            (Stage::Proof(_, claimed), ClientBody::Md5Response(response)) => {
                let Some(claim) = claim(claimed, &response) else {
                    return Step::End;
                };
                claimed.checking = Some(trid);
                turn.check_access(claim);
                Step::Stay
            }
            (Stage::Proof(..), ClientBody::TwnTicket(ticket)) => {
                let ticket = ticket.ticket.expose().text().into_owned();
                let now = turn.monotonic();
                let proved = turn.tickets().owner_of_ticket(&ticket, now).ok();
                let who = proved.map(|ticket| ticket.who);
                self.prove(trid, who, ONLY_PLACE, Some(ticket), turn)
            }
            (Stage::Proof(_, claimed), ClientBody::SsoTicket(sso)) => {
                let who = by_proof(claimed, &sso, turn);
                let place = place(&sso, writer.dialect());
                let ticket = sso.ticket.expose().text().into_owned();
                let who = who.filter(|_| place.is_some());
                self.prove(trid, who, place.unwrap_or(ONLY_PLACE), Some(ticket), turn)
            }
            (Stage::Package(_), ClientBody::WebEndpoint(web)) => {
                self.prove_by_head(writer, trid, &web, turn)
            }
            // A package of another dialect, or a proof that nobody has asked for.
            (_, ClientBody::Other(frame)) if frame.verb() == Verb::USR => {
                writer.refuse(trid, refusal::AUTHENTICATION_FAILED, turn);
                Step::End
            }
            (
                _,
                ClientBody::Md5Response(_) | ClientBody::TwnTicket(_) | ClientBody::SsoTicket(_),
            ) => {
                writer.refuse(trid, refusal::AUTHENTICATION_FAILED, turn);
                Step::End
            }
            _ => {
                writer.refuse(trid, refusal::NOT_SIGNED_IN, turn);
                Step::BadLine
            }
        }
    }

    fn greet(&mut self, trid: TrId, version: &Version, turn: &mut Turn<'_>) -> Step {
        // Whoever signs in by the head of a request has to come by requests (msnp24.md 15).
        let has_head = self.ticket.is_some();
        let offers = version.offers().filter(|offer| match offer {
            Offer::Dialect(dialect) => has_head || !dialect.has_web_sign_in(),
            _ => true,
        });
        let chosen = Self::choose(offers);
        let choice = chosen.map_or(Choice::Nothing, Choice::Dialect);
        let writer = Writer::new(chosen.unwrap_or(Dialect::MSNP18));
        writer.reply(trid, VersionReply { choice }, turn);
        self.stage = Stage::Package(writer);
        if chosen.is_some() {
            Step::Stay
        } else {
            Step::End
        }
    }

    /// Whether there is such an account is not told: everybody is asked for the proof.
    fn ask_for_proof(
        &mut self,
        writer: Writer,
        trid: TrId,
        account: Account,
        turn: &mut Turn<'_>,
    ) -> Step {
        if EmailAddress::parse(&account.text()).is_err() {
            writer.refuse(trid, refusal::AUTHENTICATION_FAILED, turn);
            return Step::End;
        }
        let dialect = writer.dialect();
        if dialect.has_configuration_push() {
            let payload = Policies::open().encode().into();
            writer.reply(TrId(0), ConfigurationPush { payload }, turn);
        }
        let mut nonce = String::new();
        if dialect.has_md5_sign_in() {
            nonce = digits(turn.prng());
            let salt = Word::encode(&nonce);
            writer.reply(trid, Md5Salt { salt }, turn);
        } else if dialect.has_twn_sign_in() {
            let challenge = WordList::new(CHALLENGE).unwrap_or_default();
            writer.reply(trid, TwnChallenge { challenge }, turn);
        } else {
            nonce = nonce_of(turn.prng());
            let challenge = SsoChallenge {
                policy: Word::encode(POLICY),
                nonce: Word::encode(&nonce),
            };
            writer.reply(trid, challenge, turn);
        }
        let claimed = Claimed {
            account,
            nonce,
            checking: None,
        };
        self.stage = Stage::Proof(writer, claimed);
        Step::Stay
    }

    /// The head of the request has said who it is.
    fn prove_by_head(
        &self,
        writer: Writer,
        trid: TrId,
        web: &WebEndpoint,
        turn: &mut Turn<'_>,
    ) -> Step {
        let place = web.endpoint.text().parse().ok();
        let now = turn.monotonic();
        let ticket = self.ticket.as_ref().filter(|it| it.valid_until > now);
        let (Some(place), Some(ticket)) = (place, ticket) else {
            writer.refuse(trid, refusal::AUTHENTICATION_FAILED, turn);
            return Step::End;
        };
        Step::Proved(Box::new(Proved {
            writer,
            trid,
            who: ticket.who.clone(),
            place,
            account: Account::new(ticket.who.email().as_str()),
            ticket: None,
        }))
    }

    /// The proof was looked at. What it says has to be who they said that they are: one proof is good for one account.
    fn prove(
        &mut self,
        trid: TrId,
        who: Option<Who>,
        place: EndpointId,
        ticket: Option<String>,
        turn: &mut Turn<'_>,
    ) -> Step {
        let Stage::Proof(writer, claimed) = &self.stage else {
            return Step::End;
        };
        let account = EmailAddress::parse(&claimed.account.text()).ok();
        let Some(who) = who.filter(|who| account.as_ref() == Some(who.email())) else {
            writer.refuse(trid, refusal::AUTHENTICATION_FAILED, turn);
            return Step::End;
        };
        Step::Proved(Box::new(Proved {
            writer: *writer,
            trid,
            who,
            place,
            account: claimed.account.clone(),
            ticket: ticket.map(Secret::new),
        }))
    }
}

/// Those of which the notes know enough to sign in, have lists and talk.
fn is_spoken(dialect: Dialect) -> bool {
    dialect >= Dialect::MSNP7 && !dialect.has_bindings()
}

/// The words of the login page's challenge; none of them means anything here (msnp8-18.md 5.2).
const CHALLENGE: &str = "ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1";

/// The client's own version is the one that is recommended: nobody is told to get another.
fn version_reply(version: &ClientVersion, turn: &Turn<'_>) -> ClientVersionReply {
    let own = &version.program_version;
    let page = Word::encode(&format!("http://{}/", turn.config().switchboard_host()));
    ClientVersionReply {
        recommended: own.clone(),
        recommended_again: Some(own.clone()),
        minimum: Some(own.clone()),
        download: Some(page.clone()),
        details: Some(page),
    }
}

/// The answer to the salt, which only whoever keeps the accounts can check.
fn claim(claimed: &Claimed, response: &Md5Response) -> Option<AccessClaim> {
    Some(AccessClaim {
        address: EmailAddress::parse(&claimed.account.text()).ok()?,
        salt: claimed.nonce.clone(),
        answer: Secret::new(response.hash.expose().text().into_owned()),
    })
}

fn by_proof(claimed: &Claimed, sso: &SsoTicket, turn: &Turn<'_>) -> Option<Who> {
    let ticket = sso.ticket.expose().text();
    let proof = sso.proof.as_ref()?.expose().text();
    let now = turn.monotonic();
    let tickets = turn.tickets();
    let proved = tickets.owner_by_proof(&ticket, &proof, &claimed.nonce, now);
    proved.ok().map(|ticket| ticket.who)
}

/// Where it is. From MSNP16 on it has to say so.
fn place(sso: &SsoTicket, dialect: Dialect) -> Option<EndpointId> {
    if !dialect.has_endpoints() {
        return Some(ONLY_PLACE);
    }
    sso.endpoint.as_ref()?.text().parse().ok()
}

/// 48 bytes as 64 characters, used as text (msnp8-18.md 5.3).
fn nonce_of(prng: &mut Prng) -> String {
    let bytes: Vec<u8> = (0..3).flat_map(|_| prng.bytes()).collect();
    STANDARD.encode(bytes)
}

/// As many as the server of today gives (commands.tsv).
fn digits(prng: &mut Prng) -> String {
    let digits = format!("{:032x}", u128::from_be_bytes(prng.bytes()));
    digits.chars().take(15).collect()
}
