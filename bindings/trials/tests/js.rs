//! The package for JavaScript, as a node program has it: packed, and installed in a folder of its own.
#![allow(clippy::unwrap_used, reason = "a trial panics when it fails")]

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use bindings_trials::{Bot, Friend, Missing, code, must, needs, run, workspace};

fn main() -> ExitCode {
    run(&[(
        "the_readme_is_enough_to_begin_with",
        the_readme_is_enough_to_begin_with,
    )])
}

/// As the README says it, word by word, in a folder that is not of the workspace.
fn the_readme_is_enough_to_begin_with() -> Result<(), Missing> {
    needs("node", &["--version"], "apt-get install nodejs")?;
    needs("npm", &["--version"], "apt-get install npm")?;
    let module = env::var_os("MSNP_WASM").ok_or_else(|| {
        let what = "there is no engine: MSNP_WASM names none (bindings/js/README.md)";
        Missing(what.to_owned())
    })?;
    let place = workspace().join("bindings/js");
    let all = env::temp_dir().join(format!("msnp-js-{}", std::process::id()));
    let (package, project) = (all.join("package"), all.join("project"));
    copy(&place.join("lib"), &package.join("lib"));
    for file in ["README.md", "package.json", "msnp.d.ts"] {
        fs::copy(place.join(file), package.join(file)).unwrap();
    }
    fs::copy(module, package.join("msnp.wasm")).unwrap();
    let npm = |folder: &Path, words: &[&str]| {
        let mut npm = Command::new("npm");
        must(npm.args(words).arg("--silent").current_dir(folder))
    };
    let packed = npm(&package, &["pack"]);
    let packed = package.join(packed.trim());
    fs::create_dir_all(&project).unwrap();
    npm(&project, &["init", "-y"]);
    // It has no dependencies, so nobody has to be asked.
    let install = ["install", "--offline", packed.to_str().unwrap()];
    npm(&project, &install);
    let readme = fs::read_to_string(place.join("README.md")).unwrap();
    fs::write(project.join("bot.mjs"), code(&readme, "js")[0]).unwrap();

    let friend = Friend::sign_in();
    let mut node = Command::new("node");
    node.arg("bot.mjs").arg(friend.url());
    node.args(["alice@example.org", "secret"]);
    let bot = Bot::start(node.current_dir(&project), "SignedIn");
    friend.ask("8:live:alice", "50% off: \\ \"你好\"\n<b>&amp;</b>");
    drop(bot);
    fs::remove_dir_all(&all).unwrap();
    Ok(())
}

/// The files of a folder that has no others in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
