//! See `msnp_fuzz::whole_server::server`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::whole_server::server(data));
