//! The comments of a Rust file, which a parser throws away.

/// One comment, or several line comments that stand below each other and nothing else beside them: a sentence may
/// be broken anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// The text of each line with its number; without the slashes.
    lines: Vec<(usize, String)>,
    /// `///` or `//!`, or their block forms.
    doc: bool,
    /// Code stands before it on its line.
    beside_code: bool,
}

impl Comment {
    /// The first line.
    pub(crate) fn first_line(&self) -> usize {
        self.lines[0].0
    }

    /// Whether it is documentation.
    pub(crate) fn is_documentation(&self) -> bool {
        self.doc
    }

    /// All of it as one text, and for each line where in the text it begins.
    pub(crate) fn joined(&self) -> (String, Vec<(usize, usize)>) {
        let mut text = String::new();
        let mut starts = Vec::new();
        for (number, line) in &self.lines {
            starts.push((text.len(), *number));
            text.push_str(line.trim());
            text.push(' ');
        }
        (text, starts)
    }
}

/// Every comment of a file, in order.
pub(crate) fn comments(source: &str) -> Vec<Comment> {
    let mut lexer = Lexer {
        rest: source,
        line: 1,
        code_on_line: false,
    };
    let mut comments: Vec<Comment> = Vec::new();
    while let Some(next) = lexer.next_comment() {
        match comments.last_mut() {
            Some(last)
                if !next.beside_code
                    && !last.beside_code
                    && last.doc == next.doc
                    && last
                        .lines
                        .last()
                        .is_some_and(|(line, _)| line + 1 == next.first_line()) =>
            {
                last.lines.extend(next.lines);
            }
            _ => comments.push(next),
        }
    }
    comments
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    /// Something that is no white space stood on this line.
    code_on_line: bool,
}

impl<'a> Lexer<'a> {
    /// What looks like a comment inside a literal is none, so literals are read over; a quote may also begin a lifetime,
    /// which has no end.
    fn next_comment(&mut self) -> Option<Comment> {
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                return Some(self.comment(end));
            }
            if self.rest.starts_with("/*") {
                let end = block_end(self.rest);
                return Some(self.comment(end));
            }
            let length = match first {
                '"' => string_end(self.rest),
                '\'' => char_end(self.rest),
                'r' => raw_string_end(self.rest),
                _ if first.is_alphanumeric() || first == '_' => word_end(self.rest),
                _ => first.len_utf8(),
            };
            self.take(length);
            if !first.is_whitespace() {
                self.code_on_line = true;
            }
        }
        None
    }

    fn comment(&mut self, length: usize) -> Comment {
        let (first, beside_code) = (self.line, self.code_on_line);
        let text = self.take(length);
        let doc = ["///", "//!", "/**", "/*!"]
            .iter()
            .any(|start| text.starts_with(start))
            && !text.starts_with("////");
        let lines = (first..)
            .zip(text.lines())
            .map(|(number, line)| (number, bare(line).to_owned()))
            .collect();
        Comment {
            lines,
            doc,
            beside_code,
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        let breaks = taken.matches('\n').count();
        self.line += breaks;
        if breaks > 0 {
            self.code_on_line = false;
        }
        taken
    }
}

/// A line of a comment without what marks it as one.
fn bare(line: &str) -> &str {
    line.trim()
        .trim_start_matches(['/', '*', '!'])
        .trim_end_matches("*/")
}

fn block_end(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn char_end(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => text[3..].find('\'').map_or(text.len(), |at| 3 + at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        // A lifetime.
        _ => 1,
    }
}

fn raw_string_end(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    if text.as_bytes().get(1 + hashes) != Some(&b'"') {
        return word_end(text);
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = hashes + 2;
    text[start..]
        .find(&end)
        .map_or(text.len(), |at| start + at + end.len())
}

/// A whole word, so that the `r` at the end of a name begins no raw string; but `b` and `c` stand before strings too.
fn word_end(text: &str) -> usize {
    if ["br\"", "br#", "cr\"", "cr#"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return 1;
    }
    text.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[(usize, &str)]) {
        let found: Vec<(usize, String)> = comments(source)
            .iter()
            .map(|comment| (comment.first_line(), comment.joined().0.trim().to_owned()))
            .collect();
        let expected: Vec<(usize, String)> = expected
            .iter()
            .map(|(line, text)| (*line, (*text).to_owned()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_below_each_other_are_one_comment() {
        check(
            "// one\n// two\n\n// three\n",
            &[(1, "one two"), (4, "three")],
        );
    }

    #[test]
    fn documentation_is_apart_from_what_is_none() {
        check("/// one\n// two\n", &[(1, "one"), (2, "two")]);
    }

    #[test]
    fn what_stands_beside_code_is_apart() {
        check(
            "a; // one\nb; // two\n// three\n",
            &[(1, "one"), (2, "two"), (3, "three")],
        );
    }

    #[test]
    fn literals_hold_no_comments() {
        check(
            "\"// no\" r#\"\"// no\"# '\"' '\\'' b\"\\\"// no\" br\"// no\" // yes\n",
            &[(1, "yes")],
        );
    }

    #[test]
    fn a_lifetime_is_no_character() {
        check("fn f<'a>(x: &'a str) {} // yes '\n", &[(1, "yes '")]);
    }

    #[test]
    fn a_name_that_ends_in_r_begins_no_string() {
        check("number\"a\" // yes\n", &[(1, "yes")]);
    }

    #[test]
    fn blocks_nest_and_count_their_lines() {
        check(
            "/* one /* two */\nthree */ a; // four\n",
            &[(1, "one /* two three"), (2, "four")],
        );
    }
}
