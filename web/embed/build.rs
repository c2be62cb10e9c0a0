//! Writes down which files of the page there are: those that `node build.mjs` has put into `dist`, or none.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
    // It is there in every clone, if empty.
    println!("cargo::rerun-if-changed=dist");
    let mut files: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?,
        // A package from a registry has none.
        Err(_) => Vec::new(),
    };
    files.sort();
    let mut text = String::new();
    let page = |name: &str| match folder.join(name) {
        file if file.is_file() => format!("Some(include_str!({:?}))", literal(&file)),
        _ => "None".to_owned(),
    };
    let _ = writeln!(
        text,
        "const SIGN_IN: Option<&str> = {};",
        page("sign_in.html")
    );
    let _ = writeln!(text, "const PAGE: Option<&str> = {};", page("app.html"));
    let network = page("network.html");
    let _ = writeln!(text, "const NETWORK: Option<&str> = {network};");
    text.push_str("const FILES: &[File] = &[\n");
    for file in &files {
        let kind = file.extension().and_then(|kind| kind.to_str());
        let content_type = match kind {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("wasm") => "application/wasm",
            // The pages, and what is packed.
            _ => continue,
        };
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let packed = |coding: &str| literal(&file.with_file_name(format!("{name}.{coding}")));
        let _ = writeln!(
            text,
            "    File {{ name: {name:?}, content_type: {content_type:?}, plain: include_bytes!({:?}), \
             brotli: include_bytes!({:?}), gzip: include_bytes!({:?}) }},",
            literal(file),
            packed("br"),
            packed("gz"),
        );
    }
    text.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("files.rs"), text)
}

/// A path as text, which `{:?}` writes as a literal of Rust.
fn literal(path: &Path) -> String {
    path.display().to_string()
}
