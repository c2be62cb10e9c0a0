#![doc = include_str!("states.md")]

use std::fmt;

use crate::mode::Mode;

/// Where a [`Session`](crate::Session) stands. `Display` prints it in the words of the
/// [tables](self): `live, staying, mode learn, flow serial, post idle, poll in flight`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SessionState {
    /// How far it has come.
    pub phase: Phase,
    /// The application has said its last words.
    pub leaving: bool,
    /// As configured, or as the gateway has taught.
    pub mode: Mode,
    /// Which requests may be in flight together.
    pub flow: Flow,
    /// The request that carries sends, the open or the close.
    pub post: PostState,
    /// The request that asks for what is queued at the gateway.
    pub poll: PollState,
}

/// How far a [`Session`](crate::Session) has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// No request was made.
    Fresh,
    /// The open is in flight or will be made again.
    Opening,
    /// The gateway has made the session.
    Live,
    /// `Closed` was said.
    Closed,
}

/// Which requests of a [`Session`](crate::Session) may be in flight together.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Flow {
    /// A post or a poll.
    Serial,
    /// A poll: after a post of unknown fate it has to find out whether the session lives.
    Probing,
    /// A post and a poll.
    Parallel,
}

/// What the post of a [`Session`](crate::Session) does.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PostState {
    /// There is none; the next sends make one.
    Idle,
    /// It has what to carry and goes out as soon as it may: a request that never left, or the close.
    Due,
    /// It waits for its next try, or for a gateway in trouble to recover.
    Waiting,
    /// It is on its way.
    InFlight,
}

/// What the poll of a [`Session`](crate::Session) does.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PollState {
    /// There is none until something calls for one.
    Off,
    /// It goes out as soon as it may.
    Due,
    /// It waits for its time.
    Waiting,
    /// It is on its way, perhaps held by the gateway.
    InFlight,
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            phase,
            leaving,
            mode,
            flow,
            post,
            poll,
        } = self;
        let leaving = if *leaving { "leaving" } else { "staying" };
        let mode = match mode {
            Mode::Learn => "learn",
            Mode::Serial => "serial",
            Mode::Parallel => "parallel",
        };
        write!(
            f,
            "{phase}, {leaving}, mode {mode}, flow {flow}, {post}, {poll}"
        )
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fresh => "fresh",
            Self::Opening => "opening",
            Self::Live => "live",
            Self::Closed => "closed",
        })
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serial => "serial",
            Self::Probing => "probing",
            Self::Parallel => "parallel",
        })
    }
}

impl fmt::Display for PostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "post idle",
            Self::Due => "post due",
            Self::Waiting => "post waiting",
            Self::InFlight => "post in flight",
        })
    }
}

impl fmt::Display for PollState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "poll off",
            Self::Due => "poll due",
            Self::Waiting => "poll waiting",
            Self::InFlight => "poll in flight",
        })
    }
}

/// Where one session of a [`Gateway`](crate::Gateway) stands. `Display` prints it in the words of the
/// [tables](self): `open, nothing queued, no frames out, no post, poll held`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ServerSessionState {
    /// Whether it has ended, and whether its client knows.
    pub life: Life,
    /// Frames wait for a reply.
    pub queued: bool,
    /// A reply with frames is on its way, neither sent nor lost yet: the next frames wait for it.
    pub frames_out: bool,
    /// What the requests besides the held poll wait for.
    pub posts: PostsState,
    /// A poll is held until there is something to say.
    pub poll_held: bool,
}

/// Whether a session of a [`Gateway`](crate::Gateway) has ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Life {
    /// It has not.
    Open,
    /// It has; the client does not know it yet.
    Ended,
    /// A reply with `Session=close` and all that was left has been written.
    Told,
}

/// What the requests of a session of a [`Gateway`](crate::Gateway) wait for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PostsState {
    /// There are none.
    None,
    /// At least one waits for [`Gateway::answered`](crate::Gateway::answered).
    Unanswered,
    /// All are answered: they wait for the driver to take their replies, or for frames to be out of the way.
    Answered,
}

impl fmt::Display for ServerSessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let life = match self.life {
            Life::Open => "open",
            Life::Ended => "ended",
            Life::Told => "told",
        };
        let queue = if self.queued {
            "frames queued"
        } else {
            "nothing queued"
        };
        let out = if self.frames_out {
            "frames out"
        } else {
            "no frames out"
        };
        let posts = match self.posts {
            PostsState::None => "no post",
            PostsState::Unanswered => "post unanswered",
            PostsState::Answered => "post answered",
        };
        let poll = if self.poll_held {
            "poll held"
        } else {
            "no poll"
        };
        write!(f, "{life}, {queue}, {out}, {posts}, {poll}")
    }
}
