//! What is owed, point by point: each has its duty, and each duty its point.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(dead_code, reason = "not every flaw is for every test")]
mod model;

use std::collections::BTreeSet;

use driver_conformance::{Probe, duties, guests};
use model::{Model, flaw};

const OWED: &str = include_str!("../src/owed.md");

/// What the table has instead of duties where nothing reaches the wire.
const INSIDE_ONLY: &str = "inside only";

/// The points, with the names of the duties that hold each from inside and from the wire.
fn points() -> Vec<(&'static str, BTreeSet<&'static str>, BTreeSet<&'static str>)> {
    let rows = OWED.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [point, inside, wire] = cells[..] else {
            panic!("three cells: {row}")
        };
        let wire = if wire == INSIDE_ONLY {
            BTreeSet::new()
        } else {
            names(point, wire)
        };
        (point, names(point, inside), wire)
    })
    .collect()
}

fn names(point: &str, cell: &'static str) -> BTreeSet<&'static str> {
    let names: BTreeSet<_> = cell
        .split(", ")
        .map(|name| name.trim_matches('`'))
        .collect();
    assert!(!names.contains(""), "nobody looks at this: {point}");
    names
}

#[track_caller]
fn same<'a>(named: impl Iterator<Item = &'a str>, judged: impl Iterator<Item = &'a str>) {
    let named: Vec<_> = named.collect();
    let once: BTreeSet<_> = named.iter().copied().collect();
    assert_eq!(named.len(), once.len(), "a duty stands at two points");
    assert_eq!(once, judged.collect());
}

#[test]
fn every_point_has_its_duty_and_every_duty_its_point() {
    let points = points();
    assert!(points.len() > 40, "the table is read");
    let all = duties::<Model<Probe, { flaw::NONE }>>();
    let inside = points
        .iter()
        .flat_map(|(_, inside, _)| inside.iter().copied());
    same(inside, all.iter().map(|duty| duty.name));
    let all = guests::duties();
    let wire = points.iter().flat_map(|(_, _, wire)| wire.iter().copied());
    same(wire, all.iter().map(|duty| duty.name));
}
