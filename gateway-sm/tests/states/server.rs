//! Every transition of one session of the server end: from each state that can be reached, whatever can
//! happen.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Gateway, ServerConfig, ServerEvent, SessionKey};
use http::Request;
use machine_contract::Instant;

use crate::table::{Step, Table};

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Op {
    Open {
        bytes: bool,
    },
    Post {
        bytes: bool,
    },
    Poll {
        bytes: bool,
    },
    CloseAction,
    Send,
    /// The application has answered the oldest post that waits for it.
    Answered,
    Close,
    /// The driver takes the replies that can leave.
    Flush,
    Sent(usize),
    Lost(usize),
    PostLeaves(usize),
    PollLeaves,
    /// Until the application should have answered.
    PostTime,
    PollTime,
    Silence,
}

/// A gateway with one session, and what its driver, its client and its application know.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something that one of them knows"
)]
struct World {
    gateway: Gateway,
    now: Instant,
    exchanges: u64,
    session: Option<SessionKey>,
    id: String,
    posts: Vec<Post>,
    poll: Option<ExchangeId>,
    replies: Vec<Reply>,
    /// Something has happened since the replies were taken.
    dirty: bool,
    /// A refusal is to leave.
    refused: bool,
    /// The reply of a poll is to leave that gave way to another.
    gave_way: bool,
    /// A request other than the open was taken, so that its client has read the id.
    is_known: bool,
    /// The client has asked what the gateway can do.
    keeps_poll: bool,
    /// The poll is to be answered with the post that came beside it.
    let_go: bool,
}

#[derive(Copy, Clone, Debug)]
struct Post {
    exchange: ExchangeId,
    answered: bool,
    /// A poll with a body, to be held once it is answered.
    then_held: bool,
}

/// A reply on its way.
#[derive(Copy, Clone, Debug)]
struct Reply {
    exchange: ExchangeId,
    frames: bool,
    close: bool,
}

const POST_HOLD: Duration = Duration::from_secs(5);
const POLL_HOLD: Duration = Duration::from_secs(1000);
const TIMEOUT: Duration = Duration::from_secs(2000);

/// So many requests and replies at once show all that more could.
const MOST: usize = 2;

impl World {
    fn new(keeps_poll: bool) -> Self {
        let config = ServerConfig::new("gw1.example.com", "192.0.2.7").unwrap();
        let config = config.session_timeout(TIMEOUT).unwrap();
        let config = config.longest_hold(POLL_HOLD).unwrap();
        Self {
            gateway: Gateway::new(config.post_hold(POST_HOLD).unwrap()),
            now: Instant::ORIGIN,
            exchanges: 0,
            session: None,
            id: String::new(),
            posts: Vec::new(),
            poll: None,
            replies: Vec::new(),
            dirty: false,
            refused: false,
            gave_way: false,
            is_known: false,
            keeps_poll,
            let_go: false,
        }
    }

    fn parts(&self) -> Vec<String> {
        let nothing = ["nothing queued", "no frames out", "no post", "no poll"];
        let state = self.session.and_then(|key| self.gateway.session_state(key));
        if let Some(state) = state {
            return state.to_string().split(", ").map(str::to_owned).collect();
        }
        let life = if self.session.is_none() {
            "none"
        } else {
            "gone"
        };
        let parts = [life].into_iter().chain(nothing);
        parts.map(str::to_owned).collect()
    }

    fn also(&self) -> Vec<String> {
        let any = |is_it: fn(&Post) -> bool| self.posts.iter().any(is_it);
        let facts = [
            (
                any(|post| post.answered && !post.then_held),
                "one to answer",
            ),
            (any(|post| post.answered && post.then_held), "one to hold"),
            (any(|post| post.answered), "one answered"),
            (any(|post| post.then_held), "a poll with bytes"),
            (!any(|post| post.then_held), "no poll with bytes"),
            (self.is_idle(), "nothing under way"),
            (self.let_go, "let go"),
        ];
        let so = facts.into_iter().filter(|(is_so, _)| *is_so);
        so.map(|(_, fact)| fact.to_owned()).collect()
    }

    /// No request is in progress, no reply on its way.
    fn is_idle(&self) -> bool {
        let waits = self.poll.is_some() || !self.posts.is_empty();
        !waits && !self.gave_way && self.replies.is_empty()
    }

