//! See `msnp_fuzz::proxied::proxy_header`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::proxied::proxy_header(data));
