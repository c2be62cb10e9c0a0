//! `Talk`: what both directions of one connection have settled, which says what its frames mean.

use std::collections::HashMap;

use msnp_proto::classic::{
    Choice, ClientBody, ClientCommand, ServerBody, ServerCommand, ServerKind,
};
use msnp_proto::{Dialect, Frame, Offer, Side, Verb};

/// Which dialect a cookie of a switchboard belongs to. Switchboards settle none: their caller has one (msnp8-18.md 9.1).
pub(super) trait Referrals {
    /// The dialect that the user says.
    fn given(&self) -> Option<Dialect>;
    /// A server of this dialect gave out this cookie.
    fn refer(&mut self, cookie: &[u8], dialect: Dialect);
    /// The dialect of a cookie; of one that was not seen, the last that was settled.
    fn referred(&self, cookie: &[u8]) -> Option<Dialect>;
}

/// The most cookies that are kept.
const COOKIES: usize = 65_536;

/// The dialects of switchboards' cookies, and the last that was settled.
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies {
    dialects: HashMap<Vec<u8>, Dialect>,
    last: Option<Dialect>,
}

impl Cookies {
    /// A cookie of this dialect was given out. Above the limit, those before are forgotten.
    pub(super) fn keep(&mut self, cookie: &[u8], dialect: Dialect) {
        if self.dialects.len() >= COOKIES {
            self.dialects.clear();
        }
        self.dialects.insert(cookie.to_vec(), dialect);
    }

    /// A frame was of this dialect.
    pub(super) fn settled(&mut self, dialect: Option<Dialect>) {
        self.last = dialect.or(self.last);
    }

    /// The dialect of a cookie; of one that was not seen, the last that was settled.
    pub(super) fn dialect(&self, cookie: &[u8]) -> Option<Dialect> {
        self.dialects.get(cookie).copied().or(self.last)
    }
}

/// What is settled so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Talk {
    dialect: Option<Dialect>,
    server: Option<ServerKind>,
}

impl Talk {
    /// Nothing is settled, but for what the user says.
    pub(super) const fn new(dialect: Option<Dialect>) -> Self {
        Self {
            dialect,
            server: None,
        }
    }

    pub(super) const fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    pub(super) const fn server(&self) -> Option<ServerKind> {
        self.server
    }

    /// Takes note of what a frame settles, before it is read.
    pub(super) fn hear(&mut self, side: Side, frame: &Frame, referrals: &mut dyn Referrals) {
        let word = |at: usize| frame.param(at).unwrap_or_default();
        match (side, frame.verb()) {
            (_, Verb::VER) => self.versions(side, frame),
            (Side::Client, Verb::CNT) => {
                self.dialect = Some(self.dialect.unwrap_or(Dialect::MSNP24));
            }
            // USR 1 alice@example.com COOKIE, ANS 1 alice@example.com COOKIE SESSION
            (Side::Client, Verb::ANS) => self.call(word(2), referrals),
            (Side::Client, Verb::USR) if word(1).contains(&b'@') => self.call(word(2), referrals),
            (Side::Client, Verb::USR) => self.server = Some(ServerKind::Notification),
            (Side::Server, Verb::XFR | Verb::RNG) => {
                if let Some(dialect) = self.dialect
                    && let Some(cookie) = cookie(frame)
                {
                    referrals.refer(cookie, dialect);
                }
            }
            (_, verb) if self.server.is_none() => self.server = kind_of(verb),
            _ => {}
        }
    }

    /// What a client offers is good until the server has chosen: some say more before.
    fn versions(&mut self, side: Side, frame: &Frame) {
        self.server = Some(ServerKind::Notification);
        let any = Dialect::MSNP8;
        let settled = match side {
            Side::Client => {
                let command = ClientCommand::parse(frame, any, ServerKind::Notification);
                let Ok(ClientBody::Version(version)) = command.map(|it| it.body) else {
                    return;
                };
                let offers = version.offers().filter_map(|offer| match offer {
                    Offer::Dialect(dialect) => Some(dialect),
                    Offer::Cvr0 | Offer::Other(_) => None,
                });
                offers.max()
            }
            Side::Server => {
                let command = ServerCommand::parse(frame, any, ServerKind::Notification);
                match command.map(|it| it.body) {
                    Ok(ServerBody::VersionReply(reply)) => match reply.choice {
                        Choice::Dialect(dialect) => Some(dialect),
                        Choice::Nothing | Choice::Other(_) => None,
                    },
                    _ => None,
                }
            }
        };
        self.dialect = settled.or(self.dialect);
    }

    fn call(&mut self, cookie: &[u8], referrals: &dyn Referrals) {
        self.server = Some(ServerKind::Switchboard);
        self.dialect = self.dialect.or_else(|| referrals.referred(cookie));
    }
}

/// What stands behind `CKI` (msnp8-18.md 9.1).
fn cookie(frame: &Frame) -> Option<&[u8]> {
    let mut words = frame.params().skip_while(|word| *word != b"CKI");
    words.nth(1)
}

/// The kind of server whose words alone these are, where the start of a connection was not recorded.
const fn kind_of(verb: Verb) -> Option<ServerKind> {
    match verb {
        Verb::JOI | Verb::IRO | Verb::CAL | Verb::BYE | Verb::NAK => Some(ServerKind::Switchboard),
        Verb::CVR | Verb::CHG | Verb::NLN | Verb::ILN | Verb::FLN | Verb::UBX => {
            Some(ServerKind::Notification)
        }
        _ => None,
    }
}
