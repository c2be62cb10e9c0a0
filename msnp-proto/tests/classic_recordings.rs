//! Every recorded line of MSNP7 to MSNP18: typed, and written again to the byte, or listed here with the reason why not.

mod cutting;
mod recording;

use cutting::{cut_whole, every_way};
use msnp_proto::classic::{
    ClientBody, ClientCommand, CommandError, ServerBody, ServerCommand, ServerKind,
};
use msnp_proto::{Dialect, Frame, PayloadTable, Side};
use recording::Stream;

/// What the recording's and the connection's names say; nothing for MSNP24.
fn spoken(stream: &Stream) -> Option<(Dialect, ServerKind)> {
    let (dialect, connection) = match stream.recording {
        "msnp24" => return None,
        // The fourth connections, and one fifth, are switchboards.
        "libpurple" if stream.connection.ends_with("#4") => ("MSNP18".to_owned(), "SB"),
        "libpurple" => ("MSNP18".to_owned(), "NS"),
        "lists" | "sign-ins" | "conversations" => {
            let (dialect, connection) = stream.connection.split_once(':').expect("a dialect");
            (dialect.to_uppercase(), connection)
        }
        recording => (recording.to_uppercase(), &*stream.connection),
    };
    let server = match &connection[..2] {
        "NS" => ServerKind::Notification,
        "SB" => ServerKind::Switchboard,
        other => panic!("{}: server {other}", stream.recording),
    };
    Some((dialect.parse().expect("a dialect"), server))
}

/// A frame read and written again, and whether it was typed.
fn written(side: Side, frame: &Frame, dialect: Dialect, server: ServerKind) -> (Frame, bool) {
    let what = || String::from_utf8_lossy(frame.line()).into_owned();
    match side {
        Side::Client => {
            let command = ClientCommand::parse(frame, dialect, server)
                .unwrap_or_else(|error| panic!("{dialect} {}: {error}", what()));
            let typed = !matches!(command.body, ClientBody::Other(_));
            (
                command.to_frame(dialect).expect("read, so it exists"),
                typed,
            )
        }
        Side::Server => {
            let command = ServerCommand::parse(frame, dialect, server)
                .unwrap_or_else(|error| panic!("{dialect} {}: {error}", what()));
            let typed = !matches!(command.body, ServerBody::Other(_));
            (
                command.to_frame(dialect).expect("read, so it exists"),
                typed,
            )
        }
    }
}

/// Why lines are written in other bytes than they came in.
struct Otherwise {
    why: &'static str,
    /// What it does to a line.
    change: fn(&str) -> String,
    /// How many lines there are.
    lines: usize,
}

const WRITTEN_OTHERWISE: [Otherwise; 2] = [
    Otherwise {
        why: "a blank at the end of the line is left out (msnp8-18.md 2.1)",
        change: |line| line.trim_end().to_owned(),
        lines: 18,
    },
    Otherwise {
        why: "libpurple writes `:00` behind its capabilities; a number is written as a number",
        change: |line| line.replace(":00", ":0"),
        lines: 35,
    },
];

/// Lines that are no commands of their dialect; the recording client tried what happens.
const NOT_TYPED: &[(&str, &str)] = &[
    (
        "MSNP10 UUX 9 105",
        "personal messages came with MSNP11; the server answers all the same",
    ),
    (
        "MSNP10 UUX 9 0",
        "personal messages came with MSNP11; the server answers all the same",
    ),
    (
        "MSNP13 SYN 9 0 0",
        "the list is in the address book; the server refuses with 502",
    ),
    (
        "MSNP15 SYN 11 0 0",
        "the list is in the address book; the server refuses with 502",
    ),
    (
        "MSNP18 SYN 13 0 0",
        "the list is in the address book; the server refuses with 502",
    ),
];

