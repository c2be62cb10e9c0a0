//! See `msnp_fuzz::classic::commands`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::classic::commands(data));
