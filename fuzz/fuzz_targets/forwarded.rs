//! See `msnp_fuzz::proxied::forwarded`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::proxied::forwarded(data));
