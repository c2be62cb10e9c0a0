//! What a frame means: the command of its dialect, and what its payload is; or why it has no type.

use std::fmt;

use msnp_proto::classic::{self, ClientBody, ServerBody, ServerKind};
use msnp_proto::msnp24;
use msnp_proto::{Dialect, ErrorCode, Frame, Side, Verb};

use super::payload::{self, Payload};
use super::talk::Talk;

/// What a frame is.
#[derive(Debug)]
pub(super) enum Meaning {
    /// A command of its dialect, to be printed: secrets and people's messages are not in it.
    Typed {
        command: Box<dyn fmt::Debug>,
        payload: Payload,
    },
    /// No command that has a type here, and why.
    Other(Reason),
    /// A command whose words are not what they should be, and at which byte.
    Wrong { what: String, at: usize },
}

/// Why a frame has no type.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum Reason {
    #[error("the dialect is not known: no VER was recorded before it (--dialect names one)")]
    NoDialect,
    #[error("the notes have no syntax and no capture of it")]
    NoSyntax,
    #[error("another form than those that are known; servers refuse it")]
    OtherForm,
    #[error("the dialect has no such command in this direction and on this server")]
    OtherDialect,
    #[error("a verb that is not in upper case; the server of today loses its framing at some")]
    NotCapitals,
    #[error("MSNP24 has no such verb or channel that is known")]
    OtherChannel,
    /// Neither a command of any dialect nor explained: this is told as wrong.
    #[error("neither a command of any dialect nor explained")]
    Unexplained,
}

/// Reads a frame by what its connection has settled.
pub(super) fn read(side: Side, talk: &Talk, frame: &Frame) -> Meaning {
    let verb = frame.verb();
    match talk.dialect() {
        Some(dialect) if dialect < Dialect::MSNP24 => classic(side, dialect, talk.server(), frame),
        // A stray command of MSNP24 is told by its words alone.
        settled if settled.is_some() || is_msnp24(frame) => msnp24(side, frame),
        // The offer and the choice are the same words in all of them.
        _ if verb == Verb::VER => classic(side, Dialect::MSNP8, talk.server(), frame),
        _ if is_known(side, verb) => Meaning::Other(Reason::NoDialect),
        _ => Meaning::Other(unknown(verb)),
    }
}

fn classic(side: Side, dialect: Dialect, server: Option<ServerKind>, frame: &Frame) -> Meaning {
    // Where the start of a connection was not recorded, either server will do.
    let either = [ServerKind::Notification, ServerKind::Switchboard];
    let servers = server.as_ref().map_or(&either[..], std::slice::from_ref);
    let mut meaning = Meaning::Other(Reason::Unexplained);
    for server in servers {
        let read: Result<Option<Box<dyn fmt::Debug>>, _> = match side {
            Side::Client => classic::ClientCommand::parse(frame, dialect, *server).map(|command| {
                let is_other = matches!(command.body, ClientBody::Other(_));
                (!is_other).then(|| Box::new(command) as Box<dyn fmt::Debug>)
            }),
            Side::Server => classic::ServerCommand::parse(frame, dialect, *server).map(|command| {
                let is_other = matches!(command.body, ServerBody::Other(_));
                (!is_other).then(|| Box::new(command) as Box<dyn fmt::Debug>)
            }),
        };
        meaning = match read {
            Ok(Some(command)) => {
                let payload = payload::read(frame);
                return Meaning::Typed { command, payload };
            }
            Ok(None) => Meaning::Other(other(side, dialect, *server, frame.verb())),
            Err(error) => Meaning::Wrong {
                what: error.kind.to_string(),
                at: error.offset,
            },
        };
    }
    meaning
}

