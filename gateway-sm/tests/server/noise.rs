//! Random walks of many requests at once, more than any sane client makes, each ending as it likes: what was sent
//! is delivered once and in order or comes back, every request is answered once, nothing is left behind.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{EndReason, ExchangeId, SendError, ServerConfig, ServerEvent, SessionKey};
use http::{Request, Response};
use proptest::prelude::*;

use crate::bench::{config, seconds, session_id};
use crate::served::Served;

#[derive(Clone, Debug)]
enum Op {
    Open {
        body: bool,
    },
    Post {
        session: usize,
        body: bool,
    },
    Poll {
        session: usize,
        lifespan: u32,
        body: bool,
    },
    CloseAction {
        session: usize,
    },
    Junk {
        query: String,
    },
    AppSends {
        session: usize,
        bytes: usize,
    },
    AppAnswers {
        which: usize,
    },
    AppCloses {
        session: usize,
    },
    ReplySent {
        which: usize,
    },
    Lost {
        which: usize,
    },
    Pass {
        millis: u64,
    },
    Drain,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let body = any::<bool>;
    let at = || 0usize..8;
    let op = prop_oneof![
        1 => body().prop_map(|body| Op::Open { body }),
        3 => (at(), body()).prop_map(|(session, body)| Op::Post { session, body }),
        4 => (at(), 0u32..90, prop::bool::weighted(0.1))
            .prop_map(|(session, lifespan, body)| Op::Poll { session, lifespan, body }),
        1 => at().prop_map(|session| Op::CloseAction { session }),
        1 => "[A-Za-z=&.0-9%]{0,30}".prop_map(|query| Op::Junk { query }),
        6 => (at(), 1usize..40).prop_map(|(session, bytes)| Op::AppSends { session, bytes }),
        4 => at().prop_map(|which| Op::AppAnswers { which }),
        1 => at().prop_map(|session| Op::AppCloses { session }),
        6 => at().prop_map(|which| Op::ReplySent { which }),
        3 => at().prop_map(|which| Op::Lost { which }),
        2 => prop_oneof![0u64..2_000, 0u64..130_000].prop_map(|millis| Op::Pass { millis }),
        8 => Just(Op::Drain),
    ];
    prop::collection::vec(op, 1..160)
}

#[derive(Default)]
struct Talk {
    id: Option<String>,
    sent: Vec<u8>,
    delivered: Vec<u8>,
    end: Option<EndReason>,
}

struct Noise {
    served: Served,
    whose: BTreeMap<ExchangeId, SessionKey>,
    open: Vec<ExchangeId>,
    replies: BTreeMap<ExchangeId, Response<Bytes>>,
    talks: BTreeMap<SessionKey, Talk>,
    unanswered: Vec<ExchangeId>,
    written: u8,
}

