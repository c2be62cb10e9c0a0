//! How members are put into the service's elements.

use crate::element::Element;
use crate::ns;

/// Adds a member unless it is absent; an empty one is written `<x />`.
pub(crate) fn push_member(holder: &mut Element, local: &'static str, text: Option<&str>) {
    if let Some(text) = text {
        holder.push(Element::new(ns::BSIM, local).with_text(text));
    }
}
