//! `Printer`: writes what is found, for people or as JSON.

use std::fmt::Write as _;
use std::io::{self, Write};

use msnp_proto::{Frame, Side};
use serde_json::{Value, json};

use super::problem::Problem;
use super::stream::{Cut, Sink};
use super::{redact, typed};

/// How to show things.
#[derive(Copy, Clone, Debug)]
pub(super) struct Style {
    pub(super) json: bool,
    pub(super) detail: Detail,
    pub(super) secrets: bool,
}

/// How much to show.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Only what is wrong.
    Problems,
    /// The line of every frame, shortened.
    Lines,
    /// The payloads and what they mean, too.
    Payloads,
}

/// What there was in a file.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) client_frames: u64,
    pub(super) server_frames: u64,
    pub(super) bytes: u64,
    pub(super) problems: u64,
    pub(super) gateway_exchanges: u64,
    pub(super) other_exchanges: u64,
    pub(super) opaque_bytes: u64,
    pub(super) skipped_records: u64,
}

/// Writes to `out`. After an error of `out` it writes no more and keeps the error.
pub(super) struct Printer<'a> {
    out: &'a mut dyn Write,
    style: Style,
    file: String,
    counts: Counts,
    error: Option<io::Error>,
}

impl<'a> Printer<'a> {
    /// Writes what is found in `file`.
    pub(super) fn new(out: &'a mut dyn Write, style: Style, file: String) -> Self {
        Self {
            out,
            style,
            file,
            counts: Counts::default(),
            error: None,
        }
    }

    /// The counts so far.
    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether JSON is written.
    pub(super) const fn is_json(&self) -> bool {
        self.style.json
    }

    /// Counts a part of the file that is no traffic.
    pub(super) const fn skip_record(&mut self) {
        self.counts.skipped_records += 1;
    }

    /// The error that writing ended with.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Writes the counts.
    pub(super) fn summary(&mut self) {
        let text = if self.style.json {
            let counts = self.counts;
            json!({
                "type": "summary",
                "file": self.file,
                "client_frames": counts.client_frames,
                "server_frames": counts.server_frames,
                "frame_bytes": counts.bytes,
                "problems": counts.problems,
                "gateway_exchanges": counts.gateway_exchanges,
                "other_exchanges": counts.other_exchanges,
                "opaque_bytes": counts.opaque_bytes,
                "skipped_records": counts.skipped_records,
            })
            .to_string()
        } else {
            self.counts.to_text(&self.file)
        };
        self.write(&text);
    }

    fn write(&mut self, text: &str) {
        if self.error.is_none()
            && let Err(error) = writeln!(self.out, "{text}")
        {
            self.error = Some(error);
        }
    }

    fn frame_text(&self, cut: &Cut<'_>) -> String {
        let frame = cut.frame;
        let mut text = format!(
            "{:>5}:{:<7} {} {:<14} @{:<7} {:>4}+{:<5} {}",
            cut.place.line,
            cut.place.offset,
            arrow(Some(cut.side)),
            cut.label.to_string(),
            cut.offset,
            frame.payload_offset(),
            frame.payload().len(),
            shorten(
                &escape(&self.line(cut.side, frame), false),
                self.style.detail == Detail::Payloads
            ),
        );
        if self.style.detail == Detail::Payloads {
            if let Some(Ok(view)) = typed::view(cut.side, frame) {
                let _ = write!(text, "\n      = {}", escape(view.as_bytes(), false));
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
            if let Some(Ok(view)) = typed::view(cut.side, frame) {
                fields.insert("typed".to_owned(), view.into());
            }
        }
        value
    }

    fn line<'f>(&self, side: Side, frame: &'f Frame) -> std::borrow::Cow<'f, [u8]> {
        if self.style.secrets {
            frame.line().into()
        } else {
            redact::line(side, frame)
        }
    }

    fn payload<'f>(&self, frame: &'f Frame) -> std::borrow::Cow<'f, [u8]> {
        if self.style.secrets {
            frame.payload().into()
        } else {
            redact::payload(frame.payload())
        }
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
        let mut text = format!("{}: {}", self.file, problem.place);
        if let Some(label) = &problem.label {
            let _ = write!(text, ": {} {label}", arrow(problem.side));
        }
        if let Some(offset) = problem.offset {
            let _ = write!(text, " @{offset}");
        }
        let _ = write!(text, ": {}", problem.kind);
        text
    }
}

