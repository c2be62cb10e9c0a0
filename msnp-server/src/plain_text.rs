//! The words of a message, for who knows no markup.

use crate::network::Said;

/// The message that a text is said in place of (msnp24.md 10).
pub(crate) const EDITED: &str = "Skype-EditedId";

/// What was said, without markup: rich texts and edits have some.
pub(crate) fn plain_text(said: &Said) -> String {
    let body = String::from_utf8_lossy(&said.body);
    let is_markup = said.kind.split('/').next() == Some("RichText");
    if is_markup || said.attributes.get(EDITED).is_some() {
        without_tags(&body)
    } else {
        body.into_owned()
    }
}

/// A text without what stands between angle brackets, its entities resolved.
fn without_tags(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut inside = false;
    for c in markup.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    // The ampersand last, or `&amp;lt;` would become `<`.
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    entities
        .into_iter()
        .fold(text, |text, (entity, c)| text.replace(entity, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_each_entity_is_resolved_once() {
        assert_eq!(without_tags("a <b>&lt;c&gt;</b> &amp;lt;"), "a <c> &lt;");
    }
}
