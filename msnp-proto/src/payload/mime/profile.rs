//! `text/x-msmsgsprofile`: what the server knows of whoever signed in.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use machine_contract::Secret;

use super::{Mime, is_leading};
use crate::auth::{Ticket, TicketError};

/// The profile that follows `USR n OK`: all of it headers, the body empty (msnp8-18.md 5.4). They are kept in order;
/// `MSPAuth` among them is a ticket and does not show in `Debug`.
///
/// ```
/// use msnp_proto::payload::mime::Profile;
/// let profile = Profile::new().with("LoginTime", "1795289268").with("EmailEnabled", "0").with("country", "");
/// assert_eq!((profile.email_enabled(), profile.get("country")), (Some(false), Some("")));
/// assert!(profile.to_mime().as_bytes().ends_with(b"EmailEnabled: 0\r\ncountry:\r\n\r\n"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Profile {
    headers: Vec<(String, String)>,
}

impl Profile {
    /// An empty profile.
    pub const fn new() -> Self {
        Self {
            headers: Vec::new(),
        }
    }

    /// The profile with one more line.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A line by its name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `EmailEnabled`: the account has a mailbox.
    pub fn email_enabled(&self) -> Option<bool> {
        self.flag("EmailEnabled")
    }

    /// `ABCHMigrated`, from MSNP10 on: contacts have GUIDs.
    pub fn address_book_migrated(&self) -> Option<bool> {
        self.flag("ABCHMigrated")
    }

    /// `MPOPEnabled`, from MSNP16 on: several endpoints may be signed in.
    pub fn several_endpoints(&self) -> Option<bool> {
        self.flag("MPOPEnabled")
    }

    /// `LoginTime`, in Unix seconds.
    pub fn login_time(&self) -> Option<u32> {
        self.number("LoginTime")
    }

    /// `sid`: the site to sign in to for the mailbox.
    pub fn site_id(&self) -> Option<u32> {
        self.number("sid")
    }

    /// `kid`, which `Kid` is not told apart from.
    pub fn key_id(&self) -> Option<u32> {
        self.number("kid")
    }

    /// `ClientIP`: the address from which the server sees the client.
    pub fn client_ip(&self) -> Option<&str> {
        self.get("ClientIP").filter(|ip| !ip.is_empty())
    }

    /// `ClientPort` as it stands there. Official servers swapped its bytes, Escargot does not (msnp8-18.md 5.4).
    pub fn client_port(&self) -> Option<u16> {
        u16::try_from(self.number("ClientPort")?).ok()
    }

    /// `MSPAuth`: the ticket for web services.
    ///
    /// # Errors
    /// [`TicketError`] if it is there and none.
    pub fn ticket(&self) -> Result<Option<Ticket>, TicketError> {
        match self.get("MSPAuth").filter(|ticket| !ticket.is_empty()) {
            Some(ticket) => Ticket::parse(ticket).map(Some),
            None => Ok(None),
        }
    }

    /// The profile with a ticket for web services.
    #[must_use]
    pub fn with_ticket(self, ticket: &Secret<String>) -> Self {
        self.with("MSPAuth", ticket.expose())
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.number(name).map(|number| number != 0)
    }

    fn number(&self, name: &str) -> Option<u32> {
        crate::frame::parse_number(self.get(name)?.as_bytes())
    }

    pub(super) fn read(mime: &Mime) -> Self {
        let headers = mime.further_headers();
        let headers = headers.map(|(name, value)| (name.into(), value)).collect();
        Self { headers }
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let mut builder = Mime::build("text/x-msmsgsprofile; charset=UTF-8");
        for (name, value) in self.headers.iter().filter(|(name, _)| !is_leading(name)) {
            builder = builder.header(name, value);
        }
        builder.finish(b"")
    }
}

/// Prints the names only.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.headers.iter().map(|(name, _)| name))
            .finish()
    }
}
