//! `NFY MSGR\NAME`: what the server tells by itself (msnp24.md 6.7).

use alloc::boxed::Box;
use core::fmt;

use bytes::Bytes;

use crate::msnp24::headers::{Headers, lines, value_of};
use crate::msnp24::{Channel, CommandErrorKind, grammar};
use crate::payload::contacts::ContactList;
use crate::payload::layers::Layers;
use crate::payload::thread::Thread;

/// `NFY 0 MSGR\NAME`.
///
/// Presence stays [`Layers`], a slice of the frame: its document is read when it is asked for,
/// `UserDocument::parse(layers.body())`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a client decides on every notification"
)]
pub enum Notification {
    /// `PUT`: the presence of a contact, or of another endpoint of one's own.
    Put(Layers),
    /// `DEL`: a user or an endpoint is gone.
    Del(Layers),
    /// `THREAD`: a group conversation as it is now, all its members. Boxed, since it is large and
    /// rare beside presence and messages.
    Thread(Box<Thread>),
    /// `CONTACTS`: the contact list (`<ml l="1">`), or changes of it. Ours: the historic clients
    /// read the list from the address book.
    Contacts(ContactList),
    /// `HOTMAIL`: mail arrived.
    Hotmail(MailNotice),
    /// `ABCH`: the address book changed elsewhere.
    Abch(AddressBookNotice),
}

impl Notification {
    pub(super) fn read(channel: &Channel, body: Bytes) -> Result<Option<Self>, CommandErrorKind> {
        Ok(Some(match channel {
            Channel::Put => Self::Put(Layers::parse(body)?),
            Channel::Del => Self::Del(Layers::parse(body)?),
            Channel::Thread => Self::Thread(Box::new(Thread::parse(&body)?)),
            Channel::Contacts => Self::Contacts(ContactList::parse(&body)?),
            Channel::Hotmail => Self::Hotmail(MailNotice::parse(&body)?),
            Channel::Abch => Self::Abch(AddressBookNotice { document: body }),
            _ => return Ok(None),
        }))
    }

    pub(super) fn write(&self) -> (Channel, Bytes) {
        match self {
            Self::Put(layers) => (Channel::Put, layers.as_bytes().clone()),
            Self::Del(layers) => (Channel::Del, layers.as_bytes().clone()),
            Self::Thread(thread) => (Channel::Thread, thread.encode().into()),
            Self::Contacts(contacts) => (Channel::Contacts, contacts.encode().into()),
            Self::Hotmail(mail) => (Channel::Hotmail, mail.encode()),
            Self::Abch(notice) => (Channel::Abch, notice.document.clone()),
        }
    }
}

/// A mail notification: a MIME header block, then lines of the same shape.
#[derive(Clone, PartialEq, Eq)]
pub struct MailNotice {
    /// `MIME-Version`, and `Content-Type`, which tells new mail from the folders' counts.
    pub mime: Headers,
    /// What follows the MIME block's blank line; see [`field`](Self::field).
    pub text: Bytes,
}

impl MailNotice {
    fn parse(body: &Bytes) -> Result<Self, CommandErrorKind> {
        let (mime, text) = Headers::split(body, 0).map_err(|(kind, _)| kind)?;
        Ok(Self { mime, text })
    }

    fn encode(&self) -> Bytes {
        [self.mime.as_bytes(), b"\r\n", &self.text].concat().into()
    }

    /// A line of the text: `From`, `From-Addr`, `Subject`, `Message-URL`, `Post-URL`,
    /// `Dest-Folder`, `id`, or `Mail-Data` in the counts.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        let mut lines = lines(&self.text);
        lines.find_map(|line| value_of(line, name).map(grammar::trim))
    }
}

/// Prints the text's size only: senders and subjects stand there.
impl fmt::Debug for MailNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailNotice")
            .field("mime", &self.mime)
            .field("text_len", &self.text.len())
            .finish()
    }
}

/// `<NOTIFICATION>`, as the older `NOT` command carried it; kept as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressBookNotice {
    /// The document.
    pub document: Bytes,
}

impl AddressBookNotice {
    /// Whether it means "read the address book again" (Miranda NG, msnp24.md 6.7).
    pub fn is_change(&self) -> bool {
        memchr::memmem::find(&self.document, b"ABCHInternal").is_some()
    }
}

/// Prints the document's size only.
impl fmt::Debug for AddressBookNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressBookNotice({} bytes)", self.document.len())
    }
}
