//! `msnp decode`: shows and verifies recorded traffic.

mod check;
mod coding;
mod connection;
mod exchange;
mod file;
mod gateway;
mod http;
mod http_connection;
mod http_head;
mod ledger;
mod letter;
mod passport;
mod payload;
mod piece_queue;
mod print;
mod problem;
pub(crate) mod redact;
mod report;
mod sink;
mod soap;
mod stream;
mod style;
mod talk;
mod typed;
mod wording;

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use msnp_proto::{Dialect, Side};

use flate2::bufread::MultiGzDecoder;

use crate::exit::Exit;
use crate::recording::{self, Format, Guess, detect};
use crate::shown;
use file::FileDecoder;
use print::Printer;
use report::Expectation;
use style::{Detail, Style};

/// Show recorded traffic frame by frame
///
/// Reads raw MSNP, recorded transcripts, or HAR files of a browser, with MSNP over TCP or inside
/// the HTTP bodies of a gateway, of any dialect. Prints one line per frame: line and byte of the
/// file, direction, connection, byte of the stream, length of line and payload, and the line.
/// Tickets, cookies and tokens are masked.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a command line")]
pub(crate) struct Args {
    /// Files to read; "-" or none for standard input
    files: Vec<PathBuf>,
    /// Show only what is wrong, and a summary; a file without MSNP is wrong too. Where a report stands beside the file
    /// (FILE.report), show only what differs from it, and frames that are neither of a known form nor explained
    #[arg(long)]
    check: bool,
    /// Write a report: frames by verb, how many have a known form, and all others and all problems with their reasons
    #[arg(long, conflicts_with_all = ["check", "verbose", "json"])]
    report: bool,
    /// Show payloads, and what they mean where that is known
    #[arg(long, short)]
    verbose: bool,
    /// Write one JSON object per line
    #[arg(long)]
    json: bool,
    /// Do not mask tickets, cookies and tokens
    #[arg(long)]
    show_secrets: bool,
    /// The format of the files; guessed if not given
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Who wrote a raw stream; guessed if not given
    #[arg(long, value_enum)]
    side: Option<Writer>,
    /// The dialect of what has no VER before it, such as MSNP18
    #[arg(long, value_name = "NAME")]
    dialect: Option<Dialect>,
    /// A port whose connections are followed in a packet capture, besides 80 and 1863
    #[arg(long, value_name = "NUMBER")]
    port: Vec<u16>,
}

/// Who wrote a raw stream.
#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Writer {
    Client,
    Server,
}

/// Reads the files and writes to standard output.
pub(crate) fn run(args: &Args) -> Exit {
    let mut out = io::BufWriter::new(shown::output());
    let standard_input = [PathBuf::from("-")];
    let files = if args.files.is_empty() {
        &standard_input[..]
    } else {
        &args.files[..]
    };
    if args.files.is_empty() && io::stdin().is_terminal() {
        shown::complain("reading what is typed, to its end (Ctrl-D); a FILE reads a recording");
    }
    let mut exit = Exit::Success;
    for file in files {
        let found = match open(file) {
            Ok(input) => {
                let expected = if args.check && !args.json {
                    report_beside(file)
                } else {
                    None
                };
                let name = file.to_string_lossy();
                decode(input, &name, args, expected.as_ref(), &mut out)
            }
            Err(error) => Err(Failure::Reading(error)),
        };
        match found {
            Ok(true) => {}
            Ok(false) => exit = exit.max(Exit::Findings),
            // Whoever reads our output has seen enough.
            Err(Failure::Writing(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                return exit;
            }
            Err(Failure::Writing(error)) => {
                shown::complain(format_args!("cannot write: {error}"));
                return Exit::Io;
            }
            Err(Failure::Reading(error)) => {
                shown::complain(format_args!("{}: {error}", file.display()));
                exit = Exit::Io;
            }
        }
    }
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            shown::complain(format_args!("cannot write: {error}"));
            Exit::Io
        }
        _ => exit,
    }
}

enum Failure {
    Reading(io::Error),
    Writing(io::Error),
}

fn open(file: &Path) -> io::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        Ok(Box::new(BufReader::with_capacity(BLOCK, io::stdin())))
    } else {
        Ok(Box::new(BufReader::with_capacity(BLOCK, File::open(file)?)))
    }
}

