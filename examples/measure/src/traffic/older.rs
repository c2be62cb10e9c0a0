//! MSNP8 to MSNP18: the mix and the structure of traffic seen between real peers, with made-up text, each dialect in its own words.

use std::fmt::Write as _;

use bytes::Bytes;
use msnp_proto::Dialect;

use super::contact::{Contact, contact};
use super::random::{Random, escape};
use super::stream::{Counts, Traffic};

/// Lines, almost without documents: neither personal messages nor pictures, and the list by `LST` (msnp8-18.md 7.1).
pub(crate) fn msnp8(bytes: usize) -> Traffic {
    Older::new(Dialect::MSNP8).traffic("MSNP8", bytes)
}

/// The last dialect with its list by `LST`, with personal messages and pictures.
pub(crate) fn msnp12(bytes: usize) -> Traffic {
    Older::new(Dialect::MSNP12).traffic("MSNP12", bytes)
}

/// The list is an address book's, and what becomes of it comes as `ADL` and `RML`.
pub(crate) fn msnp15(bytes: usize) -> Traffic {
    Older::new(Dialect::MSNP15).traffic("MSNP15", bytes)
}

/// The mix of MSNP18, with its larger and more frequent payloads.
pub(crate) fn msnp18(bytes: usize) -> Traffic {
    Older::new(Dialect::MSNP18).traffic("MSNP18", bytes)
}

/// Line, and payload if there is one.
type Command = (String, Option<Vec<u8>>);

struct Older {
    random: Random,
    contacts: Vec<Contact>,
    dialect: Dialect,
    mix: [u64; KINDS],
}

const STATES: &[&str] = &[
    "NLN", "NLN", "NLN", "BSY", "IDL", "BRB", "AWY", "PHN", "LUN",
];

/// What [`Older::command`] writes.
const KINDS: usize = 15;

/// Weights in tenths of a percent. What a dialect has no words for it leaves out.
const MIX: [u64; KINDS] = [200, 80, 80, 160, 180, 100, 10, 60, 40, 50, 2, 15, 30, 7, 3];

impl Older {
    fn new(dialect: Dialect) -> Self {
        let mut random = Random::new(u64::from(dialect.number()));
        let contacts = (0..400).map(|_| contact(&mut random)).collect();
        let mut mix = MIX;
        for (kind, has) in [
            (3, dialect.has_personal_message()),
            (6, dialect.has_objects()),
            (7, dialect.has_list_without_ids()),
            (
                10,
                dialect.has_configuration_request() || dialect.has_configuration_push(),
            ),
            (11, dialect.has_address_book()),
            (12, dialect.has_layered_commands()),
            (13, dialect.has_layered_commands()),
        ] {
            if !has {
                mix[kind] = 0;
            }
        }
        Self {
            random,
            contacts,
            dialect,
            mix,
        }
    }

    fn traffic(mut self, name: &'static str, size: usize) -> Traffic {
        let mut bytes = Vec::with_capacity(size + 4096);
        let mut counts = Counts::default();
        while bytes.len() < size {
            let kind = self.random.weighted(&self.mix);
            let (line, payload) = self.command(kind);
            bytes.extend_from_slice(line.as_bytes());
            if let Some(payload) = &payload {
                bytes.extend_from_slice(format!(" {}", payload.len()).as_bytes());
            }
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(payload.as_deref().unwrap_or_default());
            counts.add(payload.map_or(0, |payload| payload.len()));
        }
        Traffic {
            name,
            bytes: Bytes::from(bytes),
            counts,
        }
    }

    fn command(&mut self, kind: usize) -> Command {
        match kind {
            0 => (self.presence(false), None),
            1 => (self.presence(true), None),
            2 => (self.offline(), None),
            3 => self.personal_message(),
            4 => self.message(),
            5 => self.typing(),
            6 => self.peer_to_peer(),
            7 => (self.list_entry(), None),
            8 => (self.pong(), None),
            9 => (self.small(), None),
            10 => self.shields(),
            11 => self.contact_list(),
            12 => self.layered_message(),
            13 => self.circle(),
            _ => self.notice(),
        }
    }

    fn contact(&mut self) -> usize {
        usize::try_from(self.random.next() % self.contacts.len() as u64).unwrap_or(0)
    }

    /// Somebody in a command, with the network as the dialect says it.
    fn who(&self, at: usize) -> String {
        let mail = &self.contacts[at].mail;
        if self.dialect.has_network_prefix() {
            format!("1:{mail}")
        } else if self.dialect.has_networks() {
            format!("{mail} 1")
        } else {
            mail.clone()
        }
    }

