//! Text that others wrote, made fit for a screen: plain, wrapped, shortened.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use msnp_client::Format;

use crate::shown;

/// A message's text as plain text: tags taken out, entities read.
pub(super) fn plain(text: &str, format: &Format) -> String {
    match format {
        Format::Rich => shown::prose(&without_tags(text)),
        _ => shown::prose(text),
    }
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if let Some(inside) = rest.strip_prefix('<') {
            // Only what looks like a tag is one: "a < b" is text.
            let is_tag = inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
            rest.find('>').filter(|_| is_tag).map(|end| (end + 1, None))
        } else {
            entity(rest)
        };
        let (length, character) = taken.unwrap_or_else(|| (1, rest.chars().next()));
        out.extend(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// An entity at the start of `text`: its length and character.
fn entity(text: &str) -> Option<(usize, Option<char>)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = &text[1..end];
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((end + 1, Some(character)))
}

/// Cuts text into rows of at most `width` columns, between words where that can be done. Never
/// gives no row.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut rows = Vec::new();
    for line in text.split('\n') {
        let mut row = String::new();
        let mut used = 0;
        // White space that does not fit is the break, whatever its width.
        let mut is_full = false;
        for word in parts(line) {
            let columns = word.width();
            if used + columns > width && word.trim().is_empty() {
                is_full = true;
                continue;
            }
            if is_full || (used + columns > width && used > 0) {
                rows.push(std::mem::take(&mut row).trim_end().to_owned());
                used = 0;
                is_full = false;
            }
            if used + columns <= width {
                row.push_str(word);
                used += columns;
                continue;
            }
            for cluster in word.graphemes(true) {
                let columns = cluster.width();
                if used + columns > width {
                    rows.push(std::mem::take(&mut row));
                    used = 0;
                }
                row.push_str(cluster);
                used += columns;
            }
        }
        rows.push(row);
    }
    rows
}

/// The parts between which a row may break: words with the punctuation that belongs to them, and
/// white space.
fn parts(line: &str) -> Vec<&str> {
    let has_letters = |text: &str| text.contains(char::is_alphanumeric);
    let mut parts = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for word in line.split_word_bounds() {
        let part = &line[start..end];
        let is_space = word.trim().is_empty();
        let joins = is_space == part.trim().is_empty()
            && (is_space || !has_letters(word) || !has_letters(part));
        if !joins && start < end {
            parts.push(part);
            start = end;
        }
        end += word.len();
    }
    parts.push(&line[start..end]);
    parts
}

/// The text cut to `width` columns, with `…` if something is missing.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for cluster in text.graphemes(true) {
        used += cluster.width();
        if used > width {
            break;
        }
        out.push_str(cluster);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_plain(rich: &str, expected: &str) {
        assert_eq!(plain(rich, &Format::Rich), expected);
    }

    #[test]
    fn rich_text_becomes_plain() {
        check_plain("<b>bold</b> &amp; <a href=\"x\">link</a>", "bold & link");
        check_plain("a < b && c > d", "a < b && c > d");
        check_plain("&#233;&#xe9;&bogus;&#xffffffff;", "éé&bogus;&#xffffffff;");
        check_plain("<ss type=\"smile\">:)</ss>", ":)");
        check_plain("&#27;[2J", "[2J");
    }

    #[test]
    fn plain_text_stays_but_for_what_disturbs() {
        assert_eq!(
            plain("<b>\u{1b}[2Jx\u{202e}\n", &Format::Plain),
            "<b>[2Jx\n"
        );
    }

    #[track_caller]
    fn check_wrap(text: &str, width: usize, expected: &[&str]) {
        assert_eq!(wrap(text, width), expected);
    }

    #[test]
    fn rows_break_between_words() {
        check_wrap("one two three", 7, &["one two", "three"]);
        check_wrap("a\n\nb", 7, &["a", "", "b"]);
        check_wrap("abcdefgh", 3, &["abc", "def", "gh"]);
        check_wrap("日本語日本語", 5, &["日本", "語日", "本語"]);
        check_wrap("", 5, &[""]);
        check_wrap("one (two), three!", 9, &["one", "(two),", "three!"]);
        check_wrap(
            "see https://example.com/path",
            20,
            &["see https://", "example.com/path"],
        );
    }

    #[test]
    fn names_are_shortened_by_columns() {
        assert_eq!(shorten("Alice", 5), "Alice");
        assert_eq!(shorten("Alice B", 5), "Alic…");
        assert_eq!(shorten("日本語", 5), "日本…");
        assert_eq!(shorten("Alice", 0), "");
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_no_letter_is_lost(text in "[a-z 日é\n]{0,60}", width in 2usize..20) {
            let rows = wrap(&text, width);
            prop_assert!(rows.iter().all(|row| row.width() <= width));
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(letters(&rows.concat()), letters(&text));
        }
    }
}
