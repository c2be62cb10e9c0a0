//! Where the options of `serve` come from: what is typed goes before the environment, and that before the file.
//!
//! What is not typed is put behind the command line as if it had been, so that one reader reads all and says what is wrong.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::input;
use crate::settings::{SettingsError, SettingsFile, Value};

/// How the variables begin that set options.
const PREFIX: &str = "MSNP_SERVE_";

/// The one that names the file.
pub(super) const CONFIG: &str = "MSNP_SERVE_CONFIG";

/// Options that say where the others are, or what is to be done with them.
const NOT_IN_FILES: [&str; 3] = ["config", "check-config", "help"];

/// What is wrong with what was not typed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LayerError {
    #[error("{}: {error}", file.display())]
    File {
        file: PathBuf,
        error: std::io::Error,
    },
    #[error("{}: {error}", file.display())]
    Settings { file: PathBuf, error: SettingsError },
    #[error("{}: line {line}: there are no sections, and so no [{name}]", file.display())]
    Section {
        file: PathBuf,
        line: usize,
        name: String,
    },
    #[error("{place}: there is no setting “{key}”{hint}")]
    Unknown {
        place: Place,
        key: String,
        hint: String,
    },
    #[error("{place}: “{key}” is {should}")]
    Kind {
        place: Place,
        key: String,
        should: &'static str,
    },
    /// What the reader of the command line says of it.
    #[error("{place}: {why}")]
    Value { place: Place, why: String },
}

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Place {
    #[error("{}: line {line}", file.display())]
    Line { file: PathBuf, line: usize },
    #[error("{0}")]
    Variable(String),
}

/// Arguments that were not typed.
#[derive(Debug, Default)]
pub(crate) struct Added {
    arguments: Vec<OsString>,
    places: Vec<(String, Place)>,
}

impl Added {
    /// What the environment, and the file that is named, add to what was typed. Nothing for other commands.
    pub(crate) fn of(
        command: &Command,
        typed: &[OsString],
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, LayerError> {
        let lenient = command.clone().ignore_errors(true);
        let mut added = Self::default();
        let (Ok(matches), Some(serve)) = (
            lenient.try_get_matches_from(typed),
            command.find_subcommand("serve"),
        ) else {
            return Ok(added);
        };
        let Some(given) = matches.subcommand_matches("serve") else {
            return Ok(added);
        };
        let mut from_file = given.get_one::<PathBuf>("config").cloned();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            let place = Place::Variable(name.to_owned());
            let key = name[PREFIX.len()..].to_lowercase().replace('_', "-");
            if key == "config" {
                from_file = from_file.or_else(|| Some(value.into()));
                continue;
            }
            let Some(value) = value.to_str() else {
                let should = "UTF-8";
                return Err(LayerError::Kind { place, key, should });
            };
            let value = match value {
                "true" => Value::Switch(true),
                "false" => Value::Switch(false),
                text => Value::Text(text.to_owned()),
            };
            added.add(serve, given, &key, value, &place)?;
        }
        if let Some(file) = from_file {
            added.add_file(serve, given, &file)?;
        }
        Ok(added)
    }

    fn add_file(
        &mut self,
        serve: &Command,
        given: &ArgMatches,
        file: &Path,
    ) -> Result<(), LayerError> {
        let of_file = |error: std::io::Error| LayerError::File {
            file: file.to_owned(),
            error,
        };
        let bytes = std::fs::read(file).map_err(of_file)?;
        let text = input::text(&bytes).map_err(|bad| of_file(bad.into()))?;
        let settings = SettingsFile::read(text).map_err(|error| LayerError::Settings {
            file: file.to_owned(),
            error,
        })?;
        if let Some((name, section)) = settings.sections.into_iter().next() {
            return Err(LayerError::Section {
                file: file.to_owned(),
                line: section.line,
                name,
            });
        }
        for (key, setting) in settings.top {
            let place = Place::Line {
                file: file.to_owned(),
                line: setting.line,
            };
            self.add(serve, given, &key, setting.value, &place)?;
        }
        Ok(())
    }

    /// Adds one setting, unless it was typed or was added before.
    fn add(
        &mut self,
        serve: &Command,
        given: &ArgMatches,
        key: &str,
        value: Value,
        place: &Place,
    ) -> Result<(), LayerError> {
        let options = || options(serve);
        let Some(option) = options().find(|option| option.get_long() == Some(key)) else {
            let near = options()
                .filter_map(Arg::get_long)
                .find(|long| is_near(long, key));
            return Err(LayerError::Unknown {
                place: place.clone(),
                key: key.to_owned(),
                hint: near.map_or_else(String::new, |near| format!("; there is “{near}”")),
            });
        };
        let typed = given.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine);
        if typed || self.places.iter().any(|(added, _)| added == key) {
            return Ok(());
        }
        let wrong = |should| LayerError::Kind {
            place: place.clone(),
            key: key.to_owned(),
            should,
        };
        let is_list = matches!(option.get_action(), ArgAction::Append);
        match value {
            Value::Switch(on) if !option.get_action().takes_values() => {
                self.arguments.extend(on.then(|| format!("--{key}").into()));
            }
            _ if !option.get_action().takes_values() => return Err(wrong("true or false")),
            Value::List(items) if is_list => {
                let items = items.iter().map(|item| format!("--{key}={item}").into());
                self.arguments.extend(items);
            }
            Value::List(_) => return Err(wrong("one value, not a list")),
            Value::Text(text) => self.arguments.push(format!("--{key}={text}").into()),
            Value::Switch(_) => return Err(wrong("neither true nor false")),
        }
        self.places.push((key.to_owned(), place.clone()));
        Ok(())
    }

    /// All arguments: those that were typed, then these.
    pub(crate) fn behind(&self, typed: &[OsString]) -> Vec<OsString> {
        typed.iter().chain(&self.arguments).cloned().collect()
    }

    /// What the reader says of an argument, told where that stands; `None` if it was typed.
    pub(crate) fn place(&self, error: &clap::Error) -> Option<LayerError> {
        let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
            return None;
        };
        let key = argument.trim_start_matches('-').split(' ').next()?;
        let (_, place) = self.places.iter().find(|(added, _)| added == key)?;
        let text = error.to_string();
        let why = text.lines().next().unwrap_or_default();
        Some(LayerError::Value {
            place: place.clone(),
            why: why.trim_start_matches("error: ").to_owned(),
        })
    }
}

/// What may be set.
pub(crate) fn options(serve: &Command) -> impl Iterator<Item = &Arg> {
    let in_files = |option: &&Arg| {
        let long = option.get_long();
        long.is_some_and(|long| !NOT_IN_FILES.contains(&long))
    };
    serve.get_arguments().filter(in_files)
}

/// Whether somebody may have meant this.
fn is_near(long: &str, key: &str) -> bool {
    let bare = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    let (long, key) = (bare(long), bare(key));
    long == key
        || long.len() > 3 && key.len() > 3 && (long.starts_with(&key) || key.starts_with(&long))
}
