//! The words of the dialect, between the lines and the network's values.

use bytes::Bytes;
use machine_contract::Secret;

use crate::faces::AccessClaim;
use crate::faces::turn::Turn;
use crate::identity::{Address, EmailAddress};
use crate::network::{Attributes, Content, Lists, Message, RoomId, Said, Status};

/// What leads a connection to its conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Where the main connection tells what waits for it.
    pub(super) home: RoomId,
    /// Where the other is already.
    pub(super) room: Option<RoomId>,
    /// The other.
    pub(super) with: EmailAddress,
}

const STATUS: [(&str, Status); 8] = [
    ("online", Status::Online),
    ("busy", Status::Busy),
    ("phone", Status::Phone),
    ("idle", Status::Idle),
    ("back-soon", Status::BeRightBack),
    ("lunch", Status::Lunch),
    ("away", Status::Away),
    ("hidden", Status::Hidden),
];

/// A claim in place of cookies: address, salt, answer.
pub(super) fn read_claim(rest: &str) -> Option<AccessClaim> {
    let [address, salt, answer] = rest.split(' ').collect::<Vec<_>>().try_into().ok()?;
    Some(AccessClaim {
        address: EmailAddress::parse(address).ok()?,
        salt: salt.to_owned(),
        answer: Secret::new(answer.to_owned()),
    })
}

/// Sends one line.
pub(super) fn say(line: &str, turn: &mut Turn<'_>) {
    turn.send(format!("{line}\r\n").as_bytes());
}

/// Refuses what began with this word, of which there is never more than fits a line.
pub(super) fn refuse(word: &str, turn: &mut Turn<'_>) {
    say(&format!("NO {word}"), turn);
}

/// A person, as this dialect names them.
pub(super) fn address(word: &str) -> Option<Address> {
    EmailAddress::parse(word).ok().map(Address::Email)
}

pub(super) fn read_status(word: &str) -> Option<Status> {
    let known = STATUS.iter().find(|(known, _)| *known == word);
    known.map(|(_, status)| *status)
}

/// The word for a status; one that has none is away.
pub(super) fn status(status: Option<Status>) -> &'static str {
    let Some(status) = status else {
        return "offline";
    };
    let known = STATUS.iter().find(|(_, known)| *known == status);
    known.map_or("away", |(word, _)| word)
}

/// The letters of lists: forward, allow, block, reverse, pending; `-` for none.
pub(super) fn lists(lists: Lists) -> String {
    let letters = "FABRP".chars().enumerate();
    let set = letters.filter(|(at, _)| lists.bits() >> at & 1 == 1);
    let set: String = set.map(|(_, letter)| letter).collect();
    if set.is_empty() { "-".into() } else { set }
}

/// Text as what is said.
pub(super) fn said(text: &str, name: Option<&str>) -> Said {
    let mut attributes = Attributes::new();
    if let Some(name) = name {
        attributes.push("IM-Display-Name", name);
    }
    attributes.push("Content-Type", "Text/plain; charset=UTF-8");
    Said {
        kind: "Text".into(),
        client_id: None,
        attributes,
        body: Bytes::copy_from_slice(text.as_bytes()),
    }
}

/// The text of what somebody says, on one line; `None` for what is no text.
pub(super) fn text(said: &Said) -> Option<String> {
    let family = said.kind.split('/').next().unwrap_or_default();
    let is_text = ["Text", "RichText"]
        .iter()
        .any(|known| family.eq_ignore_ascii_case(known));
    let on_one_line = |c: char| if c.is_control() { ' ' } else { c };
    let body = String::from_utf8_lossy(&said.body);
    is_text.then(|| body.chars().map(on_one_line).collect())
}

/// What a person said in a message, if this dialect can show it.
pub(super) fn said_in(message: &Message) -> Option<&Said> {
    match &message.content {
        Content::Said(said) => text(said).map(|_| said),
        Content::Activity(_) => None,
    }
}

/// A token as it stands in a line.
pub(super) fn token(token: &Token) -> String {
    let room = token.room.map_or(0, |room| room.0);
    format!("{:x}.{room:x}.{}", token.home.0, token.with)
}

/// What a token says; `None` if it is none of ours.
pub(super) fn read_token(word: &str) -> Option<Token> {
    let mut parts = word.splitn(3, '.');
    let mut number = || u128::from_str_radix(parts.next()?, 16).ok();
    let (home, room) = (number()?, number()?);
    Some(Token {
        home: RoomId(home),
        room: (room != 0).then_some(RoomId(room)),
        with: EmailAddress::parse(parts.next()?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        for room in [None, Some(RoomId(u128::MAX))] {
            let written = Token {
                home: RoomId(10),
                room,
                with: EmailAddress::parse("b.o.b@example.org").unwrap(),
            };
            assert_eq!(read_token(&token(&written)), Some(written));
        }
        for word in [
            "",
            "a",
            "a.b",
            "a.b.c",
            "x.1.bob@example.org",
            "..bob@example.org",
        ] {
            assert_eq!(read_token(word), None, "{word}");
        }
    }

    #[test]
    fn every_status_is_read_and_written_alike() {
        for (word, known) in STATUS {
            assert_eq!(
                (read_status(word), status(Some(known))),
                (Some(known), word)
            );
        }
        assert_eq!(status(Some(Status::Other(*b"XYZ"))), "away");
        assert_eq!(status(None), "offline");
    }

    #[test]
    fn lists_have_letters() {
        assert_eq!(lists(Lists::FORWARD | Lists::BLOCK | Lists::PENDING), "FBP");
        assert_eq!(lists(Lists::NONE), "-");
    }

    #[test]
    fn text_stands_on_one_line() {
        assert_eq!(text(&said("a\r\nb", None)).as_deref(), Some("a  b"));
        let mut nudge = said("a", None);
        nudge.kind = "Nudge".into();
        assert_eq!(text(&nudge), None);
    }
}
