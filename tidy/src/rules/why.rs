//! A long function says why, somewhere inside.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Block, Ident, ImplItemFn, ItemFn, ItemMod, TraitItemFn};

use crate::comments::{Comment, comments};
use crate::syntax::{in_tests, is_test, parse};
use crate::{Breach, Sources};

const LIMIT: usize = 40;
const INSTEAD: &str = "Say why at the branch that a reader would ask about: the peer that forced it, the order that matters. Or divide it.";

/// Every function whose body has more than 40 lines holds a comment that is no documentation. Tests need none.
#[must_use]
pub fn why(sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in sources
        .texts(".rs")
        .filter(|(path, text)| !in_tests(path) && text.lines().count() > LIMIT)
    {
        let mut functions = LongFunctions { found: Vec::new() };
        functions.visit_file(&parse(path, text));
        if functions.found.is_empty() {
            continue;
        }
        let said: Vec<usize> = comments(text)
            .iter()
            .filter(|comment| !comment.is_documentation())
            .map(Comment::first_line)
            .collect();
        for (name, start, end) in functions.found {
            if !said.iter().any(|line| (start..=end).contains(line)) {
                let what = format!("`{name}` has {} lines and no comment", end - start - 1);
                breaches.push(Breach {
                    path: path.into(),
                    line: start,
                    what,
                    instead: INSTEAD,
                });
            }
        }
    }
    breaches
}

/// Names, and the lines of the braces.
struct LongFunctions {
    found: Vec<(String, usize, usize)>,
}

impl LongFunctions {
    fn push(&mut self, name: &Ident, body: &Block) {
        let line = |span: Span| span.start().line;
        let (start, end) = (
            line(body.brace_token.span.open()),
            line(body.brace_token.span.close()),
        );
        if end > start + LIMIT + 1 {
            self.found.push((name.to_string(), start, end));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if !is_test(&function.attrs) {
            self.push(&function.sig.ident, &function.block);
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_test(&function.attrs) {
            self.push(&function.sig.ident, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.push(&function.sig.ident, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: usize, comment: &str, expected: usize) {
        let code = format!(
            "\n/// Documented.\nfn long() {{\n{}{comment}}}\n",
            "    call();\n".repeat(lines)
        );
        let found = why(&Sources::planted(&[
            ("a/src/lib.rs", &code),
            ("a/tests/b.rs", &code),
        ]));
        assert_eq!(found.len(), expected, "{found:?}");
        assert!(
            found
                .iter()
                .all(|breach| breach.line == 3 && breach.path == "a/src/lib.rs")
        );
    }

    #[test]
    fn a_long_function_without_a_word_is_found() {
        check(41, "", 1);
        check(40, "/// Documentation is none.\nconst A: u8 = 1;\n", 1);
    }

    #[test]
    fn a_short_one_needs_none_and_a_word_will_do() {
        check(40, "", 0);
        check(60, "// Since a peer forgets it.\n", 0);
    }

    #[test]
    fn methods_and_functions_within_are_looked_at() {
        let body = "    call();\n".repeat(50);
        let code = format!(
            "impl A {{\nfn a(&self) {{\n{body}}}\n}}\ntrait B {{\nfn b() {{\n{body}}}\n}}\n"
        );
        assert_eq!(why(&Sources::planted(&[("a/src/lib.rs", &code)])).len(), 2);
    }

    #[test]
    fn tests_need_none() {
        let body = "    call();\n".repeat(50);
        let code = format!("#[cfg(test)]\nmod tests {{\nfn a() {{\n{body}}}\n}}\n");
        assert!(why(&Sources::planted(&[("a/src/lib.rs", &code)])).is_empty());
    }
}
