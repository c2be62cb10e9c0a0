//! Which characters XML 1.0 allows where.

use alloc::borrow::Cow;
use alloc::string::String;

/// `Char` of XML 1.0.
pub(super) const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// `NameStartChar` of XML 1.0, fifth edition.
pub(super) const fn starts_name(c: char) -> bool {
    matches!(c,
        ':' | 'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` of XML 1.0, fifth edition.
pub(super) const fn continues_name(c: char) -> bool {
    starts_name(c)
        || matches!(c,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The name with every character that cannot stand in one replaced.
pub(super) fn legal_name(name: &'static str) -> Cow<'static, str> {
    let mut chars = name.chars();
    if chars.next().is_some_and(starts_name) && chars.all(continues_name) {
        return Cow::Borrowed(name);
    }
    let mut legal = String::with_capacity(name.len() + 1);
    for c in name.chars() {
        let fits = if legal.is_empty() {
            starts_name(c)
        } else {
            continues_name(c)
        };
        legal.push(if fits { c } else { '_' });
    }
    if legal.is_empty() {
        legal.push('_');
    }
    Cow::Owned(legal)
}

/// The text with every character that XML cannot express replaced.
pub(super) fn legal_text(text: String) -> String {
    if text.chars().all(is_legal) {
        return text;
    }
    text.chars()
        .map(|c| {
            if is_legal(c) {
                c
            } else {
                char::REPLACEMENT_CHARACTER
            }
        })
        .collect()
}
