//! `text/x-msmsgsinvite`: direct file transfers and applications of MSN Messenger 1 to 5.

use alloc::string::ToString;

use super::Mime;
use super::error::ContentError;
use super::fields::Fields;

/// An invitation, or the answer to one (content-types.tsv).
///
/// ```
/// use msnp_proto::payload::mime::Invitation;
/// // What a client without file transfer answers.
/// let answer = Invitation::cancel(85366, "REJECT_NOT_INSTALLED");
/// assert!(answer.to_mime().body().starts_with(b"Invitation-Command: CANCEL\r\nInvitation-Cookie: 85366\r\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// `Invitation-Command`.
    pub command: InvitationCommand,
    /// `Invitation-Cookie`: which invitation.
    pub cookie: u32,
    /// The other fields: `Application-Name`, `Application-GUID`, `Application-File`, `IP-Address`, `Cancel-Code` …
    pub fields: Fields,
}

/// What is done with an invitation.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are three commands")]
pub enum InvitationCommand {
    /// `INVITE`
    Invite,
    /// `ACCEPT`
    Accept,
    /// `CANCEL`
    Cancel,
}

impl InvitationCommand {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "INVITE",
            Self::Accept => "ACCEPT",
            Self::Cancel => "CANCEL",
        }
    }
}

impl Invitation {
    /// Declines or withdraws; the codes are in content-types.tsv.
    pub fn cancel(cookie: u32, code: &str) -> Self {
        Self {
            command: InvitationCommand::Cancel,
            cookie,
            fields: Fields::new().with("Cancel-Code", code),
        }
    }

    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let all = Fields::parse(mime.body())?;
        let word = all.get(COMMAND).ok_or(ContentError::Missing(COMMAND))?;
        let commands = [
            InvitationCommand::Invite,
            InvitationCommand::Accept,
            InvitationCommand::Cancel,
        ];
        let command = commands
            .into_iter()
            .find(|command| command.as_str() == word);
        all.get(COOKIE).ok_or(ContentError::Missing(COOKIE))?;
        Ok(Self {
            command: command.ok_or(ContentError::Invalid(COMMAND))?,
            cookie: all.number(COOKIE).ok_or(ContentError::Invalid(COOKIE))?,
            // In the order in which they are written.
            fields: collect(subject(&all).chain(details(&all))),
        })
    }

    /// Writes the message: what it is about in front of the command, as official clients did, an empty line at its end.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let ours = [
            (COMMAND, self.command.as_str().to_string()),
            (COOKIE, self.cookie.to_string()),
        ];
        let ours = ours.iter().map(|(name, value)| (*name, value.as_str()));
        let fields = collect(
            subject(&self.fields)
                .chain(ours)
                .chain(details(&self.fields)),
        );
        Mime::build("text/x-msmsgsinvite; charset=UTF-8").finish(&fields.to_closed_vec())
    }
}

const COMMAND: &str = "Invitation-Command";
const COOKIE: &str = "Invitation-Cookie";

/// What it is about: in front of the command.
fn subject(fields: &Fields) -> impl Iterator<Item = (&str, &str)> {
    fields.iter().filter(|(name, _)| SUBJECT.contains(name))
}

/// Everything else that is not command and cookie.
fn details(fields: &Fields) -> impl Iterator<Item = (&str, &str)> {
    let own = |name: &str| {
        [COMMAND, COOKIE]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    };
    fields
        .iter()
        .filter(move |(name, _)| !SUBJECT.contains(name) && !own(name))
}

fn collect<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Fields {
    fields.fold(Fields::new(), |fields, (name, value)| {
        fields.with(name, value)
    })
}

const SUBJECT: [&str; 2] = ["Application-Name", "Application-GUID"];
