//! See `msnp_fuzz::soap::envelope`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::soap::envelope(data));