impl Noise {
    fn new(config: ServerConfig) -> Self {
        Self {
            served: Served::new(config),
            whose: BTreeMap::new(),
            open: Vec::new(),
            replies: BTreeMap::new(),
            talks: BTreeMap::new(),
            unanswered: Vec::new(),
            written: 0,
        }
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::Open { body } => {
                self.ask("Action=open", body, None);
            }
            Op::Post { session, body } => self.of(session, "", body),
            Op::Poll {
                session,
                lifespan,
                body,
            } => {
                self.of(session, &format!("&Action=poll&Lifespan={lifespan}"), body);
            }
            Op::CloseAction { session } => self.of(session, "&Action=close", false),
            Op::Junk { query } => {
                self.ask(&query, true, None);
            }
            Op::AppSends { session, bytes } => {
                let Some(key) = self.pick(session) else {
                    return;
                };
                let frames: Vec<u8> = (0..bytes).map(|_| self.number()).collect();
                let sent = self.served.send(key, Bytes::from(frames.clone()));
                let talk = self.talks.get_mut(&key).unwrap();
                assert!(talk.end.is_none() || sent == Err(SendError::Closed));
                if sent.is_ok() {
                    talk.sent.extend(frames);
                }
            }
            Op::AppAnswers { which } => {
                if !self.unanswered.is_empty() {
                    let which = which % self.unanswered.len();
                    self.served.answered(self.unanswered.remove(which));
                }
            }
            Op::AppCloses { session } => {
                if let Some(key) = self.pick(session) {
                    self.served.close(key);
                }
            }
            Op::ReplySent { which } => {
                if let Some(&exchange) = self.replies.keys().nth(which % self.replies.len().max(1))
                {
                    self.reply_sent(exchange);
                }
            }
            Op::Lost { which } => {
                if !self.open.is_empty() {
                    let exchange = self.open.remove(which % self.open.len());
                    self.replies.remove(&exchange);
                    self.served.reply_lost(exchange);
                }
            }
            Op::Pass { millis } => self.pass(Duration::from_millis(millis)),
            Op::Drain => self.drain(),
        }
    }

    /// Every client polls until there is nothing left, over a network that has become perfect.
    fn finish(&mut self) {
        self.drain();
        for exchange in std::mem::take(&mut self.unanswered) {
            self.served.answered(exchange);
            self.drain();
        }
        self.confirm_all();
        let keys: Vec<_> = self.talks.keys().copied().collect();
        for key in keys {
            for _ in 0..200 {
                let Some(id) = self.talks[&key].id.clone() else {
                    break;
                };
                self.ask(&format!("SessionID={id}&Action=poll"), false, Some(key));
                self.drain();
                self.confirm_all();
            }
        }
        for (key, talk) in &self.talks {
            // The last frames of a session that was closed on purpose are on offer for a while only.
            let on_offer = matches!(talk.end, Some(EndReason::Application | EndReason::Client));
            let complete = talk.delivered.len() == talk.sent.len() || on_offer;
            assert!(
                complete && talk.sent.starts_with(&talk.delivered),
                "{key:?} {:?}",
                talk.end
            );
        }
        self.pass(seconds(1000));
        self.drain();
        self.confirm_all();
        self.pass(seconds(1000));
        assert_eq!(
            format!("{:?}", self.served.gateway()),
            "Gateway { sessions: 0, exchanges: 0, .. }"
        );
        assert_eq!(self.served.gateway().poll_timeout(), None);
        assert!(self.open.is_empty(), "every request was answered");
    }

    fn of(&mut self, session: usize, query: &str, body: bool) {
        if let Some(key) = self.pick(session)
            && let Some(id) = self.talks[&key].id.clone()
        {
            self.ask(&format!("SessionID={id}{query}"), body, Some(key));
        }
    }

    fn ask(&mut self, query: &str, body: bool, session: Option<SessionKey>) {
        let body = if body { "PNG\r\n" } else { "" };
        let uri = format!("/gateway/gateway.dll?{query}");
        let Ok(request) = Request::post(uri).body(Bytes::from(body)) else {
            return;
        };
        let exchange = self.served.request(request);
        self.open.push(exchange);
        self.whose
            .extend(session.map(|session| (exchange, session)));
        self.drain();
    }

    fn reply_sent(&mut self, exchange: ExchangeId) {
        let reply = self.replies.remove(&exchange).unwrap();
        self.open.retain(|open| *open != exchange);
        if let Some(talk) = self
            .whose
            .get(&exchange)
            .and_then(|key| self.talks.get_mut(key))
        {
            talk.delivered.extend_from_slice(reply.body());
            if reply.status() == 200 {
                talk.id = Some(session_id(&reply));
            }
        }
        self.served.reply_sent(exchange);
        self.drain();
    }

    fn confirm_all(&mut self) {
        while let Some(&exchange) = self.replies.keys().next() {
            self.reply_sent(exchange);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.served.pass(time);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(event) = self.served.poll_event() {
            match event {
                ServerEvent::Opened {
                    session, exchange, ..
                } => {
                    self.whose.insert(exchange, session);
                    self.talks.insert(session, Talk::default());
                }
                ServerEvent::Received {
                    session, exchange, ..
                } => {
                    assert!(
                        self.talks[&session].end.is_none(),
                        "nothing comes after the end"
                    );
                    self.unanswered.push(exchange);
                }
                ServerEvent::Carried { .. } => panic!("no frames have a tag"),
                ServerEvent::Closed {
                    session,
                    reason,
                    unsent,
                } => {
                    let talk = self.talks.get_mut(&session).unwrap();
                    assert_eq!(talk.end.replace(reason), None, "once");
                    // What came back counts as told to the application, in its place in the order.
                    talk.delivered.extend(unsent.concat());
                }
            }
        }
        while let Some((exchange, reply)) = self.served.poll_reply() {
            assert!(
                self.open.contains(&exchange),
                "one reply to each request, none to the lost"
            );
            assert!(
                self.replies.insert(exchange, reply).is_none(),
                "one reply to each request"
            );
        }
    }

    fn pick(&self, session: usize) -> Option<SessionKey> {
        self.talks
            .keys()
            .nth(session % self.talks.len().max(1))
            .copied()
    }

    fn number(&mut self) -> u8 {
        self.written = self.written.wrapping_add(1);
        self.written
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_sent_is_delivered_once_and_in_order_or_comes_back(
        ops in ops(),
        rotate in any::<bool>(),
        max_reply in 1usize..100,
    ) {
        let config = config().rotate_session_ids(rotate).max_reply(max_reply).unwrap().max_posts(4).unwrap();
        let mut noise = Noise::new(config);
        for op in ops {
            noise.step(op);
        }
        noise.finish();
    }
}
