//! Three digits in place of a reply (msnp8-18.md 2.2, error-codes.tsv).

use core::fmt;

use bytes::Bytes;

use crate::classic::command_error::Fault;
use crate::classic::line::{Line, Parameter, Words};
use crate::classic::word::WordList;
use crate::frame::parse_number;
use crate::{Dialect, ErrorCode, Frame, TrId};

/// `911 4`, or `241 8 25` and what is wrong behind it: the request with this transaction id failed.
#[derive(Clone, PartialEq, Eq)]
pub struct ErrorReply {
    /// What went wrong.
    pub code: ErrorCode,
    /// Words between the transaction id and the length, which historic servers may have sent.
    pub details: WordList,
    /// What is wrong, since MSNP13; three words and a number at the end announce it.
    pub payload: Option<Bytes>,
}

impl ErrorReply {
    /// A bare number.
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            details: WordList::default(),
            payload: None,
        }
    }

    pub(super) fn read(
        code: ErrorCode,
        frame: &Frame,
        dialect: Dialect,
    ) -> Result<(Option<TrId>, Self), Fault> {
        let mut words = Words::of(frame, dialect);
        let may_have_payload = may_have_payload(code) && words.count(2) == 2;
        // Errors that answer nothing carry 0, and one without any number is understood too.
        let trid = words.recognised(u32::read).map(TrId);
        let payload = if may_have_payload {
            words.announced_payload()?
        } else {
            None
        };
        let details = words
            .optional("details", WordList::read)?
            .unwrap_or_default();
        let reply = Self {
            code,
            details,
            payload,
        };
        Ok((trid, reply))
    }

    pub(super) fn write(&self, trid: Option<TrId>, dialect: Dialect) -> Frame {
        let mut line = Line::new(self.code.verb(), dialect);
        line.number(trid.unwrap_or_default().0);
        self.details.write(&mut line);
        // A number at the end announces a payload, which then has to be there.
        let ends_with_number = self.details.iter().last().and_then(parse_number).is_some();
        let announced = (ends_with_number && may_have_payload(self.code)).then(Bytes::new);
        line.finish(self.payload.as_ref().or(announced.as_ref()))
    }
}

/// Numbers below are no errors to those who wrote the rule down (msnp8-18.md 2.2).
fn may_have_payload(code: ErrorCode) -> bool {
    code.number() >= 200
}

impl fmt::Debug for ErrorReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorReply")
            .field("code", &self.code)
            .field("details", &self.details)
            .field("payload_len", &self.payload.as_ref().map(Bytes::len))
            .finish()
    }
}
