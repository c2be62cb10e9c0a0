//! What JavaScript sees, in `lib/client.js` and `msnp.d.ts`, held to what every language shares: no call, event or field is missing,
//! and none is there that is not.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

const METHODS: &str = include_str!("../lib/client.js");
const TYPES: &str = include_str!("../msnp.d.ts");
const GUIDE: &str = include_str!("../../mapping/src/guide.md");

/// `send_text` as JavaScript writes it. `leave` is what a page does; to leave a group has a name of its own.
fn method(call: &str) -> String {
    if call == "leave" {
        return "leaveGroup".to_owned();
    }
    let mut words = call.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(1);
        name + &initial.to_uppercase() + rest
    })
}

/// The lines of a block that begins so.
fn block<'a>(text: &'a str, begin: &str) -> &'a str {
    let behind = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("there is no {begin}"));
    behind.1.split("\n}").next().unwrap()
}

#[test]
fn every_call_is_a_method_with_a_type() {
    let class = block(TYPES, "export class Client");
    for (call, fields) in msnp_mapping::calls() {
        let method = method(call);
        let (_, body) = METHODS
            .split_once(&format!("\n  {method}("))
            .unwrap_or_else(|| panic!("client.js: {method}"));
        let body = body.split("\n  }").next().unwrap();
        let asks = body.contains(&format!("this.call(\"{call}\""));
        assert!(asks, "{method} asks for {call}");
        for field in fields {
            let given = [
                format!("{field} }}"),
                format!("{field},"),
                format!("{field}:"),
            ];
            assert!(
                given.iter().any(|it| body.contains(it)),
                "{method} gives {field}"
            );
        }
        assert!(
            class.contains(&format!("\n  {method}(")),
            "msnp.d.ts: {method}"
        );
    }
}

/// The names of the fields that stand in a type, with those of the types that it has beside.
fn fields(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut depth = 0_usize;
    for word in text.split_inclusive(['{', '}', ';', '\n']) {
        let name = word
            .trim()
            .split([':', '?'])
            .next()
            .unwrap()
            .trim_start_matches("{ ");
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
        if is_name && depth == 1 && word.contains(':') {
            found.insert(name.to_owned());
        }
        depth += word.matches('{').count();
        depth -= word.matches('}').count().min(depth);
    }
    for (begin, _) in text.match_indices("& ") {
        let name = text[begin + 2..].split([' ', ')', '\n']).next().unwrap();
        found.extend(fields_of(name));
    }
    found
}

fn fields_of(name: &str) -> BTreeSet<String> {
    match TYPES.split_once(&format!("export interface {name} {{")) {
        Some((_, behind)) => fields(&format!("{{{}\n}}", behind.split("\n}").next().unwrap())),
        None => fields(block_line(&format!("export type {name} = "))),
    }
}

fn block_line(begin: &str) -> &'static str {
    TYPES.split_once(begin).unwrap().1.lines().next().unwrap()
}

/// The events of the guide's table, with their fields.
fn told() -> BTreeMap<&'static str, BTreeSet<String>> {
    let section = GUIDE.split_once("\n# Events\n").unwrap().1;
    let rows = section.split("\n# ").next().unwrap().lines();
    let rows = rows.filter_map(|row| row.strip_prefix("| `"));
    rows.map(|row| {
        let (name, rest) = row.split_once("` |").unwrap();
        let cell = rest.split(" |").next().unwrap();
        let words = cell.split('`').skip(1).step_by(2);
        (name, words.map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn every_event_has_its_type_and_every_type_its_event() {
    let union = TYPES.split_once("export type Event =\n").unwrap().1;
    let mut typed = BTreeMap::new();
    for line in union.lines() {
        let (_, behind) = line.split_once("event: \"").unwrap();
        let (name, _) = behind.split_once('"').unwrap();
        let mut fields = fields(line);
        fields.remove("event");
        typed.insert(name, fields);
    }
    // What is newer than the mapping is only named.
    assert_eq!(typed.remove("Other"), Some(BTreeSet::new()));
    assert_eq!(typed, told());
}

#[test]
fn abilities_are_those_of_the_client() {
    let row = GUIDE
        .lines()
        .find(|row| row.starts_with("| `abilities`"))
        .unwrap();
    let flags = row
        .split("a flag each: ")
        .nth(1)
        .unwrap()
        .split(" |")
        .next()
        .unwrap();
    let flags: BTreeSet<_> = flags
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert_eq!(fields_of("Abilities"), flags);
}
