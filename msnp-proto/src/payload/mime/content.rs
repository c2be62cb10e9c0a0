//! `Content-Type` -> what a message says.

use alloc::string::String;

use super::Mime;
use super::chunk::{ChunkNumber, Part};
use super::client_caps::ClientCaps;
use super::datacast::Datacast;
use super::emoticons::Emoticons;
use super::error::{ContentError, utf8};
use super::handwriting::{Handwriting, Ink};
use super::invitation::Invitation;
use super::mail::{InitialMail, MailMoved, MailStatus, MailStatusKind, NewMail};
use super::p2p::P2pMessage;
use super::profile::Profile;
use super::system_message::SystemMessage;
use super::text::Text;
use super::typing::Typing;

/// What a message says, by its type: every row of content-types.tsv.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// `text/plain`
    Text(Text),
    /// A later part of a long message.
    Part(Part),
    /// `text/x-msmsgscontrol`
    Typing(Typing),
    /// `text/x-msnmsgr-datacast`: a nudge and its like.
    Datacast(Datacast),
    /// `text/x-msmsgsinvite`
    Invitation(Invitation),
    /// `application/x-msnmsgrp2p`
    P2p(P2pMessage),
    /// `text/x-mms-emoticon`, `text/x-mms-animemoticon`
    Emoticons(Emoticons),
    /// `text/x-clientcaps`
    ClientCaps(ClientCaps),
    /// `text/x-keepalive`: nothing, so that a connection is not closed.
    KeepAlive,
    /// `image/gif`, `application/x-ms-ink`
    Handwriting(Handwriting),
    /// `text/search-query`: what is searched for together.
    SearchQuery(String),
    /// `text/x-msmsgsprofile`
    Profile(Profile),
    /// `text/x-msmsgsinitialemailnotification`
    InitialMail(InitialMail),
    /// `text/x-msmsgsinitialmdatanotification`, `text/x-msmsgsoimnotification`
    MailStatus(MailStatus),
    /// `text/x-msmsgsemailnotification`
    NewMail(NewMail),
    /// `text/x-msmsgsactivemailnotification`
    MailMoved(MailMoved),
    /// `application/x-msmsgssystemmessage`
    System(SystemMessage),
    /// Another type, or none.
    Other(Mime),
}

/// With which letter a message is sent on a switchboard (enums.tsv, `MSG-flag`).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the four letters that are sent")]
pub enum Acknowledgement {
    /// `U`: none.
    Never,
    /// `N`: only if it failed.
    OnFailure,
    /// `A`: in either case.
    Always,
    /// `D`: as data; one server closes the connection of a P2P message with another letter.
    Data,
}

impl Acknowledgement {
    /// The letter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "U",
            Self::OnFailure => "N",
            Self::Always => "A",
            Self::Data => "D",
        }
    }
}

