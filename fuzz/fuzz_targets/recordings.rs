//! See `msnp_fuzz::recordings::recordings`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::recordings::recordings(data));
