//! The border: pointers that C gives become references, and results go where C wants them.
#![expect(
    unsafe_code,
    reason = "what C gives are pointers. Each function says what has to hold, and that is what the header asks of its callers"
)]

use std::ffi::{CStr, c_char};
use std::slice;

use crate::error::{Error, Problem};
use crate::machine::Machine;
use crate::status::Status;

/// Runs something on a machine.
///
/// # Safety
/// `machine` is null, or was made by this library, was not freed, and is used by nobody else meanwhile.
pub(crate) unsafe fn on(
    machine: *mut Machine,
    does: impl FnOnce(&mut Machine) -> Status,
) -> Status {
    // SAFETY: as of the caller: it is null or leads to a machine that is used here alone.
    match unsafe { machine.as_mut() } {
        Some(machine) => machine.guarded(does),
        None => Status::Null,
    }
}

/// The bytes that stand there; none if there are none, wherever that is.
///
/// # Safety
/// `len` is 0, or `data` is null or leads to so many bytes, which nobody changes as long as they are looked at.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize) -> Option<&'a [u8]> {
    if len == 0 {
        return Some(&[]);
    }
    if data.is_null() || isize::try_from(len).is_err() {
        return None;
    }
    // SAFETY: as of the caller, and neither null nor longer than anything can be.
    Some(unsafe { slice::from_raw_parts(data, len) })
}

/// The text that stands there, as bytes without the zero at its end. `None` for null.
///
/// # Safety
/// `text` is null, or leads to bytes that end with a zero and that nobody changes as long as they are looked at.
pub(crate) unsafe fn text<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as of the caller.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// Puts a value where C wants it, if it does.
///
/// # Safety
/// `place` is null, or leads to room for such a value, aligned for it.
pub(crate) unsafe fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: as of the caller. What stood there, C has not made by this library, and nothing of it is to be dropped.
        unsafe { place.write(value) };
    }
}

/// Tells what is wrong, and says so.
///
/// # Safety
/// As of [`put`].
pub(crate) unsafe fn fail(error: *mut Error, status: Status, problem: &Problem) -> Status {
    // SAFETY: as of the caller.
    unsafe { put(error, Error::of(problem)) };
    status
}

/// The same, where the status is all that there is to say.
///
/// # Safety
/// As of [`put`].
pub(crate) unsafe fn fail_plainly(error: *mut Error, status: Status) -> Status {
    // SAFETY: as of the caller.
    unsafe { fail(error, status, &Problem::plain(status)) }
}
