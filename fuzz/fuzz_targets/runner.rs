//! See `msnp_fuzz::runner::runner`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::runner::runner(data));
