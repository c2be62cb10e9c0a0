//! `Message-Type`.

use alloc::borrow::Cow;
use core::fmt;

/// What a message is (msnp24.md 10).
///
/// A newtype and not an enum: a type without a name here is a value like any other. Known ones are
/// recognised without regard to ASCII case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageType(Cow<'static, str>);

/// The content types that messages of MSNP24 were seen with.
const PLAIN: &str = "Text/plain; charset=UTF-8";
const MARKUP: &str = "application/user+xml";
const SIGNAL: &str = "text/plain; charset=UTF-8";

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $content:expr;)*) => {
        impl MessageType {
            $($(#[$doc])* pub const $name: Self = Self(Cow::Borrowed($word));)*

            /// The type of this name, known or not. A name that could not stand in a header is made
            /// into one that can: control characters become spaces, a blank name is plain text.
            pub fn new(name: &str) -> Self {
                $(if name.eq_ignore_ascii_case($word) {
                    return Self::$name;
                })*
                Self::unknown(name)
            }

            /// The `Content-Type` that a message of this type was seen with, on MSNP24 where it
            /// differs; plain text for types that were not seen.
            pub fn content_type(&self) -> &'static str {
                match self.as_str() {
                    $($word => $content,)*
                    _ => PLAIN,
                }
            }
        }
    };
}

kinds! {
    /// Plain text.
    TEXT = "Text", PLAIN;
    /// HTML-like text, entities escaped.
    RICH_TEXT = "RichText", MARKUP;
    /// A picture: a `<URIObject type="Picture.1">`.
    URI_OBJECT = "RichText/UriObject", MARKUP;
    /// A file: a `<URIObject type="File.1">`.
    GENERIC_FILE = "RichText/Media_GenericFile", MARKUP;
    /// A short film: a `<URIObject type="Video.1/Flik.1">`.
    FLIK = "RichText/Media_FlikMsg", MARKUP;
    /// A video message: a `<URIObject type="Video.1/Message.1">`.
    VIDEO_MESSAGE = "Text/VideoMessage", PLAIN;
    /// Contact cards; comes with a `Skype-Age` header.
    CONTACTS = "RichText/Contacts", MARKUP;
    /// The sender is typing.
    TYPING = "Control/Typing", "Application/Message";
    /// The sender is no longer typing.
    CLEAR_TYPING = "Control/ClearTyping", "Application/Message";
    /// A nudge.
    NUDGE = "Nudge", "text/x-msnmsgr-datacast";
    /// A wink (MSNP21).
    WINK = "Wink", "text/x-mms-animemoticon";
    /// The pictures of the emoticons in the next text (MSNP21).
    CUSTOM_EMOTICON = "CustomEmoticon", "text/x-mms-emoticon";
    /// Peer-to-peer data (MSNP21).
    DATA = "Data", "application/x-msnmsgrp2p";
    /// Peer-to-peer signalling (MSNP21).
    P2P = "Signal/P2P", "application/x-msnmsgrp2p";
    /// Another endpoint of the user closed the conversation's window.
    CLOSE_IM_WINDOW = "Signal/CloseIMWindow", SIGNAL;
    /// Another endpoint of the user has read the conversation.
    MARK_IM_WINDOW_READ = "Signal/MarkIMWindowRead", SIGNAL;
    /// Read the address book again.
    FORCE_ABCH_SYNC = "Signal/ForceAbchSync", SIGNAL;
    /// Relay set-up for calls.
    TURN = "Signal/Turn", SIGNAL;
    /// Call signalling.
    AUDIO_META = "Signal/AudioMeta", SIGNAL;
    /// Call signalling, tunnelled.
    AUDIO_TUNNEL = "Signal/AudioTunnel", SIGNAL;
    /// Someone was added to a thread.
    ADD_MEMBER = "ThreadActivity/AddMember", PLAIN;
    /// Someone left a thread or was removed.
    DELETE_MEMBER = "ThreadActivity/DeleteMember", PLAIN;
    /// A thread's topic changed.
    TOPIC_UPDATE = "ThreadActivity/TopicUpdate", PLAIN;
    /// A thread member's role changed.
    ROLE_UPDATE = "ThreadActivity/RoleUpdate", PLAIN;
}

impl MessageType {
    fn unknown(name: &str) -> Self {
        let name = name.replace(|c: char| c.is_ascii_control(), " ");
        match name.trim_matches(' ') {
            "" => Self::TEXT,
            trimmed => Self(Cow::Owned(trimmed.into())),
        }
    }

    /// The word as it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the body is a [`ThreadActivity`](crate::payload::thread::ThreadActivity).
    pub fn is_thread_activity(&self) -> bool {
        self.in_family("ThreadActivity")
    }

    /// Whether people read the body: text, rich text, and what is shown in place of text.
    pub fn is_text(&self) -> bool {
        self.in_family("Text") || self.in_family("RichText")
    }

    fn in_family(&self, family: &str) -> bool {
        self.0
            .split('/')
            .next()
            .is_some_and(|f| f.eq_ignore_ascii_case(family))
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageType({})", self.0)
    }
}
