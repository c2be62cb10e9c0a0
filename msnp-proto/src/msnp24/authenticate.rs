//! `ATH CON\USER`: who connects, in every form that was seen, and its reply (msnp24.md 6.2).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Secret;
use crate::msnp24::document;
use crate::payload::PayloadError;
use crate::payload::xml::{Element, EmptyTag};

/// `ATH n CON\USER`: proves who connects; sent again before 24 hours are over (msnp24.md 6.13).
///
/// White space around a ticket does no harm and is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a server decides on every way in")]
pub enum Authenticate {
    /// The web client: the cookies of the HTTP request are the ticket.
    Web {
        /// Signed by the web service for this user; some connections had none.
        uic: Option<Secret<String>>,
    },
    /// A ticket of a Microsoft account.
    Account {
        /// `<ssl-compact-ticket>`
        ticket: Secret<String>,
        /// Missing in one client, which did not get far (BitlBee, msnp24.md 6.2).
        uic: Option<Secret<String>>,
        /// Whom the ticket is for.
        issued: TicketUse,
    },
    /// A Skype name, whose password is proved by the uic.
    SkypeName {
        /// `<uic>`
        uic: Secret<String>,
        /// The name, without `8:`.
        name: String,
    },
}

/// Whom the ticket of a Microsoft account is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a server decides on every ticket")]
pub enum TicketUse {
    /// A Skype sign-in.
    Owner {
        /// The account, `alice@hotmail.com`.
        id: String,
        /// Its Skype name, `live:alice`.
        alias: Option<String>,
    },
    /// A web experience: the site that the ticket was issued for, `chatservice.live.com`.
    Site(String),
}

impl Authenticate {
    /// Reads `<user>`.
    ///
    /// # Errors
    /// [`PayloadError`] if the document is none of the known forms.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "user")?;
        let uic = secret(&root, "uic");
        if root.child("web-compact-ticket").is_some() {
            return Ok(Self::Web { uic });
        }
        let Some(ticket) = secret(&root, "ssl-compact-ticket") else {
            return Ok(Self::SkypeName {
                uic: uic.ok_or(PayloadError::Missing("uic"))?,
                name: document::filled(&root, "id")?,
            });
        };
        let issued = match document::optional(&root, "ssl-site-name") {
            Some(site) => TicketUse::Site(site),
            None => TicketUse::Owner {
                id: document::filled(&root, "id")?,
                alias: document::optional(&root, "alias"),
            },
        };
        Ok(Self::Account {
            ticket,
            uic,
            issued,
        })
    }

    /// Writes `<user>`.
    pub fn encode(&self) -> Vec<u8> {
        let with_uic = |root: Element, uic: &Option<Secret<String>>| match uic {
            Some(uic) => root.with("uic", uic.expose()),
            None => root,
        };
        let root = Element::new("user");
        match self {
            Self::Web { uic } => {
                let ticket = Element::new("web-compact-ticket");
                with_uic(root, uic).with_child(ticket.with_empty_tag(EmptyTag::SpacedSlash))
            }
            Self::Account {
                ticket,
                uic,
                issued,
            } => {
                let root = with_uic(root.with("ssl-compact-ticket", ticket.expose()), uic);
                match issued {
                    TicketUse::Site(site) => root.with("ssl-site-name", site),
                    TicketUse::Owner { id, alias: None } => root.with("id", id),
                    TicketUse::Owner {
                        id,
                        alias: Some(alias),
                    } => root.with("id", id).with("alias", alias),
                }
            }
            Self::SkypeName { uic, name } => root.with("uic", uic.expose()).with("id", name),
        }
        .to_vec()
    }
}

/// The reply to [`Authenticate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// `false` in both samples, although threads could be made (msnp24.md 11).
    pub new_thread_allowed: bool,
    /// Always `false` in what was seen.
    pub p2p_migration_allowed: bool,
    /// `cid-(<signed decimal>)@outlook.com`; sometimes there.
    pub id: Option<String>,
}

impl Authenticated {
    /// Reads `<auth-response>`.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "auth-response")?;
        let allowed = |name| document::flag(&root, name).map(|flag| flag == Some(true));
        Ok(Self {
            new_thread_allowed: allowed("new-thread-allowed")?,
            p2p_migration_allowed: allowed("p2p-migration-allowed")?,
            id: document::optional(&root, "id"),
        })
    }

    /// Writes `<auth-response>`.
    pub fn encode(&self) -> Vec<u8> {
        let flag = document::flag_text;
        let mut root = Element::new("auth-response")
            .with("new-thread-allowed", flag(self.new_thread_allowed))
            .with("p2p-migration-allowed", flag(self.p2p_migration_allowed));
        if let Some(id) = &self.id {
            root = root.with("id", id);
        }
        root.to_vec()
    }
}

fn secret(root: &Element, name: &'static str) -> Option<Secret<String>> {
    root.child_text(name)
        .map(|text| Secret::new(text.trim().to_owned()))
}
