//! MSNP24: presence, messages, typing notices, replies and rarities, each written by the crate's own types.

use std::time::Duration;

use bytes::Bytes;
use msnp_proto::msnp24::{
    Bound, Channel, Connected, Delivery, ErrorReply, GetReply, HeaderValue, Notification, Pong,
    PresenceReply, PutReply, ServerBody, ServerCommand, Transfer,
};
use msnp_proto::payload::contacts::{ContactList, Lists};
use msnp_proto::payload::history::{MessagesByConversationResponse, StoredMessage};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::{Draft, MessageType};
use msnp_proto::payload::presence::{Capabilities, Status, UserDocument, service};
use msnp_proto::payload::thread::{Member, Role, Thread};
use msnp_proto::{Address, ErrorCode, Guid, Network, TrId, UnixTime};

use super::random::Random;
use super::stream::{Counts, Traffic};

/// What a busy MSNP24 client is told. The mix is ours: no recording is long enough to count one.
pub(crate) fn msnp24(size: usize) -> Traffic {
    traffic("MSNP24", MIX, size)
}

/// The part of it that is not a document to be read at once: what arrives while people talk.
pub(crate) fn msnp24_talk(size: usize) -> Traffic {
    traffic("MSNP24, talk only", TALK, size)
}

fn traffic(name: &'static str, mix: &'static [u64], size: usize) -> Traffic {
    let mut speaker = Speaker::new(mix);
    let mut bytes = Vec::with_capacity(size + 16 * 1024);
    let mut counts = Counts::default();
    while bytes.len() < size {
        let frame = speaker.command().to_frame();
        counts.add(frame.payload().len());
        frame.encode(&mut bytes);
    }
    Traffic {
        name,
        bytes: Bytes::from(bytes),
        counts,
    }
}

struct Speaker {
    random: Random,
    me: Address,
    contacts: Vec<Address>,
    threads: Vec<Address>,
    request: u32,
    mix: &'static [u64],
}

/// Weights in tenths of a percent, in the order of [`Speaker::command`].
const MIX: &[u64] = &[250, 30, 250, 150, 120, 80, 30, 20, 10, 30, 15, 5, 5, 5];

/// [`MIX`] without documents.
const TALK: &[u64] = &[250, 30, 250, 150, 120, 80, 0, 0, 0, 0, 0, 5, 0, 0];

impl Speaker {
    fn new(mix: &'static [u64]) -> Self {
        let mut random = Random::new(24);
        let contacts = (0..400).map(|_| person(&mut random)).collect();
        let threads = (0..40).map(|_| thread(&mut random)).collect();
        let me = account("live:me");
        Self {
            random,
            me,
            contacts,
            threads,
            request: 1,
            mix,
        }
    }

    fn command(&mut self) -> ServerCommand {
        let kind = self.random.weighted(self.mix);
        let own = matches!(kind, 0 | 1 | 2 | 3 | 7 | 8);
        let trid = if own {
            TrId(0)
        } else {
            self.request += 1;
            TrId(self.request % 100_000)
        };
        ServerCommand::new(trid, self.body(kind))
    }

    fn body(&mut self, kind: usize) -> ServerBody {
        match kind {
            0 => self.presence(),
            1 => self.gone(),
            2 => self.message(),
            3 => self.typing(),
            4 => ServerBody::Accepted,
            5 => ServerBody::Put(PutReply::Empty),
            6 => self.own_presence(),
            7 => ServerBody::Notification(Notification::Thread(Box::new(self.thread()))),
            8 => self.contact_list(),
            9 => ServerBody::Pong(Pong {
                wait: Some(Duration::from_secs(45)),
            }),
            10 => self.history(),
            11 => error(),
            12 => self.greeting(),
            _ => transfer(),
        }
    }

    fn from(&mut self) -> Address {
        let at = self.random.next() % self.contacts.len() as u64;
        let address = &self.contacts[usize::try_from(at).unwrap_or(0)];
        let endpoint = self.random.guid().parse().unwrap_or(Guid::NIL);
        address.with_epid(endpoint)
    }

    fn conversation(&mut self) -> Address {
        let at = self.random.next() % self.threads.len() as u64;
        self.threads[usize::try_from(at).unwrap_or(0)].clone()
    }

    fn document(&mut self, endpoint: Guid) -> UserDocument {
        let states = [
            Status::NLN,
            Status::NLN,
            Status::NLN,
            Status::BSY,
            Status::IDL,
            Status::AWY,
        ];
        let name = self.random.text(1, 3);
        let motto = self.random.text(0, 12);
        UserDocument::new()
            .with_status(self.random.pick(&states))
            .with(service::IM, "CurrentMedia", "")
            .with(service::PE, "FriendlyName", name)
            .with(service::PE, "PSM", motto)
            .with_endpoint(service::PE, Some(endpoint), "VER", "6.4.0.0")
            .with_endpoint(service::PE, Some(endpoint), "TYP", "1")
            .with_capabilities(service::PE, Some(endpoint), Capabilities::of(0, 4_194_560))
            .with_capabilities(
                service::IM,
                Some(endpoint),
                Capabilities::of(2_788_999_228, 48),
            )
    }

