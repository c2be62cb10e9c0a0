//! `Editor`: the line that is being typed, with its cursor.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::shown::is_disturbing;

/// The most bytes of a line.
const LIMIT: usize = 16 * 1024;

/// One line of input. The cursor stands between grapheme clusters: what a person takes for one
/// character is deleted and passed over as one.
#[derive(Clone, Debug, Default)]
pub(super) struct Editor {
    text: String,
    /// Byte of `text`.
    cursor: usize,
    /// What was cut last, to be put back.
    cut: String,
}

impl Editor {
    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Types some text; what does not fit is left out. Line ends stay, as line feeds; what else could disturb a terminal
    /// does not.
    pub(super) fn insert(&mut self, text: &str) {
        // Some terminals paste a carriage return for each line end (tmux, xterm).
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        for character in text.chars() {
            let character = match character {
                '\t' => ' ',
                other => other,
            };
            if (is_disturbing(character) && character != '\n')
                || self.text.len() + character.len_utf8() > LIMIT
            {
                continue;
            }
            self.text.insert(self.cursor, character);
            self.cursor += character.len_utf8();
        }
        // A combining mark may have joined what stands before the cursor.
        self.cursor = self.boundary_at_or_after(self.cursor);
    }

    /// Replaces what stands before the cursor from byte `start` on.
    pub(super) fn replace_from(&mut self, start: usize, text: &str) {
        if start <= self.cursor && self.text.is_char_boundary(start) {
            self.text.replace_range(start..self.cursor, "");
            self.cursor = start;
            self.insert(text);
        }
    }

    /// Sets the whole text, with the cursor behind it.
    pub(super) fn set(&mut self, text: &str) {
        self.text.clear();
        self.cursor = 0;
        self.insert(text);
    }

    /// Takes the text and leaves none.
    pub(super) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    pub(super) fn left(&mut self) {
        self.cursor = self.previous();
    }

    pub(super) fn right(&mut self) {
        self.cursor = self.next();
    }

    pub(super) const fn home(&mut self) {
        self.cursor = 0;
    }

    pub(super) const fn end(&mut self) {
        self.cursor = self.text.len();
    }

    pub(super) fn word_left(&mut self) {
        self.cursor = self.word_before();
    }

    pub(super) fn word_right(&mut self) {
        let rest = &self.text[self.cursor..];
        let word = rest
            .find(|c: char| !c.is_whitespace())
            .unwrap_or(rest.len());
        let end = rest[word..]
            .find(char::is_whitespace)
            .map_or(rest.len(), |end| word + end);
        self.cursor += end;
    }

