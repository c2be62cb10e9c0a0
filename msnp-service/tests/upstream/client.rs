//! `Line`: a gateway session over real HTTP, and the lines that come by it.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{CloseReason, Config, Event, Mode, Open, Server, Session};
use msnp_proto::{FrameDecoder, PayloadTable, Side};
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

/// Longer than anything takes that ends.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Line {
    driver: Driver<Session>,
    decoder: FrameDecoder,
    unread: VecDeque<String>,
    pub(crate) received: Vec<u8>,
}

impl Line {
    pub(crate) fn open(url: &str, (server, host): (Server, &str), mode: Mode) -> Self {
        let open = Open {
            server,
            ip: Some(host.to_owned()),
            ..Open::default()
        };
        let config = Config::new(url)
            .expect("it works")
            .open(open)
            .expect("it works")
            .mode(mode);
        let client = HttpOptions::new().client().expect("it works");
        Self {
            driver: spawn(Session::new(config), Http::new(client)),
            decoder: FrameDecoder::new(PayloadTable::sent_by(Side::Server)),
            unread: VecDeque::new(),
            received: Vec::new(),
        }
    }

    pub(crate) fn say(&self, text: &str) {
        let frames = Bytes::copy_from_slice(text.as_bytes());
        let said = self
            .driver
            .call(|session, _| session.send(frames).map(|_| ()));
        said.expect("it works").expect("it is open");
    }

    async fn next(&mut self) -> Event {
        let next = tokio::time::timeout(PATIENCE, self.driver.next_event());
        next.await.expect("something comes").expect("it works")
    }

    /// The next line that starts so. What comes before it is dropped.
    pub(crate) async fn wait_for(&mut self, start: &str) -> String {
        loop {
            while let Some(line) = self.unread.pop_front() {
                if line.starts_with(start) {
                    return line;
                }
            }
            match self.next().await {
                Event::Received(bytes) => {
                    self.received.extend_from_slice(&bytes);
                    self.decoder.push(bytes);
                    while let Ok(Some(frame)) = self.decoder.next_frame() {
                        let line = String::from_utf8_lossy(frame.line()).into_owned();
                        self.unread.push_back(line);
                    }
                }
                Event::Closed(reason) => panic!("closed before `{start}` came: {reason:?}"),
                _ => {}
            }
        }
    }

    pub(crate) async fn wait_for_end(&mut self) -> CloseReason {
        loop {
            if let Event::Closed(reason) = self.next().await {
                return reason;
            }
        }
    }

    pub(crate) async fn sign_in(url: &str, account: &str, mode: Mode) -> Self {
        let to = (Server::Notification, "messenger.hotmail.com");
        let mut line = Self::open(url, to, mode);
        line.say("VER 1 MSNP12 CVR0\r\n");
        line.wait_for("VER 1 MSNP12").await;
        line.say("CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 msmsgs a@b.c\r\n");
        line.wait_for("CVR 2").await;
        line.say(&format!("USR 3 TWN I {account}\r\n"));
        line.wait_for("USR 3 TWN S").await;
        line.say("USR 4 TWN S t=ticket&p=\r\n");
        line.wait_for("USR 4 OK").await;
        line.wait_for("MSG Hotmail").await;
        line.say("CHG 5 NLN 0\r\n");
        line.wait_for("CHG 5").await;
        line
    }
}
