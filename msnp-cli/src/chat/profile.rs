//! Profiles: settings of the command line that one does not want to type, in a file of the platform's folder.
//!
//! ```text
//! # comments and empty lines
//! [default]
//! login = alice@example.org
//! server = https://msn.example.org
//! notify = desktop
//!
//! [work]
//! login = alice@example.com
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The profile that is taken when none is named.
pub(super) const DEFAULT: &str = "default";

/// What can be set, by the names of the options.
const KEYS: [&str; 20] = [
    "login",
    "server",
    "gateway",
    "sign-in-page",
    "trouter",
    "initialization",
    "dialect",
    "tcp",
    "tls",
    "login-url",
    "cookies",
    "cookie-domain",
    "allow-http",
    "password-file",
    "name",
    "certificates",
    "proxy",
    "notify",
    "log",
    "timestamps",
];

/// What is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProfileError {
    #[error("line {line}: neither [PROFILE] nor KEY = VALUE")]
    NoEntry { line: usize },
    #[error("line {line}: there is no setting “{key}”; there are {}", KEYS.join(", "))]
    UnknownKey { line: usize, key: String },
    #[error("line {line}: a setting before the first [PROFILE]")]
    NoProfile { line: usize },
    #[error("there is no profile “{0}”")]
    Missing(String),
}

/// The settings of one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Profile(BTreeMap<String, String>);

impl Profile {
    /// The profile of this name. The default one need not be there.
    pub(super) fn read(text: &str, name: &str) -> Result<Self, ProfileError> {
        let mut profiles: BTreeMap<String, Self> = BTreeMap::new();
        let mut current: Option<String> = None;
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                let name = name.trim().to_owned();
                profiles.entry(name.clone()).or_default();
                current = Some(name);
                continue;
            }
            let entry = line.split_once('=');
            let (key, value) = entry.ok_or(ProfileError::NoEntry { line: number })?;
            let (key, value) = (key.trim(), value.trim());
            if !KEYS.contains(&key) {
                let key = key.to_owned();
                return Err(ProfileError::UnknownKey { line: number, key });
            }
            let profile = current.as_ref().and_then(|name| profiles.get_mut(name));
            let profile = profile.ok_or(ProfileError::NoProfile { line: number })?;
            profile.0.insert(key.to_owned(), value.to_owned());
        }
        match profiles.remove(name) {
            Some(profile) => Ok(profile),
            None if name == DEFAULT => Ok(Self::default()),
            None => Err(ProfileError::Missing(name.to_owned())),
        }
    }

    /// A setting.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

/// Where the file is: below the folder that the platform keeps for settings.
pub(super) fn path(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        // A relative one counts as none (XDG Base Directory 0.8).
        let set = variable("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute());
        set.or_else(|| variable("HOME").map(|home| home.join(".config")))
    };
    folder.map(|folder| folder.join("msnp").join("chat.conf"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn profiles_are_read_by_name() {
        let text = "# mine\n[default]\nlogin = a@b\n\n [ work ] \nlogin=c@d\nname = A = B\n";
        let default = Profile::read(text, DEFAULT).expect("it is there");
        assert_eq!(
            (default.get("login"), default.get("name")),
            (Some("a@b"), None)
        );
        let work = Profile::read(text, "work").expect("it is there");
        assert_eq!(
            (work.get("login"), work.get("name")),
            (Some("c@d"), Some("A = B"))
        );
        assert_eq!(Profile::read("", DEFAULT), Ok(Profile::default()));
    }

    #[track_caller]
    fn check(text: &str, name: &str, expected: &str) {
        let error = Profile::read(text, name)
            .expect_err("it is wrong")
            .to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        check("[a]\nlogin", "a", "line 2: neither");
        check("login = a", "a", "line 1: a setting before");
        check(
            "[a]\n\nlogni = a",
            "a",
            "line 3: there is no setting “logni”; there are login,",
        );
        check("[a]", "b", "there is no profile “b”");
    }

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn the_file_is_in_the_platforms_folder() {
        let found = |set: Option<&str>| {
            path(|name| match name {
                "HOME" => Some("/home/a".into()),
                _ => set.map(PathBuf::from),
            })
        };
        assert_eq!(found(None), Some("/home/a/.config/msnp/chat.conf".into()));
        assert_eq!(
            found(Some("relative")),
            Some("/home/a/.config/msnp/chat.conf".into())
        );
        assert_eq!(found(Some("/x")), Some("/x/msnp/chat.conf".into()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::btree_map(0..KEYS.len(), "[^\\s](.*[^\\s])?", 0..9)) {
            let clean = |value: &String| !value.contains(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
            prop_assume!(values.values().all(clean));
            let lines = values.iter().map(|(key, value)| format!("{} = {value}", KEYS[*key]));
            let lines: Vec<String> = std::iter::once("[x]".to_owned()).chain(lines).collect();
            let profile = Profile::read(&lines.join("\n"), "x").expect("it is right");
            for (key, value) in &values {
                prop_assert_eq!(profile.get(KEYS[*key]), Some(value.as_str().trim()));
            }
        }

        #[test]
        fn nothing_breaks_it(text in "(\\PC|\n){0,80}") {
            let _ = Profile::read(&text, "x");
        }
    }
}