impl Content {
    /// Reads a message.
    ///
    /// # Errors
    /// [`ContentError`] if it is not what its type says; `mime` is still all of it.
    pub fn of(mime: &Mime) -> Result<Self, ContentError> {
        let kind = mime.media_type().unwrap_or_default();
        // Some repeat type and format in later parts, most do not (msnp8-18.md 9.5).
        if let Some(ChunkNumber::Later { id, index }) = ChunkNumber::of(mime) {
            return Ok(Self::Part(Part {
                id,
                index,
                body: mime.body_bytes(),
            }));
        }
        let known = KINDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(kind));
        match known {
            Some((_, read)) => read(mime),
            None => Ok(Self::Other(mime.clone())),
        }
    }

    /// Writes the message, in the layout that every known reader takes; an [`Other`](Self::Other) as it came.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        match self {
            Self::Text(text) => text.to_mime(),
            Self::Part(part) => part.to_mime(),
            Self::Typing(typing) => typing.to_mime(),
            Self::Datacast(datacast) => datacast.to_mime(),
            Self::Invitation(invitation) => invitation.to_mime(),
            Self::P2p(message) => message.to_mime(),
            Self::Emoticons(emoticons) => emoticons.to_mime(),
            Self::ClientCaps(caps) => caps.to_mime(),
            Self::KeepAlive => Mime::build("text/x-keepalive").finish(b"\r\n"),
            Self::Handwriting(drawing) => drawing.to_mime(),
            Self::SearchQuery(query) => Mime::build("text/search-query").finish(query.as_bytes()),
            Self::Profile(profile) => profile.to_mime(),
            Self::InitialMail(mail) => mail.to_mime(),
            Self::MailStatus(status) => status.to_mime(),
            Self::NewMail(mail) => mail.to_mime(),
            Self::MailMoved(moved) => moved.to_mime(),
            Self::System(message) => message.to_mime(),
            Self::Other(mime) => mime.clone(),
        }
    }

    /// The number that goes with it in `UUM` and `UBM`: text, typing and nudges go there, nothing else (enums.tsv,
    /// `UUM-UBM-type`).
    pub const fn page_mode_kind(&self) -> Option<u32> {
        match self {
            Self::Text(_) => Some(1),
            Self::Typing(_) => Some(2),
            Self::Datacast(Datacast::Nudge) => Some(3),
            _ => None,
        }
    }

    /// With which letter a client sends it (content-types.tsv). A text may go with either of two; this one lets the
    /// sender know that it arrived.
    pub const fn acknowledgement(&self) -> Acknowledgement {
        match self {
            Self::Text(_) | Self::Part(_) | Self::Handwriting(_) => Acknowledgement::Always,
            Self::P2p(_) => Acknowledgement::Data,
            Self::Typing(_) | Self::ClientCaps(_) => Acknowledgement::Never,
            _ => Acknowledgement::OnFailure,
        }
    }
}

type Read = fn(&Mime) -> Result<Content, ContentError>;

/// Every type of content-types.tsv.
const KINDS: &[(&str, Read)] = &[
    ("text/plain", |mime| Ok(Content::Text(Text::read(mime)))),
    ("text/x-msmsgscontrol", |mime| {
        Ok(Content::Typing(Typing::read(mime)))
    }),
    ("text/x-msnmsgr-datacast", |mime| {
        Datacast::read(mime).map(Content::Datacast)
    }),
    ("text/x-msmsgsinvite", |mime| {
        Invitation::read(mime).map(Content::Invitation)
    }),
    ("application/x-msnmsgrp2p", |mime| {
        P2pMessage::read(mime).map(Content::P2p)
    }),
    ("text/x-mms-emoticon", |mime| {
        Emoticons::read(mime, false).map(Content::Emoticons)
    }),
    ("text/x-mms-animemoticon", |mime| {
        Emoticons::read(mime, true).map(Content::Emoticons)
    }),
    ("text/x-clientcaps", |mime| {
        ClientCaps::read(mime).map(Content::ClientCaps)
    }),
    ("text/x-keepalive", |_| Ok(Content::KeepAlive)),
    ("image/gif", |mime| {
        Ok(Content::Handwriting(Handwriting::read(mime, Ink::Gif)))
    }),
    ("application/x-ms-ink", |mime| {
        Ok(Content::Handwriting(Handwriting::read(mime, Ink::Isf)))
    }),
    ("text/search-query", |mime| {
        Ok(Content::SearchQuery(utf8(mime.body())?.into()))
    }),
    ("text/x-msmsgsprofile", |mime| {
        Ok(Content::Profile(Profile::read(mime)))
    }),
    ("text/x-msmsgsinitialemailnotification", |mime| {
        InitialMail::read(mime).map(Content::InitialMail)
    }),
    ("text/x-msmsgsinitialmdatanotification", |mime| {
        MailStatus::read(mime, MailStatusKind::Initial).map(Content::MailStatus)
    }),
    ("text/x-msmsgsemailnotification", |mime| {
        NewMail::read(mime).map(Content::NewMail)
    }),
    ("text/x-msmsgsoimnotification", |mime| {
        MailStatus::read(mime, MailStatusKind::Waiting).map(Content::MailStatus)
    }),
    ("text/x-msmsgsactivemailnotification", |mime| {
        MailMoved::read(mime).map(Content::MailMoved)
    }),
    ("application/x-msmsgssystemmessage", |mime| {
        SystemMessage::read(mime).map(Content::System)
    }),
];
