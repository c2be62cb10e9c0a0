//! Every transition of the client end: from each state that can be reached, whatever can happen.

use std::collections::{BTreeSet, VecDeque};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Config, Event, Limits, Mode, Open, Session, Timing};
use http::Response;
use machine_contract::{
    CertificateFault, Failure, HttpMachine, Instant, Machine, RequestId, Transmit,
};

use crate::table::{Step, Table};

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Op {
    Send,
    Transmit,
    /// Longer than any pause, and than a gateway takes that holds no polls.
    Wait,
    /// Longer than any deadline.
    WaitLong,
    Sleep,
    LastWords,
    Close,
    Post(End),
    Poll(End),
}

/// How a request ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum End {
    Answer {
        data: bool,
        more: bool,
        new_id: bool,
        capability: bool,
    },
    SessionClose,
    NoGateway,
    Status(u16),
    Failure(Failure),
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Setting {
    mode: Mode,
    empty_open: bool,
    close_action: bool,
}

/// A session, and what its gateway and its driver know.
struct World {
    session: Session,
    setting: Setting,
    now: Instant,
    ids: u32,
    post: Option<Post>,
    poll: Option<Poll>,
    /// A post that waits to be made again.
    again: Option<Kind>,
    failures: u32,
    queued: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    EmptyOpen,
    Open,
    Commands,
    Close,
}

#[derive(Copy, Clone)]
struct Post {
    id: RequestId,
    kind: Kind,
}

#[derive(Copy, Clone)]
struct Poll {
    id: RequestId,
    since: Instant,
    deadline: Instant,
    asks: bool,
    overtaken: bool,
}

const MOST_FAILURES: u32 = 1;

impl World {
    fn new(setting: Setting) -> Self {
        let second = Duration::from_secs(1);
        let timing = Timing {
            quick: second,
            slow: second,
            retry: second,
            slow_retry: second,
            ..Timing::default()
        };
        let limits = Limits {
            failures: MOST_FAILURES,
            ..Limits::default()
        };
        let config = Config::new("https://gateway.example.com").unwrap();
        let config = config.timing(timing).unwrap().limits(limits).unwrap();
        let config = config.open(Open::default()).unwrap().mode(setting.mode);
        let config = config
            .empty_open(setting.empty_open)
            .close_action(setting.close_action);
        Self {
            session: Session::new(config),
            setting,
            now: Instant::ORIGIN,
            ids: 0,
            post: None,
            poll: None,
            again: None,
            failures: 0,
            queued: false,
        }
    }

    /// After all this has happened.
    fn walked(setting: Setting, path: &[Op]) -> Self {
        let mut world = Self::new(setting);
        for &op in path {
            world.step(op);
        }
        world
    }

    fn parts(&self) -> Vec<String> {
        let state = self.session.state().to_string();
        state.split(", ").map(str::to_owned).collect()
    }

    /// All on which it depends what happens next.
    fn key(&self) -> String {
        let poll = self.poll.map(|poll| {
            (
                poll.asks,
                self.is_held(poll),
                self.has_run_out(poll),
                poll.overtaken,
            )
        });
        let post = self.post.map(|post| post.kind);
        let Self {
            again,
            failures,
            queued,
            ..
        } = self;
        let state = self.session.state();
        format!("{state} {post:?} {poll:?} {again:?} {failures} {queued}")
    }

    fn is_held(&self, poll: Poll) -> bool {
        poll.asks && self.now >= poll.since + Mode::HELD
    }

    fn has_run_out(&self, poll: Poll) -> bool {
        poll.asks && self.now >= poll.deadline
    }

    /// `None` if this cannot happen now.
    fn step(&mut self, op: Op) -> Option<Step> {
        let before = self.parts();
        let also = if self.queued {
            "queued"
        } else {
            "nothing queued"
        };
        let what = self.apply(op)?;
        let mut told = BTreeSet::new();
        while let Some(event) = self.session.poll_event() {
            let word = match event {
                Event::Opened(_) => "Opened",
                Event::Received(_) => "Received",
                Event::Sent(_) => "Sent",
                Event::Unsent { .. } => "Unsent",
                Event::Gap => "Gap",
                Event::HostRefused(_) => "HostRefused",
                Event::Closed(_) => "Closed",
            };
            told.insert(word.to_owned());
        }
        while let Some(id) = self.session.poll_cancel() {
            self.post.take_if(|post| post.id == id);
            self.poll.take_if(|poll| poll.id == id);
        }
        let after = self.parts();
        Some(Step {
            what: what.into_iter().map(str::to_owned).collect(),
            before,
            also: vec![also.to_owned()],
            after,
            told,
        })
    }

