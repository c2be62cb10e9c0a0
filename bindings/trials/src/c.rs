//! The C library, as C programs have it: built, installed, linked.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::harness::Missing;
use crate::tools::{must, needs, target, workspace};

/// The driver over libcurl, as its files lie in [`place`].
pub const DRIVER: [&str; 2] = ["curl/driver.c", "curl/clock.c"];

/// What C programs are built with here.
///
/// # Errors
/// [`Missing`].
pub fn tools() -> Result<(), Missing> {
    needs("gcc", &["--version"], "apt-get install gcc")?;
    needs("pkg-config", &["--version"], "apt-get install pkg-config")?;
    let libcurl = needs("pkg-config", &["--exists", "libcurl"], "");
    libcurl.map_err(|_| {
        let what = "there is no libcurl with its header: apt-get install libcurl4-openssl-dev";
        Missing(what.to_owned())
    })
}

/// The folder of the binding.
pub fn place() -> PathBuf {
    workspace().join("bindings/c")
}

/// Builds the library once, installs it, and gives the folder below which it then is. `temporary` is where trials keep things
/// (`CARGO_TARGET_TMPDIR`).
pub fn prefix(temporary: &Path) -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--package", "msnp-c", "--locked"]);
        cargo.env("CARGO_TARGET_DIR", target(temporary));
        must(cargo.current_dir(workspace()));
        let prefix = temporary.join("c");
        let mut install = Command::new(place().join("install"));
        install.env("MSNP_BUILT", target(temporary).join("debug"));
        must(install.arg(&prefix));
        prefix
    })
}

/// gcc as strict as it is, for a program of these files.
pub fn gcc(temporary: &Path, program: &Path, files: &[&str]) -> Command {
    let mut gcc = Command::new("gcc");
    gcc.args([
        "-std=c11",
        "-D_GNU_SOURCE",
        "-g",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-I",
    ]);
    gcc.arg(prefix(temporary).join("include"));
    gcc.args(files.iter().map(|file| place().join(file)));
    gcc.arg("-o").arg(program);
    gcc
}

/// The guest program by which the driver over libcurl is judged from the wire, with the shared library.
///
/// # Errors
/// [`Missing`].
pub fn guest(temporary: &Path) -> Result<PathBuf, Missing> {
    tools()?;
    let library = prefix(temporary).join("lib");
    let program = temporary.join("guest");
    let mut gcc = gcc(
        temporary,
        &program,
        &["examples/guest.c", DRIVER[0], DRIVER[1]],
    );
    let mut found = std::ffi::OsString::from("-Wl,-rpath,");
    found.push(&library);
    gcc.arg("-O2").arg(found).arg("-L").arg(library);
    must(gcc.args(["-lmsnp", "-lcurl"]));
    Ok(program)
}
