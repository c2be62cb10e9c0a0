//! See `msnp_fuzz::upstream::referrals`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| msnp_fuzz::upstream::referrals(data));