    /// All on which it depends what happens next.
    fn key(&self) -> String {
        let posts: Vec<_> = self
            .posts
            .iter()
            .map(|post| (post.answered, post.then_held, post.exchange.get() == 1))
            .collect();
        let reply = |reply: &Reply| (reply.frames, reply.close, reply.exchange.get() == 1);
        let replies: Vec<_> = self.replies.iter().map(reply).collect();
        let parts = self.parts();
        let Self {
            dirty,
            refused,
            gave_way,
            is_known,
            keeps_poll,
            let_go,
            ..
        } = self;
        format!(
            "{parts:?} {posts:?} {replies:?} {dirty} {refused} {gave_way} {is_known} {keeps_poll} {let_go}"
        )
    }

    /// `None` if this cannot happen now.
    fn step(&mut self, op: Op) -> Option<Step> {
        let (before, also) = (self.parts(), self.also());
        let mut told = BTreeSet::new();
        let what = self.apply(op, &mut told)?;
        while let Some(event) = self.gateway.poll_event() {
            let word = match event {
                ServerEvent::Opened { session, .. } => {
                    self.session = Some(session);
                    "Opened"
                }
                ServerEvent::Received { .. } => "Received",
                ServerEvent::Closed { .. } => "Closed",
                // No frames have a tag here.
                ServerEvent::Carried { .. } => "Carried",
            };
            told.insert(word.to_owned());
        }
        let after = self.parts();
        self.let_go &= after[4] == "poll held" && self.poll.is_some();
        if after[0] == "ended" || after[0] == "gone" {
            // The application has nothing more to say to anything, and nothing is held any more.
            for post in &mut self.posts {
                (post.answered, post.then_held) = (true, false);
            }
        }
        if after[0] == "gone" {
            self.posts.clear();
            self.poll = None;
        }
        Some(Step {
            what: what.into_iter().map(str::to_owned).collect(),
            before,
            also,
            after,
            told,
        })
    }

