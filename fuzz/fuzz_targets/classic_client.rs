//! See `msnp_fuzz::classic_client::classic`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::classic_client::classic(data));
