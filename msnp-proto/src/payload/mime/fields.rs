//! Bodies that are headers again: `Name: value` line by line.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::error::{ContentError, utf8};
use crate::payload::header_line::{is_name, one_line};

/// The fields of a body, in order. Any line end is read; a line without a colon is passed over; the blank behind the
/// colon may be missing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields {
    fields: Vec<(String, String)>,
}

impl Fields {
    /// The most fields that are read; an invitation has ten.
    pub const MAX: usize = 128;

    /// No fields.
    pub const fn new() -> Self {
        Self { fields: Vec::new() }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`ContentError::NotUtf8`], [`ContentError::TooMany`].
    pub fn parse(body: &[u8]) -> Result<Self, ContentError> {
        let mut fields = Vec::new();
        for line in utf8(body)?.split(['\r', '\n']) {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let name = name.trim();
            if !is_name(name.as_bytes()) {
                continue;
            }
            if fields.len() == Self::MAX {
                return Err(ContentError::TooMany);
            }
            fields.push((name.into(), one_line(value)));
        }
        Ok(Self { fields })
    }

    /// The fields with one more. A name that cannot be one is left out, control characters in the value become spaces.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if is_name(name.as_bytes()) && self.fields.len() < Self::MAX {
            self.fields.push((name.into(), one_line(value)));
        }
        self
    }

    /// The fields with one more, if there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The value of the last field called `name`, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .last()
            .map(|(_, value)| value)
    }

    /// The value of a field as a decimal number.
    pub fn number(&self, name: &str) -> Option<u32> {
        crate::frame::parse_number(self.get(name)?.as_bytes())
    }

    /// All fields, name and value, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The fields line by line, nothing behind them.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        for (name, value) in &self.fields {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out
    }

    /// The same with an empty line at the end.
    pub(super) fn to_closed_vec(&self) -> Vec<u8> {
        let mut out = self.to_vec();
        out.extend_from_slice(b"\r\n");
        out
    }
}

/// Prints the names only.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}
