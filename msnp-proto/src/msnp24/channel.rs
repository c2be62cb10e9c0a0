//! The third word of an MSNP24 line: which part of the service a command speaks to.

use core::fmt;

use bytes::Bytes;

macro_rules! channels {
    ($($(#[$doc:meta])* $name:ident = $wire:literal;)*) => {
        /// The type and sub-type of an MSNP24 line (msnp24.md 2.2, 6).
        ///
        /// Replies drop the sub-type of their request; what the server sends by itself carries one,
        /// [`Msgr`](Self::Msgr) of `SDG` aside. Compared by case, as servers were seen to write it.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Channel {
            $($(#[$doc])* $name,)*
            /// A word this crate has no name for.
            Other(ChannelWord),
        }

        impl Channel {
            /// The channel that `word` names.
            ///
            /// `word` is a slice of `line`; it is shared only if it has to be kept.
            pub(crate) fn of_line(word: &[u8], line: &Bytes) -> Self {
                match word {
                    $($wire => Self::$name,)*
                    _ => Self::Other(ChannelWord(line.slice_ref(word))),
                }
            }

            /// The word as it stands in the line.
            pub fn as_bytes(&self) -> &[u8] {
                match self {
                    $(Self::$name => $wire,)*
                    Self::Other(word) => &word.0,
                }
            }

            #[cfg(test)]
            const NAMED: &[(&[u8], Self)] = &[$(($wire, Self::$name),)*];
        }
    };
}

channels! {
    /// `CON`: the connection itself.
    Con = b"CON";
    /// `CON\USER`: who connects.
    ConUser = b"CON\\USER";
    /// `CON\MSGR`: what the connection is to be used for.
    ConMsgr = b"CON\\MSGR";
    /// `MSGR`: messenger service; messages, and replies to any `MSGR\NAME`.
    Msgr = b"MSGR";
    /// `MSGR\CHALLENGE`
    Challenge = b"MSGR\\CHALLENGE";
    /// `MSGR\PRESENCE`
    Presence = b"MSGR\\PRESENCE";
    /// `MSGR\CONTACTS`
    Contacts = b"MSGR\\CONTACTS";
    /// `MSGR\SUBSCRIPTIONS`
    Subscriptions = b"MSGR\\SUBSCRIPTIONS";
    /// `MSGR\THREAD`
    Thread = b"MSGR\\THREAD";
    /// `MSGR\ACTIVEENDPOINT`
    ActiveEndpoint = b"MSGR\\ACTIVEENDPOINT";
    /// `MSGR\OPTIONS`
    Options = b"MSGR\\OPTIONS";
    /// `MSGR\PARTNERS`
    Partners = b"MSGR\\PARTNERS";
    /// `MSGR\NETWORKS`
    Networks = b"MSGR\\NETWORKS";
    /// `MSGR\RECENTCONVERSATIONS`
    RecentConversations = b"MSGR\\RECENTCONVERSATIONS";
    /// `MSGR\MESSAGESBYCONVERSATION`
    MessagesByConversation = b"MSGR\\MESSAGESBYCONVERSATION";
    /// `MSGR\THREADS`
    Threads = b"MSGR\\THREADS";
    /// `MSGR\PUT`: a presence document, pushed by the server.
    Put = b"MSGR\\PUT";
    /// `MSGR\DEL`: a withdrawn presence document, pushed by the server.
    Del = b"MSGR\\DEL";
    /// `MSGR\HOTMAIL`: a mail notification.
    Hotmail = b"MSGR\\HOTMAIL";
    /// `MSGR\ABCH`: the address book changed elsewhere.
    Abch = b"MSGR\\ABCH";
}

/// A channel without a name in this crate; a word that can stand in a line.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ChannelWord(Bytes);

impl Channel {
    /// Makes a channel of any word; `None` if it is empty, would end the word or the line, or is
    /// longer than 255 bytes.
    pub fn new(word: impl Into<Bytes>) -> Option<Self> {
        let word = word.into();
        let bad =
            word.is_empty() || word.len() > 255 || word.iter().any(|b| *b <= b' ' || *b == 0x7f);
        (!bad).then(|| Self::of_line(&word, &word))
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Debug for ChannelWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_its_word() {
        for (word, channel) in Channel::NAMED {
            assert_eq!(channel.as_bytes(), *word);
            assert_eq!(Channel::new(*word).as_ref(), Some(channel));
        }
    }

    #[test]
    fn an_unknown_word_is_kept() {
        let channel = Channel::new("MSGR\\SPAM").expect("a word");
        assert_eq!(channel.as_bytes(), b"MSGR\\SPAM");
        assert!(matches!(channel, Channel::Other(_)));
        assert_ne!(Channel::new("con"), Some(Channel::Con));
    }

    #[test]
    fn a_word_cannot_end_the_line() {
        assert_eq!(Channel::new(""), None);
        assert_eq!(Channel::new("CON 2\r\nOUT"), None);
        assert_eq!(Channel::new("CON\t"), None);
    }
}
