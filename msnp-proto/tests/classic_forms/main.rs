//! Every form of the table, in every dialect that has it: read, typed and written to the byte; and compared with commands.tsv by
//! a reader that shares nothing with the crate.

mod lines;
mod notes;

use std::collections::BTreeSet;

use lines::{Made, any_line, dialects, line};
use msnp_proto::classic::{
    ClientBody, ClientCommand, CommandError, Form, Kind, Presence, ServerBody, ServerCommand,
    ServerKind, Writer,
};
use msnp_proto::{Dialect, Frame, Side};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const TABLES: [(Side, &[Form]); 2] = [
    (Side::Client, ClientBody::FORMS),
    (Side::Server, ServerBody::FORMS),
];

const fn forms(side: Side) -> &'static [Form] {
    match side {
        Side::Client => ClientBody::FORMS,
        Side::Server => ServerBody::FORMS,
    }
}

/// The form that the line is read as, and what it is written as.
fn read_and_written(made: &Made) -> Result<(Option<&'static Form>, Frame), CommandError> {
    let frame = made.frame();
    Ok(match made.side {
        Side::Client => {
            let command = ClientCommand::parse(&frame, made.dialect, made.server)?;
            let written = command.to_frame(made.dialect).expect("read, so it exists");
            assert_eq!(
                ClientCommand::parse(&written, made.dialect, made.server)?,
                command
            );
            (command.body.form(), written)
        }
        Side::Server => {
            let command = ServerCommand::parse(&frame, made.dialect, made.server)?;
            let written = command.to_frame(made.dialect).expect("read, so it exists");
            assert_eq!(
                ServerCommand::parse(&written, made.dialect, made.server)?,
                command
            );
            (command.body.form(), written)
        }
    })
}

fn round_trip(made: &Made) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(&made.bytes);
    let (form, written) = match read_and_written(made) {
        Ok(read) => read,
        Err(error) => {
            return Err(TestCaseError::fail(format!(
                "{} {text:?}: {error}",
                made.dialect
            )));
        }
    };
    prop_assert_eq!(
        form.map(|form| form.name),
        Some(made.form.name),
        "{} {:?}",
        made.dialect,
        text
    );
    prop_assert_eq!(
        String::from_utf8_lossy(written.as_bytes()),
        text,
        "{} as {}",
        made.dialect,
        made.form.name
    );
    Ok(())
}

proptest! {
    #![proptest_config(Config::with_cases(512))]

    #[test]
    fn a_clients_line_is_read_and_written_to_the_byte(made in any_line(Side::Client, ClientBody::FORMS)) {
        round_trip(&made)?;
    }

    #[test]
    fn a_servers_line_is_read_and_written_to_the_byte(made in any_line(Side::Server, ServerBody::FORMS)) {
        round_trip(&made)?;
    }

    #[test]
    fn a_line_cut_short_or_spaced_oddly_is_read_or_refused(
        made in any_line(Side::Server, ServerBody::FORMS),
        at in any::<prop::sample::Index>(),
        blanks in "[ \t]{1,3}",
    ) {
        let end = made.bytes.iter().position(|b| *b == b'\r').expect("a line");
        let line = &made.bytes[..end];
        let cut = [&line[..3 + at.index(end - 2)], b"\r\n"].concat();
        let mut decoder = msnp_proto::FrameDecoder::new(msnp_proto::PayloadTable::sent_by(made.side));
        decoder.push(cut);
        if let Ok(Some(frame)) = decoder.next_frame()
            && let Err(error) = ServerCommand::parse(&frame, made.dialect, made.server)
        {
            prop_assert_eq!(&error.frame, &frame);
            prop_assert!(error.offset <= frame.line().len());
        }
        // The same words with other blanks between them, and behind them.
        let words: Vec<_> = line.split(|b| *b == b' ').map(|word| String::from_utf8_lossy(word)).collect();
        let mut spaced = words.join(&blanks).into_bytes();
        spaced.extend_from_slice(b" ");
        spaced.extend_from_slice(&made.bytes[end..]);
        let spaced = Made { bytes: spaced, ..made.clone() };
        let (form, written) = read_and_written(&spaced).expect("blanks do not matter");
        prop_assert_eq!(form.map(|form| form.name), Some(made.form.name));
        if !made.form.fields.iter().any(|field| field.kind == Kind::Words) {
            prop_assert_eq!(&written.as_bytes()[..], &made.bytes[..]);
        }
    }
}

/// A few lines of every form in every dialect: none is left to chance.
fn samples() -> Vec<Made> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::default()),
    );
    let mut samples = Vec::new();
    for (side, forms) in TABLES {
        for form in forms {
            for dialect in dialects(form) {
                for _ in 0..4 {
                    let made = line(side, form, dialect)
                        .new_tree(&mut runner)
                        .expect("a line")
                        .current();
                    samples.push(made);
                }
            }
        }
    }
    samples
}

