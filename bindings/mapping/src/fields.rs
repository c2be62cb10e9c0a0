//! `Fields`: an object of JSON, read field by field; whatever is wrong with one is said with where it stands.

use std::fmt::Display;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::wrong::{What, Wrong};

/// The longest name of a field that is repeated to the host.
const LONGEST_NAME: usize = 64;

/// An object, and where it stands. A field that is `null` is one that is not there.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    at: String,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The fields of what stands there, which are of these names.
    pub(crate) fn of(
        value: &'a Value,
        at: impl Into<String>,
        names: &[&str],
    ) -> Result<Self, Wrong> {
        let at = at.into();
        let Value::Object(map) = value else {
            return Err(Wrong::new(at, What::NotA("an object")));
        };
        let fields = Self { at, map };
        match map.keys().find(|name| !names.contains(&name.as_str())) {
            None => Ok(fields),
            Some(unknown) => {
                let shown = unknown.escape_debug().take(LONGEST_NAME);
                Err(fields.wrong(&shown.collect::<String>(), What::NoSuchField))
            }
        }
    }

    /// What is wrong with a field.
    pub(crate) fn wrong(&self, name: &str, what: What) -> Wrong {
        Wrong::new(self.path(name), what)
    }

    /// What is wrong with the whole.
    pub(crate) fn whole(&self, what: What) -> Wrong {
        Wrong::new(self.at.clone(), what)
    }

    fn path(&self, name: &str) -> String {
        if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Whether it is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A field that has to be there.
    fn needed<T>(&self, name: &str, found: Option<T>) -> Result<T, Wrong> {
        found.ok_or_else(|| self.wrong(name, What::Missing))
    }

    pub(crate) fn maybe_text(&self, name: &str) -> Result<Option<&'a str>, Wrong> {
        let text = self.get(name).map(|value| value.as_str().ok_or(()));
        let text = text.transpose();
        text.map_err(|()| self.wrong(name, What::NotA("a string")))
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str, Wrong> {
        self.needed(name, self.maybe_text(name)?)
    }

    pub(crate) fn maybe_flag(&self, name: &str) -> Result<Option<bool>, Wrong> {
        let flag = self.get(name).map(|value| value.as_bool().ok_or(()));
        let flag = flag.transpose();
        flag.map_err(|()| self.wrong(name, What::NotA("true or false")))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, Wrong> {
        self.needed(name, self.maybe_flag(name)?)
    }

    /// A number that may be left out for a default.
    pub(crate) fn number_or<T: TryFrom<u64>>(&self, name: &str, default: T) -> Result<T, Wrong> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        let number = value.as_u64().and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.wrong(name, What::NotA("a whole number that can be one")))
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, Wrong> {
        self.needed(name, self.get(name))?;
        self.number_or(name, 0)
    }

    /// A time in milliseconds that may be left out for a default.
    pub(crate) fn millis_or(&self, name: &str, default: Duration) -> Result<Duration, Wrong> {
        if self.has(name) {
            self.number_or(name, 0).map(Duration::from_millis)
        } else {
            Ok(default)
        }
    }

    /// A text that means something.
    pub(crate) fn maybe<T, E: Display>(
        &self,
        name: &str,
        read: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<Option<T>, Wrong> {
        let text = self.maybe_text(name)?;
        let read = text.map(read).transpose();
        read.map_err(|error| self.wrong(name, What::Unfit(error.to_string())))
    }

    /// A text that means something and has to be there.
    pub(crate) fn read<T, E: Display>(
        &self,
        name: &str,
        read: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<T, Wrong> {
        self.needed(name, self.maybe(name, read)?)
    }

    /// A list of texts that mean something.
    pub(crate) fn maybe_list<T, E: Display>(
        &self,
        name: &str,
        read: impl Fn(&'a str) -> Result<T, E>,
    ) -> Result<Option<Vec<T>>, Wrong> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let Value::Array(list) = value else {
            return Err(self.wrong(name, What::NotA("a list")));
        };
        let read = |(index, value): (usize, &'a Value)| {
            let wrong = |what| Wrong::new(format!("{}[{index}]", self.path(name)), what);
            let text = value
                .as_str()
                .ok_or(What::NotA("a string"))
                .map_err(wrong)?;
            read(text).map_err(|error| wrong(What::Unfit(error.to_string())))
        };
        list.iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// A list that has to be there.
    pub(crate) fn list<T, E: Display>(
        &self,
        name: &str,
        read: impl Fn(&'a str) -> Result<T, E>,
    ) -> Result<Vec<T>, Wrong> {
        self.needed(name, self.maybe_list(name, read)?)
    }

    /// A field that is text or a list of texts: whether it is text.
    pub(crate) fn is_text(&self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_string)
    }

    /// An object inside, with fields of these names.
    pub(crate) fn maybe_object(&self, name: &str, names: &[&str]) -> Result<Option<Self>, Wrong> {
        let object = self
            .get(name)
            .map(|value| Self::of(value, self.path(name), names));
        object.transpose()
    }

    /// Something that is refused for what stands in this field.
    pub(crate) fn fits<T, E: Display>(&self, name: &str, made: Result<T, E>) -> Result<T, Wrong> {
        made.map_err(|error| self.wrong(name, What::Unfit(error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn said<T: std::fmt::Debug>(result: Result<T, Wrong>, expected: &str) {
        assert_eq!(result.expect_err("wrong").to_string(), expected);
    }

    #[test]
    fn what_is_wrong_is_said_with_where_it_stands() {
        let value = json!({ "a": { "text": 1, "list": ["x", 2], "n": -1, "none": null } });
        let fields = Fields::of(&value, "", &["a"]).expect("an object");
        let inner = fields.maybe_object("a", &["text", "list", "n", "none"]);
        let inner = inner.expect("an object").expect("is there");
        said(inner.text("text"), "a.text: is not a string");
        said(inner.text("none"), "a.none: is missing");
        said(inner.flag("text"), "a.text: is not true or false");
        said(
            inner.number("n"),
            "a.n: is not a whole number that can be one",
        );
        let list = inner.list("list", |_| Ok::<_, Wrong>(()));
        said(list, "a.list[1]: is not a string");
        let list = inner.list("list", |_| Err::<(), _>("no"));
        said(list, "a.list[0]: no");
        said(
            fields.maybe_object("a", &["text"]),
            "a.list: there is no such field",
        );
        said(Fields::of(&json!([]), "", &[]), "is not an object");
    }

    #[test]
    fn a_name_that_is_not_known_is_repeated_no_longer_than_needed() {
        let name = format!("\n{}", "x".repeat(1 << 20));
        let wrong = Fields::of(&json!({ name: 1 }), "", &[]).expect_err("unknown");
        assert!(
            wrong.at().starts_with("\\nxxx") && wrong.at().len() == 64,
            "{wrong}"
        );
    }
}
