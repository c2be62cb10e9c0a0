//! A table of transitions as the documentation has it, and one step of a machine held to it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

const DOCUMENT: &str = include_str!("../../src/states.md");

pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    text: &'static str,
    what: Vec<&'static str>,
    /// Each holds if one of its alternatives does.
    while_: Vec<Vec<&'static str>>,
    then: Vec<Vec<&'static str>>,
    told: Vec<&'static str>,
    walked: AtomicBool,
}

/// What a machine did with one input, in the words of a table.
#[derive(Debug)]
pub(crate) struct Step {
    /// What happened.
    pub(crate) what: BTreeSet<String>,
    /// The state before, each part of it, and what else was so.
    pub(crate) before: Vec<String>,
    pub(crate) also: Vec<String>,
    /// The state after, the same parts.
    pub(crate) after: Vec<String>,
    pub(crate) told: BTreeSet<String>,
}

impl Table {
    /// The table below `<!-- name -->`.
    pub(crate) fn of(name: &str) -> Self {
        let mark = format!("<!-- {name} -->\n");
        let (_, table) = DOCUMENT.split_once(&mark).expect("the table is there");
        let lines = table.lines().take_while(|line| line.starts_with('|'));
        let rows: Vec<_> = lines.skip(2).map(Row::parse).collect();
        assert!(rows.len() > 10, "a table of some size");
        Self { rows }
    }

    /// Holds a step to the rows that speak of it. `last`: a state from which nothing leads on, whose other
    /// parts say nothing.
    #[track_caller]
    pub(crate) fn check(&self, step: &Step, last: &str, path: &str) {
        let rows: Vec<_> = self.rows.iter().filter(|row| row.speaks_of(step)).collect();
        let texts: Vec<_> = rows.iter().map(|row| row.text).collect();
        let context = || format!("{step:#?}\nafter {path}\nrows that apply: {texts:#?}");
        let is_last = step.after.iter().any(|part| part == last);
        for row in &rows {
            row.walked.store(true, Ordering::Relaxed);
            for alternatives in &row.then {
                let counts = !is_last || alternatives.contains(&last);
                let holds = alternatives.iter().any(|word| step.is_so_after(word));
                assert!(holds || !counts, "not so: {alternatives:?}\n{}", context());
            }
            for word in row.told.iter().filter(|word| !word.ends_with('?')) {
                assert!(step.told.contains(*word), "not told: {word}\n{}", context());
            }
        }
        let told: Vec<_> = rows.iter().flat_map(|row| &row.told).collect();
        for word in &step.told {
            let expected = told.iter().any(|told| told.trim_end_matches('?') == word);
            assert!(expected, "told without a row: {word}\n{}", context());
        }
        let then: Vec<_> = rows
            .iter()
            .flat_map(|row| row.then.iter().flatten())
            .collect();
        for (before, after) in step.before.iter().zip(&step.after) {
            let expected = before == after || then.iter().any(|word| **word == after);
            let counts = !is_last || after == last;
            assert!(
                expected || !counts,
                "a transition without a row: {before} to {after}\n{}",
                context()
            );
        }
    }

    /// Every row was walked.
    #[track_caller]
    pub(crate) fn is_walked(&self) {
        let dead = self
            .rows
            .iter()
            .filter(|row| !row.walked.load(Ordering::Relaxed));
        let dead: Vec<_> = dead.map(|row| row.text).collect();
        assert!(dead.is_empty(), "nothing walks these rows: {dead:#?}");
    }
}

impl Row {
    fn parse(text: &'static str) -> Self {
        let cells: Vec<_> = text.trim_matches('|').split('|').map(str::trim).collect();
        let [what, while_, then, told] = cells[..] else {
            panic!("a row has four cells: {text}")
        };
        let list = |cell: &'static str| cell.split(", ").filter(|word| !word.is_empty());
        let choices = |cell| list(cell).map(|words| words.split(" or ").collect());
        Self {
            text,
            what: list(what).collect(),
            while_: choices(while_).collect(),
            then: choices(then).collect(),
            told: list(told).collect(),
            walked: AtomicBool::new(false),
        }
    }

    fn speaks_of(&self, step: &Step) -> bool {
        let happened = self.what.iter().all(|word| step.what.contains(*word));
        let was_so = |word: &str| match word.strip_prefix("now ") {
            Some(word) => step.is_so_after(word),
            None => step
                .before
                .iter()
                .chain(&step.also)
                .any(|part| part == word),
        };
        let mut conditions = self.while_.iter();
        happened && conditions.all(|choice| choice.iter().any(|word| was_so(word)))
    }
}

impl Step {
    fn is_so_after(&self, word: &str) -> bool {
        self.after.iter().any(|part| part == word)
    }
}
