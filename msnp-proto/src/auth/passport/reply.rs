//! `Authentication-Info` and `WWW-Authenticate`: granted or refused.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use machine_contract::Secret;

use super::error::PassportError;
use super::pairs::{Pairs, behind_scheme};
use crate::auth::ticket::Ticket;
use crate::param;

/// What the sign-in service said, in either header.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    status: Status,
    ticket: Option<Ticket>,
    /// The other fields, in order.
    pairs: Vec<(String, String)>,
}

/// `da-status`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// `success`
    Success,
    /// `failed`, and its variants such as `failed-noretry`.
    Failed,
    /// Another word.
    Other(String),
}

impl Reply {
    /// The value of `Authentication-Info` that grants a ticket.
    pub const fn granted(ticket: Ticket) -> Self {
        Self {
            status: Status::Success,
            ticket: Some(ticket),
            pairs: Vec::new(),
        }
    }

    /// The value of `WWW-Authenticate` that goes with 401.
    pub const fn refused() -> Self {
        Self {
            status: Status::Failed,
            ticket: None,
            pairs: Vec::new(),
        }
    }

    /// What became of it.
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// `from-PP` without its quotes, if the sign-in succeeded.
    pub const fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// Another field by its name, in any case: `ru` an address to go to, `tname`, `srealm`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `cbtxt`, percent-coding undone: why it was refused, for a person to read.
    pub fn reason(&self) -> Option<String> {
        let text = param::decode(self.get("cbtxt")?.as_bytes());
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// The header's value.
    pub fn to_header(&self) -> Secret<String> {
        let status = match &self.status {
            Status::Success => "success",
            Status::Failed => "failed",
            Status::Other(word) => word,
        };
        let mut value = String::from("Passport1.4 ");
        push(&mut value, "da-status", status, "");
        if let Some(ticket) = &self.ticket {
            value.push(',');
            push(&mut value, "from-PP", ticket.whole().expose(), "'");
        }
        for (name, text) in &self.pairs {
            value.push(',');
            push(&mut value, name, text, "");
        }
        Secret::new(value)
    }
}

/// A pair, its value between quotes where it has to be. A quote in it would end it, and is left out.
fn push(out: &mut String, name: &str, value: &str, quote: &str) {
    let quote = if value.contains(',') { "'" } else { quote };
    out.push_str(name);
    out.push('=');
    out.push_str(quote);
    out.extend(value.chars().filter(|c| *c != '\''));
    out.push_str(quote);
}

impl FromStr for Reply {
    type Err = PassportError;

    fn from_str(value: &str) -> Result<Self, PassportError> {
        let mut status = None;
        let mut ticket = None;
        let mut pairs = Vec::new();
        for (name, text) in Pairs::of(behind_scheme(value)?) {
            // No value was seen to have a quote inside, and none could be written.
            let text = text.replace('\'', "");
            let text = text.trim();
            if name.eq_ignore_ascii_case("da-status") {
                status.get_or_insert_with(|| String::from(text));
            } else if name.eq_ignore_ascii_case("from-PP") {
                ticket.get_or_insert_with(|| String::from(text));
            } else {
                pairs.push((name.into(), text.into()));
            }
        }
        let status = match status
            .as_deref()
            .ok_or(PassportError::Missing("da-status"))?
        {
            "success" => Status::Success,
            word if word.starts_with("failed") => Status::Failed,
            word => Status::Other(word.into()),
        };
        let ticket = match (&status, ticket) {
            (Status::Success, None) => return Err(PassportError::Missing("from-PP")),
            (Status::Success, Some(text)) => Some(Ticket::parse(&text)?),
            _ => None,
        };
        Ok(Self {
            status,
            ticket,
            pairs,
        })
    }
}

/// Prints the names of the fields only.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("ticket", &self.ticket)
            .field(
                "fields",
                &self.pairs.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            )
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Reply, PassportError> {
        value.parse()
    }

    #[test]
    fn a_granted_ticket_stands_between_the_quotes() {
        let official = read(
            "Passport1.4 da-status=success,tname=MSPAuth,tname=MSPProf,from-PP='t=5&p=6',ru=http://messenger.msn.com",
        )
        .expect("granted");
        let ticket = official.ticket().expect("granted");
        assert_eq!(ticket.whole().expose(), "t=5&p=6");
        assert_eq!(official.get("ru"), Some("http://messenger.msn.com"));
        let revived = Reply::granted(Ticket::parse("4e151a6f1423a837c19d").expect("a ticket"));
        let header = revived.to_header();
        assert_eq!(
            header.expose(),
            "Passport1.4 da-status=success,from-PP='4e151a6f1423a837c19d'"
        );
        assert_eq!(read(header.expose()), Ok(revived));
    }

    #[test]
    fn a_refusal_says_why_if_it_does() {
        let refused = read("Passport1.4 da-status=failed").expect("refused");
        assert_eq!(refused, Reply::refused());
        assert_eq!(
            (refused.status(), refused.ticket(), refused.reason()),
            (&Status::Failed, None, None)
        );
        let official = "Passport1.4 da-status=failed-noretry,srealm=Passport.NET,prompt,cburl=http://a,cbtxt=wrong%20password";
        let official = read(official).expect("refused");
        assert_eq!(official.reason().as_deref(), Some("wrong password"));
        assert_eq!(official.get("prompt"), Some(""));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(
            read("Passport1.4 x=y"),
            Err(PassportError::Missing("da-status"))
        );
        assert_eq!(
            read("Passport1.4 da-status=success"),
            Err(PassportError::Missing("from-PP"))
        );
        let empty = read("Passport1.4 da-status=success,from-PP=''");
        assert!(matches!(empty, Err(PassportError::Ticket(_))), "{empty:?}");
        assert_eq!(read("Negotiate"), Err(PassportError::Scheme));
    }

    #[test]
    fn quotes_where_none_belong_are_dropped() {
        assert!(matches!(
            read("Passport1.4 da-status=success,from-PP=\'"),
            Err(PassportError::Ticket(_))
        ));
        for value in [
            "Passport1.4 da-status='success,x=y,from-PP='t=5&p=6',ru=h",
            "Passport1.4 da-status='success',from-PP='t',x=it's,y='a,b',z='' c '",
        ] {
            let reply = read(value).expect("readable");
            assert_eq!(read(reply.to_header().expose()), Ok(reply), "{value}");
        }
    }

    #[test]
    fn tickets_do_not_show() {
        let reply =
            read("Passport1.4 da-status=success,from-PP='hidden',x=secret").expect("granted");
        let shown = alloc::format!("{reply:?}");
        assert!(
            !shown.contains("hidden") && !shown.contains("secret"),
            "{shown}"
        );
    }
}
