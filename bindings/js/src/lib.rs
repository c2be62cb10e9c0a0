//! A whole client, a gateway session alone, or a whole server, as a WebAssembly module that imports nothing: all that it knows of the world,
//! the time included, are the bytes that its host puts in.
//!
//! The host writes a request to where [`input`] says, runs [`call`], and reads the answer at [`output`],
//! [`output_len`] bytes. What the bytes say is in `program.rs`. If the module traps, the answer is why, and the
//! module is not called again.
#![expect(
    unsafe_code,
    reason = "`no_mangle` alone, which is unsafe because two functions might share a name: these are all, and a \
              module has no names but its own"
)]

mod fields;
mod program;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "session")]
mod session;

use std::cell::{Cell, RefCell};
use std::sync::Once;

use crate::program::Program;

thread_local! {
    static PROGRAM: RefCell<Program> = RefCell::default();
    /// Apart from the program, which is borrowed while it panics.
    static INPUT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a request of so many bytes, and says where.
#[unsafe(no_mangle)]
pub extern "C" fn input(len: usize) -> *mut u8 {
    let mut room = vec![0; len];
    let at = room.as_mut_ptr();
    INPUT.set(room);
    at
}

/// Answers the request that was put in.
#[unsafe(no_mangle)]
pub extern "C" fn call() {
    keep_last_words();
    let request = INPUT.take();
    let answer = PROGRAM.with_borrow_mut(|program| program.answer(request.into()));
    OUTPUT.set(answer);
}

/// Where the last answer is, until the next call of anything.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.with_borrow(Vec::as_ptr)
}

/// How long the last answer is.
#[unsafe(no_mangle)]
pub extern "C" fn output_len() -> usize {
    OUTPUT.with_borrow(Vec::len)
}

/// Reads std's clock, which traps: the machines run here because they don't.
#[cfg(feature = "server")]
#[unsafe(no_mangle)]
pub extern "C" fn std_instant() {
    keep_last_words();
    let _ = std::time::Instant::now();
}

/// Reads std's time of day, which traps as well.
#[cfg(feature = "server")]
#[unsafe(no_mangle)]
pub extern "C" fn std_system_time() {
    keep_last_words();
    let _ = std::time::SystemTime::now();
}

/// A panic has nobody to print to here: its message becomes the answer.
fn keep_last_words() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            OUTPUT.set(panic.to_string().into_bytes());
        }));
    });
}
