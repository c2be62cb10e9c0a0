//! The guests that are not Rust: what is needed to run them, and what they cannot do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use driver_conformance::guests::{Claims, Program};

/// A backend in another language. A further one is a line in [`GUESTS`].
pub(crate) struct Foreign {
    pub(crate) name: &'static str,
    /// The program, or what is missing here.
    pub(crate) program: fn() -> Result<Program, &'static str>,
    pub(crate) claims: fn() -> Claims,
}

/// One column of the table each.
pub(crate) static GUESTS: [Foreign; 1] = [Foreign {
    name: "fetch",
    program: fetch,
    claims: page,
}];

/// node, with what a page in a browser has.
fn fetch() -> Result<Program, &'static str> {
    if !runs("node") {
        return Err("needs node");
    }
    let module = module().ok_or("needs the client as wasm: see bindings/js/README.md")?;
    let guest = workspace().join("bindings/js/tests/guest.js");
    Ok(Program::new("node", [guest, module]))
}

/// What its README says: the target's own build, or a ready module.
fn module() -> Option<PathBuf> {
    let ready = std::env::var_os("MSNP_WASM").map(PathBuf::from);
    let ours = ["release", "debug"].map(|profile| {
        let built = format!("target/wasm32-unknown-unknown/{profile}/msnp_js.wasm");
        workspace().join(built)
    });
    let from_targets = "target/targets/wasm32-unknown-unknown/debug/msnp_js.wasm";
    let all = ready
        .into_iter()
        .chain(ours)
        .chain([workspace().join(from_targets)]);
    all.into_iter().find(|path| path.exists())
}

fn page() -> Claims {
    let mut claims = Claims::default();
    claims.lacks.not_sent_when_refused = Some("every failure of fetch looks the same");
    claims.lacks.chosen_headers = Some("fetch writes some by itself");
    // Of node alone, a browser's holds it.
    claims.lacks.known = &[(
        "a_continue_is_passed_over",
        "node's fetch takes a 100 that it has not asked for as a broken response",
    )];
    claims.keeps_cookies = true;
    claims
}

fn runs(program: &str) -> bool {
    let mut version = Command::new(program);
    version
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
