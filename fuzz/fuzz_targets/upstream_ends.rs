//! See `msnp_fuzz::upstream_ends::upstream_ends`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::upstream_ends::upstream_ends(data));
