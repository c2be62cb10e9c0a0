//! Who waits too long, for whatever it is or for a store that hangs.

use super::effect::Effect;
use super::turn::Turn;

/// Time has passed: whoever waits too long is answered. At once, since the answer may be behind what is held back by the
/// batch that takes too long.
pub(super) fn answer_overdue(turn: &mut Turn) {
    let now = turn.now().monotonic;
    while let Some((connection, request, refusal)) = turn.lines().take_overdue(now) {
        turn.effect(Effect::Answer(connection, request, Err(refusal)));
    }
    let patience = turn.config().store_hangs_after;
    let batches = turn.batches();
    if batches.hangs_from(patience).is_none_or(|at| at > now) {
        return;
    }
    batches.set_hangs();
    let decided = batches.decided();
    for (connection, request, refusal) in turn.lines().stop_waiting(decided) {
        turn.effect(Effect::Answer(connection, request, Err(refusal)));
    }
}
