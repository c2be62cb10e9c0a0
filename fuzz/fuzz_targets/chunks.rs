//! See `msnp_fuzz::mime::chunks`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::mime::chunks(data));
