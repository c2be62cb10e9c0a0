//! Parsing, and what attributes and visibilities say.

use proc_macro2::TokenTree;
use syn::{Attribute, Expr, Item, Lit, Meta, Visibility};

/// The syntax tree of a file.
///
/// # Panics
///
/// If it is no Rust: what the compiler takes can be parsed, so this is a planted file with a mistake.
pub(crate) fn parse(path: &str, text: &str) -> syn::File {
    syn::parse_file(text).unwrap_or_else(|error| panic!("{path} cannot be parsed: {error}"))
}

/// Whether the item is there for tests only: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let mut tokens = list.tokens.clone().into_iter();
            match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Ident(word)), None) => word == "test",
                (Some(TokenTree::Ident(word)), Some(TokenTree::Group(group))) if word == "all" => {
                    group
                        .stream()
                        .into_iter()
                        .any(|token| matches!(token, TokenTree::Ident(word) if word == "test"))
                }
                _ => false,
            }
        }
        _ => false,
    })
}

/// `#[path = "…"]`.
pub(crate) fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(path) => Some(path.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
}

/// The attributes of an item that a file can have.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether everybody sees it who sees what it belongs to.
pub(crate) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// `pub(crate)`, `pub(super)`, `pub(in …)`; but `pub(self)` is private.
pub(crate) fn is_restricted(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Restricted(to) if !to.path.is_ident("self"))
}

/// Whether a file is a test's: it lies below a directory `tests`.
pub(crate) fn in_tests(path: &str) -> bool {
    path.split('/').any(|part| part == "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attribute: &str, expected: bool) {
        let file = parse("a.rs", &format!("{attribute} fn f() {{}}"));
        assert_eq!(is_test(attributes(&file.items[0])), expected, "{attribute}");
    }

    #[test]
    fn tests_are_known_by_their_attributes() {
        check("#[test]", true);
        check("#[cfg(test)]", true);
        check("#[cfg(all(test, unix))]", true);
        check("#[cfg(not(test))]", false);
        check("#[cfg(any(test, feature = \"x\"))]", false);
        check("#[cfg(unix)]", false);
    }
}
