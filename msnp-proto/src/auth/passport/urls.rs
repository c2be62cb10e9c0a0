//! `PassportURLs`: where to sign in.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::error::PassportError;
use super::pairs::Pairs;

/// The value of `PassportURLs`, in the order in which it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassportUrls {
    pairs: Vec<(String, String)>,
}

impl PassportUrls {
    /// What a nexus answers: where to sign in, scheme included.
    pub fn new(login_url: &str) -> Self {
        Self {
            pairs: [("DALogin".into(), one_value(login_url))].into(),
        }
    }

    /// The value with one more field, such as `DARealm`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.pairs.push((one_value(name), one_value(value)));
        self
    }

    /// A field by its name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `DALogin` with its scheme: the official value had none, which means https (msnp8-18.md 5.2).
    pub fn login_url(&self) -> String {
        let url = self.get("DALogin").unwrap_or_default();
        if url.contains("://") {
            url.into()
        } else {
            format!("https://{url}")
        }
    }
}

impl FromStr for PassportUrls {
    type Err = PassportError;

    fn from_str(value: &str) -> Result<Self, PassportError> {
        let urls = Self {
            pairs: Pairs::of(value)
                .map(|(name, value)| (one_value(name), one_value(value)))
                .collect(),
        };
        match urls.get("DALogin") {
            Some(url) if !url.is_empty() => Ok(urls),
            _ => Err(PassportError::Missing("DALogin")),
        }
    }
}

impl fmt::Display for PassportUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.pairs.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{name}={value}")?;
        }
        Ok(())
    }
}

/// Without what would end the value or the header, and without blanks at its ends.
fn one_value(text: &str) -> String {
    let fits = |c: &char| !c.is_control() && !matches!(c, ',' | '\'');
    text.chars().filter(fits).collect::<String>().trim().into()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn official_and_revived_forms_are_read() {
        let official = "DARealm=Passport.Net,DALogin=login.passport.com/login2.srf,DAReg=https://register.passport.net/";
        let urls: PassportUrls = official.parse().expect("well-formed");
        assert_eq!(urls.login_url(), "https://login.passport.com/login2.srf");
        assert_eq!(urls.get("darealm"), Some("Passport.Net"));
        assert_eq!(urls.to_string(), official);
        let revived: PassportUrls = "DALogin=https://127.0.0.1:28081/login"
            .parse()
            .expect("well-formed");
        assert_eq!(revived, PassportUrls::new("https://127.0.0.1:28081/login"));
        assert_eq!(
            "DALogin=".parse::<PassportUrls>(),
            Err(PassportError::Missing("DALogin"))
        );
        assert_eq!(
            "".parse::<PassportUrls>(),
            Err(PassportError::Missing("DALogin"))
        );
    }

    #[test]
    fn no_value_starts_a_second_field_or_header() {
        let urls = PassportUrls::new("http://a/,DARealm=x\r\nSet-Cookie: y");
        assert_eq!(urls.to_string(), "DALogin=http://a/DARealm=xSet-Cookie: y");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written(value: String) {
            if let Ok(urls) = value.parse::<PassportUrls>() {
                prop_assert_eq!(urls.to_string().parse::<PassportUrls>().map(|u| u.login_url()), Ok(urls.login_url()));
            }
        }
    }
}
