//! The native half of the Python package `msnp`: machines and frames. What Python programs see, and what it means, stands in
//! `msnp/`; here is what cannot be written there. Texts cross as JSON, so that no value is translated twice.

mod commands;
mod frames;
mod machine;
mod wrong;

/// The native half of `msnp`.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use super::commands::{Envelope, explain};
    #[pymodule_export]
    use super::frames::{Decoder, Frame};
    #[pymodule_export]
    use super::machine::Machine;
    use pyo3::prelude::*;

    /// The names of all calls of a client, each with the names of its fields.
    #[pyfunction]
    fn client_calls() -> Vec<(&'static str, Vec<&'static str>)> {
        let calls = msnp_mapping::calls();
        calls
            .map(|(name, fields)| (name, fields.to_vec()))
            .collect()
    }

    /// The names of all calls of a session, each with the names of its fields.
    #[pyfunction]
    fn session_calls() -> Vec<(&'static str, Vec<&'static str>)> {
        let calls = msnp_mapping::session_calls();
        calls
            .map(|(name, fields)| (name, fields.to_vec()))
            .collect()
    }

    /// The names of all fields of a client's configuration, and of a session's.
    #[pyfunction]
    fn config_fields() -> (Vec<&'static str>, Vec<&'static str>) {
        let session = msnp_mapping::session_config_fields();
        (msnp_mapping::config_fields().collect(), session.collect())
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
