//! See `msnp_fuzz::mapping::lines`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::mapping::lines(data));
