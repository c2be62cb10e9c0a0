//! A type that does something shows no field to its crate.

use std::collections::BTreeSet;

use syn::{Field, FnArg, ImplItem, ItemImpl};

use crate::module_tree::{ImplOfStruct, ModuleTree};
use crate::syntax::is_restricted;
use crate::{Breach, Sources};

const INSTEAD: &str = "Make the field private and say with a method what others may do; or take the methods away, if it is plain data.";

/// No field of a struct with methods of its own is `pub(crate)`, `pub(super)` or `pub(in …)`: whoever sees it can break what
/// the methods hold together.
///
/// A method is a function with `self` in an `impl` block that is not a trait's. Plain data, without methods, may show its fields.
#[must_use]
pub fn visible_field(sources: &Sources) -> Vec<Breach> {
    ModuleTree::all(sources)
        .flat_map(|tree| breaches(&tree))
        .collect()
}

fn breaches(tree: &ModuleTree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut seen = BTreeSet::new();
    for ImplOfStruct {
        block,
        definition,
        home,
        ..
    } in tree.impls_of_structs()
    {
        let visible: Vec<&Field> = definition
            .fields
            .iter()
            .filter(|field| is_restricted(&field.vis))
            .collect();
        let (Some(first), Some(method)) = (visible.first(), method(block)) else {
            continue;
        };
        let line = first
            .ident
            .as_ref()
            .unwrap_or(&definition.ident)
            .span()
            .start()
            .line;
        // A struct may have several blocks.
        if !seen.insert((home, line)) {
            continue;
        }
        let fields: Vec<String> = visible
            .iter()
            .filter_map(|field| Some(format!("`{}`", field.ident.as_ref()?)))
            .collect();
        let fields = if fields.is_empty() {
            "what is inside".into()
        } else {
            fields.join(", ")
        };
        breaches.push(Breach {
            path: home.into(),
            line,
            what: format!(
                "`{}` has methods (`{method}`) and shows its crate {fields}",
                definition.ident
            ),
            instead: INSTEAD,
        });
    }
    breaches
}

/// The first method of an inherent `impl` block.
fn method(block: &ItemImpl) -> Option<String> {
    if block.trait_.is_some() {
        return None;
    }
    block.items.iter().find_map(|item| match item {
        ImplItem::Fn(function)
            if matches!(function.sig.inputs.first(), Some(FnArg::Receiver(_))) =>
        {
            Some(function.sig.ident.to_string())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: &[usize]) {
        let breaches = visible_field(&Sources::planted(&[("a/src/lib.rs", code)]));
        let lines: Vec<usize> = breaches.iter().map(|breach| breach.line).collect();
        assert_eq!(lines, expected, "{breaches:?}");
    }

    #[test]
    fn a_visible_field_of_a_type_with_methods_is_found() {
        check(
            "struct A {\npub(crate) b: u8,\npub(super) c: u8,\nd: u8 }\nimpl A { fn f(&mut self) {} }\nimpl A { fn g(&self) {} }",
            &[2],
        );
    }

    #[test]
    fn plain_data_may_show_its_fields() {
        check(
            "struct A { pub(crate) b: u8 } impl A { fn new() -> A {} } impl Clone for A { fn clone(&self) {} }",
            &[],
        );
    }

    #[test]
    fn private_and_public_fields_are_meant_so() {
        check(
            "struct A { b: u8, pub(self) c: u8, pub d: u8 } impl A { fn f(self) {} }",
            &[],
        );
    }
}
