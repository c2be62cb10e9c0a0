//! `FlowControl`: which requests may be in flight together, as configured and as the gateway teaches.

use crate::mode::Mode;
use crate::state::Flow;

/// What is known of how the gateway takes requests.
#[derive(Debug)]
pub(super) struct FlowControl {
    /// As configured; `Serial` instead of `Learn` once the gateway has changed the session id.
    mode: Mode,
    flow: Flow,
}

impl FlowControl {
    pub(super) const fn new(mode: Mode) -> Self {
        let flow = match mode {
            Mode::Learn | Mode::Serial => Flow::Serial,
            Mode::Parallel => Flow::Parallel,
        };
        Self { mode, flow }
    }

    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    pub(super) const fn flow(&self) -> Flow {
        self.flow
    }

    pub(super) fn is(&self, flow: Flow) -> bool {
        self.flow == flow
    }

    /// The gateway says or shows that it holds polls: posts may go beside them.
    pub(super) fn polls_are_held(&mut self) {
        if self.mode == Mode::Learn {
            self.flow = Flow::Parallel;
        }
    }

    /// The gateway gives a new session id with a reply. Of two replies that overtake each other the wrong
    /// one would be the last (gateway.md 13.8), so from now on there is one at a time.
    pub(super) fn ids_change(&mut self) {
        if self.mode == Mode::Learn {
            self.mode = Mode::Serial;
        }
    }

    /// Falls back to one request at a time, once that is decided and no poll is out: until then posts go on
    /// beside it, which a held poll would keep waiting for a minute.
    pub(super) fn fall_back(&mut self, poll_is_out: bool) {
        if self.mode == Mode::Serial && self.flow == Flow::Parallel && !poll_is_out {
            self.flow = Flow::Serial;
        }
    }

    /// A post of unknown fate may have taken the next session id with it: a poll goes first.
    pub(super) fn probe(&mut self) {
        self.flow = Flow::Probing;
    }

    /// The gateway has answered: the session lives.
    pub(super) fn answered(&mut self) {
        if self.flow == Flow::Probing {
            self.flow = Flow::Serial;
        }
    }

    pub(super) fn may_post(&self, poll_is_out: bool, leaving: bool) -> bool {
        match self.flow {
            Flow::Parallel => true,
            // Last words do not wait for a probe: whatever it finds, there is nothing after them.
            Flow::Probing if !leaving => false,
            Flow::Probing | Flow::Serial => !poll_is_out,
        }
    }

    pub(super) fn may_poll(&self, post_is_idle: bool) -> bool {
        self.flow == Flow::Parallel || post_is_idle
    }

    /// Whether polls ask to be held. A probe wants its answer at once; a serial gateway would keep posts
    /// waiting meanwhile.
    pub(super) fn asks_to_be_held(&self) -> bool {
        self.mode != Mode::Serial && self.flow != Flow::Probing
    }

    /// Whether a poll that is out can show that the gateway holds polls.
    pub(super) fn learns_from_polls(&self) -> bool {
        self.mode == Mode::Learn && self.flow == Flow::Serial
    }

    /// Whether the open asks what the gateway can do.
    pub(super) fn asks_for_capabilities(&self) -> bool {
        self.mode == Mode::Learn
    }
}
