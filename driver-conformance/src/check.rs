//! `check` and `check_guest`: one duty of one driver, as a test.

use std::io::{self, Write};

use crate::drive::Drive;
use crate::duties::duties;
use crate::duty::Judgement;
use crate::guests::{self, Claims, Launch};
use crate::lacks::Lacks;
use crate::probe::Probe;

/// Puts a driver through the duty of this name, as a test: a lack is listed on the standard error, also
/// where the test's own output is not shown.
///
/// # Panics
///
/// If the duty is not held, if it is held although it is declared a lack, or if there is none of this name.
#[expect(clippy::panic, reason = "that is how a test fails")]
pub fn check<D: Drive<Probe>>(name: &str, lacks: &Lacks) {
    let all = duties::<D>();
    let Some(duty) = all.iter().find(|duty| duty.name == name) else {
        panic!("there is no duty {name}")
    };
    expect_fine(name, duty.judge(lacks));
}

/// Puts the guests of a driver through the duty of this name, as [`check`] does.
///
/// # Panics
///
/// As [`check`].
#[expect(clippy::panic, reason = "that is how a test fails")]
pub fn check_guest(name: &str, guests: &dyn Launch, claims: &Claims) {
    let all = guests::duties();
    let Some(duty) = all.iter().find(|duty| duty.name == name) else {
        panic!("there is no duty {name}")
    };
    expect_fine(name, duty.judge(guests, claims));
}

#[expect(clippy::panic, reason = "that is how a test fails")]
fn expect_fine(name: &str, judgement: Judgement) {
    match judgement {
        Judgement::Held => {}
        Judgement::Lack { reason, seen } => {
            let _ = writeln!(io::stderr(), "lack: {name}: {reason} ({seen})");
        }
        Judgement::Known { reason, seen } => {
            let _ = writeln!(io::stderr(), "breach: {name}: {reason} ({seen})");
        }
        Judgement::NotRun { why } => {
            let _ = writeln!(io::stderr(), "not run: {name}: {why}");
        }
        Judgement::NotALack { reason } => {
            panic!("{name} is held, and so it is no lack to declare: {reason}")
        }
        Judgement::Breach(breach) => panic!("{breach}"),
    }
}