/// The report that stands beside a file, if there is one.
fn report_beside(file: &Path) -> Option<Expectation> {
    let mut name = file.as_os_str().to_owned();
    name.push(".report");
    let text = std::fs::read_to_string(name).ok()?;
    Some(Expectation::parse(&text))
}

/// What is read at a time.
const BLOCK: usize = 256 * 1024;

/// Decodes one file; whether nothing was wrong, or only what a report expects.
fn decode(
    mut input: Box<dyn BufRead>,
    name: &str,
    args: &Args,
    expected: Option<&Expectation>,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let mut guess = detect(&mut input).map_err(Failure::Reading)?;
    if guess == Guess::Packed {
        input = Box::new(BufReader::with_capacity(BLOCK, MultiGzDecoder::new(input)));
        guess = detect(&mut input).map_err(Failure::Reading)?;
    }
    let format = args.format.unwrap_or(match guess {
        Guess::Format(format) => format,
        Guess::Empty | Guess::Packed => Format::Raw,
    });
    let side = args.side.map(|writer| match writer {
        Writer::Client => Side::Client,
        Writer::Server => Side::Server,
    });
    let style = Style {
        json: args.json,
        detail: match (args.check, args.verbose) {
            _ if args.report || expected.is_some() => Detail::Table,
            (true, _) => Detail::Problems,
            (false, false) => Detail::Lines,
            (false, true) => Detail::Payloads,
        },
        secrets: args.show_secrets,
        is_whole: args.verbose || args.json,
        dialect: args.dialect.or_else(|| expected?.dialect()),
    };
    // MSNP's own port, and that of gateways (gateway.md 2).
    let ports: Vec<u16> = [80, 1863].into_iter().chain(args.port.clone()).collect();
    let mut recording = recording::open(input, format, side, &ports);
    let mut decoder = FileDecoder::new(Printer::new(out, style, name.to_owned()));
    if guess == Guess::Empty {
        // Looked at once more, a terminal would have to be told its end once more.
        decoder.is_empty();
    } else {
        while let Some(record) = recording.next_record().map_err(Failure::Reading)? {
            decoder.take(record);
            decoder.check().map_err(Failure::Writing)?;
        }
    }
    let is_guess = format == Format::Raw && args.format.is_none() && args.side.is_none();
    decoder.finish(args.check || args.report, is_guess && guess != Guess::Empty);
    decoder.check().map_err(Failure::Writing)?;
    let is_clean = decoder.is_clean();
    let has_unexplained = expected.is_some_and(|it| decoder.has_unexplained(it));
    let found = decoder.report();
    if args.report {
        write_lines(out, &found).map_err(Failure::Writing)?;
    }
    let Some(expected) = expected else {
        return Ok(is_clean);
    };
    let mut lines = expected.differences(&found);
    let is_as_expected = lines.is_empty() && !has_unexplained;
    lines.push(match (is_as_expected, has_unexplained) {
        (true, _) => "as the report beside it says".to_owned(),
        (false, true) => "something is neither of a known form nor explained".to_owned(),
        (false, false) => "not as the report beside it says".to_owned(),
    });
    let lines: Vec<String> = lines.iter().map(|line| format!("{name}: {line}")).collect();
    write_lines(out, &lines).map_err(Failure::Writing)?;
    Ok(is_as_expected)
}

fn write_lines(out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
    lines
        .iter()
        .try_for_each(|line| shown::write_line(out, line))
}