fn msnp24(side: Side, frame: &Frame) -> Meaning {
    let read: Result<Option<Box<dyn fmt::Debug>>, _> = match side {
        Side::Client => msnp24::ClientCommand::parse(frame).map(|command| {
            let is_other = matches!(command.body, msnp24::ClientBody::Other(_));
            (!is_other).then(|| Box::new(command) as Box<dyn fmt::Debug>)
        }),
        Side::Server => msnp24::ServerCommand::parse(frame).map(|command| {
            let is_other = matches!(command.body, msnp24::ServerBody::Other(_));
            (!is_other).then(|| Box::new(command) as Box<dyn fmt::Debug>)
        }),
    };
    match read {
        // The documents of MSNP24 are read with their commands.
        Ok(Some(command)) => Meaning::Typed {
            command,
            payload: Payload::None,
        },
        Ok(None) if is_known(side, frame.verb()) => Meaning::Other(Reason::OtherChannel),
        Ok(None) => Meaning::Other(unknown(frame.verb())),
        Err(error) => Meaning::Wrong {
            what: error.kind.to_string(),
            at: error.offset,
        },
    }
}

/// Why a verb is `Other` in a dialect: the rows of the table in [`msnp_proto::classic`].
fn other(side: Side, dialect: Dialect, server: ServerKind, verb: Verb) -> Reason {
    let forms = match side {
        Side::Client => ClientBody::FORMS,
        Side::Server => ServerBody::FORMS,
    };
    let mut forms = forms.iter().filter(|form| form.verb == verb);
    if forms.clone().any(|form| form.is_in(dialect, server)) {
        return Reason::OtherForm;
    }
    match verb {
        Verb::RFS | Verb::GSB | Verb::LKP | Verb::CVQ | Verb::DEL | Verb::GET | Verb::PUT => {
            Reason::NoSyntax
        }
        _ if forms.next().is_some() || is_of_other_side(side, verb) => Reason::OtherDialect,
        _ => unknown(verb),
    }
}

fn unknown(verb: Verb) -> Reason {
    let is_lower = verb.as_bytes().iter().any(u8::is_ascii_lowercase);
    let upper = verb.as_bytes().map(|byte| byte.to_ascii_uppercase());
    let is_one = Verb::new(upper)
        .is_some_and(|verb| is_known(Side::Client, verb) || is_known(Side::Server, verb));
    if is_lower && is_one {
        Reason::NotCapitals
    } else {
        Reason::Unexplained
    }
}

/// Whether some dialect has this verb.
fn is_known(side: Side, verb: Verb) -> bool {
    let forms = match side {
        Side::Client => ClientBody::FORMS,
        Side::Server => ServerBody::FORMS,
    };
    let is_msnp24 = matches!(
        verb,
        Verb::CNT
            | Verb::ATH
            | Verb::BND
            | Verb::PUT
            | Verb::GET
            | Verb::DEL
            | Verb::SDG
            | Verb::ACK
            | Verb::PNG
            | Verb::OUT
            | Verb::NFY
            | Verb::XFR
    );
    let is_error = side == Side::Server && ErrorCode::of_verb(verb).is_some();
    is_msnp24 || is_error || forms.iter().any(|form| form.verb == verb)
}

/// `NOT`, `BYE` and their like, from the wrong end.
fn is_of_other_side(side: Side, verb: Verb) -> bool {
    match side {
        Side::Client => is_known(Side::Server, verb),
        Side::Server => is_known(Side::Client, verb),
    }
}