    fn apply(&mut self, op: Op, told: &mut BTreeSet<String>) -> Option<Vec<&'static str>> {
        let life = self.parts().swap_remove(0);
        let is_there = !matches!(&*life, "none" | "gone");
        let is_request = matches!(op, Op::Post { .. } | Op::Poll { .. } | Op::CloseAction);
        let takes_time = matches!(op, Op::PostTime | Op::PollTime | Op::Silence);
        let may_come =
            is_there && !self.id.is_empty() && self.posts.len() < MOST && self.replies.len() < MOST;
        // Both take the replies first, which is a step of its own.
        if self.dirty && (is_request || takes_time) || is_request && !may_come {
            return None;
        }
        if !matches!(op, Op::Open { .. }) && !is_there {
            return None;
        }
        let mut what = match op {
            Op::Open { .. } | Op::Post { .. } | Op::Poll { .. } | Op::CloseAction => {
                self.request(op, &life)
            }
            Op::Send | Op::Answered | Op::Close | Op::Flush => self.application(op),
            Op::Sent(_) | Op::Lost(_) | Op::PostLeaves(_) | Op::PollLeaves => self.news(op),
            Op::PostTime | Op::PollTime | Op::Silence => self.time(op),
        }?;
        self.dirty = op != Op::Flush;
        if op == Op::Flush || takes_time {
            self.dirty = false;
            self.take_replies(told);
        }
        what.retain(|word| !word.is_empty());
        Some(what)
    }

    /// The client asks.
    fn request(&mut self, op: Op, life: &str) -> Option<Vec<&'static str>> {
        Some(match op {
            Op::Open { bytes } => {
                if life != "none" {
                    return None;
                }
                let exchange = self.ask("Action=open&Server=NS", bytes);
                self.posts.push(Post {
                    exchange,
                    answered: !bytes,
                    then_held: false,
                });
                vec!["open", if bytes { "with bytes" } else { "without" }]
            }
            Op::Post { bytes } => {
                self.let_go();
                let exchange = self.ask(&format!("SessionID={}", self.id), bytes);
                self.came(exchange, bytes, false, life);
                vec!["post", if bytes { "with bytes" } else { "without" }]
            }
            Op::Poll { bytes } => {
                let query = format!("SessionID={}&Action=poll&Lifespan=1000", self.id);
                let exchange = self.ask(&query, bytes);
                let ended = life != "open";
                if bytes || ended {
                    self.came(exchange, bytes, true, life);
                }
                if !(bytes && ended) && self.poll.take().is_some() {
                    self.gave_way = true;
                    self.let_go = false;
                }
                if !bytes && !ended {
                    self.poll = Some(exchange);
                    self.is_known = true;
                }
                vec!["poll", if bytes { "with bytes" } else { "without" }]
            }
            Op::CloseAction => {
                self.let_go();
                let exchange = self.ask(&format!("SessionID={}&Action=close", self.id), false);
                self.came(exchange, false, false, life);
                vec!["Action=close"]
            }
            _ => return None,
        })
    }

    /// A post has the held poll answered, unless the client is known to keep it.
    fn let_go(&mut self) {
        self.let_go |= !self.keeps_poll && self.poll.is_some();
    }

    /// The application speaks, or the driver takes what it said.
    fn application(&mut self, op: Op) -> Option<Vec<&'static str>> {
        Some(match op {
            Op::Send => {
                let frames = Bytes::from_static(b"A\r\n");
                if self.parts()[1] != "nothing queued" {
                    return None;
                }
                self.gateway.send(self.session?, frames, self.now).ok()?;
                vec!["send"]
            }
            Op::Answered => {
                let post = self.posts.iter_mut().find(|post| !post.answered)?;
                post.answered = true;
                let exchange = post.exchange;
                self.gateway.answered(exchange, self.now);
                vec!["answered"]
            }
            Op::Close => {
                self.gateway.close(self.session?, self.now);
                vec!["close"]
            }
            Op::Flush => {
                if !self.dirty {
                    return None;
                }
                let refused = std::mem::take(&mut self.refused);
                let gave_way = std::mem::take(&mut self.gave_way);
                vec![
                    "replies leave",
                    if refused { "a refusal" } else { "" },
                    if gave_way { "a poll gave way" } else { "" },
                ]
            }
            _ => return None,
        })
    }

    /// What became of requests and replies.
    fn news(&mut self, op: Op) -> Option<Vec<&'static str>> {
        Some(match op {
            Op::Sent(at) => {
                let reply = (at < self.replies.len()).then(|| self.replies.remove(at))?;
                self.gateway.handle_reply_sent(reply.exchange, self.now);
                let close = if reply.close {
                    "the last"
                } else {
                    "not the last"
                };
                vec!["reply sent", close, Self::kind(reply.frames)]
            }
            Op::Lost(at) => {
                let reply = (at < self.replies.len()).then(|| self.replies.remove(at))?;
                self.gateway.handle_reply_lost(reply.exchange, self.now);
                vec![
                    "reply lost",
                    Self::kind(reply.frames),
                    self.opening(reply.exchange),
                ]
            }
            Op::PostLeaves(at) => {
                let post = (at < self.posts.len()).then(|| self.posts.remove(at))?;
                // The reply to a poll that gave way is made already.
                self.gateway.handle_reply_lost(post.exchange, self.now);
                vec!["post leaves", self.opening(post.exchange)]
            }
            Op::PollLeaves => {
                let poll = self.poll.take()?;
                self.gateway.handle_reply_lost(poll, self.now);
                vec!["poll leaves"]
            }
            _ => return None,
        })
    }

    /// Time passes.
    fn time(&mut self, op: Op) -> Option<Vec<&'static str>> {
        Some(match op {
            Op::PostTime => {
                if self.posts.is_empty() {
                    return None;
                }
                self.wait(POST_HOLD);
                for post in &mut self.posts {
                    post.answered = true;
                }
                vec!["the post's time is up"]
            }
            Op::PollTime => {
                if self.poll.is_none() || !self.posts.is_empty() {
                    return None;
                }
                self.wait(POLL_HOLD);
                vec!["the poll's time is up"]
            }
            Op::Silence => {
                if !self.is_idle() {
                    return None;
                }
                self.wait(TIMEOUT);
                vec!["silence"]
            }
            _ => return None,
        })
    }

    fn kind(frames: bool) -> &'static str {
        if frames { "with frames" } else { "empty" }
    }

    /// Whether nobody but the client of this exchange can know the session.
    fn opening(&self, exchange: ExchangeId) -> &'static str {
        if exchange.get() == 1 && !self.is_known {
            "of the open"
        } else {
            "of another"
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.gateway.handle_timeout(self.now);
    }

    fn ask(&mut self, query: &str, bytes: bool) -> ExchangeId {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        // No two are alike: the second would be taken for a repetition, and the application not see it.
        let body = if bytes {
            format!("PNG {}\r\n", self.exchanges).into()
        } else {
            Bytes::new()
        };
        let mut request = Request::post(format!("/gateway/gateway.dll?{query}"));
        if self.keeps_poll {
            request = request.header("X-MSN-GWCapabilities", "*");
        }
        let request = request.body(body).unwrap();
        self.gateway
            .handle_request(exchange, request, *b"0123456789abcdef", self.now);
        exchange
    }

    /// A request waits for a reply, unless it was refused.
    fn came(&mut self, exchange: ExchangeId, bytes: bool, poll: bool, life: &str) {
        let ended = life != "open";
        if ended && bytes {
            self.refused = true;
            return;
        }
        self.is_known = true;
        self.posts.push(Post {
            exchange,
            answered: !bytes,
            then_held: poll && !ended,
        });
    }

    fn take_replies(&mut self, told: &mut BTreeSet<String>) {
        while let Some((exchange, reply)) = self.gateway.poll_reply() {
            self.posts.retain(|post| post.exchange != exchange);
            if self.poll.take_if(|poll| *poll == exchange).is_some() {
                self.let_go = false;
            }
            let headers = reply.headers();
            let messenger = headers["X-MSN-Messenger"].to_str().unwrap().to_owned();
            let close = messenger.contains("Session=close");
            if reply.status() == 400 {
                self.gateway.handle_reply_sent(exchange, self.now);
                told.insert("400".to_owned());
                continue;
            }
            let (id, _) = messenger.split_once(';').unwrap();
            id.trim_start_matches("SessionID=").clone_into(&mut self.id);
            let frames = !reply.body().is_empty();
            told.insert(if frames { "frames" } else { "nothing" }.to_owned());
            self.replies.push(Reply {
                exchange,
                frames,
                close,
            });
        }
        // What is held now has no reply and waits for no answer.
        let is_held = self.parts()[4] == "poll held";
        if is_held && self.poll.is_none() {
            let held = self
                .posts
                .iter()
                .rposition(|post| post.answered && post.then_held);
            self.poll = held.map(|at| self.posts.remove(at).exchange);
        }
    }
}

