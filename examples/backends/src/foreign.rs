//! The guests that are not Rust: what is needed to run them, and what they cannot do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bindings_trials::{c, python};
use driver_conformance::guests::{Claims, Program};

use crate::backend::LIBCURL;

/// A backend in another language. A further one is a line in [`GUESTS`].
pub(crate) struct Foreign {
    pub(crate) name: &'static str,
    /// The program, built and installed as its users do; or what is missing here, in a line.
    pub(crate) program: fn() -> Result<Program, String>,
    pub(crate) claims: fn() -> Claims,
}

/// One column of the table each.
pub(crate) static GUESTS: [Foreign; 4] = [
    Foreign {
        name: "fetch",
        program: fetch,
        claims: page,
    },
    Foreign {
        name: "curl (C)",
        program: || Ok(Program::new(in_c()?, NO_WORDS)),
        claims: over_libcurl,
    },
    Foreign {
        name: "urllib",
        program: || in_python("urllib"),
        claims: Claims::default,
    },
    Foreign {
        name: "httpx",
        program: || in_python("httpx"),
        claims: Claims::default,
    },
];

const NO_WORDS: [&str; 0] = [];

/// node, with what a page in a browser has.
fn fetch() -> Result<Program, String> {
    if !runs("node") {
        return Err("needs node".into());
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

fn over_libcurl() -> Claims {
    let mut claims = Claims::default();
    claims.lacks.known = LIBCURL;
    claims
}

fn in_c() -> Result<PathBuf, String> {
    c::guest(&temporary()?).map_err(|missing| missing.0)
}

fn in_python(driver: &str) -> Result<Program, String> {
    let place = python::environment(&temporary()?).map_err(|missing| missing.0)?;
    let guest = python::package().join("examples/guest.py");
    // -I: what is installed, and nothing that lies about.
    let words = ["-I".into(), guest.into_os_string(), driver.into()];
    Ok(Program::new(python::interpreter(&place), words))
}

/// Where the trials of the bindings keep what they build: it is built once for both.
fn temporary() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = program.parent().and_then(Path::parent);
    let temporary = target
        .ok_or("needs to lie in a folder of cargo's")?
        .join("tmp");
    std::fs::create_dir_all(&temporary).map_err(|error| error.to_string())?;
    Ok(temporary)
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
