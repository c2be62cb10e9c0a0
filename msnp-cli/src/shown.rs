//! Text of others as it may be shown: what is dropped, what is escaped. The one rule for terminals, logs and pipes, and the
//! doors that everything goes out by: no other file of this crate writes to standard output or error (a test reads them).
//!
//! | policy | for | `\` | line feed | other controls, format characters |
//! |---|---|---|---|---|
//! | [`prose`] | a screen that breaks lines itself | stays | stays | dropped, a tab is a blank |
//! | [`line()`] | one line of many, read by people and programs | doubled | `\n` | escaped, `\u{202e}` |
//! | [`bytes()`] | bytes of the wire, in one line | as asked for | `\n` | escaped, `\u{202e}`; what is not UTF-8 `\xff` |
//!
//! Whatever policy the text went through, [`write_line`] escapes what is left: a forgotten one shows, and disturbs nothing.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Whether a character does something to what stands around it, or is there without being seen: controls, marks that
/// change the direction of text, separators that some readers take for line ends, what has no width. The joiners of
/// emoji and of Persian and Indic words are none of them, nor are variation selectors.
pub(crate) const fn is_disturbing(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Text for a screen.
pub(crate) fn prose(text: &str) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\n' => Some('\n'),
            '\t' => Some(' '),
            disturbing if is_disturbing(disturbing) => None,
            other => Some(other),
        })
        .collect()
}

/// The same of a text that most often needs nothing done.
pub(crate) fn cleaned(text: String) -> String {
    if text.chars().any(|it| it != '\n' && is_disturbing(it)) {
        prose(&text)
    } else {
        text
    }
}

/// Text for a screen, on one line.
pub(crate) fn prose_line(text: &str) -> String {
    prose(text).replace('\n', " ")
}

/// Text in one line, from which the text can be had back.
pub(crate) fn line(text: &str) -> String {
    bytes(text.as_bytes(), true)
}

