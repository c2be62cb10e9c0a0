//! `Printer`: writes what is found, for people or as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use msnp_proto::{Dialect, Frame, Side};
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::problem::{Problem, ProblemKind};
use super::redact;
use super::report::{Expectation, Report};
use super::sink::{Cut, ExchangeKind, Note, NoteKind, Share, Sink};
use super::style::{Detail, Style};
use super::talk::{Cookies, Referrals};
use super::typed::Meaning;
use super::wording::{arrow, bare_problem_text, preview, shorten, views, word};
use crate::recording::Place;
use crate::shown;

/// So many problems of the same words are shown; the others are counted.
const ALIKE: u64 = 3;
/// The most different words of problems that are counted.
const KINDS: usize = 256;

/// Writes to `out`. After an error of `out` it writes no more and keeps the error.
pub(super) struct Printer<'a> {
    out: &'a mut dyn Write,
    style: Style,
    file: String,
    ledger: Ledger,
    /// How often each problem was told, and where the first that was not shown stands.
    alike: BTreeMap<String, (u64, Place)>,
    report: Report,
    cookies: Cookies,
    error: Option<io::Error>,
}

impl<'a> Printer<'a> {
    /// Writes what is found in `file`.
    pub(super) fn new(out: &'a mut dyn Write, style: Style, file: String) -> Self {
        Self {
            out,
            style,
            file,
            ledger: Ledger::default(),
            alike: BTreeMap::new(),
            report: Report::default(),
            cookies: Cookies::default(),
            error: None,
        }
    }

    /// The counts so far.
    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The counts so far, to be gone on with.
    pub(super) const fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// The table of what was found.
    pub(super) fn report(&self) -> Vec<String> {
        self.report.lines(self.ledger.to_text(), self.style.dialect)
    }

    /// Whether there is something that the report neither tells nor explains.
    pub(super) fn has_unexplained(&self, expectation: &Expectation) -> bool {
        self.ledger.left_out().is_some() || self.report.has_unexplained(expectation)
    }

    /// Whether JSON is written.
    pub(super) const fn is_json(&self) -> bool {
        self.style.json
    }

    /// The error that writing ended with.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Writes the counts.
    pub(super) fn summary(&mut self) {
        if self.style.detail == Detail::Table {
            // Its first line says it.
        } else if self.style.json {
            self.write_json(&self.ledger.to_json(&self.file));
        } else {
            self.write(&format!("{}: {}", self.file, self.ledger.to_text()));
        }
    }

    /// Says how many problems were not shown, because they are like others that were.
    pub(super) fn tell_alike(&mut self) {
        for (text, (count, place)) in std::mem::take(&mut self.alike) {
            let count = count.saturating_sub(ALIKE);
            if count > 0 {
                let problem = Problem {
                    place,
                    label: None,
                    side: None,
                    offset: None,
                    kind: ProblemKind::Alike { count, text },
                };
                self.write(&self.problem_text(&problem));
            }
        }
    }

    /// Whether a problem is to be shown.
    fn is_news(&mut self, problem: &Problem) -> bool {
        if self.style.is_whole {
            return true;
        }
        let text = problem.kind.to_string();
        if self.alike.len() >= KINDS && !self.alike.contains_key(&text) {
            return true;
        }
        let (count, first) = self.alike.entry(text).or_default();
        *count += 1;
        if *count == ALIKE + 1 {
            *first = problem.place;
        }
        *count <= ALIKE
    }

    fn write(&mut self, line: &str) {
        if self.error.is_none() {
            self.error = shown::write_line(self.out, line).err();
        }
    }

    /// Writes a line and those that belong below it; each is escaped by itself.
    fn write_all(&mut self, lines: &str) {
        for line in lines.split('\n') {
            self.write(line);
        }
    }

    fn write_json(&mut self, document: &Value) {
        if self.error.is_none() {
            self.error = shown::write_json(self.out, document).err();
        }
    }

    fn frame_text(&self, cut: &Cut<'_>) -> String {
        let frame = cut.frame;
        let mut text = format!(
            "{:>5}:{:<7} {} {:<14} @{:<7} {:>4}+{:<5} {}",
            cut.place.line,
            cut.place.offset,
            arrow(Some(cut.side)),
            shown::bytes(cut.label.to_string().as_bytes(), false),
            cut.offset,
            frame.payload_offset(),
            frame.payload().len(),
            shorten(
                &shown::bytes(&self.line(cut.side, frame), false),
                self.style.detail == Detail::Payloads
            ),
        );
        if self.style.detail == Detail::Payloads {
            for view in views(cut.meaning) {
                let _ = write!(text, "\n      = {}", shown::bytes(view.as_bytes(), false));
            }
            for line in preview(&self.payload(frame)) {
                let _ = write!(text, "\n      | {line}");
            }
        }
        text
    }

