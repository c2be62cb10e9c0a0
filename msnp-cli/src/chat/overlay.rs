//! `Overlay`: a page that lies over the conversation until a key takes it away: help, who is here, what was found.

use machine_contract::UnixTime;

/// One line, and when what it tells was said.
pub(super) type Entry = (Option<UnixTime>, String);

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Overlay {
    title: String,
    lines: Vec<Entry>,
    /// The first line that is shown.
    top: usize,
}

impl Overlay {
    /// A page, shown from its beginning.
    pub(super) const fn new(title: String, lines: Vec<Entry>) -> Self {
        Self {
            title,
            lines,
            top: 0,
        }
    }

    /// What stands over it.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// All of it.
    pub(super) fn lines(&self) -> &[Entry] {
        &self.lines
    }

    /// The lines that fit on so many rows, and whether there are more.
    pub(super) fn visible(&mut self, rows: usize) -> (&[Entry], bool) {
        self.top = self.top.min(self.lines.len().saturating_sub(rows));
        let end = (self.top + rows).min(self.lines.len());
        (&self.lines[self.top..end], end < self.lines.len())
    }

    /// Goes on by so many lines, or back.
    pub(super) const fn scroll(&mut self, lines: usize, forth: bool) {
        self.top = if forth {
            self.top.saturating_add(lines)
        } else {
            self.top.saturating_sub(lines)
        };
    }
}
