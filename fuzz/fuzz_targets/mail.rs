//! See `msnp_fuzz::mime::mail`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::mime::mail(data));
