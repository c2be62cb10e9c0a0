//! What stands on the wire is known in the folders of the dialects, and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

/// What `msnp-proto` has of it.
const WIRE: [&str; 9] = [
    "msnp24",
    "payload",
    "auth",
    "Frame",
    "FrameBuilder",
    "FrameDecoder",
    "PayloadTable",
    "TrId",
    "Verb",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_above_the_dialects_knows_verbs_frames_or_payloads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let above: Vec<_> = files
        .iter()
        .filter(|path| !path.starts_with(root.join("dialect")))
        .collect();
    assert!(above.len() > 30 && above.len() < files.len());
    for path in above {
        let text = fs::read_to_string(path).expect("a source");
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let code: Vec<_> = text.lines().filter(is_code).collect();
        for statement in code.join(" ").split(';') {
            if !statement.contains("msnp_proto::") {
                continue;
            }
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            for word in statement.split(|c| !is_name(c)) {
                let is_wire = WIRE.contains(&word);
                assert!(!is_wire, "{}: {statement}", path.display());
            }
        }
    }
}
