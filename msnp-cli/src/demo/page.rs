//! The page of the story: chapters across, and a column for each of the two people.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, stdout};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::shown;

/// Which of the two people a line belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
    /// To neither: it goes over the whole width.
    Across,
}

/// Writes the story to standard output.
#[derive(Debug)]
pub(super) struct Page {
    /// Cells of one column.
    column: usize,
    colours: bool,
    /// What kept a line from being written.
    error: RefCell<Option<io::Error>>,
}

/// Cells between the columns.
const GUTTER: usize = 4;

impl Page {
    /// A page as wide as the terminal, or as `COLUMNS` says, within reason.
    pub(super) fn new() -> Self {
        let terminal = stdout().is_terminal();
        // Whoever sets COLUMNS means it, through a pipe too.
        let set = std::env::var("COLUMNS").ok();
        let set = set.and_then(|columns| columns.trim().parse().ok());
        let size = || match crossterm::terminal::size() {
            Ok((width, _)) if terminal && width > 0 => usize::from(width),
            _ => 80,
        };
        let width = set.unwrap_or_else(size).clamp(40, 120);
        Self {
            column: (width - GUTTER) / 2,
            colours: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            error: RefCell::new(None),
        }
    }

    /// Whether everything could be written.
    pub(super) fn check(&self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// The names over the columns.
    pub(super) fn heads(&self, left: &str, right: &str) {
        let Self { column, .. } = *self;
        self.print(&format!("{left:<column$}{:GUTTER$}{right}", ""), "1");
        let rule = "─".repeat(column);
        self.print(&format!("{rule}{:GUTTER$}{rule}", ""), "2");
    }

    /// A line across: what is about to happen.
    pub(super) fn chapter(&self, text: &str) {
        self.print("", "");
        for piece in wrap(text, self.width()) {
            self.print(&piece, "1;36");
        }
    }

    /// A line across: what the service does.
    pub(super) fn aside(&self, text: &str) {
        for piece in wrap(text, self.width()) {
            self.print(&piece, "2");
        }
    }

    /// A line over the whole width, behind a mark. Continued lines are indented, and no word is
    /// broken: what does not fit sticks out.
    pub(super) fn wide(&self, mark: &str, text: &str) {
        let (text, indent) = (text.trim_start(), text.len() - text.trim_start().len());
        let width = self.width().saturating_sub(indent + 2);
        for piece in fold(text, width) {
            self.print(format!("{mark} {:indent$}{piece}", "").trim_end(), "");
        }
    }

    /// Something that one of the two does or sees.
    pub(super) fn line(&self, side: Side, text: &str) {
        let width = match side {
            Side::Left | Side::Right => self.column,
            Side::Across => self.width(),
        };
        for piece in wrap(text, width) {
            match side {
                Side::Left | Side::Across => self.print(&piece, ""),
                Side::Right => {
                    self.print(&format!("{:1$}{piece}", "", self.column + GUTTER), "");
                }
            }
        }
    }

    const fn width(&self) -> usize {
        2 * self.column + GUTTER
    }

    fn print(&self, text: &str, style: &str) {
        let style = if self.colours { style } else { "" };
        let written = shown::write_styled(&mut shown::output(), text, style);
        // A reader that went away has seen enough; the story is told to its end all the same,
        // for its exit code.
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.error.replace(Some(error));
        }
    }
}

/// Breaks `text` at spaces into lines of at most `width` cells; continued lines are indented.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let indent = text.len() - text.trim_start_matches(' ').len();
    let (mut line, mut started) = (" ".repeat(indent), false);
    for word in text.trim_start_matches(' ').split(' ') {
        if started && line.width() + 1 + word.width() > width {
            lines.push(std::mem::replace(&mut line, "  ".to_owned()));
        } else if started {
            line.push(' ');
        }
        started = true;
        for character in word.chars() {
            if line.width() + character.width().unwrap_or(0) > width {
                lines.push(std::mem::replace(&mut line, "  ".to_owned()));
            }
            line.push(character);
        }
    }
    lines.push(line);
    lines
}

/// Breaks `text` at spaces into lines of at most `width` cells, where there are spaces; continued
/// lines are indented.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() > width {
            lines.push(std::mem::replace(&mut line, format!("  {word}")));
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, width: usize, lines: &[&str]) {
        assert_eq!(wrap(text, width), lines);
    }

    #[test]
    fn lines_break_at_spaces_and_inside_long_words() {
        check("one two three", 20, &["one two three"]);
        check("one two three", 8, &["one two", "  three"]);
        check("abcdefghij", 6, &["abcdef", "  ghij"]);
        check("", 6, &[""]);
        check("  ✓ done", 20, &["  ✓ done"]);
    }

    #[test]
    fn folded_lines_keep_their_words_whole() {
        assert_eq!(fold("<a b=\"1\" c=\"2\">", 9), ["<a b=\"1\"", "  c=\"2\">"]);
        assert_eq!(fold("abcdefghij", 6), ["abcdefghij"]);
        assert_eq!(fold("a b", 6), ["a b"]);
        assert_eq!(fold("", 6), [""]);
    }

    #[test]
    fn wide_characters_count_two_cells() {
        check("こんにちは", 6, &["こんに", "  ちは"]);
    }
}
