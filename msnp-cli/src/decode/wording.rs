//! The words in which a frame or a problem is told, wherever they stand.

use std::fmt::Write as _;

use msnp_proto::Side;

use super::payload::Payload;
use super::problem::Problem;
use super::typed::Meaning;
use crate::shown;

/// A problem without the file's name.
pub(super) fn bare_problem_text(problem: &Problem) -> String {
    let mut text = problem.place.to_string();
    if let Some(label) = &problem.label {
        let _ = write!(text, ": {} {label}", arrow(problem.side));
    }
    if let Some(offset) = problem.offset {
        let _ = write!(text, " @{offset}");
    }
    let _ = write!(text, ": {}", problem.kind);
    text
}

/// What a frame means, line by line: the command, then its payload; or why there is no type.
pub(super) fn views(meaning: &Meaning) -> Vec<String> {
    match meaning {
        Meaning::Typed { command, payload } => {
            let payload = match payload {
                Payload::None => None,
                Payload::Typed(kind, says) => Some(format!("{kind}: {says:?}")),
                Payload::Other(why) => Some(format!("bytes: {why}")),
                Payload::Wrong(kind, what) => Some(format!("no {kind}: {what}")),
            };
            std::iter::once(format!("{command:?}"))
                .chain(payload)
                .collect()
        }
        Meaning::Other(reason) => vec![format!("other: {reason}")],
        Meaning::Wrong { .. } => Vec::new(),
    }
}

pub(super) const fn word(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

pub(super) const fn arrow(side: Option<Side>) -> &'static str {
    match side {
        Some(Side::Client) => "C>S",
        Some(Side::Server) => "S>C",
        None => "   ",
    }
}

pub(super) fn shorten(text: &str, whole: bool) -> String {
    const LIMIT: usize = 160;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) if !whole => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

/// The payload's lines, each escaped; at most 4 KiB.
pub(super) fn preview(payload: &[u8]) -> Vec<String> {
    const LIMIT: usize = 4096;
    let shown = &payload[..payload.len().min(LIMIT)];
    let mut lines: Vec<String> = shown
        .split_inclusive(|b| *b == b'\n')
        .map(|line| shown::bytes(line, true))
        .collect();
    if shown.len() < payload.len() {
        lines.push(format!("… {} bytes more", payload.len() - shown.len()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_payloads_are_cut_and_say_so() {
        let lines = preview(&[b'x'; 5000]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1], "… 904 bytes more");
    }
}