/// Who said something, where a mark behind the name ends it: no name can hold that mark, or one more line.
pub(crate) fn name(name: &str, marks: &[char]) -> String {
    let mut out = String::with_capacity(name.len());
    for character in line(name).chars() {
        if marks.contains(&character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Bytes in one line, with backslashes doubled if they are to be had back.
pub(crate) fn bytes(bytes: &[u8], is_unambiguous: bool) -> String {
    let mut out = String::with_capacity(bytes.len());
    // Most lines need nothing done, and there may be millions.
    if let Ok(text) = std::str::from_utf8(bytes)
        && is_harmless(text)
        && !(is_unambiguous && text.contains('\\'))
    {
        out.push_str(text);
        return out;
    }
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' if is_unambiguous => out.push_str("\\\\"),
                other => escape(other, &mut out),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Whether nothing has to be escaped.
fn is_harmless(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(is_disturbing)
}

fn escape(character: char, out: &mut String) {
    match character {
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '\n' => out.push_str("\\n"),
        disturbing if is_disturbing(disturbing) => {
            let _ = write!(out, "{}", disturbing.escape_unicode());
        }
        other => out.push(other),
    }
}

/// Writes a line. What could still disturb is escaped.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_line(out: &mut dyn Write, text: &str) -> io::Result<()> {
    write_styled(out, text, "")
}

/// Writes a JSON document as a line. It stays one: what could disturb is escaped as JSON does.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_json(out: &mut dyn Write, document: &serde_json::Value) -> io::Result<()> {
    let mut shown = String::new();
    for character in document.to_string().chars() {
        if is_disturbing(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    writeln!(out, "{shown}")
}

/// Writes a line in a style, such as `1;36` (ECMA-48 8.3.117).
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_styled(out: &mut dyn Write, text: &str, style: &str) -> io::Result<()> {
    let mut escaped = String::new();
    let shown = if is_harmless(text) {
        text
    } else {
        text.chars()
            .for_each(|character| escape(character, &mut escaped));
        &escaped
    };
    if style.is_empty() {
        writeln!(out, "{shown}")
    } else {
        writeln!(out, "\x1b[{style}m{shown}\x1b[0m")
    }
}

/// Standard output, for [`write_line`].
pub(crate) fn output() -> io::StdoutLock<'static> {
    io::stdout().lock()
}

/// Says on standard error what went wrong. There is nobody to tell if that fails.
pub(crate) fn complain(what: impl fmt::Display) {
    let _ = write_line(&mut io::stderr().lock(), &format!("msnp: {what}"));
}

/// Rings the terminal's bell.
///
/// # Errors
/// The terminal's.
pub(crate) fn bell() -> io::Result<()> {
    let mut out = output();
    out.write_all(b"\x07")?;
    out.flush()
}

/// Asks the terminal for a notification on the desktop (OSC 9, as `iTerm2`, kitty, `WezTerm` and others understand it).
///
/// # Errors
/// The terminal's.
pub(crate) fn notify(text: &str) -> io::Result<()> {
    let mut out = output();
    out.write_all(format!("\x1b]9;{}\x07", line(text)).as_bytes())?;
    out.flush()
}

/// Asks for something on standard error; the answer is typed behind it.
///
/// # Errors
/// The terminal's.
pub(crate) fn prompt(text: &str) -> io::Result<()> {
    let mut out = io::stderr().lock();
    out.write_all(line(text).as_bytes())?;
    out.flush()
}

/// Ends the line that was asked for.
///
/// # Errors
/// The terminal's.
pub(crate) fn end_prompt() -> io::Result<()> {
    write_line(&mut io::stderr().lock(), "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_shown_can_disturb_a_terminal() {
        assert_eq!(
            bytes("a\u{1b}[2J\t\u{9b}\u{202e}é\\".as_bytes(), true),
            "a\\u{1b}[2J\\t\\u{9b}\\u{202e}é\\\\"
        );
        assert_eq!(bytes(b"\xff\\", false), "\\xff\\");
        assert_eq!(prose("a\u{1b}[2J\u{200b}\u{2066}\tb\nc"), "a[2J b\nc");
        assert_eq!(line("a\u{2028}b\u{200b}"), "a\\u{2028}b\\u{200b}");
    }

    #[test]
    fn what_people_write_with_stays() {
        for text in ["👩‍👩‍👧 👋🏽 ❤️", "می‌خواهم", "שלום مرحبا", "日本語 e\u{301}"]
        {
            assert_eq!(prose(text), text);
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn no_name_ends_before_its_mark() {
        assert_eq!(name("alice> I quit", &['<', '>']), "alice\\> I quit");
        assert_eq!(name("a\\> b\n", &['>']), "a\\\\\\> b\\n");
    }

    #[test]
    fn a_forgotten_escape_disturbs_nothing() {
        let mut out = Vec::new();
        write_line(&mut out, "a\u{1b}[2J\u{202e}\nb").expect("memory");
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "a\\u{1b}[2J\\u{202e}\\nb\n"
        );
    }

    #[test]
    fn json_stays_json_and_disturbs_nothing() {
        let text = "a\u{202e}\u{e0041}\u{200b}\n";
        let mut out = Vec::new();
        write_json(&mut out, &serde_json::json!({ "a": text })).expect("memory");
        let shown = String::from_utf8(out).expect("text");
        assert!(!shown.trim_end().chars().any(is_disturbing), "{shown}");
        let back: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(back["a"], text);
    }

    /// Whatever file wants to write has to do it here.
    #[test]
    fn nothing_is_written_but_by_these_doors() {
        const WRITERS: [&str; 8] = [
            "println!",
            "eprint!(",
            " print!(",
            "writeln!(",
            "write!(out",
            "stdout().lock()",
            "stderr()",
            "Print(",
        ];
        /// What an operator's own command says: no peer's text.
        const OTHERS: [&str; 3] = ["serve.rs", "serve/readiness.rs", "serve/running.rs"];
        let mut found = Vec::new();
        let mut folders = vec![std::path::PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src"
        ))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the sources are there") {
                let path = entry.expect("a file").path();
                if path.is_dir() {
                    folders.push(path);
                } else if !OTHERS.iter().any(|it| path.ends_with(it)) && !path.ends_with("shown.rs")
                {
                    let text = std::fs::read_to_string(&path).expect("text");
                    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
                    let count: usize = WRITERS.iter().map(|it| text.matches(it).count()).sum();
                    if count > 0 {
                        found.push(format!("{}: {count}", path.display()));
                    }
                }
            }
        }
        assert_eq!(found, [""; 0]);
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_can_be_read_back(text in ".*") {
            let shown = line(&text);
            prop_assert!(!shown.chars().any(is_disturbing));
            let mut back = String::new();
            let mut rest = shown.as_str();
            while let Some(at) = rest.find('\\') {
                back.push_str(&rest[..at]);
                let escape = &rest[at + 1..];
                let (character, length) = match escape.as_bytes()[0] {
                    b'n' => ('\n', 1),
                    b'r' => ('\r', 1),
                    b't' => ('\t', 1),
                    b'\\' => ('\\', 1),
                    _ => {
                        let end = escape.find('}').expect("an end");
                        let code = u32::from_str_radix(&escape[2..end], 16).expect("a number");
                        (char::from_u32(code).expect("a character"), end + 1)
                    }
                };
                back.push(character);
                rest = &escape[length..];
            }
            back.push_str(rest);
            prop_assert_eq!(back, text);
        }
    }
}
