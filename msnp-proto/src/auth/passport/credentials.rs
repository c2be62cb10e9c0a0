//! `Authorization`: account and password on their way to the sign-in service.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use core::str::FromStr;

use machine_contract::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::PassportError;
use super::pairs::{Pairs, behind_scheme};
use crate::param;

/// The value of `Authorization: Passport1.4 …`, on its way in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    account: String,
    password: Secret<String>,
}

/// All but unreserved: servers split at commas first and decode afterwards (msnp8-18.md 5.2).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Credentials {
    /// Who signs in.
    pub fn new(account: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            password: Secret::new(password.into()),
        }
    }

    /// The account, as it was typed.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The password.
    pub const fn password(&self) -> &Secret<String> {
        &self.password
    }

    /// The header's value. `challenge` is what stood behind `USR n TWN S`, passed on as it came.
    pub fn to_header(&self, challenge: &str) -> Secret<String> {
        let coded = |text| utf8_percent_encode(text, RESERVED);
        let mut value = format!(
            "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in={},pwd={}",
            coded(&self.account),
            coded(self.password.expose()),
        );
        if !challenge.is_empty() {
            value.push(',');
            // It came in a line, where there are none; a header must not be ended by it.
            value.extend(challenge.chars().filter(|c| !c.is_control()));
        }
        Secret::new(value)
    }
}

impl FromStr for Credentials {
    type Err = PassportError;

    /// Reads the value; only `sign-in` and `pwd` are needed (msnp8-18.md 5.2).
    fn from_str(value: &str) -> Result<Self, PassportError> {
        let pairs = Pairs::of(behind_scheme(value)?);
        let field = |name: &'static str| -> Result<String, PassportError> {
            let mut pairs = pairs.clone();
            let (_, raw) = pairs
                .find(|(found, _)| found.eq_ignore_ascii_case(name))
                .ok_or(PassportError::Missing(name))?;
            let text: Cow<'_, [u8]> = param::decode(raw.as_bytes());
            String::from_utf8(text.into_owned()).map_err(|_| PassportError::NotUtf8(name))
        };
        let account = field("sign-in")?;
        if account.is_empty() {
            return Err(PassportError::Missing("sign-in"));
        }
        Ok(Self {
            account,
            password: Secret::new(field("pwd")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_header_is_written_as_servers_want_it() {
        let header = Credentials::new("alice@example.com", "a,b=c%d é")
            .to_header("ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1");
        assert_eq!(
            header.expose(),
            "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in=alice%40example.com,\
             pwd=a%2Cb%3Dc%25d%20%C3%A9,ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1"
        );
    }

    #[test]
    fn the_least_is_enough() {
        let read: Credentials = "Passport1.4 sign-in=alice%40example.com,pwd=123456"
            .parse()
            .expect("enough");
        assert_eq!(read, Credentials::new("alice@example.com", "123456"));
        let refused = |value: &str| value.parse::<Credentials>().expect_err("refused");
        assert_eq!(
            refused("Passport1.4 sign-in=a"),
            PassportError::Missing("pwd")
        );
        assert_eq!(
            refused("Passport1.4 sign-in=,pwd=a"),
            PassportError::Missing("sign-in")
        );
        assert_eq!(refused("Basic abc"), PassportError::Scheme);
        assert_eq!(
            refused("Passport1.4 sign-in=a,pwd=%ff"),
            PassportError::NotUtf8("pwd")
        );
    }

    #[test]
    fn passwords_do_not_show() {
        let shown = format!("{:?}", Credentials::new("a@b", "hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_challenge_ends_no_header() {
        let header = Credentials::new("a", "b").to_header("ct=1\r\nX: y");
        assert!(header.expose().ends_with(",pwd=b,ct=1X: y"));
    }

    proptest! {
        #[test]
        fn any_account_and_password_arrive(account in "\\PC+", password: String, challenge in "[a-z=,0-9]*") {
            let sent = Credentials::new(account, password);
            let read = sent.to_header(&challenge).expose().parse();
            prop_assert_eq!(read, Ok(sent));
        }

        #[test]
        fn any_value_is_read_without_panic(value: String) {
            let _ = value.parse::<Credentials>();
        }
    }
}
