//! MSNP21: presence, messages and typing notices in layers, beside the lines that are left (msnp24.md 14), each written by the
//! crate's own types.

use bytes::Bytes;
use msnp_proto::classic::{Change, Datagram, Notification, Pong, Published, ServerCommand};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::Draft;
use msnp_proto::payload::presence::{Capabilities, Status, UserDocument, service};
use msnp_proto::{Address, Dialect, Guid, Network, TrId};

use super::contact::contact;
use super::random::Random;
use super::stream::{Counts, Traffic};

/// What a busy MSNP21 client is told, in the mix of MSNP24's traffic.
pub(crate) fn msnp21(size: usize) -> Traffic {
    let mut speaker = Speaker::new();
    let mut bytes = Vec::with_capacity(size + 16 * 1024);
    let mut counts = Counts::default();
    while bytes.len() < size {
        let frame = speaker.command().to_frame(Dialect::MSNP21);
        let frame = frame.expect("all of it is of the dialect");
        counts.add(frame.payload().len());
        frame.encode(&mut bytes);
    }
    Traffic {
        name: "MSNP21",
        bytes: Bytes::from(bytes),
        counts,
    }
}

struct Speaker {
    random: Random,
    me: Address,
    contacts: Vec<Address>,
    request: u32,
}

/// Weights in tenths of a percent, in the order of [`Speaker::command`].
const MIX: &[u64] = &[320, 40, 320, 180, 40, 100];

impl Speaker {
    fn new() -> Self {
        let mut random = Random::new(21);
        let contacts = (0..400).map(|_| account(&contact(&mut random).mail));
        Self {
            contacts: contacts.collect(),
            random,
            me: account("me@example.com"),
            request: 1,
        }
    }

    fn command(&mut self) -> ServerCommand {
        match self.random.weighted(MIX) {
            0 => self.presence(),
            1 => self.gone(),
            2 => self.message(),
            3 => self.typing(),
            4 => ServerCommand::without_id(Pong { seconds: Some(45) }),
            _ => self.published(),
        }
    }

    fn from(&mut self) -> Address {
        let at = self.random.next() % self.contacts.len() as u64;
        let address = &self.contacts[usize::try_from(at).unwrap_or(0)];
        let endpoint = self.random.guid().parse().unwrap_or(Guid::NIL);
        address.with_epid(endpoint)
    }

    fn presence(&mut self) -> ServerCommand {
        let from = self.from();
        let endpoint = from.epid();
        let states = [Status::NLN, Status::NLN, Status::BSY, Status::AWY];
        let (name, motto) = (self.random.text(1, 3), self.random.text(0, 12));
        let document = UserDocument::new()
            .with_status(self.random.pick(&states))
            .with(service::IM, "CurrentMedia", "")
            .with(service::PE, "FriendlyName", name)
            .with(service::PE, "PSM", motto)
            .with_endpoint(service::PE, endpoint, "VER", "MSNMSGR:15.4.3538.0513")
            .with_endpoint(service::PE, endpoint, "TYP", "1")
            .with_capabilities(service::PE, endpoint, Capabilities::of(0, 0))
            .with_capabilities(service::IM, endpoint, Capabilities::of(2_788_999_228, 48));
        self.told(Change::PUT, &from, &document)
    }

    fn gone(&mut self) -> ServerCommand {
        let from = self.from();
        let document = UserDocument::signed_out(from.epid().unwrap_or(Guid::NIL));
        self.told(Change::DEL, &from, &document)
    }

    fn told(&self, change: Change, from: &Address, document: &UserDocument) -> ServerCommand {
        let layers = Layers::build(&self.me, from)
            .reliability()
            .header("Stream", 0)
            .notification()
            .header("NotifNum", 0)
            .header("NotifType", "Partial")
            .header("Uri", "/user")
            .header("Content-Type", "application/user+xml")
            .content_length()
            .finish(&document.encode());
        let payload = layers.into_bytes();
        ServerCommand::without_id(Notification { change, payload })
    }

    fn message(&mut self) -> ServerCommand {
        let (from, text) = (self.from(), self.random.text(1, 60));
        let name = self.random.text(1, 3);
        said(Draft::text(self.me.clone(), from, text).with_display_name(name))
    }

    fn typing(&mut self) -> ServerCommand {
        let from = self.from();
        said(Draft::typing(self.me.clone(), from))
    }

    fn published(&mut self) -> ServerCommand {
        self.request = self.request % 100_000 + 1;
        let receipt = Layers::build(&self.me, &self.me).finish();
        let payload = receipt.into_bytes();
        ServerCommand::new(TrId(self.request), Published { payload })
    }
}

fn said(draft: Draft) -> ServerCommand {
    let payload = draft.finish().into_layers().into_bytes();
    ServerCommand::new(TrId(0), Datagram { payload })
}

fn account(mail: &str) -> Address {
    Address::new(Network::PASSPORT, mail).expect("it is an address")
}
