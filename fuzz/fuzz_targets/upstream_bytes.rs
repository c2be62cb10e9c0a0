//! See `msnp_fuzz::upstream::upstream_bytes`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::upstream::upstream_bytes(data));
