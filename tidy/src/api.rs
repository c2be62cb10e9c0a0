//! A crate's public API as text, a line for each thing that its users can name, so that a change to it is seen.
//!
//! It is read from the sources. Since the workspace denies `unreachable_pub`, what is `pub` can be reached; each line begins with the
//! public module around it, so that moving a thing between private files changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, Signature, TraitItem, Type, UseTree};

use crate::Sources;
use crate::module_tree::ModuleTree;
use crate::syntax::{attributes, is_public, is_test};

/// Macros that define nothing for others.
const INNER_MACROS: [&str; 4] = ["assert", "compile_error", "thread_local", "macro_rules"];

/// The public API of the library in `folder`; empty if it has none.
#[must_use]
pub fn public_api(sources: &Sources, folder: &str) -> String {
    let root = format!("{folder}/src/");
    let mut lines = BTreeSet::new();
    for tree in ModuleTree::of_folders(sources, |found| found == root) {
        if !tree.is_library() {
            continue;
        }
        let names: BTreeSet<String> = tree
            .modules()
            .flat_map(|(_, module)| module.code().iter().filter_map(public_name))
            .collect();
        for (id, module) in tree.modules() {
            let mut lister = Lister {
                path: tree.public_path(id),
                names: &names,
                lines: &mut lines,
            };
            for item in module.code() {
                lister.item(item);
            }
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// What two texts differ in: `-` what is gone, `+` what is new.
#[must_use]
pub fn difference(before: &str, after: &str) -> String {
    let mut marks: BTreeMap<&str, char> = before.lines().map(|line| (line, '-')).collect();
    for line in after.lines() {
        if marks.remove(line).is_none() {
            marks.insert(line, '+');
        }
    }
    let mut said = String::new();
    for (line, mark) in marks {
        said.push(mark);
        said.push(' ');
        said.push_str(line);
        said.push('\n');
    }
    said
}

/// Writes the lines of one module.
struct Lister<'a> {
    path: String,
    /// Types that users can name: nobody sees the traits of others.
    names: &'a BTreeSet<String>,
    lines: &'a mut BTreeSet<String>,
}

impl Lister<'_> {
    fn line(&mut self, attributes: &[Attribute], of: &str, what: &str) {
        let conditions: String = attributes
            .iter()
            .filter(|attribute| is_of_the_api(attribute))
            .map(|attribute| text(attribute.span()) + " ")
            .collect();
        let of = if of.is_empty() {
            String::new()
        } else {
            format!("{of}: ")
        };
        self.lines
            .insert(format!("{} {of}{conditions}{what}", self.path));
    }

    fn item(&mut self, item: &Item) {
        let attrs = attributes(item);
        match item {
            Item::Fn(item) if is_public(&item.vis) => self.line(attrs, "", &signature(&item.sig)),
            Item::Const(item) if is_public(&item.vis) => {
                let what = format!("const {}: {}", item.ident, text(item.ty.span()));
                self.line(attrs, "", &what);
            }
            Item::Static(item) if is_public(&item.vis) => {
                let what = format!("static {}: {}", item.ident, text(item.ty.span()));
                self.line(attrs, "", &what);
            }
            Item::Type(item) if is_public(&item.vis) => self.line(attrs, "", &text(item.span())),
            Item::Struct(item) if is_public(&item.vis) => {
                let what = format!("struct {}{}", item.ident, text(item.generics.span()));
                self.line(attrs, "", &what);
                self.fields(&item.ident.to_string(), &item.fields);
            }
            Item::Enum(item) if is_public(&item.vis) => {
                let of = item.ident.to_string();
                self.line(
                    attrs,
                    "",
                    &format!("enum {of}{}", text(item.generics.span())),
                );
                for variant in &item.variants {
                    let attributes = &variant.attrs;
                    let fields = match &variant.fields {
                        Fields::Named(fields) => format!(" {}", text(fields.span())),
                        fields => text(fields.span()),
                    };
                    let what = format!("{}{fields}", variant.ident);
                    self.line(attributes, &of, &what);
                }
            }
            Item::Trait(item) if is_public(&item.vis) => {
                let of = item.ident.to_string();
                let supertraits = text(item.supertraits.span());
                self.line(attrs, "", &format!("trait {of}: {supertraits}"));
                for inner in &item.items {
                    match inner {
                        TraitItem::Fn(inner) => {
                            self.line(&inner.attrs, &of, &signature(&inner.sig));
                        }
                        inner => self.line(&[], &of, &text(inner.span())),
                    }
                }
            }
            Item::Use(item) if is_public(&item.vis) => self.uses(attrs, &item.tree),
            Item::Impl(item) => self.implementation(item),
            Item::Macro(item) => {
                // Without an own name it is called, and what it makes is as public as what its lines say.
                let exported = item
                    .attrs
                    .iter()
                    .any(|attribute| attribute.path().is_ident("macro_export"));
                if let Some(name) = &item.ident {
                    if exported {
                        self.line(&[], "", &format!("macro {name}!"));
                    }
                } else if let Some(name) = item.mac.path.segments.last()
                    && !INNER_MACROS.iter().any(|inner| name.ident == inner)
                {
                    self.made_by_macro(&name.ident.to_string(), item.mac.span());
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, of: &str, fields: &Fields) {
        for (number, field) in fields.iter().enumerate() {
            if is_public(&field.vis) {
                let name = match &field.ident {
                    Some(name) => name.to_string(),
                    None => number.to_string(),
                };
                let what = format!("{name}: {}", text(field.ty.span()));
                self.line(&field.attrs, of, &what);
            }
        }
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let Type::Path(of) = &*item.self_ty else {
            return;
        };
        let Some(name) = of.path.segments.last().map(|last| last.ident.to_string()) else {
            return;
        };
        if let Some((of_trait, _)) = &item.trait_ {
            if self.names.contains(&name) {
                let what = format!("impl {} for {}", text(of_trait.span()), text(of.span()));
                self.line(&item.attrs, "", &what);
            }
            return;
        }
        for inner in &item.items {
            match inner {
                ImplItem::Fn(inner) if is_public(&inner.vis) && !is_test(&inner.attrs) => {
                    self.line(&inner.attrs, &name, &signature(&inner.sig));
                }
                ImplItem::Const(inner) if is_public(&inner.vis) => {
                    let what = format!("const {}: {}", inner.ident, text(inner.ty.span()));
                    self.line(&inner.attrs, &name, &what);
                }
                _ => {}
            }
        }
    }

    /// A re-export by its last name: the path before it leads through private files.
    fn uses(&mut self, attributes: &[Attribute], tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.uses(attributes, &path.tree),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.uses(attributes, tree);
                }
            }
            leaf => self.line(attributes, "", &format!("use {}", text(leaf.span()))),
        }
    }

    /// What a macro makes of its lines nobody knows here; that they are others is seen.
    fn made_by_macro(&mut self, name: &str, span: Span) {
        let source = span.source_text().unwrap_or_default();
        for line in without_comments(&source).lines().map(str::trim) {
            if line.contains(char::is_alphanumeric) {
                self.line(&[], &format!("{name}!"), line);
            }
        }
    }
}

/// Whether users of what it stands on depend on it.
fn is_of_the_api(attribute: &Attribute) -> bool {
    ["cfg", "derive", "non_exhaustive"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

fn public_name(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    is_public(visibility).then(|| name.to_string())
}

fn signature(signature: &Signature) -> String {
    text(signature.span())
}

/// The source, as one line however it was broken.
fn text(span: Span) -> String {
    let source = without_comments(&span.source_text().unwrap_or_default());
    let mut line = source.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        ("( ", "("),
        (", )", ")"),
        (" )", ")"),
        ("< ", "<"),
        (", >", ">"),
        (", }", " }"),
    ] {
        line = line.replace(from, to);
    }
    line
}

fn without_comments(source: &str) -> String {
    source
        .lines()
        .map(|line| match line.trim_start() {
            comment if comment.starts_with("//") || comment.starts_with("#[doc") => "",
            _ => line.split_once(" // ").map_or(line, |(code, _)| code),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let api = public_api(&Sources::planted(files), "a");
        assert_eq!(api.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_users_can_name_is_listed_and_nothing_else() {
        check(
            &[
                (
                    "a/src/lib.rs",
                    "mod inner;\npub use inner::{Both, Other as Renamed};\npub(crate) fn hidden() {}\n#[cfg(test)]\nmod tests { pub fn t() {} }",
                ),
                (
                    "a/src/inner.rs",
                    "/// A pair.\n#[derive(Clone)]\npub struct Both<T> {\n    /// Left.\n    pub left: T,\n    right: u8,\n}\n\
                     impl<T> Both<T> {\n    /// New.\n    pub fn new(\n        left: T,\n    ) -> Self { todo!() }\n    fn own(&self) {}\n}\n\
                     impl<T> Default for Both<T> { fn default() -> Self { todo!() } }\nstruct Hidden;\nimpl Default for Hidden {}\n\
                     pub enum Other { One, /// Two.\n Two(u8) }",
                ),
            ],
            &[
                "a #[derive(Clone)] struct Both<T>",
                "a Both: fn new(left: T) -> Self",
                "a Both: left: T",
                "a Other: One",
                "a Other: Two(u8)",
                "a enum Other",
                "a impl Default for Both<T>",
                "a use Both",
                "a use Other as Renamed",
            ],
        );
    }

    #[test]
    fn a_move_between_private_files_changes_nothing() {
        let here = Sources::planted(&[
            ("a/src/lib.rs", "pub mod shown;"),
            ("a/src/shown.rs", "mod one;\npub use one::f;"),
            ("a/src/shown/one.rs", "pub fn f() {}"),
        ]);
        let there = Sources::planted(&[
            ("a/src/lib.rs", "pub mod shown;"),
            ("a/src/shown.rs", "mod two;\npub use two::f;"),
            ("a/src/shown/two.rs", "pub fn f() {}"),
        ]);
        let api = public_api(&here, "a");
        assert_eq!(api, public_api(&there, "a"));
        assert_eq!(api, "a::shown fn f()\na::shown use f\n");
    }

    #[test]
    fn a_difference_says_what_went_and_what_came() {
        assert_eq!(difference("a\nb\n", "b\nc\n"), "- a\n+ c\n");
        assert_eq!(difference("a\n", "a\n"), "");
    }
}
