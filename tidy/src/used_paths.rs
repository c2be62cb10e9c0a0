//! The paths that code uses.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemUse, Macro, Path, Visibility};

use crate::imports::imports;
use crate::syntax::{attributes, is_test};

/// A path as it is written.
pub(crate) struct UsedPath {
    pub(crate) names: Vec<String>,
    pub(crate) line: usize,
    /// It stands in a `pub use`: something is passed on.
    pub(crate) passed_on: bool,
}

/// Every path in types, expressions, patterns and imports, and what looks like one inside a macro's brackets. Without
/// tests, attributes and visibilities.
pub(crate) fn used_paths(items: &[Item]) -> Vec<UsedPath> {
    let mut collector = Collector { found: Vec::new() };
    for item in items {
        collector.visit_item(item);
    }
    collector.found
}

struct Collector {
    found: Vec<UsedPath>,
}

impl Collector {
    fn push(&mut self, names: Vec<String>, at: Span) {
        self.found.push(UsedPath {
            names,
            line: at.start().line,
            passed_on: false,
        });
    }

    /// A macro's arguments have no grammar. Taken as paths: names with `::` between, types, and what is called; a single
    /// name of small letters is most likely a variable's.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(first) => {
                    // A field, a method, a lifetime, a macro's variable.
                    let part = at > 0
                        && (['.', '\''].iter().any(|sign| is(at - 1, *sign))
                            || is(at - 1, '$') && first != "crate");
                    let start: &Ident = first;
                    let mut names = vec![first.to_string()];
                    while is(at + 1, ':') && is(at + 2, ':') {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 3) else {
                            break;
                        };
                        names.push(next.to_string());
                        at += 3;
                    }
                    let called = matches!(tokens.get(at + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                    let path = names.len() > 1
                        || called
                        || names[0].starts_with(|c: char| c.is_uppercase());
                    if path && !part {
                        self.push(names, start.span());
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let passed_on = !matches!(item.vis, Visibility::Inherited);
        let line = item.use_token.span.start().line;
        for import in imports(&item.tree) {
            let mut names = import.path;
            if import.name.is_none() {
                names.push("*".into());
            }
            self.found.push(UsedPath {
                names,
                line,
                passed_on,
            });
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let Some(first) = path.segments.first() {
            self.push(names, first.ident.span());
        }
        // Types between angle brackets.
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.scan(call.tokens.clone());
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[track_caller]
    fn check(code: &str, expected: &[&str]) {
        let found: Vec<String> = used_paths(&parse("a.rs", code).items)
            .iter()
            .map(|used| used.names.join("::"))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_of_types_expressions_and_patterns() {
        check(
            "fn f(a: x::A<y::B>) { match a { z::C => w::d() } }",
            &["x::A", "y::B", "a", "z::C", "w::d"],
        );
    }

    #[test]
    fn every_name_of_an_import() {
        check(
            "use a::{self, b::C as D, e::*};",
            &["a", "a::b::C", "a::e::*"],
        );
    }

    #[test]
    fn what_looks_like_a_path_in_a_macro() {
        check(
            "fn f() { g!(a.b, c::D, E, h(1), i, $crate::j) }",
            &["g", "c::D", "E", "h", "crate::j"],
        );
    }

    #[test]
    fn tests_and_attributes_use_nothing() {
        check(
            "#[cfg(test)] use a::B; #[c(d::E)] pub(crate) struct F;",
            &[],
        );
    }
}
