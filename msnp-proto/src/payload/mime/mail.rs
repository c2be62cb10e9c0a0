//! What the server says about the mailbox, and about messages that wait.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use super::Mime;
use super::error::{ContentError, utf8};
use super::fields::Fields;
use crate::payload::encoded_word;
use crate::payload::mail_data::MailData;

/// `text/x-msmsgsinitialemailnotification`, up to MSNP10: how many letters there are at sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitialMail {
    /// `Inbox-Unread`
    pub inbox_unread: u32,
    /// `Folders-Unread`
    pub folders_unread: u32,
    /// The addresses: `Inbox-URL`, `Folders-URL`, `Post-URL`, and what else there is.
    pub fields: Fields,
}

impl InitialMail {
    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let all = Fields::parse(mime.body())?;
        Ok(Self {
            inbox_unread: all.number("Inbox-Unread").unwrap_or_default(),
            folders_unread: all.number("Folders-Unread").unwrap_or_default(),
            fields: without(&all, &["Inbox-Unread", "Folders-Unread"]),
        })
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let counts = Fields::new()
            .with("Inbox-Unread", &self.inbox_unread.to_string())
            .with("Folders-Unread", &self.folders_unread.to_string());
        write(
            "text/x-msmsgsinitialemailnotification; charset=UTF-8",
            counts,
            &without(&self.fields, &["Inbox-Unread", "Folders-Unread"]),
        )
    }
}

/// The two messages that carry [`MailData`], from MSNP11 on (msnp8-18.md 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailStatus {
    /// Which of the two.
    pub kind: MailStatusKind,
    /// The document; `None` where it says `too-large`: then it is fetched by SOAP.
    pub data: Option<MailData>,
    /// Other fields: `Inbox-URL`, `Folders-URL`, `Post-URL`.
    pub fields: Fields,
}

/// When a [`MailStatus`] is sent.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two types")]
pub enum MailStatusKind {
    /// `text/x-msmsgsinitialmdatanotification`: at sign-in.
    Initial,
    /// `text/x-msmsgsoimnotification`: a message came for someone who is online elsewhere, or hidden.
    Waiting,
}

impl MailStatus {
    /// What is sent at sign-in, or when a message begins to wait.
    pub const fn new(kind: MailStatusKind, data: MailData) -> Self {
        Self {
            kind,
            data: Some(data),
            fields: Fields::new(),
        }
    }

    pub(super) fn read(mime: &Mime, kind: MailStatusKind) -> Result<Self, ContentError> {
        let body = utf8(mime.body())?;
        let (document, around) = document(body)?;
        let fields = Fields::parse(around.as_bytes())?;
        let data = match document {
            Some(document) => Some(one_line(MailData::parse(document.as_bytes())?)?),
            // The one other value that is known.
            None => match fields.get(MAIL_DATA) {
                Some(TOO_LARGE) => None,
                Some(_) => return Err(ContentError::Invalid(MAIL_DATA)),
                None => return Err(ContentError::Missing(MAIL_DATA)),
            },
        };
        Ok(Self {
            kind,
            data,
            fields: without(&fields, &[MAIL_DATA]),
        })
    }

    /// Writes the message, the document in one line.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let document = self.data.as_ref().map(MailData::encode);
        // An XML writer gives UTF-8.
        let document = document.as_deref().map(String::from_utf8_lossy);
        let value = document.unwrap_or(Cow::Borrowed(TOO_LARGE));
        write(
            match self.kind {
                MailStatusKind::Initial => "text/x-msmsgsinitialmdatanotification; charset=UTF-8",
                MailStatusKind::Waiting => "text/x-msmsgsoimnotification; charset=UTF-8",
            },
            Fields::new().with(MAIL_DATA, &value),
            &without(&self.fields, &[MAIL_DATA]),
        )
    }
}

/// The document without line ends in it: it is a value.
fn one_line(data: MailData) -> Result<MailData, ContentError> {
    let mut document = data.encode();
    if !document.iter().any(u8::is_ascii_control) {
        return Ok(data);
    }
    for byte in document.iter_mut().filter(|byte| byte.is_ascii_control()) {
        *byte = b' ';
    }
    Ok(MailData::parse(&document)?)
}