#[test]
fn every_form_is_read_and_written_in_every_dialect() {
    for made in samples() {
        round_trip(&made).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn what_is_written_is_what_the_notes_say() {
    let notes = notes::read();
    let mut problems = BTreeSet::new();
    for made in samples() {
        let (_, written) = read_and_written(&made).expect("a command");
        let line = String::from_utf8_lossy(written.line()).into_owned();
        if !notes::agree(
            &notes,
            made.side,
            made.server,
            made.dialect.number(),
            &line,
            written.payload().len(),
        ) {
            problems.insert(format!(
                "{} {:?} {:?} {}: {line}",
                made.form.name, made.side, made.server, made.dialect
            ));
        }
    }
    let problems: Vec<_> = problems.into_iter().collect();
    assert!(
        problems.is_empty(),
        "{} lines\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// The comparison above can fail: lines that are a word or a dialect off.
#[test]
fn what_the_notes_do_not_say_is_told_apart() {
    assert!(notes::retold_rows_exist());
    let notes = notes::read();
    let (ns, sb) = (ServerKind::Notification, ServerKind::Switchboard);
    let agree = |side, server, dialect, line: &str, payload| {
        notes::agree(&notes, side, server, dialect, line, payload)
    };
    for (right, side, server, dialect, line, payload) in [
        (true, Side::Server, ns, 15, "NLN NLN a@b.c 1 Al 0", 0),
        (false, Side::Server, ns, 15, "NLN NLN a@b.c 1 0", 0),
        (
            false,
            Side::Server,
            ns,
            15,
            "NLN 5 NLN a@b.c 1 Al 0 x y z",
            0,
        ),
        (false, Side::Server, ns, 8, "NLN NLN a@b.c Al", 0),
        (false, Side::Client, ns, 15, "NLN NLN a@b.c 1 Al 0", 0),
        (true, Side::Server, ns, 18, "UBX 1:a@b.c 2", 2),
        (false, Side::Server, ns, 18, "UBX 1:a@b.c 1 2", 2),
        (false, Side::Server, ns, 18, "UBX 1:a@b.c 3", 2),
        (false, Side::Server, ns, 10, "UBX a@b.c 2", 2),
        (true, Side::Server, ns, 12, "XFR 7 SB h:1 CKI t", 0),
        (false, Side::Server, ns, 13, "XFR 7 SB h:1 CKI t", 0),
        (false, Side::Server, ns, 14, "XFR 7 SB h:1 CKI t U d", 0),
        (false, Side::Server, ns, 12, "XFR x SB h:1 CKI t", 0),
        (true, Side::Server, sb, 11, "JOI a@b.c Al", 0),
        (false, Side::Server, sb, 12, "JOI a@b.c Al", 0),
        (false, Side::Server, ns, 11, "JOI a@b.c Al", 0),
        (true, Side::Client, ns, 9, "ADD 7 FL a@b.c Al 0", 0),
        (false, Side::Client, ns, 10, "ADD 7 FL a@b.c Al 0", 0),
        (true, Side::Server, ns, 13, "ADL 7 OK", 0),
        (false, Side::Server, ns, 12, "ADL 7 OK", 0),
        (false, Side::Server, ns, 13, "ADL 7  OK", 0),
        (false, Side::Server, ns, 13, "ADL 7 OK 0", 0),
        (true, Side::Client, ns, 22, "USR 3 WEB {1}", 0),
        (false, Side::Client, ns, 21, "USR 3 WEB {1}", 0),
    ] {
        assert_eq!(
            agree(side, server, dialect, line, payload),
            right,
            "MSNP{dialect} {line}"
        );
    }
}

#[test]
fn every_dialect_has_what_the_notes_say_it_has() {
    let mut problems = BTreeSet::new();
    for row in &notes::read() {
        for (verb, side, server, dialect) in row.places() {
            let Some(dialect) = Dialect::new(dialect) else {
                continue;
            };
            let has = |form: &Form| form.verb.as_str() == verb && form.is_in(dialect, server);
            if !OTHER.contains(&(verb, side)) && !forms(side).iter().any(has) {
                problems.insert(format!("{verb} {side:?} {server:?} {dialect}"));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn every_row_of_the_notes_is_typed_or_said_to_be_other() {
    let is_typed = |verb: &str, side| forms(side).iter().any(|form| form.verb.as_str() == verb);
    let mut missing: Vec<_> = notes::verbs();
    missing.retain(|(verb, side)| !is_typed(verb, *side));
    for (verb, side) in &missing {
        assert!(OTHER.contains(&(verb, *side)), "{verb} {side:?}");
    }
    for (verb, side) in OTHER {
        assert!(
            missing.contains(&(verb.to_owned(), side)),
            "{verb} {side:?} is typed, or in no row"
        );
    }
}

/// What is not typed; the guide of `msnp_proto::classic` says why. `CKI` is a keyword, `nnn` stands for the errors.
const OTHER: [(&str, Side); 8] = [
    ("BYE", Side::Client),
    ("CKI", Side::Server),
    ("CVQ", Side::Server),
    ("GSB", Side::Server),
    ("LKP", Side::Client),
    ("NOT", Side::Client),
    ("RFS", Side::Server),
    ("nnn", Side::Server),
];

#[test]
fn the_table_is_sound() {
    for (side, forms) in TABLES {
        let mut names = BTreeSet::new();
        for form in forms {
            assert!(names.insert(form.name), "{} stands twice", form.name);
            let writes = match side {
                Side::Client => Writer::Client,
                Side::Server => Writer::Server,
            };
            assert!(
                form.writer == writes || form.writer == Writer::Either,
                "{}",
                form.name
            );
            for field in form.fields {
                let era =
                    form.era.first() <= field.era.first() && field.era.last() <= form.era.last();
                assert!(
                    era,
                    "{}.{} is there before or after its command",
                    form.name, field.name
                );
                // A struct has a value for it whatever the dialect.
                let always = field.kind == Kind::Literal
                    || field.presence != Presence::Required
                    || field.era == form.era;
                assert!(always, "{}.{}", form.name, field.name);
            }
        }
    }
}

/// What a dialect has, and what it has words for, are one thing.
#[test]
fn the_features_agree_with_the_forms() {
    let pairs = [
        ("has_md5_sign_in", "Md5Response"),
        ("has_twn_sign_in", "TwnTicket"),
        ("has_sso_sign_in", "SsoTicket"),
        ("has_web_sign_in", "WebEndpoint"),
        ("has_synchronization", "Synchronize"),
        ("has_contact_guids", "ContactCard"),
        ("has_list_serials", "Renamed"),
        ("has_list_without_ids", "ListedContact"),
        ("has_groups", "AddGroup"),
        ("has_address_book", "AddMembers"),
        ("has_initial_status", "InitialStatus"),
        ("has_personal_message", "OwnData"),
        ("has_switchboards", "SwitchboardRequest"),
        ("has_layered_commands", "Datagram"),
        ("has_page_mode", "SendPage"),
        ("has_challenge", "ChallengeResponse"),
        ("has_configuration_request", "ConfigurationRequest"),
        ("has_configuration_push", "ConfigurationPush"),
    ];
    for (feature, name) in pairs {
        let (_, era) = Dialect::FEATURES
            .iter()
            .find(|(found, _)| *found == feature)
            .expect("a feature");
        let mut forms = TABLES.iter().flat_map(|(_, forms)| forms.iter());
        let form = forms.find(|form| form.name == name).expect("a form");
        // Up to MSNP12 groups have commands; behind it they are in the address book. MSNP24 has other words.
        let last = if feature == "has_groups" {
            Dialect::MSNP12
        } else {
            Dialect::MSNP22
        };
        let last = era.last().min(last);
        assert_eq!(
            (form.era.first(), form.era.last()),
            (era.first(), last),
            "{feature}"
        );
    }
}

/// The guide's tables, made of the crate's.
#[test]
fn the_guide_shows_the_table() {
    let shown = include_str!("../../src/classic/table.md");
    let made = table();
    assert_eq!(
        shown, made,
        "write what `print_the_table` prints into src/classic/table.md"
    );
}

#[test]
#[ignore = "prints what belongs into src/classic/table.md"]
fn print_the_table() {
    print!("{}", table());
}

fn table() -> String {
    use std::fmt::Write as _;
    let dialects: Vec<_> = Dialect::ALL
        .iter()
        .filter(|dialect| !dialect.has_bindings())
        .collect();
    let mut verbs: Vec<_> = TABLES
        .iter()
        .flat_map(|(_, forms)| forms.iter().map(|form| form.verb.as_str()))
        .collect();
    verbs.sort_unstable();
    verbs.dedup();
    let mut out = String::from("| verb |");
    for dialect in &dialects {
        write!(out, " {} |", dialect.number()).expect("a string");
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(dialects.len()));
    for verb in &verbs {
        write!(out, "\n| `{verb}` |").expect("a string");
        for dialect in &dialects {
            let has = |forms: &[Form]| {
                forms
                    .iter()
                    .any(|form| form.verb.as_str() == *verb && form.era.contains(**dialect))
            };
            let who = match (has(ClientBody::FORMS), has(ServerBody::FORMS)) {
                (true, true) => "cs",
                (true, false) => "c",
                (false, true) => "s",
                (false, false) => "",
            };
            write!(out, " {who} |").expect("a string");
        }
    }
    out.push_str("\n\n### What a dialect has\n\n| asked with | dialects |\n|---|---|");
    for (name, era) in Dialect::FEATURES {
        write!(out, "\n| [`{name}`](crate::Dialect::{name}) | {era} |").expect("a string");
    }
    for (side, forms) in TABLES {
        let who = match side {
            Side::Client => "What a client writes",
            Side::Server => "What a server writes",
        };
        write!(
            out,
            "\n\n### {who}\n\n| form | on | dialects | id | words |\n|---|---|---|---|---|"
        )
        .expect("a string");
        let mut forms: Vec<_> = forms.iter().collect();
        forms.sort_by_key(|form| (form.verb.as_str(), form.era.first(), form.name));
        for form in forms {
            write!(
                out,
                "\n| [`{}`]({}) | {:?} | {} | {:?} | `{form}` |",
                form.verb, form.name, form.server, form.era, form.trid
            )
            .expect("a string");
        }
    }
    out.push('\n');
    out.replace("` `", "").replace("| `` |", "| |")
}
