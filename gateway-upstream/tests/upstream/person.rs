//! People at a gateway that stands in front of a server, each with a session for every connection that they would have.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Config, Event, Mode, Open, Server, ServerConfig, Session, Timing};
use machine_contract::{Remote, UnixTime};
use msnp_proto::{FrameDecoder, PayloadTable, Side};
use simulation_kit::{Peer, Simulation};

use crate::front::Front;
use crate::tiny_server::TinyServer;

pub(crate) type World = Simulation<Front, Session>;

/// A gateway in front of a server at 10.0.0.2, whose switchboard is at 10.0.0.9.
pub(crate) fn config() -> gateway_upstream::Config {
    let gateway = ServerConfig::new("gw.example.com", "gw.example.com").expect("a host");
    let server = Remote::tcp("10.0.0.2", 1863).expect("an address");
    gateway_upstream::Config::new(gateway, server)
}

pub(crate) fn world(config: gateway_upstream::Config, seed: u64) -> World {
    let front = Front::new(config, TinyServer::new("10.0.0.9:1864"), seed);
    Simulation::new(front, seed, UnixTime::from_secs(0))
}

/// How a client polls.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Polls {
    Held,
    Short,
}

/// A connection of somebody's.
pub(crate) struct Line {
    pub(crate) peer: Peer,
    decoder: FrameDecoder,
    unread: VecDeque<String>,
    pub(crate) received: Vec<u8>,
    pub(crate) closed: bool,
}

impl Line {
    pub(crate) fn open(
        world: &mut World,
        address: u8,
        (server, host): (Server, &str),
        polls: Polls,
    ) -> Self {
        let open = Open {
            server,
            ip: Some(host.to_owned()),
            ..Open::default()
        };
        let mode = match polls {
            Polls::Held => Mode::Parallel,
            Polls::Short => Mode::Serial,
        };
        let config = Config::new("http://gw.example.com").expect("a gateway");
        let config = config.open(open).expect("short").mode(mode);
        let config = config.timing(Timing::default()).expect("the usual");
        let peer = world.add(Session::new(config));
        world.call_host(|front, _| front.addresses.insert(peer.0, address));
        Self {
            peer,
            decoder: FrameDecoder::new(PayloadTable::sent_by(Side::Server)),
            unread: VecDeque::new(),
            received: Vec::new(),
            closed: false,
        }
    }

    pub(crate) fn say(&mut self, world: &mut World, text: &str) {
        let frames = Bytes::copy_from_slice(text.as_bytes());
        let said = world.call(self.peer, |session, _| session.send(frames).map(|_| ()));
        said.expect("the session is open");
    }

    /// The lines that have come, payloads left out.
    pub(crate) fn lines(&mut self, world: &mut World) -> Vec<String> {
        for (_, event) in world.take_events(self.peer) {
            match event {
                Event::Received(bytes) => {
                    self.received.extend_from_slice(&bytes);
                    self.decoder.push(bytes);
                }
                Event::Closed(_) => self.closed = true,
                _ => {}
            }
        }
        let mut lines = Vec::new();
        while let Ok(Some(frame)) = self.decoder.next_frame() {
            lines.push(String::from_utf8_lossy(frame.line()).into_owned());
        }
        lines
    }

    /// Lets time pass until a line comes that starts so. What comes before it is dropped.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, world: &mut World, start: &str) -> String {
        let mut seen = Vec::new();
        for _ in 0..3000 {
            let come = self.lines(world);
            self.unread.extend(come);
            while let Some(line) = self.unread.pop_front() {
                if line.starts_with(start) {
                    return line;
                }
                seen.push(line);
            }
            world.advance(Duration::from_millis(10));
        }
        panic!("`{start}` never came, but {seen:?}");
    }

    #[track_caller]
    pub(crate) fn wait_for_end(&mut self, world: &mut World) {
        for _ in 0..30_000 {
            self.lines(world);
            if self.closed {
                return;
            }
            world.advance(Duration::from_millis(10));
        }
        panic!("the session never ended");
    }

    /// Signs in at the notification server, as clients of MSNP12 do.
    #[track_caller]
    pub(crate) fn sign_in(world: &mut World, account: &str, address: u8, polls: Polls) -> Self {
        let to = (Server::Notification, "messenger.hotmail.com");
        let mut line = Self::open(world, address, to, polls);
        line.say(world, "VER 1 MSNP12 CVR0\r\n");
        line.wait_for(world, "VER 1 MSNP12");
        line.say(
            world,
            "CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 msmsgs a@b.c\r\n",
        );
        line.wait_for(world, "CVR 2");
        line.say(world, &format!("USR 3 TWN I {account}\r\n"));
        line.wait_for(world, "USR 3 TWN S");
        line.say(world, "USR 4 TWN S t=ticket&p=\r\n");
        line.wait_for(world, "USR 4 OK");
        line.wait_for(world, "MSG Hotmail");
        line.say(world, "CHG 5 NLN 0\r\n");
        line.wait_for(world, "CHG 5");
        line
    }

    /// Goes where a referral says, by the words of it from the address on.
    pub(crate) fn follow(
        world: &mut World,
        referral: &[&str],
        address: u8,
        first: &str,
        polls: Polls,
    ) -> Self {
        let (host, _) = referral[0].rsplit_once(':').expect("a port");
        let mut line = Self::open(world, address, (Server::Switchboard, host), polls);
        line.say(world, &first.replace("TOKEN", referral[2]));
        line
    }
}
