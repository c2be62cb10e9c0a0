//! `TinyServer`: as much of a server of MSNP12 as a conversation needs, notification server and switchboard, without a socket. Its lines
//! are those that a server of today was recorded with.

use std::collections::BTreeMap;

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side};

/// A server and all its connections, by numbers that the caller gives them.
#[derive(Debug, Default)]
pub(crate) struct TinyServer {
    connections: BTreeMap<u64, Connection>,
    /// Who may come to the switchboard, by the token.
    tokens: BTreeMap<String, String>,
    next_token: u32,
    /// Where the switchboard is said to be.
    switchboard: String,
}

#[derive(Debug)]
struct Connection {
    account: Option<String>,
    is_switchboard: bool,
    decoder: FrameDecoder,
    /// What it has said, and how much of that was taken.
    said: Vec<u8>,
    taken: usize,
    heard: Vec<u8>,
    ended: bool,
}

impl TinyServer {
    pub(crate) fn new(switchboard: &str) -> Self {
        Self {
            switchboard: switchboard.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn connected(&mut self, id: u64, is_switchboard: bool) {
        let connection = Connection {
            account: None,
            is_switchboard,
            decoder: FrameDecoder::new(PayloadTable::sent_by(Side::Client)),
            said: Vec::new(),
            taken: 0,
            heard: Vec::new(),
            ended: false,
        };
        self.connections.insert(id, connection);
    }

    pub(crate) fn received(&mut self, id: u64, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.heard.extend_from_slice(bytes);
        connection.decoder.push(Bytes::copy_from_slice(bytes));
        loop {
            let connection = self.connections.get_mut(&id).expect("it is there");
            match connection.decoder.next_frame() {
                Ok(Some(frame)) => self.command(id, &frame),
                Ok(None) => return,
                Err(error) => panic!("the gateway has said what no client said: {error}"),
            }
        }
    }

    /// Says something of its own.
    pub(crate) fn say(&mut self, id: u64, bytes: &[u8]) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.said.extend_from_slice(bytes);
        }
    }

