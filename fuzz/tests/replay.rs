//! Replays every seed, whole and damaged, on stable and without libFuzzer.

#![cfg(feature = "properties")]

use std::fs;
use std::path::{Path, PathBuf};

use msnp_fuzz::TARGETS;

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a seed");
        (path, bytes)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_property_holds_for_its_seeds() {
    for (target, property) in TARGETS {
        let seeds = seeds(target);
        assert!(seeds.len() > 1, "{target} has no seeds");
        for (path, bytes) in seeds {
            println!("{}", path.display());
            property(&bytes);
        }
    }
}

/// What a fuzzer does first: cut the end off, and turn single bytes.
#[test]
fn every_property_holds_for_damaged_seeds() {
    for (target, property) in TARGETS {
        for (path, bytes) in seeds(target) {
            println!("{}", path.display());
            let step = bytes.len() / 64 + 1;
            for at in (0..bytes.len()).step_by(step) {
                property(&bytes[..at]);
                let mut damaged = bytes.clone();
                for byte in [b'<', b'\n', b' ', 0x80, damaged[at].wrapping_add(1)] {
                    damaged[at] = byte;
                    property(&damaged);
                }
            }
        }
    }
}

#[test]
fn every_target_is_built_and_documented() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("the manifest");
    let readme = fs::read_to_string(folder.join("README.md")).expect("the read-me");
    for (target, _) in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
        assert!(readme.contains(&format!("`{target}`")), "{target}");
        assert!(
            folder
                .join("fuzz_targets")
                .join(format!("{target}.rs"))
                .exists()
        );
    }
}