const MAIL_DATA: &str = "Mail-Data";
const TOO_LARGE: &str = "too-large";

/// The `<MD>` of the body, which may have line ends in it, and the body without it.
fn document(body: &str) -> Result<(Option<&str>, Cow<'_, str>), ContentError> {
    const END: &str = "</MD>";
    let Some(start) = body.find("<MD") else {
        return Ok((None, Cow::Borrowed(body)));
    };
    let end = match body[start..].find(END) {
        Some(at) => start + at + END.len(),
        // `<MD/>`, or one that was cut.
        None => {
            start
                + body[start..]
                    .find(['\r', '\n'])
                    .unwrap_or(body.len() - start)
        }
    };
    if !body[..start].trim_end().ends_with("Mail-Data:") {
        return Err(ContentError::Invalid(MAIL_DATA));
    }
    let mut around = String::from(&body[..start]);
    around.push_str(&body[end..]);
    Ok((Some(&body[start..end]), Cow::Owned(around)))
}

/// `text/x-msmsgsemailnotification`: a letter arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMail {
    /// `From`, the sender's name, decoded.
    pub from: String,
    /// `From-Addr`, the sender's address.
    pub from_address: String,
    /// `Subject`, decoded.
    pub subject: String,
    /// `Dest-Folder`: where it lies, `ACTIVE` for the inbox.
    pub folder: String,
    /// The rest: `Message-URL`, `Post-URL`, `id`.
    pub fields: Fields,
}

impl NewMail {
    const OWN: [&str; 4] = ["From", "From-Addr", "Subject", "Dest-Folder"];

    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let all = Fields::parse(mime.body())?;
        let decoded = |name| encoded_word::decode(all.get(name).unwrap_or_default()).into_owned();
        Ok(Self {
            from: decoded("From"),
            from_address: all.get("From-Addr").unwrap_or_default().into(),
            subject: decoded("Subject"),
            folder: all.get("Dest-Folder").unwrap_or_default().into(),
            fields: without(&all, &Self::OWN),
        })
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let own = Fields::new()
            .with("From", &encoded_word::encode_if_needed(&self.from))
            .with("Subject", &encoded_word::encode_if_needed(&self.subject))
            .with("Dest-Folder", &self.folder)
            .with("From-Addr", &self.from_address);
        write(
            "text/x-msmsgsemailnotification; charset=UTF-8",
            own,
            &without(&self.fields, &Self::OWN),
        )
    }
}

/// `text/x-msmsgsactivemailnotification`: letters, or messages that waited, were moved or deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailMoved {
    /// `Src-Folder`: `.!!OIM` for messages that waited.
    pub from: String,
    /// `Dest-Folder`: `.!!trAsH` for deletion.
    pub to: String,
    /// `Message-Delta`: how many.
    pub count: u32,
}

impl MailMoved {
    /// So many messages that waited were deleted (msnp8-18.md 10).
    pub fn deleted(count: u32) -> Self {
        Self {
            from: ".!!OIM".into(),
            to: ".!!trAsH".into(),
            count,
        }
    }

    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let all = Fields::parse(mime.body())?;
        Ok(Self {
            from: all.get("Src-Folder").unwrap_or_default().into(),
            to: all.get("Dest-Folder").unwrap_or_default().into(),
            count: all.number("Message-Delta").unwrap_or_default(),
        })
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let fields = Fields::new()
            .with("Src-Folder", &self.from)
            .with("Dest-Folder", &self.to)
            .with("Message-Delta", &self.count.to_string());
        write(
            "text/x-msmsgsactivemailnotification; charset=UTF-8",
            fields,
            &Fields::new(),
        )
    }
}

/// The fields that have no name in `known`.
fn without(fields: &Fields, known: &[&str]) -> Fields {
    fields
        .iter()
        .filter(|(name, _)| known.iter().all(|own| !own.eq_ignore_ascii_case(name)))
        .fold(Fields::new(), |rest, (name, value)| rest.with(name, value))
}

fn write(content_type: &str, own: Fields, others: &Fields) -> Mime {
    let all = others
        .iter()
        .fold(own, |all, (name, value)| all.with(name, value));
    Mime::build(content_type).finish(&all.to_vec())
}
