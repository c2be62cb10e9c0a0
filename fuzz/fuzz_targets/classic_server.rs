//! See `msnp_fuzz::face::classic`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::face::classic(data));