    pub(super) fn backspace(&mut self) {
        let start = self.previous();
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    pub(super) fn delete(&mut self) {
        let end = self.next();
        self.text.replace_range(self.cursor..end, "");
    }

    pub(super) fn cut_word(&mut self) {
        let start = self.word_before();
        self.cut_out(start, self.cursor);
    }

    pub(super) fn cut_to_start(&mut self) {
        self.cut_out(0, self.cursor);
    }

    pub(super) fn cut_to_end(&mut self) {
        self.cut_out(self.cursor, self.text.len());
    }

    /// Puts back what was cut last.
    pub(super) fn paste_cut(&mut self) {
        let cut = self.cut.clone();
        self.insert(&cut);
    }

    /// How many lines it has.
    pub(super) fn lines(&self) -> usize {
        self.text.split('\n').count()
    }

    /// At most so many lines around the cursor, each the part that fits into `width` columns, and the cursor's row and
    /// column in them. A password is shown as bullets.
    pub(super) fn visible(
        &self,
        width: usize,
        rows: usize,
        is_masked: bool,
    ) -> (Vec<String>, usize, usize) {
        let cursor_line = self.before().matches('\n').count();
        let first = (cursor_line + 1).saturating_sub(rows.max(1));
        let mut shown = Vec::new();
        let mut column = 0;
        let mut start = 0;
        for (index, line) in self.text.split('\n').enumerate() {
            let cursor = self.cursor.saturating_sub(start).min(line.len());
            start += line.len() + 1;
            if index < first || shown.len() >= rows.max(1) {
                continue;
            }
            if index == cursor_line {
                let (text, at) = visible_part(line, cursor, width, is_masked);
                shown.push(text);
                column = at;
            } else {
                shown.push(visible_part(line, 0, width, is_masked).0);
            }
        }
        (shown, cursor_line - first, column)
    }

    fn cut_out(&mut self, start: usize, end: usize) {
        if start < end {
            self.cut = self.text[start..end].to_owned();
            self.text.replace_range(start..end, "");
            self.cursor = start;
        }
    }

    fn previous(&self) -> usize {
        self.before()
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        self.text[self.cursor..]
            .graphemes(true)
            .next()
            .map_or(self.cursor, |cluster| self.cursor + cluster.len())
    }

    fn boundary_at_or_after(&self, byte: usize) -> usize {
        self.text
            .grapheme_indices(true)
            .map(|(at, _)| at)
            .find(|at| *at >= byte)
            .unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        let text = self.before().trim_end();
        text.char_indices()
            .rev()
            .find(|(_, character)| character.is_whitespace())
            .map_or(0, |(at, character)| at + character.len_utf8())
    }
}

/// The part of a line that fits into `width` columns around the cursor, and the cursor's column in it.
fn visible_part(line: &str, cursor: usize, width: usize, is_masked: bool) -> (String, usize) {
    let clusters: Vec<(usize, String, usize)> = line
        .grapheme_indices(true)
        .map(|(at, cluster)| {
            let shown = if is_masked { "•" } else { cluster };
            (at, shown.to_owned(), shown.width())
        })
        .collect();
    let column: usize = clusters
        .iter()
        .filter(|(at, ..)| *at < cursor)
        .map(|(.., width)| width)
        .sum();
    // The cursor itself needs a column behind the text.
    let room = width.saturating_sub(1);
    let skip = column.saturating_sub(room);
    let mut text = String::new();
    let mut passed = 0;
    let mut used = 0;
    for (_, cluster, width) in &clusters {
        if passed >= skip {
            if used + width > room {
                break;
            }
            text.push_str(cluster);
            used += width;
        }
        passed += width;
    }
    // A wide character at the left edge may have been skipped whole.
    let hidden: usize = {
        let mut hidden = 0;
        for (.., width) in &clusters {
            if hidden >= skip {
                break;
            }
            hidden += width;
        }
        hidden
    };
    (text, column - hidden.min(column))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Types `text`, does something, and shows the text with `|` for the cursor.
    #[track_caller]
    fn check(text: &str, act: impl FnOnce(&mut Editor), expected: &str) {
        let mut editor = Editor::default();
        editor.insert(text);
        act(&mut editor);
        let shown = format!(
            "{}|{}",
            editor.before(),
            &editor.text()[editor.before().len()..]
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_looks_like_one_character_is_one() {
        check("ae\u{301}", Editor::backspace, "a|");
        check("a👩‍👩‍👧", Editor::backspace, "a|");
        check("a🇩🇪b", |e| (e.left(), e.left()).0, "a|🇩🇪b");
    }

    #[test]
    fn words_are_passed_and_cut() {
        check("one two  three", Editor::word_left, "one two  |three");
        check("one two  ", Editor::cut_word, "one |");
        check("one two", |e| (e.home(), e.word_right()).0, "one| two");
        check(
            "one two",
            |e| (e.cut_word(), e.home(), e.paste_cut()).0,
            "two|one ",
        );
        check("one two", |e| (e.word_left(), e.cut_to_start()).0, "|two");
        check("one two", |e| (e.word_left(), e.cut_to_end()).0, "one |");
    }

    #[test]
    fn pasted_text_keeps_its_lines_and_nothing_else_that_controls() {
        check("a\r\nb\tc\u{1b}[2J\u{7}", |_| (), "a\nb c[2J|");
    }

    #[test]
    fn wide_text_is_shown_around_the_cursor() {
        let mut editor = Editor::default();
        editor.insert("日本語テスト");
        let visible = |editor: &Editor, width| {
            let (mut rows, row, column) = editor.visible(width, 1, false);
            assert_eq!((rows.len(), row), (1, 0));
            (rows.remove(0), column)
        };
        assert_eq!(visible(&editor, 20), ("日本語テスト".into(), 12));
        assert_eq!(visible(&editor, 7), ("テスト".into(), 6));
        editor.home();
        assert_eq!(visible(&editor, 7), ("日本語".into(), 0));
    }

    #[test]
    fn lines_stay_lines_around_the_cursor() {
        let mut editor = Editor::default();
        editor.insert("a\rb\r\nc\nd");
        assert_eq!(editor.text(), "a\nb\nc\nd");
        let rows = |rows: &[&str]| rows.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(editor.visible(9, 2, false), (rows(&["c", "d"]), 1, 1));
        editor.home();
        assert_eq!(
            editor.visible(9, 9, false),
            (rows(&["a", "b", "c", "d"]), 0, 0)
        );
        assert_eq!(editor.visible(9, 1, true).0, rows(&["•"]));
    }

    proptest! {
        #[test]
        fn no_keys_break_it(keys in proptest::collection::vec(0u8..13, 0..60), text in "\\PC{0,20}", width in 0usize..30) {
            let mut editor = Editor::default();
            for key in keys {
                match key {
                    0 => editor.insert(&text),
                    1 => editor.left(),
                    2 => editor.right(),
                    3 => editor.home(),
                    4 => editor.end(),
                    5 => editor.word_left(),
                    6 => editor.word_right(),
                    7 => editor.backspace(),
                    8 => editor.delete(),
                    9 => editor.cut_word(),
                    10 => editor.cut_to_start(),
                    11 => editor.cut_to_end(),
                    _ => editor.paste_cut(),
                }
                let (shown, row, column) = editor.visible(width, 3, false);
                prop_assert!(shown.iter().all(|it| it.width() < width.max(1)));
                prop_assert!(column <= shown[row].width());
            }
        }
    }
}
