//! `Status`: what every function answers, as a code and as a text.

use std::ffi::CStr;

/// What became of a call.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Status {
    /// It was done.
    Ok = 0,
    /// There is none: no order, no event, no whole frame.
    Nothing = 1,
    /// A pointer is null that must not be.
    Null = 2,
    /// The caller has said something that cannot be understood. Nothing has happened.
    Wrong = 3,
    /// The machine refuses. Nothing has happened.
    Refused = 4,
    /// The call is not one of this kind of machine.
    OtherMachine = 5,
    /// A line of the stream is wrong; the decoder stands behind it.
    BadLine = 6,
    /// The stream cannot be followed any further.
    StreamLost = 7,
    /// A fault of this library. The object answers nothing else from now on.
    Panicked = 8,
}

impl Status {
    const ALL: [Self; 9] = [
        Self::Ok,
        Self::Nothing,
        Self::Null,
        Self::Wrong,
        Self::Refused,
        Self::OtherMachine,
        Self::BadLine,
        Self::StreamLost,
        Self::Panicked,
    ];

    /// The status with this number.
    pub(crate) fn of(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|it| *it as i32 == number)
    }

    /// In words.
    pub(crate) const fn text(self) -> &'static CStr {
        match self {
            Self::Ok => c"done",
            Self::Nothing => c"there is none",
            Self::Null => c"a pointer is null that must not be",
            Self::Wrong => c"what was said cannot be understood",
            Self::Refused => c"the machine refuses",
            Self::OtherMachine => c"not a call of this kind of machine",
            Self::BadLine => c"a line of the stream is wrong",
            Self::StreamLost => c"the stream cannot be followed any further",
            Self::Panicked => c"a fault of the library",
        }
    }
}
