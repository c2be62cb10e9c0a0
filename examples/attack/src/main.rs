//! Attacks the real service, on loopback and in a process of its own, and says what came of it; see the README.

mod attacks;
mod caller;
mod chat;
mod failure;
mod file;
mod hostile;
mod line;
mod losses;
mod person;
mod ping;
mod process;
mod receiver;
mod scene;
mod shape;
mod single;

use std::process::ExitCode;
use std::time::Duration;

use failure::Failure;
use rustix::process::nice;

/// Gives back what a rush of strangers took; the one of glibc keeps the memory of its worst moment for good.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str =
    "usage: attack [--small] [losses] [NAME …]\n       attack [--small] --all MINUTES";

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, words @ ..] = &arguments[..]
        && serve == process::SERVE
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(process::serve(words))?;
        return Ok(ExitCode::SUCCESS);
    }
    process::raise_descriptor_limit()?;
    // Attackers have machines of their own. Where they share one, they give way to the service and to honest people.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .on_thread_start(|| {
            // Where it is not allowed they are as anybody.
            let _ = nice(10);
        })
        .enable_all()
        .build()?;
    let is_small = arguments.iter().any(|it| it == "--small");
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let words: Vec<&str> = words.into_iter().filter(|it| *it != "--small").collect();
    if cfg!(debug_assertions) {
        eprintln!("A debug build: the figures say nothing. Run with --release.");
    }
    let broken = match &words[..] {
        ["--all", minutes] => {
            let during = Duration::from_secs(60 * minutes.parse::<u64>()?);
            runtime.block_on(hostile::run(during, is_small))?
        }
        words => {
            let known = |it: &&str| {
                let mut attacks = attacks::all().into_iter().map(|attack| attack.name);
                *it == "losses" || file::NAMES.contains(it) || attacks.any(|name| name == *it)
            };
            if !words.iter().all(known) {
                eprintln!("{USAGE}");
                return Ok(ExitCode::from(2));
            }
            let is_wanted = |it: &str| words.is_empty() || words.contains(&it);
            let mut broken = Vec::new();
            if is_wanted("losses") {
                broken.extend(runtime.block_on(losses::run(is_small))?);
            }
            broken.extend(runtime.block_on(file::run(is_wanted))?);
            broken.extend(runtime.block_on(single::run(is_small, is_wanted))?);
            broken
        }
    };
    for one in &broken {
        println!("BROKEN: {one}");
    }
    Ok(ExitCode::from(u8::from(!broken.is_empty())))
}