    fn apply(&mut self, op: Op) -> Option<Vec<&'static str>> {
        let before = self.parts();
        let was = |part: &str| before.iter().any(|found| found == part);
        match op {
            Op::Send => {
                if self.queued || self.session.send(Bytes::from_static(b"A")).is_err() {
                    return None;
                }
                self.queued = true;
                Some(vec![])
            }
            Op::Transmit => {
                let transmit = self.session.poll_transmit(self.now)?;
                Some(vec![self.sent(&transmit)])
            }
            Op::Wait | Op::WaitLong => {
                let seconds = if op == Op::Wait { 3 } else { 100 };
                self.now += Duration::from_secs(seconds);
                self.session.handle_timeout(self.now);
                Some(vec!["time passes"])
            }
            Op::Sleep => {
                self.session.handle_suspended(self.now);
                Some(vec!["the host was asleep"])
            }
            Op::LastWords => {
                let said = self.session.close_with(Bytes::from_static(b"B"));
                said.ok()?;
                self.queued = !was("fresh");
                Some(vec!["last words"])
            }
            Op::Close => {
                if was("closed") {
                    return None;
                }
                let under_way = self.again == Some(Kind::Close)
                    || self.post.is_some_and(|post| post.kind == Kind::Close);
                let with = self.setting.close_action;
                self.session.close();
                self.queued = false;
                self.again = with.then_some(Kind::Close);
                Some(vec![
                    if under_way { "close again" } else { "close" },
                    self.close_action(),
                ])
            }
            Op::Post(end) => {
                let post = self.post.take()?;
                Some(self.end_post(post, end))
            }
            Op::Poll(end) => {
                let poll = self.poll.take()?;
                Some(self.end_poll(poll, end))
            }
        }
    }

    fn close_action(&self) -> &'static str {
        if self.setting.close_action {
            "with Action=close"
        } else {
            "without Action=close"
        }
    }

    fn sent(&mut self, transmit: &Transmit) -> &'static str {
        let query = transmit.request.uri().query().unwrap();
        let empty = transmit.request.body().is_empty();
        let (id, since) = (transmit.id, self.now);
        if query.contains("Action=poll") {
            self.poll = Some(Poll {
                id,
                since,
                deadline: transmit.deadline,
                asks: query.contains("Lifespan"),
                overtaken: false,
            });
            return "a poll goes out";
        }
        let kind = match (
            query.contains("Action=open"),
            query.contains("Action=close"),
        ) {
            (true, _) if empty => Kind::EmptyOpen,
            (true, _) => Kind::Open,
            (_, true) => Kind::Close,
            _ => Kind::Commands,
        };
        // What is made again, and what carries no sends, leaves the queue as it is.
        if self.again.take().is_none() && matches!(kind, Kind::Open | Kind::Commands) {
            self.queued = false;
        }
        self.post = Some(Post { id, kind });
        if let Some(poll) = &mut self.poll {
            poll.overtaken = true;
        }
        "a post goes out"
    }

    fn end_post(&mut self, post: Post, end: End) -> Vec<&'static str> {
        let leaving = self.session.state().leaving;
        let mut what = self.end(post.id, end);
        if what.contains(&"answered") {
            what.push(match post.kind {
                Kind::EmptyOpen | Kind::Open => "open answered",
                Kind::Commands => "post answered",
                Kind::Close => "close answered",
            });
            what.push(self.close_action());
            if !self.queued && leaving && self.setting.close_action {
                self.again = Some(Kind::Close);
            }
        }
        if what.contains(&"tolerated") {
            what.push("post failed");
            let lost = what.contains(&"lost");
            what.push(match post.kind {
                _ if !lost => "post not sent",
                Kind::EmptyOpen => "empty open lost",
                Kind::Open => "open lost",
                Kind::Commands | Kind::Close => "post lost",
            });
            if (!lost || post.kind == Kind::EmptyOpen) && !leaving {
                self.again = Some(post.kind);
            }
        }
        what
    }

    fn end_poll(&mut self, poll: Poll, end: End) -> Vec<&'static str> {
        let held = self.is_held(poll);
        if end == End::Status(504) && held {
            self.end(poll.id, end);
            self.failures -= 1;
            return vec!["504 held"];
        }
        let run_out = self.has_run_out(poll);
        let mut what = self.end(poll.id, end);
        if what.contains(&"answered") {
            what.push("poll answered");
            what.push(if held { "held" } else { "at once" });
            what.push(if poll.overtaken {
                "overtaken"
            } else {
                "not overtaken"
            });
        }
        if what.contains(&"tolerated") {
            what.push("poll failed");
            what.push(if run_out {
                "run out"
            } else {
                "within its time"
            });
            if what.contains(&"lost") {
                what.push("poll lost");
            }
        }
        what
    }

    /// Tells the session; what happened, as far as it is the same for posts and polls.
    fn end(&mut self, id: RequestId, end: End) -> Vec<&'static str> {
        let failed = |world: &mut Self, how| {
            world.failures += 1;
            if world.failures > MOST_FAILURES {
                return vec!["one too many"];
            }
            vec![how, "tolerated"]
        };
        match end {
            End::Answer {
                data,
                more,
                new_id,
                capability,
            } => {
                let is_first = self.ids == 0;
                self.ids += u32::from(new_id || is_first);
                let mut messenger = format!("SessionID=1.{}", self.ids);
                if more {
                    messenger.push_str("; MoreData=true");
                }
                let mut response = Response::builder().header("X-MSN-Messenger", messenger);
                if capability {
                    response = response.header("X-MSN-GWCapabilities", "LP");
                }
                let body = Bytes::from_static(if data { b"DATA" } else { b"" });
                self.tell(id, response.body(body).unwrap());
                self.failures = 0;
                vec![
                    "answered",
                    if data { "data" } else { "empty" },
                    if more && data { "more" } else { "no more" },
                    if new_id && !is_first {
                        "new id"
                    } else {
                        "same id"
                    },
                    if capability {
                        "capability"
                    } else {
                        "no capability"
                    },
                ]
            }
            End::SessionClose => {
                let messenger = "SessionID=1.9; Session=close";
                let response = Response::builder().header("X-MSN-Messenger", messenger);
                self.tell(id, response.body(Bytes::from_static(b"OUT")).unwrap());
                vec!["Session=close"]
            }
            End::NoGateway => {
                self.tell(id, Response::new(Bytes::from_static(b"<html>")));
                vec!["no gateway"]
            }
            End::Status(status) => {
                let response = Response::builder().status(status);
                self.tell(id, response.body(Bytes::new()).unwrap());
                if status < 500 {
                    vec!["refused"]
                } else {
                    failed(self, "lost")
                }
            }
            End::Failure(failure) => {
                self.session.handle_failure(id, failure, self.now);
                match failure {
                    Failure::NotSent => failed(self, "not sent"),
                    Failure::Unknown => failed(self, "lost"),
                    Failure::Untrusted(_) => vec!["untrusted"],
                }
            }
        }
    }

    fn tell(&mut self, id: RequestId, response: Response<Bytes>) {
        self.session.handle_response(id, response, self.now);
    }
}