    fn capabilities(&mut self) -> &'static str {
        self.random
            .pick(if self.dialect.has_extended_capabilities() {
                &["2788999228:48", "2789003324:48", "1073791028:0"]
            } else {
                &["1073791028", "2788999228", "1342177280"]
            })
    }

    fn pong(&mut self) -> String {
        if self.dialect.has_ping_interval() {
            format!("QNG {}", self.random.between(30, 60))
        } else {
            "QNG".to_owned()
        }
    }

    fn presence(&mut self, initial: bool) -> String {
        let (at, state, capabilities) = (
            self.contact(),
            self.random.pick(STATES),
            self.capabilities(),
        );
        let number = self.random.between(5, 20);
        let verb = if initial && self.dialect.has_initial_status() {
            format!("ILN {number}")
        } else {
            "NLN".to_owned()
        };
        let mut line = format!("{verb} {state} {} ", self.who(at));
        let Contact { name, picture, .. } = &self.contacts[at];
        // Writing to a string cannot fail.
        let _ = write!(line, "{name} {capabilities}");
        if let Some(picture) = picture
            && self.dialect.has_objects()
        {
            line.push(' ');
            line.push_str(picture);
        }
        line
    }

    fn offline(&mut self) -> String {
        let at = self.contact();
        let who = self.who(at);
        if self.dialect.has_extended_capabilities() {
            format!("FLN {who} 0:0")
        } else if self.dialect.has_networks() {
            format!("FLN {who} 0")
        } else {
            format!("FLN {who}")
        }
    }

    fn personal_message(&mut self) -> Command {
        let at = self.contact();
        let text = escape(&self.random.text(0, 12));
        let endpoint = format!(
            "{{{:08x}-0000-4000-8000-{:012x}}}",
            self.random.bits(32),
            self.random.bits(48)
        );
        let document = if self.random.percent(15) {
            String::new()
        } else if self.dialect.has_endpoints() {
            format!(
                "<Data><PSM>{text}</PSM><CurrentMedia></CurrentMedia><MachineGuid>{endpoint}</MachineGuid>\
                 <EndpointData id=\"{endpoint}\"><Capabilities>2788999228:48</Capabilities></EndpointData></Data>"
            )
        } else {
            format!("<Data><PSM>{text}</PSM><CurrentMedia></CurrentMedia></Data>")
        };
        (format!("UBX {}", self.who(at)), Some(document.into_bytes()))
    }

    fn message_line(&self, at: usize) -> String {
        format!("MSG {} {}", self.contacts[at].mail, self.contacts[at].name)
    }

    fn message(&mut self) -> Command {
        let at = self.contact();
        let effect = self.random.pick(&["", "B", "I", "BI"]);
        let (colour, text) = (self.random.bits(24), self.random.text(1, 60));
        let payload = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
             X-MMS-IM-Format: FN=Segoe%20UI; EF={effect}; CO={colour:x}; CS=0; PF=22\r\n\r\n{text}"
        );
        (self.message_line(at), Some(payload.into_bytes()))
    }

    fn typing(&mut self) -> Command {
        let at = self.contact();
        let payload = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: {}\r\n\r\n\r\n",
            self.contacts[at].mail
        );
        (self.message_line(at), Some(payload.into_bytes()))
    }

    fn peer_to_peer(&mut self) -> Command {
        let at = self.contact();
        let mut payload =
            b"MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\nP2P-Dest: me@example.com\r\n\r\n".to_vec();
        // A P2P header with its length in the middle, a full chunk, a footer.
        let mut piece: Vec<u8> = (0..48 + 1202 + 4)
            .map(|_| self.random.next().to_le_bytes()[0])
            .collect();
        piece[24..28].copy_from_slice(&1202_u32.to_le_bytes());
        payload.extend(piece);
        (self.message_line(at), Some(payload))
    }

    fn list_entry(&mut self) -> String {
        let (at, group) = (self.contact(), self.contact());
        let lists = self.random.pick(&[3, 11, 11, 11]);
        let Contact {
            mail, name, guid, ..
        } = &self.contacts[at];
        if self.dialect.has_contact_guids() {
            let group = &self.contacts[group].guid;
            format!("LST N={mail} F={name} C={guid} {lists} 1 {group}")
        } else {
            format!("LST {mail} {name} {lists} {}", group % 8)
        }
    }

    fn small(&mut self) -> String {
        let at = self.contact();
        let capabilities = self.capabilities();
        let (number, address, cookie) = (
            self.random.between(1, 4999),
            self.random.bits(31),
            self.random.bits(31),
        );
        let Contact { mail, name, .. } = &self.contacts[at];
        match self.random.between(0, 5) {
            0 => format!("ACK {number}"),
            1 if self.dialect.has_switchboard_capabilities() => {
                format!("JOI {mail} {name} {capabilities}")
            }
            1 => format!("JOI {mail} {name}"),
            2 => format!("BYE {mail}"),
            3 => format!("CHG {number} NLN {capabilities}"),
            4 => {
                let ring =
                    format!("RNG {address} 127.0.0.1:1863 CKI {cookie}.{number} {mail} {name}");
                // MSNP13 said the first two; the third came with networks (msnp8-18.md 9.1).
                if self.dialect.has_networks() {
                    format!("{ring} U messenger.example 1")
                } else {
                    ring
                }
            }
            _ => format!("217 {number}"),
        }
    }

    fn shields(&mut self) -> Command {
        let document = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n<config><shield><cli maj=\"7\" min=\"0\" \
             minbld=\"0\" maxbld=\"9999\" deny=\" \" /></shield><block></block></config>";
        let line = if self.dialect.has_configuration_push() {
            "GCF 0".to_owned()
        } else {
            format!("GCF {} Shields.xml", self.random.between(5, 20))
        };
        (line, Some(document.as_bytes().to_vec()))
    }

    fn contact_list(&mut self) -> Command {
        let mut document = "<ml>".to_owned();
        for _ in 0..self.random.between(1, 20) {
            let at = self.contact();
            let lists = self.random.pick(&[1, 2, 3, 8]);
            let (name, domain) = self.contacts[at].mail.split_once('@').unwrap_or_default();
            let _ = write!(
                document,
                "<d n=\"{domain}\"><c n=\"{name}\" t=\"1\"><s n=\"IM\" l=\"{lists}\" /></c></d>"
            );
        }
        document.push_str("</ml>");
        let line = self.random.pick(&["ADL 0", "RML 0"]).to_owned();
        (line, Some(document.into_bytes()))
    }

    fn layered_message(&mut self) -> Command {
        let at = self.contact();
        let text = self.random.text(1, 50);
        let payload = format!(
            "Routing: 1.0\r\nTo: 9:00000000-0000-0000-0009-{:012x}@live.com;path=IM\r\n\
             From: 1:{};epid={{{:08x}-0000-4000-8000-{:012x}}}\r\n\r\n\
             Reliability: 1.0\r\nStream: 0\r\nSegment: {}\r\n\r\n\
             Messaging: 1.0\r\nContent-Length: {}\r\nContent-Type: Text/plain; charset=UTF-8\r\n\
             Content-Transfer-Encoding: 7bit\r\nMessage-Type: Text\r\nMIME-Version: 1.0\r\n\
             X-MMS-IM-Format: FN=Arial; EF=; CO=0; CS=0; PF=22\r\n\r\n{text}",
            self.random.bits(48),
            self.contacts[at].mail,
            self.random.bits(32),
            self.random.bits(48),
            self.random.between(0, 99),
            text.len(),
        );
        ("SDG 0".to_owned(), Some(payload.into_bytes()))
    }

    fn circle(&mut self) -> Command {
        let mut document = "<circle><roster><id>IM</id>".to_owned();
        for _ in 0..self.random.between(1, 10) {
            let at = self.contact();
            let _ = write!(
                document,
                "<user><id>1:{}</id></user>",
                self.contacts[at].mail
            );
        }
        document.push_str("</roster></circle>");
        let payload = format!(
            "Routing: 1.0\r\nTo: 1:me@example.com\r\nFrom: 9:00000000-0000-0000-0009-{:012x}@live.com\r\n\r\n\
             Reliability: 1.0\r\nStream: 0\r\n\r\nPublication: 1.0\r\nUri: /circle\r\nNotifType: Partial\r\n\
             Content-Type: application/circles+xml\r\nContent-Length: {}\r\n\r\n{document}",
            self.random.bits(48),
            document.len(),
        );
        ("NFY PUT".to_owned(), Some(payload.into_bytes()))
    }

    fn notice(&mut self) -> Command {
        let text = escape(&self.random.text(10, 60));
        let payload = format!(
            "<NOTIFICATION id=\"0\" siteid=\"45705\" siteurl=\"http://contacts.msn.com\">\r\n\
             <TO pid=\"0x{:08X}:0x{:08X}\" name=\"me@example.com\"><VIA agent=\"messenger\"/></TO>\
             <MSG id=\"0\"><SUBSCR url=\"s.htm\"/><ACTION url=\"a.htm\"/><BODY>{text}</BODY></MSG></NOTIFICATION>",
            self.random.bits(32),
            self.random.bits(32),
        );
        ("NOT".to_owned(), Some(payload.into_bytes()))
    }
}
