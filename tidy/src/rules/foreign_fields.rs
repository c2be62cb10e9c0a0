//! A struct's private fields are touched in its own file alone.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprField, ExprStruct, Fields, Macro, Member, PatStruct, Path};

use crate::module_tree::{ImplOfStruct, ModuleTree};
use crate::syntax::{is_public, is_test};
use crate::{Breach, Sources};

const INSTEAD: &str =
    "Give the struct a method in its own file, or this part of it a type of its own.";

/// No `impl` block of a struct, of its own or of a trait, touches the struct's private fields in another file than the one that
/// defines it: not by `self.field`, not by `Self { field }`.
///
/// A field is private here unless it is `pub`. What is there for tests does not count.
#[must_use]
pub fn foreign_field(sources: &Sources) -> Vec<Breach> {
    ModuleTree::all(sources)
        .flat_map(|tree| breaches(&tree))
        .collect()
}

fn breaches(tree: &ModuleTree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for ImplOfStruct {
        block,
        file,
        definition,
        home,
    } in tree
        .impls_of_structs()
        .filter(|found| found.file != found.home)
    {
        let name = definition.ident.to_string();
        let mut touched = Touched {
            of: &name,
            found: BTreeMap::new(),
        };
        touched.visit_item_impl(block);
        let private = private_fields(&definition.fields);
        touched.found.retain(|field, _| private.contains(field));
        if let Some(line) = touched.found.values().min() {
            let fields: Vec<String> = touched
                .found
                .keys()
                .map(|field| format!("`{field}`"))
                .collect();
            breaches.push(Breach {
                path: file.into(),
                line: *line,
                what: format!(
                    "touches what is private to `{name}` in {home}: {}",
                    fields.join(", ")
                ),
                instead: INSTEAD,
            });
        }
    }
    breaches
}

fn private_fields(fields: &Fields) -> Vec<String> {
    (0..)
        .zip(fields)
        .filter(|(_, field)| !is_public(&field.vis))
        .map(|(index, field): (usize, _)| {
            field
                .ident
                .as_ref()
                .map_or_else(|| index.to_string(), ToString::to_string)
        })
        .collect()
}

/// The fields that an `impl` block touches, with the first line.
struct Touched<'a> {
    of: &'a str,
    found: BTreeMap<String, usize>,
}

impl Touched<'_> {
    fn push(&mut self, member: &Member) {
        let (name, line) = match member {
            Member::Named(name) => (name.to_string(), name.span().start().line),
            Member::Unnamed(index) => (index.index.to_string(), index.span.start().line),
        };
        self.found.entry(name).or_insert(line);
    }

    fn is_self(&self, path: &Path) -> bool {
        path.is_ident("Self") || path.is_ident(self.of)
    }

    /// `self.field` in a macro's brackets; with brackets behind it is a method.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            if let TokenTree::Group(group) = token {
                self.scan(group.stream());
            }
            let [
                TokenTree::Ident(first),
                TokenTree::Punct(dot),
                TokenTree::Ident(field),
                ..,
            ] = &tokens[at..]
            else {
                continue;
            };
            let method = matches!(tokens.get(at + 3), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            if first == "self" && dot.as_char() == '.' && !method {
                self.push(&Member::Named(field.clone()));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Touched<'_> {
    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_expr_field(&mut self, field: &'ast ExprField) {
        if matches!(&*field.base, Expr::Path(base) if base.path.is_ident("self")) {
            self.push(&field.member);
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_struct(&mut self, literal: &'ast ExprStruct) {
        if self.is_self(&literal.path) {
            literal
                .fields
                .iter()
                .for_each(|field| self.push(&field.member));
        }
        visit::visit_expr_struct(self, literal);
    }

    fn visit_pat_struct(&mut self, pattern: &'ast PatStruct) {
        if self.is_self(&pattern.path) {
            pattern
                .fields
                .iter()
                .for_each(|field| self.push(&field.member));
        }
        visit::visit_pat_struct(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.scan(call.tokens.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(elsewhere: &str, expected: &[usize]) {
        let breaches = foreign_field(&Sources::planted(&[
            (
                "a/src/lib.rs",
                "mod part; pub struct Whole { own: u8, pub(super) near: u8, pub open: u8 }",
            ),
            ("a/src/part.rs", elsewhere),
        ]));
        let lines: Vec<usize> = breaches.iter().map(|breach| breach.line).collect();
        assert_eq!(lines, expected, "{breaches:?}");
    }

    #[test]
    fn a_private_field_in_another_file_is_found() {
        check(
            "use super::Whole;\nimpl Whole { fn f(&self) -> u8 {\nself.own } }",
            &[3],
        );
        check(
            "impl Clone for super::Whole { fn clone(&self) {\nself.near; } }",
            &[2],
        );
    }

    #[test]
    fn so_is_one_in_a_literal_a_pattern_and_a_macro() {
        check(
            "use super::Whole;\nimpl Whole { fn f() { Self {\nown: 1, open: 2 }; } }",
            &[3],
        );
        check(
            "use super::Whole;\nimpl Whole { fn f(&self) { let Whole { own, .. } = self; } }",
            &[2],
        );
        check(
            "use super::Whole;\nimpl Whole { fn f(&self) { write!(f, \"\", self.own); } }",
            &[2],
        );
    }

    #[test]
    fn methods_and_open_fields_are_for_everybody() {
        check(
            "use super::Whole;\nimpl Whole { fn f(&self) { self.open; self.own(); g!(self.own()); } }",
            &[],
        );
    }

    #[test]
    fn another_types_fields_are_its_own() {
        check(
            "struct Other { own: u8 } impl Other { fn f(&self) { self.own; } }",
            &[],
        );
    }
}
