//! Texts of others, cut to what is kept of them.

/// The first `limit` bytes of a text, cut between characters.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(clip("\u{e9}\u{e9}", 3), "\u{e9}");
        assert_eq!(clip("ab", 3), "ab");
        assert_eq!(clip("\u{e9}", 1), "");
    }
}
