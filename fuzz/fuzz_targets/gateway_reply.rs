//! See `msnp_fuzz::gateway::reply`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::gateway::reply(data));
