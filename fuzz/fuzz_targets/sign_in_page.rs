//! See `msnp_fuzz::sign_in_page::page`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::sign_in_page::page(data));
