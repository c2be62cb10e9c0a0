//! How much is measured, and what stops a measurement.

/// Whatever stops a measurement, said once on the way out.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How much is measured.
#[derive(Debug)]
pub(crate) struct Scale {
    /// Bytes of traffic per dialect.
    pub(crate) traffic_bytes: usize,
    /// Rounds, of which the median counts, and the quartiles where they are told.
    pub(crate) rounds: usize,
    /// Messages per round of section 2.
    pub(crate) messages: usize,
    /// Messages per server of section 3.
    pub(crate) samples: usize,
    /// Numbers of sessions of section 4.
    pub(crate) sessions: &'static [usize],
}

impl Scale {
    pub(crate) const FULL: Self = Self {
        traffic_bytes: 50_000_000,
        rounds: 11,
        messages: 1000,
        samples: 1000,
        sessions: &[1000, 10_000],
    };
    pub(crate) const QUICK: Self = Self {
        traffic_bytes: 5_000_000,
        rounds: 3,
        messages: 200,
        samples: 100,
        sessions: &[200],
    };
}
