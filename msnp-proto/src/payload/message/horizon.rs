//! How far a conversation has been read.

use core::fmt;
use core::str::FromStr;

use nom::character::complete::{char, u64};
use nom::combinator::all_consuming;
use nom::sequence::preceded;
use nom::{IResult, Parser};

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
        let mark = || preceded(char(';'), u64);
        let parsed: IResult<_, _> = all_consuming((u64, mark(), mark())).parse(text.trim());
        let (_, (message_time, read_time, client_message_id)) =
            parsed.map_err(|_| ConsumptionHorizonError)?;
        Ok(Self {
            message_time,
            read_time,
            client_message_id,
        })
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
