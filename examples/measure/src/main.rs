//! Measures the workspace against bare code and prints ratios; see the README for how to read them.

mod account;
mod bare;
mod clock;
mod framing;
mod http_client;
mod memory;
mod readers;
mod release;
mod scratch;
mod table;
mod throughput;
mod traffic;
mod versus;

/// Whatever stops a measurement, said once on the way out.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How much is measured.
#[derive(Debug)]
struct Scale {
    /// Bytes of traffic per dialect.
    traffic_bytes: usize,
    /// Rounds, of which the median counts, and the quartiles where they are told.
    rounds: usize,
    /// Messages per round of section 2.
    messages: usize,
    /// Messages per server of section 3.
    samples: usize,
    /// Numbers of sessions of section 4.
    sessions: &'static [usize],
}

impl Scale {
    const FULL: Self = Self {
        traffic_bytes: 50_000_000,
        rounds: 11,
        messages: 1000,
        samples: 1000,
        sessions: &[1000, 10_000],
    };
    const QUICK: Self = Self {
        traffic_bytes: 5_000_000,
        rounds: 3,
        messages: 200,
        samples: 100,
        sessions: &[200],
    };
}

const USAGE: &str = "usage: measure [--quick] [framing] [throughput] [release] [memory]\n       measure --before OTHER-MEASURE";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
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
            "framing" | "throughput" | "release" | "memory" => sections.push(argument.as_str()),
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
    Ok(())
}
