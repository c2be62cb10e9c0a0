//! Machines are made and freed.
#![expect(
    unsafe_code,
    reason = "the functions take pointers, which they hand to `border.rs` for what the header says they are"
)]

use std::ffi::c_char;
use std::panic::catch_unwind;
use std::ptr;

use msnp_mapping::Wrong;

use crate::border::{bytes, fail, put, text};
use crate::error::{Error, Problem};
use crate::machine::Machine;
use crate::status::Status;

/// A client.
///
/// # Safety
/// `config` is a text, `seed` leads to 32 bytes, `machine` to room for a pointer, `error` to room for an error; each or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_client_new(
    config: *const c_char,
    seed: *const u8,
    machine: *mut *mut Machine,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    let given = unsafe { (text(config), bytes(seed, 32)) };
    let (Some(config), Some(seed)) = given else {
        return Status::Null;
    };
    let Ok(seed) = <[u8; 32]>::try_from(seed) else {
        return Status::Null;
    };
    // SAFETY: as of the caller.
    unsafe { make(|| Machine::client(config, seed), machine, error) }
}

/// A gateway session.
///
/// # Safety
/// As of [`msnp_client_new`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_session_new(
    config: *const c_char,
    machine: *mut *mut Machine,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    let Some(config) = (unsafe { text(config) }) else {
        return Status::Null;
    };
    // SAFETY: as of the caller.
    unsafe { make(|| Machine::session(config), machine, error) }
}

/// Makes a machine and gives it to C.
///
/// # Safety
/// As of [`msnp_client_new`].
unsafe fn make(
    new: impl FnOnce() -> Result<Machine, Wrong> + std::panic::UnwindSafe,
    machine: *mut *mut Machine,
    error: *mut Error,
) -> Status {
    if machine.is_null() {
        return Status::Null;
    }
    // SAFETY: as of the caller.
    unsafe { put(machine, ptr::null_mut()) };
    match catch_unwind(new) {
        Ok(Ok(made)) => {
            // SAFETY: as of the caller. Whoever made it frees it, by the function below.
            unsafe { put(machine, Box::into_raw(Box::new(made))) };
            Status::Ok
        }
        // SAFETY: as of the caller.
        Ok(Err(wrong)) => unsafe { fail(error, Status::Wrong, &Problem::from(wrong)) },
        Err(_) => Status::Panicked,
    }
}

/// Frees a machine, with whatever it has open.
///
/// # Safety
/// `machine` is null, or was made here and was not freed; nobody uses it any more, nor anything that it has shown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_free(machine: *mut Machine) {
    if machine.is_null() {
        return;
    }
    // SAFETY: it came out of a box in `make`, and as of the caller it is nobody else's.
    let machine = unsafe { Box::from_raw(machine) };
    // A machine that panicked may panic again.
    let drop = std::panic::AssertUnwindSafe(move || drop(machine));
    let _ = catch_unwind(drop);
}
