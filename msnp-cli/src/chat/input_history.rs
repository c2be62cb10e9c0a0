//! `InputHistory`: the lines typed before, brought back into the editor.

use std::collections::VecDeque;

use super::editor::Editor;

/// The most lines that are remembered.
const LINES: usize = 200;

/// Lines typed before, and which of them is shown.
#[derive(Debug, Default)]
pub(super) struct InputHistory {
    lines: VecDeque<String>,
    /// How far back, from 1; 0: the line being typed.
    shown: usize,
    /// The line being typed, while an older one is shown.
    draft: String,
}

impl InputHistory {
    /// Remembers a line, and shows none.
    pub(super) fn push(&mut self, line: &str) {
        self.shown = 0;
        if line.is_empty() || self.lines.back().is_some_and(|last| last == line) {
            return;
        }
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
    }

    /// Shows the line before in the editor.
    pub(super) fn back(&mut self, editor: &mut Editor) {
        if self.shown < self.lines.len() {
            if self.shown == 0 {
                editor.text().clone_into(&mut self.draft);
            }
            self.shown += 1;
            self.show(editor);
        }
    }

    /// Shows the line after in the editor, at last the one being typed.
    pub(super) fn forth(&mut self, editor: &mut Editor) {
        if self.shown > 0 {
            self.shown -= 1;
            self.show(editor);
        }
    }

    fn show(&self, editor: &mut Editor) {
        let line = match self.shown {
            0 => Some(&self.draft),
            back => self.lines.get(self.lines.len() - back),
        };
        editor.set(line.map_or("", |line| line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_lines_come_back_and_the_draft_is_kept() {
        let (mut history, mut editor) = (InputHistory::default(), Editor::default());
        history.push("one");
        history.push("two");
        history.push("two");
        editor.insert("dra");
        history.back(&mut editor);
        assert_eq!(editor.text(), "two");
        history.back(&mut editor);
        history.back(&mut editor);
        assert_eq!(editor.text(), "one");
        history.forth(&mut editor);
        history.forth(&mut editor);
        history.forth(&mut editor);
        assert_eq!(editor.text(), "dra");
    }
}
