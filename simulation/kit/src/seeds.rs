//! `each_seed`: a test with many seeds, and the command that replays the one that failed.

use std::ops::Range;
use std::path::Path;

/// The variable that names the seed to be run, or a range of them.
const VARIABLE: &str = "SIMULATION_SEED";

/// Runs a test with each of the seeds. If one fails, the command that runs the test with this seed alone is
/// printed; the command sets `SIMULATION_SEED`, and then `seeds` does not matter. A range will do as well
/// (`SIMULATION_SEED=1000..9000`), for a longer search.
///
/// # Panics
/// If the test does, or the variable is neither a number nor a range.
pub fn each_seed(seeds: Range<u64>, test: impl Fn(u64)) {
    let told = std::env::var(VARIABLE).ok();
    let told = told.map(|told| parse(&told).expect("SIMULATION_SEED is a number or a range"));
    let seeds = told.unwrap_or(seeds);
    for seed in seeds {
        let running = Running(seed);
        test(seed);
        drop(running);
    }
}

/// Says how to run the seed again, if the test does not come back.
struct Running(u64);

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        // Cargo sets the package's name for the tests that it runs; libtest calls the thread like the test.
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        let executable = std::env::current_exe().unwrap_or_default();
        let thread = std::thread::current();
        let name = thread.name().unwrap_or_default();
        eprintln!("{}", command(self.0, &package, &executable, name));
    }
}

fn parse(told: &str) -> Option<Range<u64>> {
    if let Some((from, to)) = told.split_once("..") {
        return Some(from.parse().ok()?..to.parse().ok()?);
    }
    let seed: u64 = told.parse().ok()?;
    Some(seed..seed.checked_add(1)?)
}

fn command(seed: u64, package: &str, executable: &Path, test: &str) -> String {
    let stem = executable.file_stem().unwrap_or_default().to_string_lossy();
    // Cargo adds a hash to the target's name.
    let target = stem.rsplit_once('-').map_or(&*stem, |(target, _)| target);
    let target = if target == package.replace('-', "_") {
        "--lib".to_owned()
    } else {
        format!("--test {target}")
    };
    format!("to replay it: {VARIABLE}={seed} cargo test -p {package} {target} -- --exact {test}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_or_a_range_can_be_told() {
        assert_eq!(parse("17"), Some(17..18));
        assert_eq!(parse("3..17"), Some(3..17));
        assert_eq!(parse("seventeen"), None);
    }

    #[test]
    fn the_command_names_seed_package_target_and_test() {
        let check = |package: &str, executable: &str, expected: &str| {
            let command = command(17, package, Path::new(executable), "walks::a_walk");
            assert_eq!(command, expected);
        };
        check(
            "simulation",
            "target/debug/deps/walks-0123abcd",
            "to replay it: SIMULATION_SEED=17 cargo test -p simulation --test walks -- --exact walks::a_walk",
        );
        check(
            "simulation-kit",
            "target/debug/deps/simulation_kit-0123abcd",
            "to replay it: SIMULATION_SEED=17 cargo test -p simulation-kit --lib -- --exact walks::a_walk",
        );
    }
}
