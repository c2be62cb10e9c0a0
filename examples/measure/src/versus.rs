//! Before and after: another build of this program, and this one, in turns.

use std::collections::BTreeMap;
use std::process::Command;

use crate::clock::percentile;
use crate::scale::{Failure, Scale};
use crate::table::{Table, ratio};

/// The ratios of one path, in each round.
#[derive(Default)]
struct Ratios {
    before: Vec<f64>,
    after: Vec<f64>,
}

/// Runs sections 2 and 3 of both in turns, each time in a process of its own, and compares the ratios: of one run
/// each, so that a machine that is slow for a while slows both sides of each.
pub(crate) fn run(other: &str, scale: &Scale) -> Result<(), Failure> {
    println!("2, 3. Ratios to what is bare of the same run, before and after, in turns");
    println!(
        "   {} rounds, median and quartiles; `before` is {other}.",
        scale.rounds
    );
    let this = std::env::current_exe()?;
    let mut paths = BTreeMap::<String, Ratios>::new();
    for _ in 0..scale.rounds {
        for (path, rate) in rates(Command::new(other))? {
            paths.entry(path).or_default().before.push(rate);
        }
        for (path, rate) in rates(Command::new(&this))? {
            paths.entry(path).or_default().after.push(rate);
        }
    }
    let mut table = Table::new(["path", "before", "quartiles", "after", "quartiles"]);
    for (path, Ratios { before, after }) in &mut paths {
        table.row([
            path.clone(),
            ratio(percentile(before, 50)),
            quartiles(before),
            ratio(percentile(after, 50)),
            quartiles(after),
        ]);
    }
    table.print();
    println!();
    Ok(())
}

/// The lower and the upper quartile.
pub(crate) fn quartiles(values: &mut [f64]) -> String {
    let (lower, upper) = (percentile(values, 25), percentile(values, 75));
    format!("{} – {}", ratio(lower), ratio(upper))
}

/// The first ratio of each row of a quick run.
fn rates(mut measure: Command) -> Result<Vec<(String, f64)>, Failure> {
    let output = measure
        .args(["--quick", "throughput", "release"])
        .output()?;
    let table = String::from_utf8(output.stdout)?;
    let rates: Vec<_> = table.lines().filter_map(rate).collect();
    if rates.is_empty() {
        return Err("a run printed no ratios".into());
    }
    Ok(rates)
}

/// A row is its path, two blanks or more, its ratio, and what else there is.
fn rate(line: &str) -> Option<(String, f64)> {
    let (path, rest) = line.strip_prefix("  ")?.split_once("  ")?;
    let rate = rest.split_whitespace().next()?.strip_suffix('x')?;
    Some((path.to_owned(), rate.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn a_row_is_read_and_what_is_none_is_passed_over() {
        let row = "  driver, gateway                    0.66x  1.49x       12644           78";
        assert_eq!(rate(row), Some(("driver, gateway".to_owned(), 0.66)));
        let head = "  path                                rate    CPU  messages/s  CPU us each";
        assert_eq!(rate(head), None);
        assert_eq!(
            rate("2. Messages per second through driver and gateway"),
            None
        );
    }
}
