//! The rules over this workspace. What is excused, a test prints with `--nocapture`; what need not be excused any more,
//! `cargo test -p tidy --test workspace shrink -- --ignored` takes out of the list.
//!
//! `cargo test -p tidy --test workspace write_api -- --ignored` writes the texts of the public APIs anew.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tidy::{Breach, NotYet, Packages, Sources, difference, public_api, rules};

/// A rule over this workspace.
type Rule = fn() -> Vec<Breach>;

/// Every rule, by the name that `not_yet.txt` has for it.
const RULES: [(&str, Rule); 15] = [
    ("circle", || rules::circle(&SOURCES)),
    ("foreign-field", || rules::foreign_field(&SOURCES)),
    ("visible-field", || rules::visible_field(&SOURCES)),
    ("floor", || rules::floor(&PACKAGES, &SOURCES)),
    ("room", || rules::room(&SOURCES)),
    ("weight", || rules::weight(&PACKAGES)),
    ("citation", || rules::citation(&SOURCES)),
    ("claim", || rules::claim(&SOURCES)),
    ("link", || rules::link(&SOURCES)),
    ("world", || rules::world(&SOURCES)),
    ("length", || rules::length(&SOURCES)),
    ("name", || rules::name(&SOURCES)),
    ("parcel", || rules::parcel(&PACKAGES, &SOURCES)),
    ("supply", || rules::supply(&PACKAGES)),
    ("why", || rules::why(&SOURCES)),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace is around the crate")
}

static SOURCES: LazyLock<Sources> =
    LazyLock::new(|| Sources::read(root()).expect("the sources can be read"));
static PACKAGES: LazyLock<Packages> =
    LazyLock::new(|| Packages::read(root()).unwrap_or_else(|error| panic!("{error}")));
static NOT_YET: LazyLock<NotYet> = LazyLock::new(|| {
    NotYet::parse(include_str!("../not_yet.txt")).unwrap_or_else(|problems| panic!("{problems}"))
});

fn check(name: &str) {
    let (_, rule) = RULES
        .iter()
        .find(|(found, _)| *found == name)
        .expect("the rule is in the list");
    match NOT_YET.judge(name, &rule()) {
        Ok(excused) => println!("{name}\n{excused}"),
        Err(problems) => panic!("the rule `{name}` is not held:\n\n{problems}"),
    }
}

#[test]
fn exceptions_are_of_rules_that_exist() {
    for (rule, line) in NOT_YET.rules() {
        assert!(
            RULES.iter().any(|(name, _)| *name == rule),
            "not_yet.txt:{line}: there is no rule `{rule}`"
        );
    }
}

#[test]
fn no_two_files_of_a_crate_use_each_other() {
    check("circle");
}

#[test]
fn private_fields_are_touched_in_their_own_file_alone() {
    check("foreign-field");
}

#[test]
fn types_with_methods_show_no_field_to_their_crate() {
    check("visible-field");
}

#[test]
fn crates_depend_downwards() {
    check("floor");
}

#[test]
fn neutral_rooms_name_no_dialect() {
    check("room");
}

#[test]
fn pure_crates_are_light() {
    check("weight");
}

#[test]
fn citations_lead_somewhere() {
    check("citation");
}

#[test]
fn claims_are_held_by_tests() {
    check("claim");
}

#[test]
fn links_lead_somewhere() {
    check("link");
}

#[test]
fn tests_have_no_worlds_of_their_own() {
    check("world");
}

#[test]
fn files_are_short() {
    check("length");
}

#[test]
fn modules_have_names() {
    check("name");
}

#[test]
fn published_packages_stand_alone() {
    check("parcel");
}

#[test]
fn what_is_built_in_is_of_the_registry_and_free() {
    check("supply");
}

#[test]
fn long_functions_say_why() {
    check("why");
}

/// The public API of each published library: the file that has it, and what it is now.
fn apis() -> impl Iterator<Item = (std::path::PathBuf, String)> {
    let published = PACKAGES.members().filter(|(package, _)| package.published);
    published.filter_map(|(package, folder)| {
        let api = public_api(&SOURCES, folder);
        let path = root().join(format!("tidy/api/{}.txt", package.name));
        (!api.is_empty()).then_some((path, api))
    })
}

#[test]
fn public_apis_are_as_written_down() {
    let mut problems = Vec::new();
    for (path, api) in apis() {
        let written = fs::read_to_string(&path).unwrap_or_default();
        let changes = difference(&written, &api);
        if !changes.is_empty() {
            problems.push(format!("{}\n{changes}\n", path.display()));
        }
    }
    assert!(
        problems.is_empty(),
        "public APIs have changed:\n\n{}If that is meant, say it in CHANGELOG.md and run\n    \
         cargo test -p tidy --test workspace write_api -- --ignored",
        problems.concat()
    );
}

#[test]
#[ignore = "writes the texts of the public APIs anew"]
fn write_api() {
    fs::create_dir_all(root().join("tidy/api")).expect("the folder can be made");
    for (path, api) in apis() {
        fs::write(path, api).expect("the text can be written");
    }
}

#[test]
#[ignore = "writes the list of exceptions anew, without those that nobody needs any more"]
fn shrink() {
    let stale: Vec<usize> = RULES
        .iter()
        .flat_map(|(name, rule)| NOT_YET.stale_lines(name, &rule()))
        .collect();
    let path = root().join("tidy/not_yet.txt");
    let list = fs::read_to_string(&path).expect("the list can be read");
    let kept: String = (1..)
        .zip(list.split_inclusive('\n'))
        .filter(|(number, _)| !stale.contains(number))
        .map(|(_, line)| line)
        .collect();
    fs::write(&path, kept).expect("the list can be written");
}
