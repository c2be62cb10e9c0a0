//! See `msnp_fuzz::payload::layers`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::payload::layers(data));
