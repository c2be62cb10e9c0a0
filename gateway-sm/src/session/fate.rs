//! What becomes of a session, and of what a post carried, when a request has no usable answer. Decisions
//! alone: nothing here has a state.

use http::StatusCode;

use super::event::CloseReason;
use super::slots::{Batch, Kind};
use machine_contract::Failure;

/// Why a session ends that this status ends. `live`: the gateway has made it.
pub(super) fn reason_of(status: StatusCode, live: bool) -> CloseReason {
    match status.as_u16() {
        401 | 403 => CloseReason::Unauthorized(status),
        // What gateways say to an id that they do not know. Before there is one, it means the open itself.
        400 | 404 | 410 if live => CloseReason::SessionLost,
        _ => CloseReason::Status(status),
    }
}

/// Whether this status may be another the next time. Whoever says so, a proxy perhaps, may say it after the
/// gateway has read the request.
pub(super) fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429) || status.is_server_error()
}

/// Whether it would fail like this again: whoever is asked again shows the same certificate.
pub(super) fn is_the_same_again(failure: Failure) -> bool {
    matches!(failure, Failure::Untrusted(_))
}

/// What becomes of a post that failed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum PostFate {
    /// It is made again, the same bytes.
    Again,
    /// Its sends are reported, and the session goes on without them.
    Lost,
    /// Its sends are reported, and the session ends.
    End,
}

/// `given_up`: it was one failure too many in a row, or one that stays. `leaving`: the application has said its last words.
pub(super) fn of_post(batch: &Batch, failure: Failure, given_up: bool, leaving: bool) -> PostFate {
    // What was posted twice would be read twice. Two opens make two sessions at worst, of which nobody uses
    // the first; but not if commands went along.
    let empty_open = batch.kind() == Kind::Open && batch.ids().is_empty();
    let may_repeat = failure.is_unsent() || empty_open;
    if given_up || leaving {
        PostFate::End
    } else if may_repeat {
        PostFate::Again
    } else if batch.kind() == Kind::Open {
        // Without a session there is nothing to go on with.
        PostFate::End
    } else {
        // A body holds whole frames, so losing one leaves the stream in step.
        PostFate::Lost
    }
}
