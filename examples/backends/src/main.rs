//! Every backend beside every duty.
//!
//! ```sh
//! cargo run -p backends -- table     # backend × duty: held, declared, not run
//! cargo run -p backends -- memory    # what each holds while a busy server talks and nobody listens
//! ```
//!
//! `backends guest NAME GATEWAY SECONDS` is the guest program of a driver in Rust: what both start, and
//! `msnp conformance -- target/debug/backends guest smol` too.

mod backend;
mod foreign;
mod memory;
mod side_by_side;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use backend::BACKENDS;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let fine = match words[..] {
        ["table"] => table::print(),
        ["memory"] => memory::print(),
        ["guest", name, gateway, seconds] => guest(name, gateway, seconds),
        _ => {
            eprintln!("backends table | backends memory | backends guest NAME GATEWAY SECONDS");
            return ExitCode::from(2);
        }
    };
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn guest(name: &str, gateway: &str, seconds: &str) -> bool {
    let backend = BACKENDS.iter().find(|backend| backend.name == name);
    let (Some(backend), Ok(seconds)) = (backend, seconds.parse()) else {
        eprintln!("there is no backend {name}, or {seconds} are no seconds");
        return false;
    };
    let ended = (backend.guest)(gateway, Duration::from_secs(seconds));
    ended.inspect_err(|error| eprintln!("{error}")).is_ok()
}
