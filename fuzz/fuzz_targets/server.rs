//! See `msnp_fuzz::server::server`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::server::server(data));