fn ends() -> Vec<End> {
    let mut ends = vec![
        End::SessionClose,
        End::NoGateway,
        End::Status(302),
        End::Status(400),
        End::Status(401),
        End::Status(500),
        End::Status(504),
        End::Failure(Failure::NotSent),
        End::Failure(Failure::Unknown),
        End::Failure(Failure::Untrusted(CertificateFault::Expired)),
    ];
    for (data, more) in [(false, false), (true, false), (true, true)] {
        for (new_id, capability) in [(false, false), (true, false), (false, true), (true, true)] {
            ends.push(End::Answer {
                data,
                more,
                new_id,
                capability,
            });
        }
    }
    ends.push(End::Answer {
        data: false,
        more: true,
        new_id: false,
        capability: false,
    });
    ends
}

fn ops() -> Vec<Op> {
    let mut ops = vec![
        Op::Send,
        Op::Transmit,
        Op::Wait,
        Op::WaitLong,
        Op::Sleep,
        Op::LastWords,
        Op::Close,
    ];
    ops.extend(ends().into_iter().map(Op::Post));
    ops.extend(ends().into_iter().map(Op::Poll));
    ops
}

/// From every state that can be reached, everything that can happen, until nothing new is reached.
fn explore(setting: Setting, table: &Table) -> usize {
    let ops = ops();
    let mut seen = BTreeSet::from([World::new(setting).key()]);
    let mut paths = VecDeque::from([Vec::new()]);
    while let Some(path) = paths.pop_front() {
        let (has_post, has_poll) = {
            let world = World::walked(setting, &path);
            (world.post.is_some(), world.poll.is_some())
        };
        for &op in &ops {
            let possible = match op {
                Op::Post(_) => has_post,
                Op::Poll(_) => has_poll,
                _ => true,
            };
            if !possible {
                continue;
            }
            let mut world = World::walked(setting, &path);
            let Some(step) = world.step(op) else { continue };
            let walked = [&path[..], &[op]].concat();
            table.check(&step, "closed", &format!("{setting:?} {walked:?}"));
            let is_new = seen.insert(world.key());
            if is_new && !step.after.iter().any(|part| part == "closed") {
                paths.push_back(walked);
            }
        }
    }
    seen.len()
}

#[test]
fn every_transition_of_a_session_stands_in_its_table_and_the_table_has_no_other() {
    let table = &Table::of("session");
    let modes = [Mode::Learn, Mode::Serial, Mode::Parallel];
    let ways = [(false, false), (true, false), (false, true)];
    let settings = modes.into_iter().flat_map(|mode| {
        ways.map(|(empty_open, close_action)| Setting {
            mode,
            empty_open,
            close_action,
        })
    });
    let states: usize = thread::scope(|scope| {
        let walks: Vec<_> = settings
            .map(|setting| scope.spawn(move || explore(setting, table)))
            .collect();
        walks.into_iter().map(|walk| walk.join().unwrap()).sum()
    });
    assert!(states > 100, "{states} states were reached");
    table.is_walked();
}
