//! No two files of a crate use each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use crate::module_tree::{ModuleTree, Target};
use crate::{Breach, Sources};

const INSTEAD: &str = "Move what both need into a file below them, or what one needs of the other to where it is needed: imports go down only.";

/// No circle between the files of a crate.
///
/// A file uses another if its code names something that is defined there: by an import, in a type, an expression or a pattern,
/// over re-exports and `super::` too. A module that only holds another, or passes its items on with `pub use`, does not use it.
/// What is there for tests does not count. The calls of methods cannot be seen; the fields that they would need are
/// [`foreign_field`](super::foreign_field)'s.
#[must_use]
pub fn circle(sources: &Sources) -> Vec<Breach> {
    ModuleTree::all(sources)
        .flat_map(|tree| circles(&uses(&tree)))
        .collect()
}

/// For each file those that it uses, with the first place and name.
type Uses = BTreeMap<String, BTreeMap<String, (usize, String)>>;

fn uses(tree: &ModuleTree) -> Uses {
    let mut uses = Uses::new();
    for (id, module) in tree.modules() {
        for used in module
            .used_paths()
            .into_iter()
            .filter(|used| !used.passed_on)
        {
            let Target::Item { module: of, name } = tree.resolve(id, &used.names) else {
                continue;
            };
            let other = tree.file(of);
            if other != module.file() {
                let found = uses.entry(module.file().into()).or_default();
                found.entry(other.into()).or_insert((used.line, name));
            }
        }
    }
    uses
}

/// A breach for each file that can be reached from itself, with the shortest way around.
fn circles(uses: &Uses) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, used) in uses {
        let ways = used.keys().filter_map(|next| way(uses, next, file));
        let Some(way) = ways.min_by_key(Vec::len) else {
            continue;
        };
        let steps: Vec<(&str, &(usize, String))> = std::iter::once(file.as_str())
            .chain(way.iter().copied())
            .zip(&way)
            .map(|(from, to)| (*to, &uses[from][*to]))
            .collect();
        let mut what = String::new();
        for (index, (to, (line, name))) in steps.iter().enumerate() {
            let link = if index == 0 { "" } else { ", which " };
            let _ = write!(what, "{link}uses `{name}` of {to} (in line {line})");
        }
        breaches.push(Breach {
            path: file.clone(),
            line: steps[0].1.0,
            what,
            instead: INSTEAD,
        });
    }
    breaches
}

/// The shortest way from one file to another, both named.
fn way<'a>(uses: &'a Uses, from: &'a str, to: &'a str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen = BTreeSet::from([from]);
    let mut next = VecDeque::from([from]);
    while let Some(file) = next.pop_front() {
        if file == to {
            let mut way = vec![to];
            while way[0] != from {
                way.insert(0, before[way[0]]);
            }
            return Some(way);
        }
        for other in uses.get(file).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(other) {
                before.insert(other, file);
                next.push_back(other);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breach::assert_places;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[(&str, usize)]) {
        assert_places(&circle(&Sources::planted(files)), expected);
    }

    #[test]
    fn two_files_that_use_each_other_are_found() {
        check(
            &[
                ("a/src/lib.rs", "mod hen;\nmod egg;"),
                ("a/src/hen.rs", "use crate::egg::Egg;\npub struct Hen(Egg);"),
                (
                    "a/src/egg.rs",
                    "pub struct Egg;\nfn of(_: &super::hen::Hen) {}",
                ),
            ],
            &[("a/src/egg.rs", 2), ("a/src/hen.rs", 1)],
        );
    }

    #[test]
    fn every_step_around_is_named() {
        let sources = Sources::planted(&[
            ("a/src/lib.rs", "mod hen;\nmod egg;"),
            ("a/src/hen.rs", "pub struct Hen(crate::egg::Egg);"),
            (
                "a/src/egg.rs",
                "pub struct Egg;\nfn of(_: &super::hen::Hen) {}",
            ),
        ]);
        assert_eq!(
            circle(&sources)[0].what,
            "uses `Hen` of a/src/hen.rs (in line 2), which uses `Egg` of a/src/egg.rs (in line 1)"
        );
    }

    #[test]
    fn a_way_over_others_and_over_re_exports_is_found() {
        check(
            &[
                (
                    "a/src/lib.rs",
                    "mod one; mod two; mod three; pub use three::Three;",
                ),
                (
                    "a/src/one.rs",
                    "pub struct One; fn f() { let _ = crate::two::TWO; }",
                ),
                (
                    "a/src/two.rs",
                    "pub const TWO: u8 = { write!(x, Three::new()) }; use crate::Three;",
                ),
                ("a/src/three.rs", "pub struct Three(crate::one::One);"),
                ("a/src/below.rs", ""),
            ],
            &[
                ("a/src/one.rs", 1),
                ("a/src/three.rs", 1),
                ("a/src/two.rs", 1),
            ],
        );
    }

    #[test]
    fn a_child_that_uses_its_parent_is_found_if_the_parent_uses_it_too() {
        check(
            &[
                (
                    "a/src/lib.rs",
                    "mod child;\npub struct Parent;\nimpl Parent { fn f() -> child::Child {} }",
                ),
                ("a/src/child.rs", "pub struct Child(super::Parent);"),
            ],
            &[("a/src/child.rs", 1), ("a/src/lib.rs", 3)],
        );
    }

    #[test]
    fn a_parent_that_only_holds_and_passes_on_is_no_circle() {
        check(
            &[
                (
                    "a/src/lib.rs",
                    "mod child; pub use child::Child; pub struct Parent;",
                ),
                ("a/src/child.rs", "pub struct Child(super::Parent);"),
            ],
            &[],
        );
    }

    #[test]
    fn tests_do_not_count() {
        check(
            &[
                ("a/src/lib.rs", "mod hen; mod egg;"),
                ("a/src/hen.rs", "pub struct Hen(crate::egg::Egg);"),
                (
                    "a/src/egg.rs",
                    "pub struct Egg; #[cfg(test)] mod tests { use crate::hen::Hen; }",
                ),
                ("a/tests/all.rs", "mod b;"),
            ],
            &[],
        );
    }
}
