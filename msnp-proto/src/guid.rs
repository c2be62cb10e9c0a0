//! Endpoint and machine identifiers: GUIDs, with and without braces.

use core::fmt;
use core::str::FromStr;

/// A GUID, as in `epid={006213cd-00b8-7e9c-0022-df0d0013802a}`.
///
/// Peers write it in either case and with or without braces (msnp24.md 4), so two of them are
/// compared as numbers. `Display` prints lower case without braces, [`braced`](Self::braced) with.
///
/// ```
/// use msnp_proto::Guid;
/// let epid: Guid = "{006213CD-00B8-7E9C-0022-DF0D0013802A}".parse()?;
/// assert_eq!(epid.to_string(), "006213cd-00b8-7e9c-0022-df0d0013802a");
/// assert_eq!(epid.braced().to_string(), "{006213cd-00b8-7e9c-0022-df0d0013802a}");
/// # Ok::<(), msnp_proto::GuidError>(())
/// ```
#[derive(Copy, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid([u8; 16]);

/// A text is not a GUID.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID: 32 hexadecimal digits in groups of 8-4-4-4-12, braces optional")]
pub struct GuidError;

impl Guid {
    /// The all-zero GUID. Notifications about others may carry it (msnp24.md 8), and a group is
    /// created by addressing it (msnp24.md 14.4).
    pub const NIL: Self = Self([0; 16]);

    /// Makes a GUID of its bytes, in the order in which the text shows them.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, in the order in which the text shows them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// `{guid}`, the form of Routing headers and of `<sep epid="..">`.
    pub const fn braced(self) -> Braced {
        Braced(self)
    }
}

impl FromStr for Guid {
    type Err = GuidError;

    /// `8-4-4-4-12` hexadecimal digits, optionally in braces.
    fn from_str(text: &str) -> Result<Self, GuidError> {
        let inner = match text.strip_prefix('{') {
            Some(open) => open.strip_suffix('}').ok_or(GuidError)?,
            None => text,
        };
        let digits: &[u8; 36] = inner.as_bytes().try_into().map_err(|_| GuidError)?;
        let mut bytes = [0u8; 16];
        let mut nibble = 0usize;
        for (at, digit) in digits.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if *digit != b'-' {
                    return Err(GuidError);
                }
                continue;
            }
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                b'A'..=b'F' => digit - b'A' + 10,
                _ => return Err(GuidError),
            };
            // 36 characters less 4 dashes: 32 nibbles, the last index is 15.
            bytes[nibble / 2] = bytes[nibble / 2] << 4 | value;
            nibble += 1;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guid({self})")
    }
}

/// Prints a [`Guid`] in braces; made by [`Guid::braced`].
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Braced(Guid);

impl fmt::Display for Braced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn braces_and_case_do_not_matter() {
        let plain: Guid = "cabba291-a68d-9370-3a70-26009dc4fb0e".parse().unwrap();
        let loud: Guid = "{CABBA291-A68D-9370-3A70-26009DC4FB0E}".parse().unwrap();
        assert_eq!(plain, loud);
        assert_eq!(plain.as_bytes()[..2], [0xca, 0xbb]);
    }

    #[track_caller]
    fn refuse(text: &str) {
        assert_eq!(text.parse::<Guid>(), Err(GuidError), "{text:?}");
    }

    #[test]
    fn what_is_not_a_guid_is_refused() {
        refuse("");
        refuse("{}");
        refuse("{cabba291-a68d-9370-3a70-26009dc4fb0e");
        refuse("cabba291-a68d-9370-3a70-26009dc4fb0e}");
        refuse("cabba291a68d93703a7026009dc4fb0e");
        refuse("cabba291-a68d-9370-3a70-26009dc4fb0g");
        refuse("cabba291-a68d-9370-3a70-26009dc4fb0é");
        refuse("cabba291-a68d-9370-3a7026-009dc4fb0e");
    }

    proptest! {
        #[test]
        fn printed_and_read_again(bytes: [u8; 16]) {
            let guid = Guid::from_bytes(bytes);
            prop_assert_eq!(guid.to_string().parse(), Ok(guid));
            prop_assert_eq!(guid.braced().to_string().parse(), Ok(guid));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = text.parse::<Guid>();
        }
    }
}
