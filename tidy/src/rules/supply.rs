//! What is built in comes from one registry, under licences that let anybody use the whole, and is none of what was decided against.

use crate::{Breach, Package, Packages};

/// Licences that a package may be taken under: what they ask for is that their text goes along.
const LICENCES: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-3-Clause",
    "BSL-1.0",
    // Of data: the root certificates that a system without its own gets.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The registry.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What must not come in, over however many others, and why.
const BANNED: [(&str, &str); 5] = [
    ("openssl", "TLS is rustls, which builds on a bare machine"),
    (
        "openssl-sys",
        "TLS is rustls, which builds on a bare machine",
    ),
    (
        "native-tls",
        "TLS is rustls, which builds on a bare machine",
    ),
    ("aws-lc-sys", "rustls takes ring, which needs no cmake"),
    ("async-std", "it is no longer kept; smol is"),
];

/// Every package that is not the workspace's is of the registry, under a licence of the list, and not banned.
#[must_use]
pub fn supply(packages: &Packages) -> Vec<Breach> {
    packages
        .all
        .iter()
        .filter(|package| package.folder.is_none())
        .flat_map(faults)
        .collect()
}

fn faults(package: &Package) -> Vec<Breach> {
    let Package {
        name,
        licence,
        source,
        ..
    } = package;
    let mut faults = Vec::new();
    let mut fault = |what, instead| {
        faults.push(Breach {
            path: "Cargo.lock".into(),
            line: 1,
            what,
            instead,
        });
    };
    if !is_allowed(licence) {
        fault(
            format!("{name} is under `{licence}`"),
            "Do without it; or if that licence asks for no more than the listed ones, add it to the list.",
        );
    }
    if source != REGISTRY {
        fault(
            format!("{name} comes from `{source}`"),
            "Take a version that crates.io has: published packages may need nothing else.",
        );
    }
    if let Some((_, why)) = BANNED.iter().find(|(banned, _)| banned == name) {
        fault(
            format!("{name} is built in, but {why}"),
            "Find who brings it with `cargo tree -i`, and switch that feature off.",
        );
    }
    faults
}

/// Whether one of the choices that an SPDX expression offers is listed with all its parts; `/` is an old `OR`.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    let expression = expression.trim();
    if let Some(choices) = split(expression, " OR ") {
        return choices.iter().any(|choice| is_allowed(choice));
    }
    if let Some(parts) = split(expression, " AND ") {
        return parts.iter().all(|part| is_allowed(part));
    }
    match expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(inner) => is_allowed(inner),
        None => LICENCES.contains(&expression),
    }
}

/// The parts between these words outside of parentheses; none if the words are not there.
fn split<'a>(expression: &'a str, between: &str) -> Option<Vec<&'a str>> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, letter) in expression.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && at >= start && expression[at..].starts_with(between) => {
                parts.push(&expression[start..at]);
                start = at + between.len();
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return None;
    }
    parts.push(&expression[start..]);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: bool) {
        assert_eq!(is_allowed(expression), expected, "{expression}");
    }

    #[test]
    fn a_licence_is_allowed_by_one_of_its_choices_with_all_its_parts() {
        check("MIT", true);
        check("MIT OR LGPL-2.1-or-later", true);
        check("Apache-2.0/GPL-3.0", true);
        check("(GPL-3.0 OR MIT) AND Unicode-3.0", true);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("MIT AND GPL-3.0", false);
        check("(MIT OR Apache-2.0) AND GPL-3.0", false);
        check("GPL-3.0 WITH LLVM-exception", false);
        check("", false);
    }

    #[test]
    fn strangers_are_found_by_licence_registry_and_name() {
        let mut packages = Packages::planted(&[("ours", &["good", "bad", "openssl-sys"], &[])]);
        for package in &mut packages.all {
            package.licence = "MIT".into();
            package.source = REGISTRY.into();
        }
        assert_eq!(supply(&packages).len(), 1);
        for package in &mut packages.all {
            if package.name == "bad" {
                package.licence = "AGPL-3.0".into();
                package.source = "git+https://example.org/bad".into();
            }
        }
        let found: Vec<String> = supply(&packages)
            .into_iter()
            .map(|breach| breach.what)
            .collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0], "bad is under `AGPL-3.0`");
        assert_eq!(found[1], "bad comes from `git+https://example.org/bad`");
    }
}
