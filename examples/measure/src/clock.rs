//! Processor time, which a busy machine distorts less than wall time, and middle values.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What this thread has used so far.
pub(crate) fn thread_time() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// What all threads of this process have used so far.
pub(crate) fn process_time() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

/// The value below which `hundredths` of the values lie.
pub(crate) fn percentile(values: &mut [f64], hundredths: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = values.len().saturating_sub(1) * hundredths / 100;
    values.get(at).copied().unwrap_or(f64::NAN)
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50)
}
