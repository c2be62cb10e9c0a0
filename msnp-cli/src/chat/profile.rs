//! Profiles: settings of the command line that one does not want to type, in a file of the platform's folder.
//!
//! ```toml
//! # comments and empty lines
//! [default]
//! login = "alice@example.org"
//! server = "https://msn.example.org"
//! notify = "desktop"
//!
//! [work]
//! login = "alice@example.com"
//! timestamps = true
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::settings::{SettingsError, SettingsFile, Value};

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
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("line {line}: “{key}” is one value, not a list")]
    List { line: usize, key: String },
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
        let file = SettingsFile::read(text)?;
        if let Some(setting) = file.top.values().min_by_key(|setting| setting.line) {
            return Err(ProfileError::NoProfile { line: setting.line });
        }
        let mut profiles: BTreeMap<String, Self> = BTreeMap::new();
        for (name, section) in file.sections {
            let settings = section.settings.into_iter().map(|(key, setting)| {
                let line = setting.line;
                match setting.value {
                    _ if !KEYS.contains(&key.as_str()) => {
                        Err(ProfileError::UnknownKey { line, key })
                    }
                    Value::Text(text) => Ok((key, text)),
                    Value::Switch(on) => Ok((key, on.to_string())),
                    Value::List(_) => Err(ProfileError::List { line, key }),
                }
            });
            profiles.insert(name, Self(settings.collect::<Result<_, _>>()?));
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
    folder.map(|folder| folder.join("msnp").join("chat.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_by_name() {
        let text = "# mine\n[default]\nlogin = \"a@b\"\n\n[work]\nlogin='c@d'\nname = \"A = B\"\n";
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
        check("[a]\nlogin", "a", "line 2: ");
        check("login = \"a\"", "a", "line 1: a setting before");
        check(
            "[a]\nlogin = [\"a\"]",
            "a",
            "line 2: “login” is one value, not a list",
        );
        check(
            "[a]\n\nlogni = \"a\"",
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
        assert_eq!(found(None), Some("/home/a/.config/msnp/chat.toml".into()));
        assert_eq!(
            found(Some("relative")),
            Some("/home/a/.config/msnp/chat.toml".into())
        );
        assert_eq!(found(Some("/x")), Some("/x/msnp/chat.toml".into()));
    }
}
