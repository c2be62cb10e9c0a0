//! The pure crates drag no runtime, network or database in.

use std::collections::{BTreeMap, VecDeque};

use crate::{Breach, Kind, Packages};

const INSTEAD: &str = "Leave it to the shell around: a pure crate is embedded in browsers, in other languages and in simulations.";

/// The crates that hold no clock, socket, task, randomness, global or log.
const PURE: [&str; 9] = [
    "machine-contract",
    "msnp-proto",
    "gateway-sm",
    "soap-codec",
    "proxied",
    "msnp-client",
    "msnp-mapping",
    "msnp-server",
    "gateway-upstream",
];

/// What reaches outside, by its package.
const HEAVY: [&str; 18] = [
    "tokio",
    "hyper",
    "axum",
    "reqwest",
    "ureq",
    "smol",
    "async-io",
    "mio",
    "socket2",
    "rustls",
    "native-tls",
    "rusqlite",
    "argon2",
    "getrandom",
    "rand",
    "tracing",
    "log",
    "rustix",
];

/// Nothing that a pure crate is built with, over however many others, reaches outside.
#[must_use]
pub fn weight(packages: &Packages) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (start, package) in packages.all.iter().enumerate() {
        let Some(folder) = package
            .folder
            .as_deref()
            .filter(|_| PURE.contains(&package.name.as_str()))
        else {
            continue;
        };
        let mut before = BTreeMap::from([(start, start)]);
        let mut next = VecDeque::from([start]);
        while let Some(at) = next.pop_front() {
            for (_, on) in packages.all[at]
                .built_with
                .iter()
                .filter(|(kind, _)| *kind == Kind::Normal)
            {
                if before.contains_key(on) {
                    continue;
                }
                before.insert(*on, at);
                next.push_back(*on);
                if HEAVY.contains(&packages.all[*on].name.as_str()) {
                    let way = way(packages, &before, *on);
                    breaches.push(Breach {
                        path: format!("{folder}/Cargo.toml"),
                        line: 1,
                        what: format!("is built with `{}`: {way}", packages.all[*on].name),
                        instead: INSTEAD,
                    });
                }
            }
        }
    }
    breaches
}

/// How a package came in.
fn way(packages: &Packages, before: &BTreeMap<usize, usize>, mut at: usize) -> String {
    let mut way = packages.all[at].name.clone();
    while before[&at] != at {
        at = before[&at];
        way.insert_str(0, &format!("{} -> ", packages.all[at].name));
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(members: &[(&str, &[&str], &[&str])]) -> Vec<String> {
        weight(&Packages::planted(members))
            .into_iter()
            .map(|breach| breach.what)
            .collect()
    }

    #[test]
    fn a_runtime_that_comes_over_others_is_found() {
        let members: [(&str, &[&str], &[&str]); 2] = [
            ("msnp-client", &["gateway-sm"], &[]),
            ("gateway-sm", &["bytes", "tokio"], &[]),
        ];
        assert_eq!(
            found(&members),
            [
                "is built with `tokio`: msnp-client -> gateway-sm -> tokio",
                "is built with `tokio`: gateway-sm -> tokio",
            ]
        );
    }

    #[test]
    fn tests_and_shells_may_have_one() {
        assert!(
            found(&[
                ("gateway-sm", &[], &["tokio"]),
                ("msnp-service", &["tokio"], &[])
            ])
            .is_empty()
        );
    }
}
