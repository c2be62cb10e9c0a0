//! `Bounds`: how much one connection may ask for and be told; little until it is known whose it is.

use machine_contract::Instant;
use msnp_proto::{Limits, Verb};

use super::asked::Asked;
use super::refusal::ErrorReply;
use super::requests::Requests;
use crate::faces::config::Config;
use crate::faces::turn::Turn;
use crate::network::Allowance;

/// What one connection may still do.
#[derive(Debug)]
pub(super) struct Bounds {
    /// Until it is known whose it is; then the person's counts.
    allowance: Allowance,
    /// Lines that were no good, until it is known whose it is.
    bad_lines: u32,
}

/// Bytes of refusals that may wait beyond what the bounds allow for answers.
const REFUSALS: usize = 4 * 1024;

impl Bounds {
    /// Those of a connection that was opened at `now`.
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        Self {
            allowance: Allowance::new(config.command_burst, config.commands_per_second, now),
            bad_lines: 0,
        }
    }

    /// How long a line and a payload may be. A stranger's unfinished frame costs memory for as long as the
    /// connection is open, and there may be many strangers.
    pub(super) const fn frame(config: &Config, signed_in: bool) -> Limits {
        if signed_in {
            config.frame
        } else {
            config.frame_before_sign_in
        }
    }

    /// Takes one command's worth, of the connection's allowance or of its person's.
    pub(super) fn admit(
        &mut self,
        asked: &Asked,
        signed_in: bool,
        requests: &Requests,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorReply> {
        // One is due for every message, all at once if those came at once; refused, it would be
        // lost, since it has no answer.
        if asked.verb() == Verb::ACK && signed_in {
            return Ok(());
        }
        if outgoing(requests, turn) >= most(signed_in, turn.config()) {
            return Err(ErrorReply::RATE);
        }
        let now = turn.monotonic();
        let taken = turn.take_allowance();
        if taken.unwrap_or_else(|| self.allowance.take(now)) {
            Ok(())
        } else {
            Err(ErrorReply::RATE)
        }
    }

    /// A command is about to be refused. Refusals are bytes that somebody has to take, as answers are: who has
    /// too many waiting is not told one more but that it is over, and why. So is a stranger at the third line
    /// that is no good.
    pub(super) fn refuse(
        &mut self,
        error: &ErrorReply,
        signed_in: bool,
        requests: &Requests,
        turn: &Turn<'_>,
    ) -> Result<(), &'static str> {
        if outgoing(requests, turn) >= most(signed_in, turn.config()) + REFUSALS {
            return Err("Too much waits to be read.");
        }
        self.bad_lines += u32::from(!signed_in && error.is_about_the_line());
        if self.bad_lines >= turn.config().bad_lines {
            return Err("Too many lines that are no good.");
        }
        Ok(())
    }
}

/// Bytes that wait for the client, and that its open questions may bring.
fn outgoing(requests: &Requests, turn: &Turn<'_>) -> usize {
    let reserved = requests.reserved(turn.config().answer_bytes);
    turn.outgoing().saturating_add(reserved)
}

const fn most(signed_in: bool, config: &Config) -> usize {
    if signed_in {
        config.outgoing_bytes
    } else {
        config.outgoing_before_sign_in
    }
}
