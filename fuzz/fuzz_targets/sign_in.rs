//! See `msnp_fuzz::sign_in::sign_in`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::sign_in::sign_in(data));
