//! Which dialect a connection speaks, told by the first bytes that come on it.

/// What the first bytes of a connection say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FirstBytes {
    /// Not enough yet.
    NotYet,
    /// `CNT …`, or what that grammar has to refuse.
    Enveloped,
    /// `VER …`, as MSNP2 to MSNP22 begin; none of them is spoken here. What is said before the end: no
    /// dialect is common to both (msnp8-18.md 4).
    NoneInCommon(String),
}

/// A `VER` with all dialects that there ever were has less than 200 bytes.
const LINE: usize = 8 * 1024;

impl FirstBytes {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        const VER: &[u8] = b"VER ";
        if !bytes.starts_with(&VER[..bytes.len().min(VER.len())]) {
            return Self::Enveloped;
        }
        if !bytes.contains(&b'\n') && bytes.len() < LINE {
            return Self::NotYet;
        }
        let line = bytes
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let mut words = line.split(u8::is_ascii_whitespace).skip(1);
        let trid = words.find(|word| !word.is_empty()).unwrap_or_default();
        let trid = std::str::from_utf8(trid).unwrap_or_default();
        let trid: u32 = trid.parse().unwrap_or_default();
        Self::NoneInCommon(format!("VER {trid} 0\r\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn none_in_common(bytes: &str, reply: &str) {
        for cut in 0..bytes.len() {
            let whole = bytes[..cut].contains('\n');
            if !whole {
                assert_eq!(FirstBytes::of(&bytes.as_bytes()[..cut]), FirstBytes::NotYet);
            }
        }
        let expected = FirstBytes::NoneInCommon(reply.to_owned());
        assert_eq!(FirstBytes::of(bytes.as_bytes()), expected);
    }

    #[test]
    fn the_older_dialects_begin_with_ver() {
        none_in_common("VER 1 MSNP21 CVR0\r\nCVR 2 0x0409", "VER 1 0\r\n");
        none_in_common("VER  7 MSNP8 CVR0\n", "VER 7 0\r\n");
        none_in_common("VER x\r\n", "VER 0 0\r\n");
        none_in_common("VER \r\n", "VER 0 0\r\n");
        let endless = format!("VER {}", "1 ".repeat(LINE));
        let ended = FirstBytes::NoneInCommon("VER 1 0\r\n".to_owned());
        assert_eq!(FirstBytes::of(endless.as_bytes()), ended);
    }

    #[test]
    fn everything_else_is_for_the_envelopes() {
        for bytes in ["CNT 1 CON 0\r\n", "x", "V2", "VERY\r\n", "PNG\r\n", "\r\n"] {
            assert_eq!(FirstBytes::of(bytes.as_bytes()), FirstBytes::Enveloped);
        }
        assert_eq!(FirstBytes::of(b""), FirstBytes::NotYet);
    }
}
