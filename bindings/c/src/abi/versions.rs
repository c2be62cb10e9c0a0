//! Which library this is.
#![expect(
    unsafe_code,
    reason = "`no_mangle`: two functions might share a name, and these all begin with `msnp_`"
)]

use std::ffi::{CStr, c_char};

use crate::status::Status;

/// Counts up whenever a program that was built before can no longer be run with what comes after. The header has it too.
const ABI: u32 = 1;

/// The library's ABI.
#[unsafe(no_mangle)]
pub extern "C" fn msnp_abi_version() -> u32 {
    ABI
}

/// The library's version.
#[unsafe(no_mangle)]
pub extern "C" fn msnp_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

/// A status in words.
#[unsafe(no_mangle)]
pub extern "C" fn msnp_status_text(status: i32) -> *const c_char {
    let text = Status::of(status).map_or(c"no such status", Status::text);
    text.as_ptr()
}
