//! See `msnp_fuzz::gateway::session_operations`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::gateway::session_operations(data));
