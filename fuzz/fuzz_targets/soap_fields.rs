//! See `msnp_fuzz::soap::soap_fields`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::soap::soap_fields(data));
