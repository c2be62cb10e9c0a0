//! Bytes that a session sends.
#![expect(
    unsafe_code,
    reason = "the functions take pointers, which they hand to `border.rs` for what the header says they are"
)]

use bytes::Bytes;

use crate::border::{bytes, fail, fail_plainly, on, put};
use crate::error::{Error, Problem};
use crate::machine::Machine;
use crate::status::Status;

/// Queues one or more whole frames.
///
/// # Safety
/// `machine` is one that was made here, used by nobody else meanwhile; `data` leads to so many bytes; `send` and `error` lead
/// to room for one. Each or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_session_send(
    machine: *mut Machine,
    data: *const u8,
    len: usize,
    now: u64,
    send: *mut u64,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    unsafe { say(machine, (data, len), false, now, send, error) }
}

/// Says the last words, and ends the session once they are answered.
///
/// # Safety
/// As of [`msnp_session_send`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_session_close_with(
    machine: *mut Machine,
    data: *const u8,
    len: usize,
    now: u64,
    send: *mut u64,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    unsafe { say(machine, (data, len), true, now, send, error) }
}

/// # Safety
/// As of [`msnp_session_send`].
unsafe fn say(
    machine: *mut Machine,
    (data, len): (*const u8, usize),
    last: bool,
    now: u64,
    send: *mut u64,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    let Some(frames) = (unsafe { bytes(data, len) }) else {
        // SAFETY: as of the caller.
        return unsafe { fail_plainly(error, Status::Null) };
    };
    let queue = |machine: &mut Machine| {
        let frames = Bytes::copy_from_slice(frames);
        match machine.send(frames, last, now) {
            None => Status::OtherMachine,
            Some(Ok(id)) => {
                // SAFETY: as of the caller.
                unsafe { put(send, id) };
                Status::Ok
            }
            Some(Err(refused)) => match Problem::refused(&refused) {
                // SAFETY: as of the caller.
                Some(problem) => unsafe { fail(error, Status::Refused, &problem) },
                // SAFETY: as of the caller.
                None => unsafe { fail_plainly(error, Status::Refused) },
            },
        }
    };
    // SAFETY: as of the caller.
    unsafe {
        match on(machine, queue) {
            wrong @ (Status::Null | Status::OtherMachine | Status::Panicked) => {
                fail_plainly(error, wrong)
            }
            other => other,
        }
    }
}
