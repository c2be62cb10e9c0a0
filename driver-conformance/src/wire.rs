//! `Wire`: bytes as they went over the wire, to be shown.

use std::fmt;

/// Bytes as they went over the wire. Displayed as text with escapes, cut when long.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire(pub Vec<u8>);

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(SHOWN)];
        write!(f, "\"{}\"", shown.escape_ascii())?;
        if self.0.len() > SHOWN {
            write!(f, "… ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const SHOWN: usize = 400;
