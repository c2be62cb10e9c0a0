//! Makes the README's pictures of what the terminal tests have kept, and takes the one of the page that the browser's test has made:
//! `docs/pictures/make`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use anstyle_svg::{Term, WIN10_CONSOLE};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (kept, to) = (root.join("target/tmp"), root.join("docs/pictures"));
    let screens = kept.join("screens");
    let chat = fs::read_to_string(named(&screens.join("bob"), "-said.ansi")?)?;
    draw(&chat, &to.join("chat.svg"))?;
    let story = fs::read_to_string(screens.join("demo/whole.ansi"))?;
    // As far as a reader of the README has patience for.
    let scenes = story.find("A nudge, and an edit").unwrap_or(story.len());
    draw(&story[..scenes], &to.join("demo.svg"))?;
    let page = named(&kept.join("page"), "conversation.png")?;
    fs::copy(page, to.join("page.png"))?;
    Ok(())
}

/// The first file of a folder whose name ends so.
fn named(folder: &Path, end: &str) -> Result<PathBuf, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    files.sort();
    let is_it = |file: &&PathBuf| file.to_string_lossy().ends_with(end);
    let found = files.iter().find(is_it).cloned();
    Ok(found.ok_or_else(|| format!("{}: nothing that ends in {end}", folder.display()))?)
}

fn draw(screen: &str, to: &Path) -> Result<(), std::io::Error> {
    // What the shell said after it is not part of it.
    let screen = screen.trim_end_matches(['\n', ' ']);
    fs::write(to, Term::new().palette(WIN10_CONSOLE).render_svg(screen))
}
