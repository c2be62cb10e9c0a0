//! `Role`: what a connection is.

use machine_contract::Instant;
use msnp_proto::classic::ServerKind;

use super::home::Home;
use super::requests::Requests;
use super::sign_in::SignIn;
use super::talk::Talk;
use super::writer::Writer;
use super::{home_steps, msnp21, talk_steps};

/// What a connection is, and what it has asked for.
#[derive(Debug)]
pub(super) enum Role {
    /// It is not known whose it is.
    New(SignIn),
    /// The main one of a place.
    Home(Box<Home>, Requests<home_steps::Then>),
    /// The only one of a place, since MSNP21.
    Only(Box<msnp21::Home>, Requests<msnp21::Then>),
    /// That of a conversation.
    Talk(Box<Talk>, Requests<talk_steps::Then>),
}

impl Role {
    /// Whether a line waits for its answer, before which no other is carried out.
    pub(super) const fn is_waiting(&self) -> bool {
        match self {
            Self::New(sign_in) => sign_in.is_checking(),
            Self::Home(_, requests) => requests.is_waiting(),
            Self::Only(_, requests) => requests.is_waiting(),
            Self::Talk(_, requests) => requests.is_waiting(),
        }
    }

    pub(super) fn writer(&self) -> Writer {
        match self {
            Self::New(sign_in) => Writer::new(sign_in.dialect()),
            Self::Home(home, _) => home.writer(),
            Self::Only(home, _) => home.writer(),
            Self::Talk(talk, _) => talk.writer(),
        }
    }

    /// Which server its client takes it for.
    pub(super) const fn server(&self) -> ServerKind {
        match self {
            Self::Talk(..) => ServerKind::Switchboard,
            Self::New(_) | Self::Home(..) | Self::Only(..) => ServerKind::Notification,
        }
    }

    /// When something has to be done about it; `None` while it is not known whose it is, or if there is nothing to wait for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::New(_) => None,
            Self::Home(home, _) => home.deadline(),
            Self::Only(home, _) => home.deadline(),
            Self::Talk(talk, _) => talk.deadline(),
        }
    }
}
