//! See `msnp_fuzz::soap::operations`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::soap::operations(data));