    fn frame_json(&self, cut: &Cut<'_>) -> Value {
        let frame = cut.frame;
        let mut value = json!({
            "type": "frame",
            "file": self.file,
            "file_line": cut.place.line,
            "file_offset": cut.place.offset,
            "connection": &*cut.label.connection,
            "session": cut.label.session,
            "from": word(cut.side),
            "stream_offset": cut.offset,
            "verb": frame.verb().as_str(),
            "trid": frame.trid().map(|id| id.0),
            "line_bytes": frame.payload_offset(),
            "payload_bytes": frame.payload().len(),
            "line": String::from_utf8_lossy(&self.line(cut.side, frame)),
        });
        if self.style.detail == Detail::Payloads
            && let Some(fields) = value.as_object_mut()
        {
            let payload = self.payload(frame);
            let payload = String::from_utf8_lossy(&payload).into_owned();
            fields.insert("payload".to_owned(), payload.into());
            let mut views = views(cut.meaning).into_iter();
            match cut.meaning {
                Meaning::Typed { .. } => {
                    fields.insert("typed".to_owned(), views.next().into());
                    fields.insert("typed_payload".to_owned(), views.next().into());
                }
                Meaning::Other(_) => {
                    fields.insert("other".to_owned(), views.next().into());
                }
                Meaning::Wrong { .. } => {}
            }
        }
        value
    }

    fn note_text(&self, note: &Note<'_>) -> String {
        let mut text = format!(
            "{:>5}:{:<7} {} {:<14} {}",
            note.place.line,
            note.place.offset,
            arrow(Some(note.side)),
            shown::bytes(note.label.to_string().as_bytes(), false),
            shown::bytes(note.what.as_bytes(), false),
        );
        if self.style.detail == Detail::Payloads {
            for line in preview(&self.masked(note.document)) {
                let _ = write!(text, "\n      | {line}");
            }
        }
        text
    }

    fn note_json(&self, note: &Note<'_>) -> Value {
        let mut value = json!({
            "type": "note",
            "file": self.file,
            "file_line": note.place.line,
            "file_offset": note.place.offset,
            "connection": &*note.label.connection,
            "session": note.label.session,
            "from": word(note.side),
            "note": note.what,
        });
        if self.style.detail == Detail::Payloads
            && let Some(fields) = value.as_object_mut()
        {
            let document = self.masked(note.document);
            let document = String::from_utf8_lossy(&document).into_owned();
            fields.insert("document".to_owned(), document.into());
        }
        value
    }

    fn masked<'f>(&self, document: &'f [u8]) -> std::borrow::Cow<'f, [u8]> {
        if self.style.secrets {
            document.into()
        } else {
            redact::payload(document)
        }
    }

    fn line<'f>(&self, side: Side, frame: &'f Frame) -> std::borrow::Cow<'f, [u8]> {
        if self.style.secrets {
            frame.line().into()
        } else {
            redact::line(side, frame)
        }
    }

    fn payload<'f>(&self, frame: &'f Frame) -> std::borrow::Cow<'f, [u8]> {
        self.masked(frame.payload())
    }

    fn problem_json(&self, problem: &Problem) -> Value {
        let label = problem.label.as_ref();
        json!({
            "type": "problem",
            "file": self.file,
            "file_line": problem.place.line,
            "file_offset": problem.place.offset,
            "connection": label.map(|label| &*label.connection),
            "session": label.and_then(|label| label.session),
            "from": problem.side.map(word),
            "stream_offset": problem.offset,
            "problem": problem.kind.to_string(),
        })
    }

    fn problem_text(&self, problem: &Problem) -> String {
        format!("{}: {}", self.file, bare_problem_text(problem))
    }
}

impl Referrals for Printer<'_> {
    fn given(&self) -> Option<Dialect> {
        self.style.dialect
    }

    fn refer(&mut self, cookie: &[u8], dialect: Dialect) {
        self.cookies.keep(cookie, dialect);
    }

    fn referred(&self, cookie: &[u8]) -> Option<Dialect> {
        self.cookies.dialect(cookie)
    }
}

impl Sink for Printer<'_> {
    fn frame(&mut self, cut: &Cut<'_>) {
        let bytes = cut.frame.as_bytes().len() as u64;
        self.ledger.frame(cut.side, bytes, cut.meaning);
        let verb = cut.frame.verb();
        self.report.frame(cut.side, cut.dialect, verb, cut.meaning);
        self.cookies.settled(cut.dialect);
        if self.style.detail >= Detail::Lines {
            if self.style.json {
                self.write_json(&self.frame_json(cut));
            } else {
                self.write_all(&self.frame_text(cut));
            }
        }
    }

    fn note(&mut self, note: &Note<'_>) {
        match &note.kind {
            NoteKind::BareReply => {}
            NoteKind::Soap(meaning) => self.report.soap(note.side, meaning),
            NoteKind::Passport(is_right) => self.report.passport(note.side, *is_right),
            NoteKind::Letter(is_right) => self.report.letter(*is_right),
        }
        if self.style.detail >= Detail::Lines {
            if self.style.json {
                self.write_json(&self.note_json(note));
            } else {
                self.write_all(&self.note_text(note));
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.ledger.problem();
        self.report.problem(bare_problem_text(&problem));
        if self.style.detail == Detail::Table {
            return;
        }
        if self.style.json {
            self.write_json(&self.problem_json(&problem));
        } else if self.is_news(&problem) {
            self.write(&self.problem_text(&problem));
        }
    }

    fn exchange(&mut self, kind: ExchangeKind) {
        self.ledger.exchange(kind);
    }

    fn answered(&mut self) {
        self.ledger.answered();
    }

    fn unanswered(&mut self) {
        self.ledger.unanswered();
    }

    fn bare_reply(&mut self) {
        self.ledger.bare_reply();
    }

    fn seen(&mut self, bytes: u64) {
        self.ledger.see(bytes);
    }

    fn settled(&mut self, share: Share, bytes: u64) {
        self.ledger.settle(share, bytes);
    }
}

impl std::fmt::Debug for Printer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Printer")
            .field("style", &self.style)
            .field("file", &self.file)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}