    fn presence(&mut self) -> ServerBody {
        let from = self.from();
        let document = self.document(from.epid().unwrap_or(Guid::NIL)).encode();
        let layers = Layers::build(&self.me, &from)
            .reliability()
            .header("Stream", 0)
            .notification()
            .header("NotifNum", 0)
            .header("NotifType", "Partial")
            .header("Uri", "/user")
            .header("Content-Type", "application/user+xml")
            .content_length()
            .finish(&document);
        ServerBody::Notification(Notification::Put(layers))
    }

    fn gone(&mut self) -> ServerBody {
        let from = self.from();
        let document = UserDocument::signed_out(from.epid().unwrap_or(Guid::NIL)).encode();
        let layers = Layers::build(&self.me, &from)
            .notification()
            .header("Uri", "/user")
            .header("Content-Type", "application/user+xml")
            .content_length()
            .finish(&document);
        ServerBody::Notification(Notification::Del(layers))
    }

    fn message(&mut self) -> ServerBody {
        let (from, text) = (self.from(), self.random.text(1, 60));
        let name = self.random.text(1, 3);
        let mut draft = Draft::text(self.me.clone(), from, text)
            .with_client_message_id(self.random.bits(63))
            .with_display_name(name);
        draft.message_id = Some(self.random.bits(40));
        draft.original_arrival_time = Some("2015-03-05T21:53:13.000Z".to_owned());
        self.delivery(draft)
    }

    fn typing(&mut self) -> ServerBody {
        let from = self.from();
        let draft = Draft::typing(self.me.clone(), from);
        self.delivery(draft)
    }

    fn delivery(&mut self, draft: Draft) -> ServerBody {
        let id = format!("{:016X}", self.random.next());
        ServerBody::Message(Delivery {
            message: draft.finish().into_layers(),
            ack_id: HeaderValue::new(id).ok(),
        })
    }

    fn own_presence(&mut self) -> ServerBody {
        let endpoint = self.random.guid().parse().unwrap_or(Guid::NIL);
        ServerBody::Put(PutReply::Presence(Box::new(PresenceReply {
            user: Some(self.document(endpoint)),
            from: Some(self.me.with_epid(endpoint)),
        })))
    }

    fn thread(&mut self) -> Thread {
        let members = (0..self.random.between(2, 12)).map(|_| self.from().account());
        let members = members.map(|mri| Member::new(mri, Role::USER)).collect();
        Thread {
            id: Some(self.conversation()),
            version: Some(self.random.bits(40)),
            topic: Some(self.random.text(1, 6)),
            members,
            ..Thread::default()
        }
    }

    fn contact_list(&mut self) -> ServerBody {
        let mut list = ContactList::new();
        for _ in 0..self.random.between(1, 20) {
            list.push(&self.from().account(), &[("IM", Lists(3))]);
        }
        ServerBody::Notification(Notification::Contacts(list))
    }

    fn history(&mut self) -> ServerBody {
        let messages = (0..self.random.between(1, 20))
            .map(|_| {
                let mut stored = StoredMessage::new(MessageType::TEXT, self.random.text(1, 30));
                stored.message_id = Some(self.random.bits(40));
                stored.original_arrival_time = Some("2015-03-05T21:53:13.000Z".to_owned());
                stored.from = Some(self.from().account());
                stored.client_message_id = Some(self.random.bits(63));
                stored
            })
            .collect();
        ServerBody::Get(GetReply::MessagesByConversation(
            MessagesByConversationResponse {
                id: self.conversation(),
                has_more: false,
                sync_state: Some(self.random.guid()),
                messages,
            },
        ))
    }

    fn greeting(&mut self) -> ServerBody {
        if self.random.percent(50) {
            ServerBody::Connected(Connected {
                version: 2,
                qos_test: false,
                nonce: Some(self.random.guid()),
            })
        } else {
            ServerBody::Bound(Bound {
                version: 2,
                utc_time: Some(UnixTime::from_secs(1_425_592_393)),
                nonce: Some("17293822569102704640".to_owned()),
                sample_window: Some(0),
            })
        }
    }
}

fn error() -> ServerBody {
    ServerBody::Error(ErrorReply {
        code: ErrorCode::NOT_ONLINE,
        channel: Channel::Msgr,
        text: Bytes::from_static(b"Principal not online"),
    })
}

fn transfer() -> ServerBody {
    ServerBody::Transfer(Transfer {
        target: "BN1MSGR1011424.gateway.example.com:443".to_owned(),
        flags: Some("S".to_owned()),
        state: Some("VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==".to_owned()),
        wait: None,
    })
}

fn person(random: &mut Random) -> Address {
    let (first, last) = (random.pick_name(), random.pick_name());
    account(&format!("live:{first}.{last}{}", random.between(0, 999)))
}

fn account(id: &str) -> Address {
    Address::new(Network::SKYPE, id).expect("letters and digits are an address")
}

fn thread(random: &mut Random) -> Address {
    let id = format!("{:016x}{:016x}@thread.skype", random.next(), random.next());
    Address::new(Network::THREAD, &id).expect("hexadecimal digits are an address")
}
