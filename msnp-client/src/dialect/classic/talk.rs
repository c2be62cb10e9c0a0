//! What is said in conversations, as messages with headers (msnp8-18.md 9.4, 9.5).

use bytes::Bytes;
use msnp_proto::Guid;
use msnp_proto::payload::chunks;
use msnp_proto::payload::mime::{self, Content as Said, Datacast, Mime, Text, Typing};

use super::super::looks::{of_format, to_format};
use crate::event::Reason;
use crate::looks::Looks;
use crate::message::{Format, ReceivedContent, ReceivedText};
use crate::request::Content;
use crate::text::clip;

/// The messages that something is said in, in order. Who cannot put parts together gets them as messages of their own.
///
/// # Errors
/// Why it cannot be said.
pub(super) fn messages_of(
    content: &Content,
    can_join: bool,
    id: Guid,
) -> Result<Vec<Mime>, Reason> {
    match content {
        Content::Text { text, looks } if can_join => {
            let parts = chunks::split(&dressed(text, looks), id);
            parts.map_err(|_| Reason::TooLarge)
        }
        Content::Text { text, looks } => {
            let pieces = chunks::pieces(text, chunks::MAX_BODY);
            let pieces: Vec<_> = pieces
                .map(|piece| dressed(piece, looks).to_mime())
                .collect();
            // An empty text is one too.
            if pieces.is_empty() {
                return Ok(vec![dressed("", looks).to_mime()]);
            }
            Ok(pieces)
        }
        Content::Nudge => Ok(vec![Datacast::Nudge.to_mime()]),
        Content::Edit { .. } => Err(Reason::NotPossible),
    }
}

/// A text as it is to look: in the font that every system of the time had, unless another is wished for; one without a
/// name is known of nobody.
fn dressed(text: &str, looks: &Looks) -> Text {
    Text::new(text).with_format(to_format(looks, "MS Shell Dlg"))
}

/// The sign that one is typing.
pub(super) fn typing(login: &str) -> Mime {
    Typing::Typing(login.to_owned()).to_mime()
}

/// A text for somebody who is not there, on the notification server (msnp8-18.md 10).
pub(super) fn page(text: &str) -> Mime {
    let text = Text {
        dest_agent: Some("client".to_owned()),
        ..dressed(text, &Looks::default())
    };
    text.to_mime()
}

/// What a message is to the application.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Content(ReceivedContent),
    Typing,
    /// An application that this client has not; its cookie is what it is declined by.
    Invitation(u32),
    /// Nothing for people, or what cannot be read.
    Nothing,
}

/// What a message says, whose parts are put together.
pub(super) fn meaning_of(message: &Mime, sender: Option<String>, limit: usize) -> Meaning {
    match Said::of(message) {
        Ok(Said::Text(text)) => Meaning::Content(ReceivedContent::Text(ReceivedText {
            text: clip(&String::from_utf8_lossy(&text.body), limit),
            format: Format::Plain,
            looks: text.format.as_ref().map(of_format).unwrap_or_default(),
            // One's own choice of a name is decoration (msnp8-18.md 9.4).
            from_name: text.shown_name.or(sender).map(|name| clip(&name, limit)),
            sent_at: None,
            delayed: false,
        })),
        Ok(Said::Datacast(Datacast::Nudge)) => Meaning::Content(ReceivedContent::Nudge),
        Ok(Said::Typing(_)) => Meaning::Typing,
        Ok(Said::Invitation(invitation))
            if invitation.command == mime::InvitationCommand::Invite =>
        {
            Meaning::Invitation(invitation.cookie)
        }
        _ => Meaning::Nothing,
    }
}

/// The answer to an invitation that nobody here can take (msnp8-18.md 9.6).
pub(super) fn decline(cookie: u32) -> Mime {
    mime::Invitation::cancel(cookie, "REJECT_NOT_INSTALLED").to_mime()
}

/// A payload with headers. `None`: it has none.
pub(super) fn mime_of(payload: &Bytes) -> Option<Mime> {
    Mime::parse(payload.clone()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: Guid = Guid::from_bytes([7; 16]);

    /// In looks that take as much room as any.
    fn said(text: &str) -> Content {
        let looks = Looks {
            font: Some("\u{e4}".repeat(99)),
            colour: [0xff; 3],
            bold: true,
            italic: true,
            underline: true,
            strikethrough: true,
            right_to_left: true,
        };
        let text = text.to_owned();
        Content::Text { text, looks }
    }

    fn text(meaning: Meaning) -> String {
        match meaning {
            Meaning::Content(ReceivedContent::Text(text)) => text.text,
            other => panic!("no text: {other:?}"),
        }
    }

    #[test]
    fn no_message_is_longer_than_a_switchboard_takes() {
        let long = "\u{1f642}\u{e9}x".repeat(3_000);
        for can_join in [true, false] {
            let content = said(&long);
            let messages = messages_of(&content, can_join, ID).expect("it fits");
            assert!(messages.len() > 10);
            for message in &messages {
                assert!(message.as_bytes().len() <= chunks::MAX_PAYLOAD);
                assert!(
                    std::str::from_utf8(message.body()).is_ok(),
                    "cut in a character"
                );
            }
        }
        let endless = said(&"x".repeat(100 * 1024));
        assert_eq!(messages_of(&endless, true, ID), Err(Reason::TooLarge));
    }

    #[test]
    fn a_nudge_of_any_client_is_one() {
        for body in ["ID: 1\r\n\r\n", "ID: 1\r\n", "ID:1"] {
            let payload =
                format!("MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\n{body}");
            let message = mime_of(&payload.into()).expect("headers");
            let meaning = meaning_of(&message, None, 99);
            assert_eq!(
                meaning,
                Meaning::Content(ReceivedContent::Nudge),
                "{body:?}"
            );
        }
    }

    #[test]
    fn what_is_no_message_for_people_says_nothing() {
        for kind in [
            "application/x-msnmsgrp2p",
            "text/x-clientcaps",
            "text/x-mms-emoticon",
        ] {
            let payload = format!("MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n\0\0");
            let message = mime_of(&payload.into()).expect("headers");
            assert_eq!(meaning_of(&message, None, 99), Meaning::Nothing, "{kind}");
        }
    }

    proptest! {
        #[test]
        fn what_is_said_is_understood(said in "\\PC{0,400}") {
            let messages = messages_of(&self::said(&said), false, ID).expect("it fits");
            let heard: String = messages.iter().map(|it| text(meaning_of(it, None, 9999))).collect();
            prop_assert_eq!(heard, said);
        }

        #[test]
        fn nothing_that_is_said_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(message) = mime_of(&bytes.into()) {
                meaning_of(&message, None, 50);
            }
        }
    }
}
