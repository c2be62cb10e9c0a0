//! See `msnp_fuzz::auth::msn_object`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::auth::msn_object(data));
