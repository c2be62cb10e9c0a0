//! Machines are made and freed.
#![expect(
    unsafe_code,
    reason = "the functions take pointers, which they hand to `border.rs` for what the header says they are"
)]

use std::ffi::c_char;
use std::panic::catch_unwind;
use std::ptr;

use msnp_mapping::Wrong;

use crate::border::{bytes, fail, fail_plainly, put, text};
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
    let seed = given.1.and_then(|seed| <[u8; 32]>::try_from(seed).ok());
    let new = given.0.zip(seed);
    let new = new.map(|(config, seed)| move || Machine::client(config, seed));
    // SAFETY: as of the caller.
    unsafe { make(new, machine, error) }
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
    let config = unsafe { text(config) };
    let new = config.map(|config| move || Machine::session(config));
    // SAFETY: as of the caller.
    unsafe { make(new, machine, error) }
}

/// Makes a machine and gives it to C; what it is made of may be missing. Where none is made, C has a null, which it may free.
///
/// # Safety
/// As of [`msnp_client_new`].
unsafe fn make(
    new: Option<impl FnOnce() -> Result<Machine, Wrong> + std::panic::UnwindSafe>,
    machine: *mut *mut Machine,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    unsafe { put(machine, ptr::null_mut()) };
    let Some(new) = new.filter(|_| !machine.is_null()) else {
        // SAFETY: as of the caller.
        return unsafe { fail_plainly(error, Status::Null) };
    };
    match catch_unwind(new) {
        Ok(Ok(made)) => {
            // SAFETY: as of the caller. Whoever made it frees it, by the function below.
            unsafe { put(machine, Box::into_raw(Box::new(made))) };
            Status::Ok
        }
        // SAFETY: as of the caller.
        Ok(Err(wrong)) => unsafe { fail(error, Status::Wrong, &Problem::from(wrong)) },
        // SAFETY: as of the caller.
        Err(_) => unsafe { fail_plainly(error, Status::Panicked) },
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
