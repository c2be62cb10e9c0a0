//! `Driver`: the ways in which a machine may be driven.

/// How the driver of a machine behaves. All are within their rights.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// Takes requests, then what is cancelled, then events.
    #[default]
    Usual,
    /// The same, and tells the time over and over, and answers requests that have ended.
    Pestering,
    /// Takes events first, and requests last.
    Backwards,
}
