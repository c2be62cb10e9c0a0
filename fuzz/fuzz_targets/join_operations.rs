//! See `msnp_fuzz::mime::join_operations`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::mime::join_operations(data));
