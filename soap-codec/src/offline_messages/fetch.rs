//! Fetching offline messages: what waits, one of them, and their end (soap.md 5.5).

use machine_contract::Secret;

use crate::call::{Content, ContentError, Done, Guid, Verbatim, service, shape};
use crate::element::Element;
use crate::error::XmlError;
use crate::limits::Budget;
use crate::ns;

shape! {
    /// The header blocks of a request.
    pub struct FetchHeaders {
        /// Who asks.
        pub cookie: Option<PassportCookie> = "PassportCookie",
    }

    /// The two halves of the ticket of `messenger.msn.com` ([`ticket_halves`](crate::sign_in::ticket_halves)).
    pub struct PassportCookie {
        /// What stands behind `t=`.
        pub t: Option<Secret<String>> = "t",
        /// What stands behind `p=`.
        pub p: Option<Secret<String>> = "p",
    }

    /// The header blocks of an answer: none that is known.
    pub struct NoHeaders {}

    /// What waits? Escargot fails if the element is empty: put any element into `other` for it (msnp8-18.md 6.2).
    pub struct GetMetadata {}

    /// The answer to [`GetMetadata`]. Read it by [`GetMetadataReply::waiting`].
    pub struct GetMetadataReply {
        /// What waits, as the original service wrote it.
        pub inline: Option<Waiting> = "MD",
        /// What waits, as Escargot writes it: a document as text.
        pub escaped: Verbatim = "" as text,
    }

    /// What waits.
    pub struct Waiting {
        /// The mailbox.
        pub mailbox: Option<Mailbox> = "E",
        /// The room in it.
        pub quota: Option<String> = "Q",
        /// The messages.
        pub messages: Vec<WaitingMessage> = "M",
    }

    /// How many mails wait.
    pub struct Mailbox {
        /// In the inbox.
        pub inbox: Option<i64> = "I",
        /// In the inbox and unread.
        pub inbox_unread: Option<i64> = "IU",
        /// Elsewhere.
        pub others: Option<i64> = "O",
        /// Elsewhere and unread.
        pub others_unread: Option<i64> = "OU",
    }

    /// An offline message that waits.
    pub struct WaitingMessage {
        /// 11.
        pub message_type: Option<i64> = "T",
        /// 6.
        pub status: Option<i64> = "S",
        /// When it came.
        pub received: Option<String> = "RT",
        /// Whether it was read: 0 or 1, for there is no `false` in it (soap.md 5.5).
        pub read: Option<i64> = "RS",
        /// Its size in bytes.
        pub size: Option<i64> = "SZ",
        /// From whom it is: an account.
        pub sender: Option<String> = "E",
        /// What it is fetched by.
        pub id: Option<Guid> = "I",
        /// The folder.
        pub folder: Option<Guid> = "F",
        /// The sender's name, as e-mail writes it: `=?utf-8?B?…?=`.
        pub name: Option<String> = "N",
    }

    /// Fetch a message.
    pub struct GetMessage {
        /// Which.
        pub id: Option<Guid> = "messageId",
        /// Whether it counts as read then.
        pub mark_as_read: Option<bool> = "alsoMarkAsRead",
    }

    /// The answer to [`GetMessage`].
    pub struct GetMessageReply {
        /// An e-mail, with line feeds where it had CRLF: XML allows no other reading (soap.md 5.5).
        pub message: Option<Verbatim> = "GetMessageResult",
    }

    /// Remove messages.
    pub struct DeleteMessages {
        /// Which.
        pub ids: Vec<Guid> = "messageIds" / "messageId" as always,
    }
}

service! {
    path "/rsi/rsi.asmx", namespaces [ns::OIM_RSI], headers FetchHeaders => NoHeaders;
    GetMetadata -> GetMetadataReply,
    GetMessage -> GetMessageReply,
    DeleteMessages -> Done,
}

/// The document inside an answer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way to fail")]
pub enum WaitingError {
    /// It is no XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// An element does not hold what it should.
    #[error(transparent)]
    Content(#[from] ContentError),
}

impl GetMetadataReply {
    /// What waits, in whichever of the two forms it came; `None` if in neither. The budget is that of the message.
    pub fn waiting(&self, budget: &mut Budget) -> Result<Option<Waiting>, WaitingError> {
        if let Some(waiting) = &self.inline {
            return Ok(Some(waiting.clone()));
        }
        let text = self.escaped.as_str().trim();
        if text.is_empty() {
            return Ok(None);
        }
        // The document hangs under Envelope, Body and the response's element.
        let document = Element::parse_inner(text, budget, 3)?;
        Ok(Some(Waiting::read(&document)?))
    }
}
