//! Has the linker write the module's numbers in as few bytes as they need.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    // It pads what it fills in late to five bytes, lest anything move. Debug information alone needs that: without any, the standard
    // library's is left out too.
    if is("CARGO_CFG_TARGET_FAMILY", "wasm") && is("DEBUG", "false") {
        println!("cargo::rustc-link-arg-cdylib=--strip-debug");
        println!("cargo::rustc-link-arg-cdylib=--compress-relocations");
    }
}
