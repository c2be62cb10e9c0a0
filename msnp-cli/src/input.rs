//! The doors that text comes in by: standard input, files, the environment. One policy for all: UTF-8, and what is not is
//! told with its line and left out alone; one byte order mark at the beginning is skipped; CR LF ends a line as LF does; no
//! line is longer than a limit. What it may do to a screen is for the doors out ([`shown`](crate::shown)).

use std::io::{self, BufRead, Read as _};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

/// Lines read ahead of who takes them.
const AHEAD: usize = 64;
/// The most bytes of a line.
const LIMIT: usize = 1024 * 1024;
/// The byte order mark, which editors of some systems put in front of text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Lines of standard input that were read: a password may be the first.
static READ: AtomicU64 = AtomicU64::new(0);

/// Why a line is no text. It is not done; those behind it are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadLine {
    #[error("line {line} is not UTF-8 at its byte {at}")]
    NotText { line: u64, at: usize },
    #[error("line {line} is longer than {LIMIT} bytes")]
    TooLong { line: u64 },
    #[error("cannot read line {line}: {error}")]
    Unread { line: u64, error: String },
}

impl From<BadLine> for io::Error {
    fn from(bad: BadLine) -> Self {
        Self::new(io::ErrorKind::InvalidData, bad)
    }
}

/// The lines of standard input, read on a thread of their own. The channel ends with the input.
pub(crate) fn lines() -> mpsc::Receiver<Result<String, BadLine>> {
    let (sender, lines) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        while let Some(line) = next_line() {
            let is_broken = matches!(line, Err(BadLine::Unread { .. }));
            if sender.blocking_send(line).is_err() || is_broken {
                return;
            }
        }
    });
    lines
}

/// The next line of standard input; `None` at its end.
pub(crate) fn next_line() -> Option<Result<String, BadLine>> {
    let number = READ.fetch_add(1, Ordering::Relaxed) + 1;
    read_line(&mut io::stdin().lock(), number)
}

/// The first line of a file.
pub(crate) fn first_line(file: &[u8]) -> Result<String, BadLine> {
    read_line(&mut &*file, 1).unwrap_or_else(|| Ok(String::new()))
}

/// All of a file, such as one of settings.
pub(crate) fn text(file: &[u8]) -> Result<&str, BadLine> {
    let file = file.strip_prefix(MARK).unwrap_or(file);
    std::str::from_utf8(file).map_err(|error| {
        let before = &file[..error.valid_up_to()];
        let feeds = before.split(|byte| *byte == b'\n').count() - 1;
        let start = before.iter().rposition(|byte| *byte == b'\n');
        BadLine::NotText {
            line: feeds as u64 + 1,
            at: before.len() - start.map_or(0, |feed| feed + 1),
        }
    })
}

/// A variable of the environment; `None` if it is not set.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] if it is not UTF-8: taking it for absent would ask a script a question.
pub(crate) fn variable(name: &str) -> io::Result<Option<String>> {
    let Some(value) = std::env::var_os(name) else {
        return Ok(None);
    };
    value.into_string().map(Some).map_err(|_| {
        let text = format!("the variable {name} is not UTF-8");
        io::Error::new(io::ErrorKind::InvalidData, text)
    })
}

fn read_line(input: &mut impl BufRead, number: u64) -> Option<Result<String, BadLine>> {
    let mut bytes = Vec::new();
    match input.take(LIMIT as u64 + 1).read_until(b'\n', &mut bytes) {
        Ok(0) => return None,
        Ok(_) => {}
        Err(error) => {
            let error = error.to_string();
            return Some(Err(BadLine::Unread {
                line: number,
                error,
            }));
        }
    }
    if bytes.len() > LIMIT && bytes.last() != Some(&b'\n') {
        return Some(Err(skip_line(input).map_or_else(
            |error| BadLine::Unread {
                line: number,
                error: error.to_string(),
            },
            |()| BadLine::TooLong { line: number },
        )));
    }
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = match number {
        1 => line.strip_prefix(MARK).unwrap_or(line),
        _ => line,
    };
    Some(match std::str::from_utf8(line) {
        Ok(line) => Ok(line.to_owned()),
        Err(error) => Err(BadLine::NotText {
            line: number,
            at: error.valid_up_to(),
        }),
    })
}

/// Passes over what is left of a line.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok(());
        }
        let feed = available.iter().position(|byte| *byte == b'\n');
        let count = feed.map_or(available.len(), |feed| feed + 1);
        input.consume(count);
        if feed.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8]) -> Vec<Result<String, BadLine>> {
        let mut number = 0;
        std::iter::from_fn(|| {
            number += 1;
            read_line(&mut input, number)
        })
        .collect()
    }

    #[test]
    fn a_bad_line_is_told_and_those_behind_it_are_read() {
        let found = all(include_bytes!("../tests/data/cases/latin1.txt"));
        let [Err(bad), Ok(after)] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(bad.to_string(), "line 1 is not UTF-8 at its byte 24");
        assert_eq!(after, "/msg bob@example.org after");
    }

    #[test]
    fn one_mark_at_the_beginning_is_skipped_and_line_ends_of_all_systems_are_read() {
        let found = all(include_bytes!("../tests/data/cases/dos-bom.txt"));
        let lines: Vec<String> = found.into_iter().collect::<Result<_, _>>().expect("text");
        assert_eq!(
            lines,
            ["/add bob@example.org", "/msg bob@example.org hi from dos"]
        );
        assert_eq!(
            first_line(b"\xef\xbb\xbfsecret\r\n"),
            Ok("secret".to_owned())
        );
        assert_eq!(first_line(b""), Ok(String::new()));
        // A password may begin and end with blanks.
        assert_eq!(first_line(b" a \n"), Ok(" a ".to_owned()));
    }

    #[test]
    fn a_line_without_end_is_no_line() {
        let mut long = vec![b'x'; LIMIT + 5];
        long.extend_from_slice(b"\nPNG\n");
        let found = all(&long);
        assert_eq!(
            found,
            [Err(BadLine::TooLong { line: 1 }), Ok("PNG".to_owned())]
        );
        let just = [vec![b'x'; LIMIT], b"\n".to_vec()].concat();
        assert!(all(&just)[0].is_ok());
    }
}
