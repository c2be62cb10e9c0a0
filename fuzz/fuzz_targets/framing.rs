//! See `msnp_fuzz::framing::framing`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::framing::framing(data));
