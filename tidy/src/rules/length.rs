//! No file above 400 lines without its tests.

use syn::Item;
use syn::spanned::Spanned as _;

use crate::syntax::{attributes, in_tests, is_test, parse};
use crate::{Breach, Sources};

const LIMIT: usize = 400;
const INSTEAD: &str = "Find the second thing that it does, and give it a file with a name.";

/// No file has more than 400 lines, its tests not counted. Files below `tests/` may.
#[must_use]
pub fn length(sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in sources.texts(".rs").filter(|(path, _)| !in_tests(path)) {
        let all = text.lines().count();
        // Most are short, and need not be parsed.
        let lines = if all > LIMIT {
            all - lines_of_tests(&parse(path, text).items)
        } else {
            all
        };
        if lines > LIMIT {
            let what = format!("has {lines} lines without tests, more than {LIMIT}");
            breaches.push(Breach {
                path: path.into(),
                line: 1,
                what,
                instead: INSTEAD,
            });
        }
    }
    breaches
}

fn lines_of_tests(items: &[Item]) -> usize {
    let tests = items.iter().filter(|item| is_test(attributes(item)));
    tests
        .map(|item| item.span().end().line - item.span().start().line + 1)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(of_code: usize, of_tests: usize) -> Vec<Breach> {
        let text = format!(
            "{}#[cfg(test)]\nmod tests {{\n{}}}\n",
            "const A: u8 = 1;\n".repeat(of_code),
            "const B: u8 = 2;\n".repeat(of_tests)
        );
        length(&Sources::planted(&[
            ("a/src/lib.rs", &text),
            ("a/tests/b.rs", &text),
        ]))
    }

    #[test]
    fn a_long_file_is_found() {
        let found = lines(401, 10);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].what, "has 401 lines without tests, more than 400");
    }

    #[test]
    fn tests_do_not_count() {
        assert!(lines(400, 900).is_empty());
    }
}
