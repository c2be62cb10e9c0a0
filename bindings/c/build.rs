//! Gives the shared library its name with the ABI's number, so that programs find one that they can run with.

use std::{env, fs};

fn main() {
    const HEADER: &str = "include/msnp.h";
    println!("cargo::rerun-if-changed={HEADER}");
    println!("cargo::rerun-if-changed=build.rs");
    let header = fs::read_to_string(HEADER).expect("the header lies beside");
    let abi = header
        .lines()
        .find_map(|line| line.strip_prefix("#define MSNP_ABI_VERSION "))
        .expect("the header has it");
    // Apple and Windows have other ways, and other names.
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if ["linux", "freebsd", "netbsd", "openbsd"].contains(&system.as_str()) {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libmsnp.so.{abi}");
    }
}