/// Whether the line is `CMD TrID CON len` or `CMD TrID MSGR\NAME len`, as no other dialect writes.
fn is_msnp24(frame: &Frame) -> bool {
    let mut words = frame.params().skip(1);
    let (Some(channel), Some(_), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let name = channel.split(|b| *b == b'\\').next().unwrap_or_default();
    name == b"CON" || name == b"MSGR"
}

#[cfg(test)]
mod tests {
    use msnp_proto::{FrameDecoder, PayloadTable};

    use super::*;
    use crate::decode::talk::Referrals;

    struct NoReferrals;

    impl Referrals for NoReferrals {
        fn given(&self) -> Option<Dialect> {
            None
        }
        fn refer(&mut self, _: &[u8], _: Dialect) {}
        fn referred(&self, _: &[u8]) -> Option<Dialect> {
            Some(Dialect::MSNP18)
        }
    }

    /// What the last of the lines means, in a word.
    #[track_caller]
    fn meaning(lines: &[(Side, &'static str)], dialect: Option<Dialect>) -> String {
        let mut talk = Talk::new(dialect);
        let mut found = String::new();
        for (side, line) in lines {
            let mut decoder = FrameDecoder::new(PayloadTable::either(*side));
            decoder.push(*line);
            let frame = decoder.next_frame().expect("a frame").expect("whole");
            talk.hear(*side, &frame, &mut NoReferrals);
            found = match read(*side, &talk, &frame) {
                Meaning::Typed { command, payload } => format!("{command:?} {payload:?}"),
                Meaning::Other(reason) => reason.to_string(),
                Meaning::Wrong { what, at } => format!("{what} at {at}"),
            };
        }
        found
    }

    use Side::{Client, Server};

    #[test]
    fn commands_of_msnp24_are_typed_and_their_secrets_hidden() {
        let line = "ATH 2 CON\\USER 52\r\n\r\n<user><uic>QUFB</uic><web-compact-ticket /></user>";
        let view = meaning(&[(Client, line)], None);
        assert!(view.contains("Authenticate(Web"), "{view}");
        assert!(!view.contains("QUFB"), "{view}");
    }

    #[test]
    fn a_body_that_is_not_the_commands_is_wrong() {
        let view = meaning(&[(Client, "CNT 1 CON 5\r\n\r\nabc")], None);
        assert!(view.contains(" at "), "{view}");
    }

    #[test]
    fn the_dialect_is_that_of_ver_and_else_the_users() {
        let version = [
            (Client, "VER 1 MSNP15 MSNP8 CVR0\r\n"),
            (Server, "VER 1 MSNP8\r\n"),
        ];
        let status = (Client, "CHG 8 NLN 268435492\r\n");
        assert!(meaning(&version, None).contains("VersionReply"));
        let view = meaning(&[version[0], version[1], status], None);
        assert!(view.contains("OwnStatus"), "{view}");
        let view = meaning(&[version[0], version[1], (Client, "UUX 9 0\r\n")], None);
        assert_eq!(view, Reason::OtherDialect.to_string());
        assert_eq!(meaning(&[status], None), Reason::NoDialect.to_string());
        let view = meaning(&[status], Some(Dialect::MSNP12));
        assert!(view.contains("OwnStatus"), "{view}");
    }

    #[test]
    fn a_switchboard_speaks_the_dialect_of_its_caller() {
        let call = (
            Client,
            "USR 1 a@b.c;{11111111-2222-3333-4444-555555555555} c\r\n",
        );
        let joined = (Server, "JOI b@b.c Bob 2789003324:48\r\n");
        let view = meaning(&[call, joined], None);
        assert!(view.contains("ContactJoined"), "{view}");
        assert!(
            !meaning(&[call], None).contains(" c\""),
            "the cookie is hidden"
        );
    }

    #[test]
    fn each_other_has_its_reason() {
        let known = Some(Dialect::MSNP12);
        for (side, line, reason) in [
            (Client, "LKP 1 x\r\n", Reason::NoSyntax),
            (Server, "RFS 1\r\n", Reason::NoSyntax),
            (Client, "USR 3 CTP I a@b\r\n", Reason::OtherForm),
            (Client, "ver 1 MSNP8\r\n", Reason::NotCapitals),
            (Client, "XYZ 1 abc\r\n", Reason::Unexplained),
            (Server, "XYZ 1 abc\r\n", Reason::Unexplained),
        ] {
            assert_eq!(
                meaning(&[(side, line)], known),
                reason.to_string(),
                "{line}"
            );
        }
    }
}
