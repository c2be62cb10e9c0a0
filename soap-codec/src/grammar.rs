//! XML's own small rules: which characters there are, what a name is, what white space is.
//! Used by the reader and the writer, so that what one writes the other accepts.

/// White space of XML; nothing else counts as such.
pub(crate) const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Char of XML 1.0: no control characters but tab and line ends, no U+FFFE and U+FFFF.
pub(crate) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Byte offset of the first character that XML does not allow.
pub(crate) fn forbidden(text: &str) -> Option<usize> {
    // Only control characters and U+FFFE, U+FFFF (EF BF BE, EF BF BF) are out. Whole blocks without
    // such a first byte are passed over at once; that is nearly all of them.
    let suspect = |byte: u8| byte < b' ' || byte == 0xEF;
    for (number, block) in text.as_bytes().chunks(BLOCK).enumerate() {
        if !block.iter().fold(false, |any, &byte| any | suspect(byte)) {
            continue;
        }
        let suspects = block.iter().enumerate().filter(|&(_, &byte)| suspect(byte));
        for at in suspects.map(|(offset, _)| number * BLOCK + offset) {
            // It is the first byte of its character.
            let c = text.get(at..).and_then(|rest| rest.chars().next());
            if !c.is_some_and(is_char) {
                return Some(at);
            }
        }
    }
    None
}

/// Bytes looked at together.
const BLOCK: usize = 64;

/// XML's `NCName`: a name without a colon.
pub(crate) fn is_name(text: &str) -> bool {
    // Nearly every name is letters and digits of ASCII.
    let plain = |byte: &u8| byte.is_ascii_alphanumeric();
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.as_bytes().iter().all(plain) {
        return true;
    }
    let mut chars = text.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_search_agrees_with_the_definition() {
        for c in '\0'..=char::MAX {
            let text = format!("a\u{FFFD}{c}b");
            assert_eq!(forbidden(&text), (!is_char(c)).then_some(4), "{c:?}");
        }
        for before in 0..3 * BLOCK {
            let text = format!("{}\u{FFFF}\0", "\n".repeat(before));
            assert_eq!(forbidden(&text), Some(before));
        }
    }

    #[test]
    fn names_may_be_in_any_script_but_not_begin_with_a_digit() {
        assert!(is_name("Session") && is_name("_x-1.2") && is_name("小美"));
        assert!(
            !is_name("") && !is_name("1a") && !is_name("-a") && !is_name("a b") && !is_name("a:b")
        );
    }
}
