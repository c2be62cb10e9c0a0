//! `Sources`: the files of a workspace, read once or planted by a test.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Directories that hold what is built, fetched or found, and nothing that is written.
const NOT_OURS: [&str; 5] = ["target", ".git", "node_modules", "corpus", "artifacts"];

/// What is read as text; of all other files only the path is known.
const TEXT: [&str; 6] = [
    ".rs",
    ".md",
    ".toml",
    ".tsv",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// The files of a workspace: paths relative to it, with `/`, and their texts.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// `None` for what is no text.
    files: BTreeMap<String, Option<String>>,
}

impl Sources {
    /// Reads every file below `root`.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut sources = Self::default();
        sources.read_directory(root, "")?;
        Ok(sources)
    }

    fn read_directory(&mut self, directory: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    self.read_directory(&entry.path(), &format!("{path}/"))?;
                }
            } else if TEXT.iter().any(|end| name.ends_with(end)) {
                self.files
                    .insert(path, Some(fs::read_to_string(entry.path())?));
            } else {
                self.files.insert(path, None);
            }
        }
        Ok(())
    }

    /// These files, for a test.
    #[must_use]
    pub fn planted(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).into(), Some((*text).into())))
            .collect();
        Self { files }
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Whether there is such a file, or a directory with files.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        let directory = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self
                .files
                .range(directory.clone()..)
                .next()
                .is_some_and(|(found, _)| found.starts_with(&directory))
    }

    /// Every file, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The texts whose path ends so, in order.
    pub fn texts<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(end))
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_exists_by_its_files() {
        let sources = Sources::planted(&[("a/b/c.rs", ""), ("a/bc.rs", "")]);
        assert!(sources.exists("a") && sources.exists("a/b") && sources.exists("a/b/c.rs"));
        assert!(!sources.exists("a/bc") && !sources.exists("b"));
    }
}
