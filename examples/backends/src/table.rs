//! The table: a row for each duty, a column for each backend.

use std::collections::BTreeMap;
use std::num::NonZero;

use driver_conformance::guests::{Claims, Program};
use driver_conformance::{Judgement, Report};

use crate::backend::{BACKENDS, Backend};
use crate::foreign::GUESTS;
use crate::side_by_side::{all_must_run, side_by_side};

/// How a backend stands to the duties; or what is missing here to know.
struct Column {
    name: &'static str,
    report: Result<Report, String>,
}

/// Prints both tables. False if a duty is broken, or, with `MSNP_TEST_ALL=1`, if one was not run.
pub(crate) fn print() -> bool {
    let judges = BACKENDS
        .iter()
        .map(|backend| -> Judge { Box::new(move || inside(backend)) });
    let inside = side_by_side(judges.collect());
    println!("Seen from inside (driver_conformance::suite!)\n");
    let mut fine = show(&inside);
    let guests = GUESTS.iter().map(|guest| -> Judge {
        Box::new(move || Column {
            name: guest.name,
            report: (guest.program)().map(|program| judged(&program, &(guest.claims)())),
        })
    });
    let ours = BACKENDS
        .iter()
        .map(|backend| -> Judge { Box::new(move || from_the_wire(backend)) });
    let wire = side_by_side(ours.chain(guests).collect());
    println!("\nSeen from the wire (msnp conformance)\n");
    fine &= show(&wire);
    fine
}

type Judge = Box<dyn FnOnce() -> Column + Send>;

fn inside(backend: &Backend) -> Column {
    Column {
        name: backend.name,
        report: Ok((backend.judged)()),
    }
}

fn from_the_wire(backend: &Backend) -> Column {
    let mut claims = Claims::default();
    claims.lacks.cancel_closes = backend.cannot_close;
    claims.lacks.known = backend.known;
    let program = std::env::current_exe().map_err(|error| error.to_string());
    let report =
        program.map(|program| judged(&Program::new(program, ["guest", backend.name]), &claims));
    Column {
        name: backend.name,
        report,
    }
}

fn judged(program: &Program, claims: &Claims) -> Report {
    let at_once = NonZero::new(2).unwrap_or(NonZero::<usize>::MIN);
    Report::of_guests(program, claims, at_once, |_| {})
}

/// What stands in a field.
fn word(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Held => "held",
        Judgement::Lack { .. } => "declared",
        Judgement::NotRun { .. } => "not run",
        Judgement::Known { .. } => "known",
        Judgement::NotALack { .. } | Judgement::Breach(_) => "BROKEN",
    }
}

fn show(columns: &[Column]) -> bool {
    let Some(Ok(rows)) = columns.iter().map(|it| &it.report).find(|it| it.is_ok()) else {
        return false;
    };
    print!("{:8}  {:55}", "", "");
    for column in columns {
        print!("  {:8}", column.name);
    }
    println!();
    // All columns have the same rows; what is not plain is said below the table.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lacks: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut notes = Vec::new();
    for (at, row) in rows.rows().iter().enumerate() {
        print!("{:8}  {:55}", row.family, row.duty);
        for column in columns {
            let word = match &column.report {
                Ok(report) => {
                    let judgement = &report.rows()[at].judgement;
                    match judgement {
                        Judgement::Held => {}
                        Judgement::Lack { reason, .. } => {
                            let of_this = lacks.entry((column.name, reason)).or_default();
                            of_this.push(row.duty);
                        }
                        seen => notes.push(format!("{}: {}: {seen}", column.name, row.duty)),
                    }
                    word(judgement)
                }
                Err(_) => "not run",
            };
            *counts.entry(word).or_default() += 1;
            print!("  {word:8}");
        }
        println!();
    }
    println!();
    for ((name, reason), duties) in lacks {
        match duties[..] {
            [duty] => println!("{name}: {duty}: declared: {reason}"),
            _ => println!("{name}: {} duties: declared: {reason}", duties.len()),
        }
    }
    for column in columns {
        if let Err(missing) = &column.report {
            notes.push(format!("{}: not run: {missing}", column.name));
        }
    }
    for note in notes {
        println!("{note}");
    }
    let count = |word| counts.get(word).copied().unwrap_or_default();
    let [held, declared, not_run] = ["held", "declared", "not run"].map(count);
    let [known, broken] = ["known", "BROKEN"].map(count);
    println!(
        "\n{held} held by test, {declared} declared, {not_run} not run, {broken} broken, {known} known to be"
    );
    broken == 0 && (not_run == 0 || !all_must_run())
}
