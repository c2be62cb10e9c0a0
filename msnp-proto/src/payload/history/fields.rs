//! The parts that several documents of a history have in common.

use alloc::string::ToString;

use super::super::xml::Element;
use super::super::{PayloadError, address};
use crate::address::Address;

pub(super) fn push_number(root: &mut Element, name: &'static str, value: Option<u64>) {
    if let Some(value) = value {
        root.push(Element::new(name).with_text(value.to_string()));
    }
}

pub(super) fn conversation_id(element: &Element) -> Result<Address, PayloadError> {
    address(
        element.child("id").ok_or(PayloadError::Missing("id"))?,
        "id",
    )
}

/// The elements called `item` inside the child `block`.
pub(super) fn list<'a>(
    element: &'a Element,
    block: &str,
    item: &'static str,
) -> impl Iterator<Item = &'a Element> {
    element
        .child(block)
        .into_iter()
        .flat_map(move |block| block.children_named(item))
}
