//! The rules over this workspace. What a test prints of exceptions: `cargo test -p tidy --test workspace -- --nocapture`.

use std::path::Path;
use std::sync::LazyLock;

use tidy::{Breach, NotYet, Packages, Sources, rules};

const RULES: [&str; 12] = [
    "circle",
    "foreign-field",
    "visible-field",
    "floor",
    "room",
    "weight",
    "citation",
    "link",
    "world",
    "length",
    "name",
    "why",
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

fn check(rule: &str, breaches: &[Breach]) {
    assert!(RULES.contains(&rule), "{rule} is missing in the list");
    match NOT_YET.judge(rule, breaches) {
        Ok(excused) => println!("{rule}\n{excused}"),
        Err(problems) => panic!("the rule `{rule}` is not held:\n\n{problems}"),
    }
}

#[test]
fn exceptions_are_of_rules_that_exist() {
    for (rule, line) in NOT_YET.rules() {
        assert!(
            RULES.contains(&rule),
            "not_yet.txt:{line}: there is no rule `{rule}`"
        );
    }
}

#[test]
fn no_two_files_of_a_crate_use_each_other() {
    check("circle", &rules::circle(&SOURCES));
}

#[test]
fn private_fields_are_touched_in_their_own_file_alone() {
    check("foreign-field", &rules::foreign_field(&SOURCES));
}

#[test]
fn types_with_methods_show_no_field_to_their_crate() {
    check("visible-field", &rules::visible_field(&SOURCES));
}

#[test]
fn crates_depend_downwards() {
    check("floor", &rules::floor(&PACKAGES, &SOURCES));
}

#[test]
fn neutral_rooms_name_no_dialect() {
    check("room", &rules::room(&SOURCES));
}

#[test]
fn pure_crates_are_light() {
    check("weight", &rules::weight(&PACKAGES));
}

#[test]
fn citations_lead_somewhere() {
    check("citation", &rules::citation(&SOURCES));
}

#[test]
fn links_lead_somewhere() {
    check("link", &rules::link(&SOURCES));
}

#[test]
fn tests_have_no_worlds_of_their_own() {
    check("world", &rules::world(&SOURCES));
}

#[test]
fn files_are_short() {
    check("length", &rules::length(&SOURCES));
}

#[test]
fn modules_have_names() {
    check("name", &rules::name(&SOURCES));
}

#[test]
fn long_functions_say_why() {
    check("why", &rules::why(&SOURCES));
}