fn ops() -> Vec<Op> {
    let mut ops = vec![
        Op::CloseAction,
        Op::Send,
        Op::Answered,
        Op::Close,
        Op::Flush,
        Op::PollLeaves,
        Op::PostTime,
        Op::PollTime,
        Op::Silence,
    ];
    for bytes in [false, true] {
        ops.extend([Op::Open { bytes }, Op::Post { bytes }, Op::Poll { bytes }]);
    }
    for at in 0..=MOST {
        ops.extend([Op::Sent(at), Op::Lost(at), Op::PostLeaves(at)]);
    }
    ops
}

#[test]
fn every_transition_of_a_server_s_session_stands_in_its_table_and_the_table_has_no_other() {
    let table = Table::of("server");
    let ops = ops();
    let kinds = [false, true];
    let mut seen: BTreeSet<_> = kinds.map(|keeps| World::new(keeps).key()).into();
    let mut paths = VecDeque::from(kinds.map(|keeps| (keeps, Vec::new())));
    while let Some((keeps, path)) = paths.pop_front() {
        for &op in &ops {
            let mut world = World::new(keeps);
            for &op in &path {
                world.step(op);
            }
            let Some(step) = world.step(op) else { continue };
            let walked = [&path[..], &[op]].concat();
            table.check(&step, "gone", &format!("{walked:?}"));
            if seen.insert(world.key()) && step.after[0] != "gone" {
                paths.push_back((keeps, walked));
            }
        }
    }
    assert!(seen.len() > 100, "{} states were reached", seen.len());
    table.is_walked();
}
