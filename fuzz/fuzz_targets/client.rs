//! See `msnp_fuzz::client::client`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::client::client(data));
