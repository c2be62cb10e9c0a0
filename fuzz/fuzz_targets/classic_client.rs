//! See `msnp_fuzz::client::classic`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::client::classic(data));
