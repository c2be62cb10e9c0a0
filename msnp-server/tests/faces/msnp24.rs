//! A client of MSNP24.

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, Guid, PayloadTable};
use msnp_server::network::{ConnectionId, Lists, Status};

use crate::client::{Client, Dialect, Heard, Outcome, World};

pub(crate) const DIALECT: Dialect = Dialect {
    sign_in: |world, who, place| Box::new(Msnp24::sign_in(world, who, place)),
    streams: |_| vec![stream()],
    commands,
    frames: |bytes| {
        let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
        decoder.push(bytes);
        let frames = std::iter::from_fn(|| decoder.next_frame().unwrap());
        frames.map(|frame| text(&frame)).collect()
    },
    has_places: true,
    has_several_places: true,
    tells_lists: true,
    keeps_for_the_absent: true,
};

/// Everything that a client can ask to be told.
const ALL: &str = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";

pub(crate) struct Msnp24 {
    who: String,
    place: u8,
    connection: ConnectionId,
    heard: Vec<Heard>,
    /// Replies that nobody has looked at.
    replies: Vec<String>,
    /// The addresses that messages came from.
    from: Vec<String>,
}

fn frame(line: &str, headers: &str, body: &str) -> String {
    let length = headers.len() + 2 + body.len();
    format!("{line} {length}\r\n{headers}\r\n{body}")
}

fn layers(to: &str, from: &str, third: &str, body: &str) -> String {
    format!(
        "Routing: 1.0\r\nTo: {to}\r\nFrom: {from}\r\n\r\nReliability: 1.0\r\n\r\n{third}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn begin(place: u8) -> String {
    let connect = "<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>";
    let epid = Guid::from_bytes([place; 16]).braced();
    let bind = format!(
        "<msgr><ver>2</ver><client><name>msgrliboutlook</name><ver>6.4.0.0</ver></client><epid>{epid}</epid></msgr>"
    );
    [
        frame("CNT 1 CON", "", connect),
        frame("ATH 2 CON\\USER", "", "<user><web-compact-ticket /></user>"),
        frame("BND 3 CON\\MSGR", "", &bind),
        frame("PUT 4 MSGR\\SUBSCRIPTIONS", "", ALL),
    ]
    .concat()
}

fn presence(who: &str, code: &str) -> String {
    let user = format!("<user><s n=\"IM\"><Status>{code}</Status></s></user>");
    let third = "Publication: 1.0\r\nUri: /user\r\nContent-Type: application/user+xml\r\n";
    let who = format!("8:{who}");
    frame(
        "PUT 5 MSGR\\PRESENCE",
        "",
        &layers(&who, &who, third, &user),
    )
}

fn contact(trid: u8, whom: &str, lists: Lists) -> String {
    let lists = lists.bits();
    let body =
        format!("<ml><skp><c n=\"{whom}\" t=\"8\"><s l=\"{lists}\" n=\"IM\"/></c></skp></ml>");
    frame(&format!("PUT {trid} MSGR\\CONTACTS"), "", &body)
}

fn message(who: &str, to: &str, text: &str) -> String {
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
    let body = layers(to, &format!("8:{who}"), third, text);
    frame("SDG 7 MSGR", "", &body)
}

fn stream() -> String {
    [
        begin(1),
        presence("alice", "NLN"),
        contact(6, "bob", Lists::FORWARD | Lists::ALLOW),
        message("alice", "8:bob", "hello"),
        "PNG 8 CON 0\r\n".into(),
        "OUT 9 CON 0\r\n".into(),
    ]
    .concat()
}

fn commands() -> Vec<(String, String)> {
    let friend = Lists::FORWARD | Lists::ALLOW;
    vec![
        (contact(10, "bob", friend), "PUT 10 MSGR".into()),
        ("XXX 11 MSGR 0\r\n".into(), "200 11 MSGR".into()),
        (contact(12, "carol", friend), "PUT 12 MSGR".into()),
        (contact(13, "nobody", friend), " 13 MSGR".into()),
    ]
}

/// What others say need not be text.
fn text(frame: &Frame) -> String {
    String::from_utf8_lossy(frame.as_bytes()).into_owned()
}

/// The words between two others, the first time.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|it| it.0)
}

/// The name in an address.
fn name(address: &str) -> &str {
    let address = address.split(';').next().unwrap_or_default();
    let id = address.split_once(':').map_or(address, |it| it.1);
    id.split('@').next().unwrap_or_default()
}

