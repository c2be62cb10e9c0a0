//! See `msnp_fuzz::classic::words`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::classic::words(data));
