//! See `msnp_fuzz::caller::caller`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::caller::caller(data));
