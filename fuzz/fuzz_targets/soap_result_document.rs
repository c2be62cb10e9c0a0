//! See `msnp_fuzz::soap::result_document`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::soap::result_document(data));