#[test]
fn every_recorded_line_is_typed_and_written_to_the_byte() {
    let (mut typed, mut problems) = (0, Vec::new());
    let mut not_typed = vec![0; NOT_TYPED.len()];
    let mut otherwise = vec![0; WRITTEN_OTHERWISE.len()];
    for stream in recording::all() {
        let Some((dialect, server)) = spoken(&stream) else {
            continue;
        };
        let table = PayloadTable::sent_by(stream.side);
        // Byte by byte and at some cuts too: a frame that straddles pieces is another buffer, and must say the same.
        for frame in every_way(&table, &stream.bytes, |at| at % 509 == 0) {
            let frame = frame.expect("the recordings are whole");
            let line = String::from_utf8_lossy(frame.line()).into_owned();
            let (again, is_typed) = written(stream.side, &frame, dialect, server);
            if !is_typed {
                let what = format!("{dialect} {line}");
                match NOT_TYPED.iter().position(|(known, _)| *known == what) {
                    Some(at) => not_typed[at] += 1,
                    None => problems.push(format!("not typed: {what}")),
                }
                continue;
            }
            typed += 1;
            if again == frame {
                continue;
            }
            let again = String::from_utf8_lossy(again.line()).into_owned();
            let reason = WRITTEN_OTHERWISE
                .iter()
                .position(|known| (known.change)(&line) == again);
            match reason {
                Some(at) => otherwise[at] += 1,
                None => problems.push(format!(
                    "{dialect} {server:?} {:?}: {line} is written {again}",
                    stream.side
                )),
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    for (known, found) in WRITTEN_OTHERWISE.iter().zip(otherwise) {
        assert_eq!(found, known.lines, "{}", known.why);
    }
    assert!(
        not_typed.iter().all(|count| *count == 1),
        "listed, and not there"
    );
    assert_eq!(typed, TYPED);
}

/// So many lines are in the recordings.
const TYPED: usize = 2257;

/// What a fuzzer does first: the line ends somewhere else.
#[test]
fn a_line_cut_anywhere_is_read_or_refused() {
    for stream in recording::all() {
        let Some((dialect, server)) = spoken(&stream) else {
            continue;
        };
        let table = PayloadTable::sent_by(stream.side);
        for frame in cut_whole(&table, &stream.bytes).into_iter().flatten() {
            let line = frame.line();
            // Tickets are long, and all their places are alike.
            for end in (3..line.len()).filter(|end| *end < 200 || line.len() - end < 20) {
                let cut = [&line[..end], b"\r\n"].concat();
                for frame in cut_whole(&table, &cut).into_iter().flatten() {
                    read_or_refused(stream.side, &frame, dialect, server);
                }
            }
        }
    }
}

/// What is read is written as one frame that reads the same; what is not is given back.
fn read_or_refused(side: Side, frame: &Frame, dialect: Dialect, server: ServerKind) {
    let table = PayloadTable::sent_by(side);
    let (again, same) = match side {
        Side::Client => match ClientCommand::parse(frame, dialect, server) {
            Ok(command) => {
                let again = command.to_frame(dialect).expect("read, so it exists");
                let same = ClientCommand::parse(&again, dialect, server) == Ok(command);
                (again, same)
            }
            Err(error) => return given_back(frame, &error),
        },
        Side::Server => match ServerCommand::parse(frame, dialect, server) {
            Ok(command) => {
                let again = command.to_frame(dialect).expect("read, so it exists");
                let same = ServerCommand::parse(&again, dialect, server) == Ok(command);
                (again, same)
            }
            Err(error) => return given_back(frame, &error),
        },
    };
    assert_eq!(cut_whole(&table, again.as_bytes()), [Ok(again.clone())]);
    // A word that was missing may have been filled in; written once more, nothing changes.
    if !same {
        let (third, _) = written(side, &again, dialect, server);
        assert_eq!(
            third,
            again,
            "{dialect} {}",
            String::from_utf8_lossy(frame.line())
        );
    }
}

fn given_back(frame: &Frame, error: &CommandError) {
    assert_eq!(&error.frame, frame);
    assert!(error.offset <= frame.line().len());
}
