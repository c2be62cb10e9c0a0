//! See `msnp_fuzz::people::people`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::people::people(data));
