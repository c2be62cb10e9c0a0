//! The report, of a driver that holds every duty, and of one that declares what it cannot do.

#[allow(dead_code, reason = "not every flaw is for every test")]
mod model;

use driver_conformance::{Lacks, Probe, Report};
use model::{Model, flaw};

#[test]
fn the_report_of_a_right_driver_shows_every_duty_held() {
    let report = Report::of::<Model<Probe, { flaw::NONE }>>(&Lacks::default());
    let table = report.to_string();
    assert!(report.is_fine(), "{table}");
    assert_eq!(
        table.matches(" | held").count(),
        report.rows().len(),
        "{table}"
    );
    assert!(table.ends_with(" duties, 0 lacks, 0 breaches"), "{table}");
}

/// What the environment lacks is listed with its reason, and what it does not lack is found out.
#[test]
fn the_report_tells_honest_lacks_from_others() {
    let mut lacks = Lacks::default();
    lacks.streams = Some("a page has none");
    lacks.redirect_target = Some("fetch hides it");
    let report = Report::of::<Model<Probe, { flaw::REFUSES_STREAMS }>>(&lacks);
    let table = report.to_string();
    assert!(table.contains("| lack: a page has none\n"), "{table}");
    let found = "| breach: declared a lack (fetch hides it), and held\n";
    assert!(table.contains(found), "{table}");
    assert!(table.ends_with(" 17 lacks, 1 breaches"), "{table}");
    assert!(!report.is_fine());
}
