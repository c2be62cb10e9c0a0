//! Whatever ends the program early, or a request.

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
