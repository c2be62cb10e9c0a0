//! `msnp conformance`: whether a driver in any language keeps what it owes, judged from the wire.

use std::ffi::OsString;
use std::num::NonZero;
use std::thread;

use driver_conformance::guests::{Claims, Program};
use driver_conformance::{Lacks, Report};

use crate::exit::Exit;
use crate::shown;

/// Put a driver in any language through the duties of a driver
///
/// Starts a guest program once for each duty, with the address of a scripted gateway on loopback and a number of seconds behind its own
/// arguments. What a guest program has to do fits into ten lines: see docs/backends.md. Prints a verdict for each duty.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the driver's environment cannot do; it is tried all the same, and a lack that is none is found wrong
    #[arg(long = "lacks", value_enum, value_delimiter = ',')]
    lacks: Vec<Lack>,
    /// The driver's host keeps cookies, and its session asks for them
    #[arg(long)]
    keeps_cookies: bool,
    /// How many guests work at the same time
    #[arg(long, value_name = "N", default_value_t = at_once())]
    at_once: NonZero<usize>,
    /// The guest program and its own arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// What a page in a browser cannot do. (It is not shown where a redirect leads either, which no session asks for.)
#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Lack {
    /// Tells a refused connection from a lost response
    NotSentWhenRefused,
    /// Sends every header that the machine names, as it is
    ChosenHeaders,
    /// Closes the connection of a request that is not wanted any more
    ExactClose,
}

impl Lack {
    fn declare(self, lacks: &mut Lacks) {
        let (lack, reason) = match self {
            Self::NotSentWhenRefused => (
                &mut lacks.not_sent_when_refused,
                "every failure looks the same there",
            ),
            Self::ChosenHeaders => (&mut lacks.chosen_headers, "some are the host's to write"),
            Self::ExactClose => (&mut lacks.cancel_closes, "the host closes when it likes"),
        };
        *lack = Some(reason);
    }
}

/// Guests wait most of the time.
fn at_once() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Judges the driver.
pub(crate) fn run(args: &Args) -> Exit {
    let Some((program, arguments)) = args.command.split_first() else {
        return Exit::Io;
    };
    let guests = Program::new(program, arguments);
    let mut claims = Claims::default();
    claims.keeps_cookies = args.keeps_cookies;
    args.lacks
        .iter()
        .for_each(|lack| lack.declare(&mut claims.lacks));

    let mut output = shown::output();
    let mut written = Ok(());
    let report = Report::of_guests(&guests, &claims, args.at_once, |row| {
        if written.is_ok() {
            written = shown::write_line(&mut output, &row.to_string());
        }
    });
    let summary = written.and_then(|()| shown::write_line(&mut output, &report.summary()));
    match summary {
        Err(_) => Exit::Io,
        Ok(()) if report.is_fine() => Exit::Success,
        Ok(()) => Exit::Findings,
    }
}
