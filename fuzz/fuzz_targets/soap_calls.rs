//! See `msnp_fuzz::soap::calls`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::soap::calls(data));
