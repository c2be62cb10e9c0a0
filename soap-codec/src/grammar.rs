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
    let bytes = text.as_bytes();
    // Only control characters and U+FFFE, U+FFFF (EF BF BE, EF BF BF) are out, so one look at each
    // byte finds the candidates; the look behind them is rare.
    let mut from = 0;
    while let Some(found) = bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(|&byte| byte < b' ' || byte == 0xEF))
    {
        let at = from + found;
        match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(c) if is_char(c) => from = at + 1,
            _ => return Some(at),
        }
    }
    None
}

/// XML's `NCName`: a name without a colon.
pub(crate) fn is_name(text: &str) -> bool {
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
    }

    #[test]
    fn names_may_be_in_any_script_but_not_begin_with_a_digit() {
        assert!(is_name("Session") && is_name("_x-1.2") && is_name("小美"));
        assert!(
            !is_name("") && !is_name("1a") && !is_name("-a") && !is_name("a b") && !is_name("a:b")
        );
    }
}
