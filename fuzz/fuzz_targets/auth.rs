//! See `msnp_fuzz::auth::auth`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::auth::auth(data));