impl Msnp24 {
    pub(crate) fn sign_in(world: &mut World, who: &str, place: u8) -> Self {
        let connection = world.open_for(who);
        let mut client = Self {
            who: who.into(),
            place,
            connection,
            heard: Vec::new(),
            replies: Vec::new(),
            from: Vec::new(),
        };
        let bound = client.ask(world, &begin(place));
        assert!(
            bound.iter().any(|one| one.starts_with("PUT 4 MSGR 2")),
            "{bound:?}"
        );
        client.show(world, Status::Online);
        client
    }

    /// Says something to an address.
    pub(crate) fn write(&mut self, world: &mut World, to: &str, text: &str) -> Outcome {
        let message = message(&self.who, to, text);
        self.outcome(world, &message, "SDG 7 MSGR")
    }

    /// Where messages came from, since the last time.
    pub(crate) fn from(&mut self) -> Vec<String> {
        std::mem::take(&mut self.from)
    }

    fn ask(&mut self, world: &mut World, command: &str) -> Vec<String> {
        self.pump(world);
        self.replies.clear();
        world.say(self.connection, Bytes::copy_from_slice(command.as_bytes()));
        self.pump(world);
        std::mem::take(&mut self.replies)
    }

    fn outcome(&mut self, world: &mut World, command: &str, done: &str) -> Outcome {
        match self.ask(world, command).first() {
            Some(reply) if reply.starts_with(done) => Outcome::Done,
            _ => Outcome::Refused,
        }
    }

    fn list(&mut self, world: &mut World, whom: &str, lists: Lists) -> Outcome {
        self.outcome(world, &contact(6, whom, lists), "PUT 6 MSGR")
    }

    fn pump(&mut self, world: &mut World) {
        let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
        for bytes in world.hear(self.connection) {
            decoder.push(bytes);
        }
        while let Some(frame) = decoder.next_frame().unwrap() {
            self.take(world, &frame);
        }
    }

    fn take(&mut self, world: &mut World, frame: &Frame) {
        let text = text(frame);
        let from = between(&text, "\r\nFrom: ", "\r\n").unwrap_or_default();
        let who = name(from).to_owned();
        let body = text.rsplit_once("\r\n\r\n").map_or("", |it| it.1);
        if text.starts_with("SDG 0 MSGR ") {
            if let Some(id) = between(&text, "Ack-Id: ", "\r\n") {
                let ack = self::frame("ACK 0 MSGR", &format!("Ack-Id: {id}\r\n"), "");
                world.say(self.connection, ack.into());
            }
            self.from.push(from.split(';').next().unwrap().to_owned());
            self.heard.push(Heard::Said(who, body.to_owned()));
        } else if text.starts_with("NFY 0 MSGR\\PUT ") {
            let status = match between(body, "<Status>", "<") {
                Some("NLN") => Status::Online,
                Some("BSY") => Status::Busy,
                other => panic!("{other:?}"),
            };
            if who != self.who {
                self.heard.push(Heard::Sees(who, status));
            }
        } else if text.starts_with("NFY 0 MSGR\\DEL ") {
            if !body.contains("epid=") {
                self.heard.push(Heard::Sees(who, Status::Offline));
            }
        } else if text.starts_with("NFY 0 MSGR\\CONTACTS ") {
            for one in body.split("<c n=\"").skip(1) {
                let lists = between(one, "<s l=\"", "\"").unwrap().parse().unwrap();
                let who = one.split('"').next().unwrap().to_owned();
                self.heard.push(Heard::Has(who, Lists::from_bits(lists)));
            }
        } else {
            self.replies.push(text);
        }
    }
}

impl Client for Msnp24 {
    fn add(&mut self, world: &mut World, whom: &str) -> Outcome {
        self.list(world, whom, Lists::FORWARD | Lists::ALLOW)
    }

    fn block(&mut self, world: &mut World, whom: &str) -> Outcome {
        self.list(world, whom, Lists::FORWARD | Lists::BLOCK)
    }

    fn show(&mut self, world: &mut World, status: Status) {
        let code = match status {
            Status::Online => "NLN",
            Status::Busy => "BSY",
            Status::Hidden => "HDN",
            other => panic!("{other:?}"),
        };
        let presence = presence(&self.who, code);
        let shown = self.outcome(world, &presence, "PUT 5 MSGR");
        assert_eq!(shown, Outcome::Done, "{} at {}", self.who, self.place);
    }

    fn say(&mut self, world: &mut World, to: &str, text: &str) -> Outcome {
        self.write(world, &format!("8:{to}"), text)
    }

    fn hear(&mut self, world: &mut World) -> Vec<Heard> {
        self.pump(world);
        std::mem::take(&mut self.heard)
    }

    fn leave(&mut self, world: &mut World) {
        self.ask(world, "OUT 9 CON 0\r\n");
    }

    fn connections(&self) -> Vec<ConnectionId> {
        vec![self.connection]
    }
}
