//! See `msnp_fuzz::gateway_ends::gateway_ends`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::gateway_ends::gateway_ends(data));
