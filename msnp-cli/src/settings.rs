//! Settings in files: TOML, each with its line, so that what is wrong can be told where it stands.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

/// A file of settings: those before the first section, and sections by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SettingsFile {
    pub(crate) top: BTreeMap<String, Setting>,
    pub(crate) sections: BTreeMap<String, Section>,
}

/// What stands under a `[NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) line: usize,
    pub(crate) settings: BTreeMap<String, Setting>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Where it stands, from 1.
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// What it is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A text, or a number as it is written.
    Text(String),
    Switch(bool),
    List(Vec<String>),
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("line {line}: {why}")]
    Syntax { line: usize, why: String },
    #[error(
        "line {line}: “{key}” is {kind}; a setting is a text, a whole number, true or false, or a list of texts"
    )]
    Kind {
        line: usize,
        key: String,
        kind: &'static str,
    },
}

impl SettingsFile {
    /// Reads one.
    pub(crate) fn read(text: &str) -> Result<Self, SettingsError> {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| SettingsError::Syntax {
            line: error.span().map_or(1, |span| line(span.start)),
            why: error.message().lines().collect::<Vec<_>>().join("; "),
        })?;
        let mut file = Self::default();
        for (key, value) in table.get_ref() {
            let (name, at) = (key.get_ref().to_string(), line(key.span().start));
            if let DeValue::Table(inner) = value.get_ref() {
                let settings = inner.iter().map(|(key, value)| {
                    let name = key.get_ref().to_string();
                    let setting = setting(&name, value.get_ref(), line(key.span().start))?;
                    Ok((name, setting))
                });
                let settings = settings.collect::<Result<_, SettingsError>>()?;
                file.sections.insert(name, Section { line: at, settings });
            } else {
                let setting = setting(&name, value.get_ref(), at)?;
                file.top.insert(name, setting);
            }
        }
        Ok(file)
    }
}

fn setting(key: &str, value: &DeValue<'_>, line: usize) -> Result<Setting, SettingsError> {
    let wrong = |value: &DeValue<'_>| SettingsError::Kind {
        line,
        key: key.to_owned(),
        kind: value.type_str(),
    };
    let text = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        value => Err(wrong(value)),
    };
    let value = match value {
        DeValue::Boolean(switch) => Value::Switch(*switch),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| text(item.get_ref()));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        value => Value::Text(text(value)?),
    };
    Ok(Setting { line, value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn settings_are_read_with_their_lines() {
        let text = "# mine\nlisten = \"[::1]:80\"\njson-log = true\n\nsessions = 1_000\norigin = [\n  \"a\", \"b\"]\n[work]\nlogin = 'c@d'\n";
        let file = SettingsFile::read(text).unwrap();
        let told: Vec<_> = file
            .top
            .iter()
            .map(|(key, it)| (key.as_str(), it.line, &it.value))
            .collect();
        let text = |text: &str| Value::Text(text.to_owned());
        let list = Value::List(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(
            told,
            [
                ("json-log", 3, &Value::Switch(true)),
                ("listen", 2, &text("[::1]:80")),
                ("origin", 6, &list),
                ("sessions", 5, &text("1000")),
            ]
        );
        let work = &file.sections["work"];
        assert_eq!((work.line, work.settings["login"].line), (8, 9));
        assert_eq!(work.settings["login"].value, text("c@d"));
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = SettingsFile::read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        check("a = 1\nb\n", "line 2: ");
        check("a = 1\n\na = 2\n", "line 3: ");
        check("a = alice@example.org\n", "line 1: ");
        check("a = 1.5", "line 1: “a” is float; a setting is");
        check("a = 0x10", "line 1: “a” is integer");
        check("[b]\nc = 2026-01-01", "line 2: “c” is datetime");
        check("a = [true]", "line 1: “a” is boolean");
        check("[b.c]\nd = 1", "line 1: “c” is table");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::btree_map("[a-z][a-z-]{0,9}", "[ !#-\\[\\]-~é]{0,20}", 0..6)) {
            let lines = values.iter().map(|(key, value)| format!("{key} = \"{value}\"\n"));
            let file = SettingsFile::read(&lines.collect::<String>()).unwrap();
            prop_assert_eq!(file.top.len(), values.len());
            for (key, value) in &values {
                prop_assert_eq!(&file.top[key].value, &Value::Text(value.clone()));
            }
        }

        #[test]
        fn nothing_breaks_it(text in "(\\PC|\n){0,80}") {
            let _ = SettingsFile::read(&text);
        }
    }
}
