//! How far a conversation has been read.

use core::fmt;
use core::str::FromStr;

/// `a;b;clientmessageid`, the `consumptionhorizon` of a conversation (msnp24.md 12).
///
/// Only the third part is documented. The meaning of the first two is inferred from their size.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumptionHorizon {
    /// The last message that was read, by its time in milliseconds of Unix time.
    pub message_time: u64,
    /// When it was read, in milliseconds of Unix time.
    pub read_time: u64,
    /// `Client-Message-ID` of the last message that was read.
    pub client_message_id: u64,
}

/// A text is not a consumption horizon.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a consumption horizon is three decimal numbers between semicolons")]
pub struct ConsumptionHorizonError;

impl FromStr for ConsumptionHorizon {
    type Err = ConsumptionHorizonError;

    fn from_str(text: &str) -> Result<Self, ConsumptionHorizonError> {
        let mut numbers = text.trim().split(';').map(|digits| {
            // `parse` would take a plus sign.
            if digits.starts_with('+') {
                return Err(ConsumptionHorizonError);
            }
            digits.parse().map_err(|_| ConsumptionHorizonError)
        });
        let mut next = || numbers.next().ok_or(ConsumptionHorizonError)?;
        let horizon = Self {
            message_time: next()?,
            read_time: next()?,
            client_message_id: next()?,
        };
        match numbers.next() {
            None => Ok(horizon),
            Some(_) => Err(ConsumptionHorizonError),
        }
    }
}

impl fmt::Display for ConsumptionHorizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{};{};{}",
            self.message_time, self.read_time, self.client_message_id
        )
    }
}
