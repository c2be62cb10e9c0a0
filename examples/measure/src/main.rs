//! Measures the workspace against bare code and prints ratios; see the README for how to read them.

mod account;
mod bare;
mod bare_commit;
mod classic_reader;
mod clock;
mod framing;
mod http_client;
mod memory;
mod readers;
mod release;
mod scale;
mod scratch;
mod table;
mod throughput;
mod traffic;
mod upstream;
mod versus;

use scale::{Failure, Scale};

const USAGE: &str = "usage: measure [--quick] [framing] [throughput] [release] [memory] [upstream]\n       measure --before OTHER-MEASURE";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // The memory section starts this program again: a server in a process of its own, so that nothing else is weighed.
    if let [serve, kind, accounts] = &arguments[..]
        && serve == memory::SERVE
    {
        return runtime.block_on(memory::serve(kind, accounts.parse()?));
    }
    if let [before, other] = &arguments[..]
        && before == "--before"
    {
        return versus::run(other, &Scale::FULL);
    }
    let mut scale = Scale::FULL;
    let mut sections = Vec::new();
    for argument in &arguments {
        match argument.as_str() {
            "--quick" => scale = Scale::QUICK,
            "framing" | "throughput" | "release" | "memory" | "upstream" => {
                sections.push(argument.as_str());
            }
            _ => return Err(USAGE.into()),
        }
    }
    let wanted = |section| sections.is_empty() || sections.contains(&section);
    if cfg!(debug_assertions) {
        eprintln!("A debug build: the figures say nothing. Run with --release.");
    }
    if wanted("framing") {
        framing::run(&scale)?;
    }
    if wanted("throughput") {
        runtime.block_on(throughput::run(&scale))?;
    }
    if wanted("release") {
        runtime.block_on(release::run(&scale))?;
    }
    if wanted("memory") {
        memory::raise_descriptor_limit()?;
        runtime.block_on(memory::run(&scale))?;
    }
    if wanted("upstream") {
        memory::raise_descriptor_limit()?;
        runtime.block_on(upstream::run(&scale))?;
    }
    Ok(())
}