    /// The next bytes for a connection, at most so many.
    pub(crate) fn take(&mut self, id: u64, most: usize) -> Vec<u8> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return Vec::new();
        };
        let to = connection.said.len().min(connection.taken + most);
        let taken = connection.said[connection.taken..to].to_vec();
        connection.taken = to;
        taken
    }

    /// How much waits to be taken.
    #[allow(dead_code, reason = "one of the two crates of tests looks at it")]
    pub(crate) fn waiting(&self, id: u64) -> usize {
        let connection = self.connections.get(&id);
        connection.map_or(0, |connection| connection.said.len() - connection.taken)
    }

    /// Whether it has ended this connection, once all is taken.
    pub(crate) fn has_ended(&self, id: u64) -> bool {
        (self.connections.get(&id)).is_none_or(|connection| connection.ended)
    }

    /// Everything that it has said and heard on a connection.
    pub(crate) fn record(&self, id: u64) -> (&[u8], &[u8]) {
        let connection = &self.connections[&id];
        (&connection.said, &connection.heard)
    }

    /// The connection of this account, at the notification server or at the switchboard.
    pub(crate) fn connection_of(&self, account: &str, is_switchboard: bool) -> Option<u64> {
        let mut connections = self.connections.iter();
        let found = connections.find(|(_, it)| {
            it.account.as_deref() == Some(account) && it.is_switchboard == is_switchboard
        });
        found.map(|(id, _)| *id)
    }

    fn command(&mut self, id: u64, frame: &Frame) {
        let word = |index| {
            let word = frame.param(index).unwrap_or_default();
            String::from_utf8_lossy(word).into_owned()
        };
        let (verb, trid) = (frame.verb().to_string(), word(0));
        let is_switchboard = self.connections[&id].is_switchboard;
        let reply = match (verb.as_str(), is_switchboard) {
            ("VER", _) => format!("VER {trid} MSNP12\r\n"),
            ("CVR", _) => format!("CVR {trid} 8.5.1302 8.5.1302 8.5.1302 http://a/ http://a/\r\n"),
            ("USR", false) if word(2) == "I" => {
                self.connections.get_mut(&id).expect("it is there").account = Some(word(3));
                format!("USR {trid} TWN S ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=507\r\n")
            }
            ("USR", false) => {
                let account = self.account(id);
                let profile = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\nLoginTime: 1\r\n\r\n";
                format!(
                    "USR {trid} OK {account} {account} 1 0\r\nSBS 0 null\r\nMSG Hotmail Hotmail {}\r\n{profile}",
                    profile.len()
                )
            }
            ("CHG", _) => format!("CHG {trid} NLN 0\r\n"),
            ("XFR", _) => {
                let token = self.token(id);
                format!("XFR {trid} SB {} CKI {token}\r\n", self.switchboard)
            }
            ("PNG", _) => "QNG 50\r\n".to_owned(),
            ("USR" | "ANS", true) => self.enter(id, &verb, &trid, &word(1), &word(2)),
            ("CAL", true) => {
                self.ring(&word(1), id);
                format!("CAL {trid} RINGING 77\r\n")
            }
            ("MSG", true) => {
                let account = self.account(id);
                let mut told = format!("MSG {account} {account} {}\r\n", frame.payload().len());
                told.push_str(&String::from_utf8_lossy(frame.payload()));
                self.tell_others(id, &told);
                match word(1).as_str() {
                    "A" | "D" => format!("ACK {trid}\r\n"),
                    _ => String::new(),
                }
            }
            ("OUT", _) => {
                self.connections.get_mut(&id).expect("it is there").ended = true;
                String::new()
            }
            _ => format!("200 {trid}\r\n"),
        };
        self.say(id, reply.as_bytes());
    }

    fn enter(&mut self, id: u64, verb: &str, trid: &str, account: &str, token: &str) -> String {
        if self.tokens.remove(token).as_deref() != Some(account) {
            return format!("911 {trid}\r\n");
        }
        self.tell_others(id, &format!("JOI {account} {account}\r\n"));
        self.connections.get_mut(&id).expect("it is there").account = Some(account.to_owned());
        if verb == "USR" {
            return format!("USR {trid} OK {account} {account}\r\n");
        }
        let others = self.others(id);
        let mut iro = String::new();
        for (n, (_, who)) in (1..).zip(&others) {
            let line = format!("IRO {trid} {n} {} {who} {who}\r\n", others.len());
            iro.push_str(&line);
        }
        format!("{iro}ANS {trid} OK\r\n")
    }

    fn ring(&mut self, whom: &str, by: u64) {
        let Some(called) = self.connection_of(whom, false) else {
            return;
        };
        let (token, by) = (self.token(called), self.account(by));
        let ring = format!("RNG 77 {} CKI {token} {by} {by}\r\n", self.switchboard);
        self.say(called, ring.as_bytes());
    }

    fn token(&mut self, of: u64) -> String {
        self.next_token += 1;
        let token = format!("{:020x}", self.next_token);
        let account = self.account(of);
        self.tokens.insert(token.clone(), account);
        token
    }

    fn tell_others(&mut self, but: u64, line: &str) {
        for (id, _) in self.others(but) {
            self.say(id, line.as_bytes());
        }
    }

    /// Who else is in the conversation; there is one.
    fn others(&self, but: u64) -> Vec<(u64, String)> {
        let all = self
            .connections
            .iter()
            .filter(|(id, it)| **id != but && it.is_switchboard && !it.ended);
        all.filter_map(|(id, it)| Some((*id, it.account.clone()?)))
            .collect()
    }

    fn account(&self, id: u64) -> String {
        self.connections[&id].account.clone().unwrap_or_default()
    }
}