#[cfg(test)]
mod cases;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn args(words: &[&str]) -> Args {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: Args,
        }
        let words = std::iter::once(&"decode").chain(words);
        <Cli as clap::Parser>::try_parse_from(words)
            .expect("good arguments")
            .args
    }

    /// What is written about `input`.
    pub(super) fn written(input: &[u8], words: &[&str]) -> String {
        let mut out = Vec::new();
        let input = Box::new(io::Cursor::new(input.to_vec()));
        assert!(
            decode(input, "f", &args(words), None, &mut out).is_ok(),
            "memory does not fail"
        );
        String::from_utf8(out).expect("output is UTF-8")
    }

    #[track_caller]
    fn check(input: &str, words: &[&str], expected: &[&str]) {
        let found = written(input.as_bytes(), words);
        let found: Vec<_> = found.lines().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_frame_is_one_line() {
        check(
            "VER 1 MSNP8 CVR0\r\nMSG 2 N 2\r\nhi",
            &[],
            &[
                "    0:0       C>S -              @0         18+0     VER 1 MSNP8 CVR0",
                "    0:18      C>S -              @18        11+2     MSG 2 N 2",
            ],
        );
    }

    #[test]
    fn bad_bytes_are_pinpointed_and_the_stream_goes_on() {
        check(
            "PNG\r\n\r\n!?\r\nPNG\r\nUUX 2 abc\r\nPNG\r\n",
            &["--check"],
            &[
                "f: byte 5: C>S - @5: blank line",
                "f: byte 7: C>S - @7: line does not start with a three-letter command",
                "f: byte 16: C>S - @16: line announces no payload length where one must stand",
                "f: byte 16: C>S - @16: the last 16 bytes of the stream could not be read",
                "f: 2 frames (2 from clients, 0 from servers), 10 bytes; 4 problems",
            ],
        );
    }

    #[test]
    fn a_stream_is_taken_up_again_at_the_next_record() {
        check(
            "--- 1 C>S conn=a t=0 len=11\nUUX 2 abc\\r\\n\n--- 2 C>S conn=a t=0 len=5\nPNG\\r\\n\n",
            &[],
            &[
                "f: line 2, byte 28: C>S a @0: line announces no payload length where one must stand",
                "f: line 4, byte 69: C>S a @11: 11 bytes before could not be read; the stream is taken up again at this record",
                "    4:69      C>S a              @11         5+0     PNG",
            ],
        );
    }

    #[test]
    fn frames_cut_over_bodies_and_changing_ids_are_one_session() {
        let exchange = |id: &str, sent: &str, new: &str, got: &str| {
            format!(
                "POST /gateway/gateway.dll?{id} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{sent}|HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID={new}\r\nContent-Length: {}\r\n\r\n{got}",
                sent.len(),
                got.len()
            )
        };
        let mut recording = String::new();
        for exchange in [
            exchange("Action=open&Server=NS", "VER 1 MS", "7.1", ""),
            exchange("SessionID=7.1", "NP8 CVR0\r\n", "8.2", "VER 1 M"),
            exchange(
                "Action=poll&SessionID=8.2",
                "",
                "8.3; Session=close",
                "SNP8\r\n",
            ),
        ] {
            for (part, arrow) in exchange.split('|').zip(["C>S", "S>C"]) {
                let escaped = part.replace("\r\n", "\\r\\n");
                let head = format!("--- 1 {arrow} conn=a t=0 len={}\n", part.len());
                recording.push_str(&head);
                recording.push_str(&escaped.replace("\\n", "\\n\n"));
                if !escaped.ends_with("\\n") {
                    recording.push('\n');
                }
            }
        }
        let found = written(recording.as_bytes(), &["--json"]);
        let lines: Vec<&str> = found
            .lines()
            .filter_map(|line| line.split("\"line\":\"").nth(1)?.split('"').next())
            .collect();
        assert_eq!(lines, ["VER 1 MSNP8 CVR0", "VER 1 MSNP8"], "{found}");
        assert!(found.contains("\"problems\":0"), "{found}");
    }

    #[test]
    fn pages_in_place_of_a_gateways_reply_are_not_msnp() {
        let page = "<html>sign in to the hotel network</html>";
        let http = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        );
        check(
            &http,
            &["--check"],
            &[
                "f: byte 0: no MSNP found",
                "f: 0 frames (0 from clients, 0 from servers), 0 bytes, \
                 1 other HTTP exchanges skipped; 1 problem",
            ],
        );
    }

    fn any_words() -> impl Strategy<Value = Vec<&'static str>> {
        let format = prop_oneof![
            Just("raw"),
            Just("transcript"),
            Just("capture"),
            Just("probe"),
            Just("har"),
            Just("pcap")
        ];
        let flags = prop_oneof![
            Just(vec!["--json", "--verbose"]),
            Just(vec!["--verbose", "--show-secrets"]),
            Just(vec!["--check"]),
            Just(vec!["--report"]),
            Just(vec!["--verbose", "--dialect", "MSNP18"]),
        ];
        (format, flags).prop_map(|(format, mut flags)| {
            flags.extend(["--format", format]);
            flags
        })
    }

    /// Streams that get past the first checks of every layer.
    fn traffic() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(b"--- 1 C>S conn=a t=0 len=300\n".to_vec()),
            Just(b"--- 1 S>C conn=a t=0 len=300\n".to_vec()),
            Just(b"POST /gateway/gateway.dll?SessionID=1.2 HTTP/1.1\r\nContent-Length: 5\r\n\r\n".to_vec()),
            Just(b"POST /bsim HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n".to_vec()),
            Just(b"HTTP/1.1 404 No\r\nContent-Length: 20\r\n x\r\n\r\n".to_vec()),
            Just(b"HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.3\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\n".to_vec()),
            Just(b"CONNECT h:1 HTTP/1.1\r\n\r\n".to_vec()),
            Just(b"HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.3\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()),
            Just(b"3\r\nPNG\r\n".to_vec()),
            Just(b"0\r\n\r\n".to_vec()),
            Just(b"MSG 2 N 9\r\n".to_vec()),
            Just(b"SDG 0 MSGR 20\r\nRouting: 1.0\r\n\r\n".to_vec()),
            Just(b"CNT 1 CON 30\r\n\r\n<connect><ver>".to_vec()),
            Just(b"USR 4 TWN S t=x\r\n".to_vec()),
            Just(b"VER 1 MSNP18 MSNP8 CVR0\r\n".to_vec()),
            Just(b"VER 1 MSNP8\r\n".to_vec()),
            Just(b"ANS 1 a@b cookie 9\r\n".to_vec()),
            Just(b"MSG a@b A 60\r\nMIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\n\r\n".to_vec()),
            Just(b"UBX a@b 20\r\n<Data><PSM><</PSM>".to_vec()),
            Just(b"ADL 0 30\r\n<ml><d n=\"b\"><c n=\"a\"/>".to_vec()),
            Just(b"NFY PUT 30\r\nRouting: 1.0\r\n\r\n".to_vec()),
            Just(b"POST /abservice/abservice.asmx HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: 60\r\n\r\n<s:Envelope><s:Body><ABFindAll>".to_vec()),
            Just(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 40\r\n\r\n<s:Envelope><s:Fault/>".to_vec()),
            Just(b"GET /login2.srf HTTP/1.1\r\nAuthorization: Passport1.4 sign-in=a,pwd=b\r\n\r\n".to_vec()),
            Just(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Passport1.4 da-status=failed\r\n\r\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..20),
        ];
        proptest::collection::vec(part, 0..16).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_or_is_left_out(input in traffic(), words in any_words()) {
            let found = written(&input, &words);
            prop_assert!(!found.contains("a fault of this program"), "{}", found);
        }

        /// However the client's bytes are cut into records, the frames are the same.
        #[test]
        fn records_do_not_matter(cuts in proptest::collection::vec(1usize..40, 1..12)) {
            let stream = "VER 1 MSNP8 CVR0\r\nMSG 2 N 9\r\nMIME: 1\r\nPNG\r\nCNT 3 CON 2\r\n\r\nOUT\r\n";
            let mut recording = String::new();
            let mut rest = stream;
            for cut in cuts.iter().chain(&[usize::MAX]) {
                let (record, after) = rest.split_at((*cut).min(rest.len()));
                let head = format!("--- 1 C>S conn=a t=0 len={}\n", record.len());
                recording.push_str(&head);
                let escaped = record.replace('\r', "\\r").replace('\n', "\\n\n");
                recording.push_str(&escaped);
                if !escaped.ends_with('\n') {
                    recording.push('\n');
                }
                rest = after;
            }
            let found = written(recording.as_bytes(), &["--json"]);
            let verbs: Vec<_> = found
                .lines()
                .filter_map(|line| line.split("\"verb\":\"").nth(1)?.get(..3))
                .collect();
            prop_assert_eq!(verbs, ["VER", "MSG", "PNG", "CNT", "OUT"]);
            // MSNP8 has no CNT, and its notification server takes no MSG: no fault of the stream.
            prop_assert!(found.contains("\"problems\":0"), "{}", found);
            prop_assert!(found.contains("\"typed_frames\":3"), "{}", found);
        }
    }
}