impl Sink for Printer<'_> {
    fn frame(&mut self, cut: &Cut<'_>) {
        match cut.side {
            Side::Client => self.counts.client_frames += 1,
            Side::Server => self.counts.server_frames += 1,
        }
        self.counts.bytes += cut.frame.as_bytes().len() as u64;
        if self.style.detail >= Detail::Lines {
            let text = if self.style.json {
                self.frame_json(cut).to_string()
            } else {
                self.frame_text(cut)
            };
            self.write(&text);
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.counts.problems += 1;
        let text = if self.style.json {
            self.problem_json(&problem).to_string()
        } else {
            self.problem_text(&problem)
        };
        self.write(&text);
    }

    fn exchange(&mut self, gateway: bool) {
        if gateway {
            self.counts.gateway_exchanges += 1;
        } else {
            self.counts.other_exchanges += 1;
        }
    }

    fn opaque(&mut self, bytes: u64) {
        self.counts.opaque_bytes += bytes;
    }
}

impl Counts {
    fn to_text(self, file: &str) -> String {
        let mut text = format!(
            "{file}: {} frames ({} from clients, {} from servers), {} bytes",
            self.client_frames + self.server_frames,
            self.client_frames,
            self.server_frames,
            self.bytes
        );
        for (count, what) in [
            (self.gateway_exchanges, "gateway exchanges"),
            (self.other_exchanges, "other HTTP exchanges skipped"),
            (self.opaque_bytes, "bytes of other protocols skipped"),
            (
                self.skipped_records,
                "records of a proxy and others skipped",
            ),
        ] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        let _ = match self.problems {
            0 => write!(text, "; nothing wrong"),
            1 => write!(text, "; 1 problem"),
            problems => write!(text, "; {problems} problems"),
        };
        text
    }
}

const fn word(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

const fn arrow(side: Option<Side>) -> &'static str {
    match side {
        Some(Side::Client) => "C>S",
        Some(Side::Server) => "S>C",
        None => "   ",
    }
}

/// Text that cannot disturb a terminal: control characters and what is not UTF-8 as escapes, and
/// backslashes too if it is to be unambiguous.
fn escape(bytes: &[u8], unambiguous: bool) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                '\n' => out.push_str("\\n"),
                '\\' if unambiguous => out.push_str("\\\\"),
                control if is_disturbing(control) => {
                    let _ = write!(out, "{}", control.escape_unicode());
                }
                other => out.push(other),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Control characters, and those that change the direction of text.
fn is_disturbing(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shorten(text: &str, whole: bool) -> String {
    const LIMIT: usize = 160;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) if !whole => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

/// The payload's lines, each escaped; at most 4 KiB.
fn preview(payload: &[u8]) -> Vec<String> {
    const LIMIT: usize = 4096;
    let shown = &payload[..payload.len().min(LIMIT)];
    let mut lines: Vec<String> = shown
        .split_inclusive(|b| *b == b'\n')
        .map(|line| escape(line, true))
        .collect();
    if shown.len() < payload.len() {
        lines.push(format!("… {} bytes more", payload.len() - shown.len()));
    }
    lines
}

impl std::fmt::Debug for Printer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Printer")
            .field("style", &self.style)
            .field("file", &self.file)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shown_can_disturb_a_terminal() {
        assert_eq!(
            escape("a\u{1b}[2J\t\u{9b}\u{202e}é\\".as_bytes(), true),
            "a\\u{1b}[2J\\t\\u{9b}\\u{202e}é\\\\"
        );
        assert_eq!(escape(b"\xff\\", false), "\\xff\\");
    }

    #[test]
    fn long_payloads_are_cut_and_say_so() {
        let lines = preview(&[b'x'; 5000]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1], "… 904 bytes more");
    }
}
