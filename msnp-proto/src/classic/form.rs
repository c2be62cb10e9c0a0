//! What a command's line looks like, as data: which words, of which kind, in which dialects. The readers and writers of the
//! commands, the guide's table and the tests are made of it.

use core::fmt;

use crate::dialect::Era;
use crate::{Dialect, Verb};

/// One form of a verb.
#[derive(Copy, Clone, Debug)]
pub struct Form {
    /// The word that it starts with.
    pub verb: Verb,
    /// The name of its struct.
    pub name: &'static str,
    /// Who writes it.
    pub writer: Writer,
    /// On which connections it stands.
    pub server: Servers,
    /// Whether a transaction id stands behind the verb.
    pub trid: TrIdRule,
    /// The dialects that have it.
    pub era: Era,
    /// The words behind the verb and the transaction id, in order.
    pub fields: &'static [Field],
    /// Whether the last word is a length, and bytes follow the line.
    pub payload: bool,
}

/// One word of a form; some kinds are several words.
#[derive(Copy, Clone, Debug)]
pub struct Field {
    /// The name of the struct's field, or the literal word.
    pub name: &'static str,
    /// What stands there.
    pub kind: Kind,
    /// Whether it has to.
    pub presence: Presence,
    /// The dialects in which it does.
    pub era: Era,
}

/// Who writes a form.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two ends")]
pub enum Writer {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Both, in the same words.
    Either,
}

/// Which server is at the other end, or this one: some verbs mean different things on them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two kinds of connection")]
pub enum ServerKind {
    /// Notification server, or dispatch server: sign-in, lists, presence.
    Notification,
    /// Switchboard: one conversation.
    Switchboard,
}

/// On which connections a form stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two kinds of connection")]
pub enum Servers {
    /// On the notification server's.
    Notification,
    /// On the switchboard's.
    Switchboard,
    /// On both.
    Either,
}

/// Whether a transaction id stands behind the verb.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a table decides on every rule")]
pub enum TrIdRule {
    /// Always; 0 in what the server says by itself.
    Always,
    /// Never.
    Never,
    /// In replies, not where the same words stand in the list of MSNP8 to 12: a number behind the verb is one.
    Seen,
}

/// Whether a word has to stand where it may.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a table decides on every rule")]
pub enum Presence {
    /// A line without it is no command.
    Required,
    /// Written always, with a filler if the command has no value; a line that ends before it is understood (msnp8-18.md 15).
    Filled,
    /// At the end of the line, and may be missing.
    Optional,
    /// May be missing in the middle: it is told apart from what follows by how it looks.
    Recognised,
}

/// What kind of word it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Exactly the field's name.
    Literal,
    /// Any word.
    Word,
    /// A word that does not show in `Debug`: a ticket, a token, a hash of a password.
    Secret,
    /// A display name; the account stands in for one that is missing.
    Name,
    /// A decimal number.
    Number,
    /// `0` or `1`.
    Flag,
    /// An account, `alice@example.com`.
    Account,
    /// `account[;{guid}]` since MSNP16.
    Endpoint,
    /// `account`, since MSNP14 `account network`, since MSNP18 `network:account[;via=..]`.
    Principal,
    /// `account name`, since MSNP10 any of `N=account F=name C=guid`.
    Card,
    /// A status, `NLN`.
    Status,
    /// A list, `FL`.
    List,
    /// A sum of lists, `11`.
    ListBits,
    /// The number of a network.
    Network,
    /// `a`, since MSNP16 `a:b`.
    Capabilities,
    /// `host:port`.
    ServerAddress,
    /// The code of one of a small set.
    Code,
    /// The number and the name of a group; since MSNP10 the name and the GUID.
    NamedGroup,
    /// All words that are left.
    Words,
}

impl Form {
    /// Whether the form stands on connections to this server, in this dialect.
    pub const fn is_in(&self, dialect: Dialect, server: ServerKind) -> bool {
        self.era.contains(dialect) && self.server.has(server)
    }
}

impl Servers {
    /// Whether the server is one of them.
    pub const fn has(self, server: ServerKind) -> bool {
        matches!(
            (self, server),
            (Self::Either, _)
                | (Self::Notification, ServerKind::Notification)
                | (Self::Switchboard, ServerKind::Switchboard)
        )
    }
}

/// The words as the guide shows them: `status account [network 14-17] ..`.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for field in self.fields {
            if !core::mem::take(&mut first) {
                f.write_str(" ")?;
            }
            write_field(f, field, self.era)?;
        }
        if self.payload {
            f.write_str(if first { "length" } else { " length" })?;
        }
        Ok(())
    }
}

fn write_field(f: &mut fmt::Formatter<'_>, field: &Field, form: Era) -> fmt::Result {
    let always = matches!(field.presence, Presence::Required | Presence::Filled);
    if !always {
        f.write_str("[")?;
    }
    match field.kind {
        Kind::Literal => write!(f, "\"{}\"", field.name)?,
        Kind::Words => write!(f, "{}..", field.name)?,
        _ => f.write_str(field.name)?,
    }
    if field.era != form {
        write!(f, "({})", field.era)?;
    }
    if !always {
        f.write_str("]")?;
    }
    Ok(())
}
