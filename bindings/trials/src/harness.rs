//! The harness: what libtest would do, but for trials of which it turns out while they run that they cannot.

use std::env;
use std::process::ExitCode;

/// What a trial needs and this machine has not, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub String);

/// A trial and its name. It panics when it fails.
pub type Trial = (&'static str, fn() -> Result<(), Missing>);

/// Runs these trials, as far as the arguments ask for them. One that misses something counts as not run; with `MSNP_TEST_ALL=1` it
/// fails.
pub fn run(trials: &[Trial]) -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (mut list, mut ignored, mut names) = (false, false, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => list = true,
            "--ignored" => ignored = true,
            "--format" | "--test-threads" | "--color" | "--skip" | "--logfile" | "-Z" => {
                arguments.next();
            }
            flag if flag.starts_with('-') => {}
            _ => names.push(argument),
        }
    }
    let is_asked =
        |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    let asked = trials.iter().filter(|(name, _)| !ignored && is_asked(name));
    if list {
        asked.for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let must_run = env::var_os("MSNP_TEST_ALL").is_some_and(|all| all != "0");
    let mut code = ExitCode::SUCCESS;
    for (name, trial) in asked {
        match trial() {
            Ok(()) => println!("test {name} ... ok"),
            Err(Missing(what)) if must_run => {
                println!("test {name} ... FAILED: {what}");
                code = ExitCode::FAILURE;
            }
            Err(Missing(what)) => println!("test {name} ... not run: {what}"),
        }
    }
    println!();
    code
}
