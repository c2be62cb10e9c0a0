//! Which dialect a connection speaks, told by the first bytes that come on it.

/// What the first bytes of a connection say to one dialect.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// They are not its own.
    Foreign,
    /// They may become so.
    NotYet,
    /// They are its own.
    Own,
}

/// What the first bytes of a connection say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FirstBytes<D> {
    /// Not enough yet.
    NotYet,
    /// They are this dialect's, or what its grammar has to refuse.
    Speaks(D),
    /// `VER …`, as MSNP2 to MSNP22 begin, with none that is spoken here. What is said before the end: no
    /// dialect is common to both (msnp8-18.md 4).
    NoneInCommon(String),
}

/// A `VER` with all dialects that there ever were has less than 200 bytes.
const LINE: usize = 8 * 1024;

impl Claim {
    /// That of a dialect all of whose connections begin with this word.
    pub(crate) fn of_word(word: &[u8], bytes: &[u8]) -> Self {
        let both = bytes.len().min(word.len());
        match bytes[..both] == word[..both] {
            true if both == word.len() => Self::Own,
            true => Self::NotYet,
            false => Self::Foreign,
        }
    }
}

impl<D> FirstBytes<D> {
    /// What `bytes` say, of which the dialects claim so much; what none of them claims `rest` has to refuse.
    pub(crate) fn of(bytes: &[u8], claims: impl Iterator<Item = (D, Claim)>, rest: D) -> Self {
        let mut undecided = false;
        for (dialect, claim) in claims {
            match claim {
                Claim::Own => return Self::Speaks(dialect),
                Claim::NotYet => undecided = true,
                Claim::Foreign => {}
            }
        }
        let older = Claim::of_word(b"VER ", bytes);
        let whole = bytes.contains(&b'\n') || bytes.len() >= LINE;
        match older {
            Claim::Own if whole => Self::NoneInCommon(none_in_common(bytes)),
            Claim::Foreign if !undecided => Self::Speaks(rest),
            _ => Self::NotYet,
        }
    }
}

/// The answer to a `VER`, under its own transaction id.
fn none_in_common(bytes: &[u8]) -> String {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let mut words = line.split(u8::is_ascii_whitespace).skip(1);
    let trid = words.find(|word| !word.is_empty()).unwrap_or_default();
    let trid = std::str::from_utf8(trid).unwrap_or_default();
    let trid: u32 = trid.parse().unwrap_or_default();
    format!("VER {trid} 0\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What bytes say where two dialects are spoken, and the first has to refuse what nobody claims.
    fn first(bytes: &[u8]) -> FirstBytes<&'static str> {
        let words = ["CNT ", "COME "].into_iter();
        let claims = words.map(|word| (word, Claim::of_word(word.as_bytes(), bytes)));
        FirstBytes::of(bytes, claims, "CNT ")
    }

    #[track_caller]
    fn none_in_common(bytes: &str, reply: &str) {
        for cut in 0..bytes.len() {
            let whole = bytes[..cut].contains('\n');
            if !whole {
                assert_eq!(first(&bytes.as_bytes()[..cut]), FirstBytes::NotYet);
            }
        }
        let expected = FirstBytes::NoneInCommon(reply.to_owned());
        assert_eq!(first(bytes.as_bytes()), expected);
    }

    #[test]
    fn the_older_dialects_begin_with_ver() {
        none_in_common("VER 1 MSNP21 CVR0\r\nCVR 2 0x0409", "VER 1 0\r\n");
        none_in_common("VER  7 MSNP8 CVR0\n", "VER 7 0\r\n");
        none_in_common("VER x\r\n", "VER 0 0\r\n");
        none_in_common("VER \r\n", "VER 0 0\r\n");
        let endless = format!("VER {}", "1 ".repeat(LINE));
        let ended = FirstBytes::NoneInCommon("VER 1 0\r\n".to_owned());
        assert_eq!(first(endless.as_bytes()), ended);
    }

    #[test]
    fn everything_else_is_for_the_envelopes() {
        for bytes in ["CNT 1 CON 0\r\n", "x", "V2", "VERY\r\n", "PNG\r\n", "\r\n"] {
            assert_eq!(first(bytes.as_bytes()), FirstBytes::Speaks("CNT "));
        }
        assert_eq!(first(b""), FirstBytes::NotYet);
    }

    #[test]
    fn a_dialect_is_known_as_soon_as_its_first_word_is_whole() {
        for (bytes, said) in [
            ("C", FirstBytes::NotYet),
            ("COM", FirstBytes::NotYet),
            ("CNT", FirstBytes::NotYet),
            ("COME ", FirstBytes::Speaks("COME ")),
            ("COME in\r\n", FirstBytes::Speaks("COME ")),
            ("COMET\r\n", FirstBytes::Speaks("CNT ")),
        ] {
            assert_eq!(first(bytes.as_bytes()), said, "{bytes}");
        }
    }
}
