//! See `msnp_fuzz::gateway_server::server_operations`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::gateway_server::server_operations(data));
