//! The header `psf:pp`, in which Passport says who signed in, or why nobody did (soap.md 5.2).

use machine_contract::Secret;

use crate::call::{Timestamp, shape};
use crate::sign_in::request::Security;

shape! {
    /// The header blocks of a response, and of a fault.
    pub struct PassportHeaders {
        /// `RST2.srf`: what it is.
        pub action: Option<String> = "wsa:Action",
        /// `RST2.srf`: whom it is for.
        pub to: Option<String> = "wsa:To",
        /// `RST2.srf`: from when to when it counts.
        pub security: Option<Security> = "wsse:Security",
        /// Passport's own.
        pub status: Option<PassportStatus> = "psf:pp",
    }

    /// Who signed in, or why nobody did.
    pub struct PassportStatus {
        /// 1.
        pub server_version: Option<String> = "psf:serverVersion",
        /// The account's number, hexadecimal.
        pub puid: Option<String> = "psf:PUID",
        /// A version of Passport's.
        pub config_version: Option<String> = "psf:configVersion",
        /// A version of Passport's.
        pub ui_version: Option<String> = "psf:uiVersion",
        /// A version of Passport's.
        pub mobile_config_version: Option<String> = "psf:mobileConfigVersion",
        /// A version of Passport's.
        pub app_data_version: Option<String> = "psf:appDataVersion",
        /// `0x48803` when signed in, `0x80048800` when not.
        pub auth_state: Option<String> = "psf:authstate",
        /// `0x0`, or why it failed: [`RequestStatus`].
        pub request_status: Option<String> = "psf:reqstatus",
        /// Which server answered.
        pub server_info: Option<ServerInfo> = "psf:serverInfo",
        /// Empty in every answer that was seen.
        pub cookies: Option<Secret<String>> = "psf:cookies",
        /// Cookies for a browser, and where they go.
        pub browser_cookies: Vec<BrowserCookie> = "psf:browserCookies" / "psf:browserCookie",
        /// What is known of the account: `CID`, `MainBrandID`, `AuthMembername`, …
        pub properties: Vec<CredentialProperty> = "psf:credProperties" / "psf:credProperty",
        /// More of the kind.
        pub extended: Vec<ExtendedProperty> = "psf:extProperties" / "psf:extProperty",
        /// Empty in every answer that was seen.
        pub response: Option<String> = "psf:response",
    }

    /// Which server answered.
    pub struct ServerInfo {
        /// The machine's group.
        pub path: Option<String> = "Path" as attribute,
        /// Whether it is just being replaced.
        pub rolling_upgrade_state: Option<String> = "RollingUpgradeState" as attribute,
        /// 0.
        pub loc_version: Option<String> = "LocVersion" as attribute,
        /// What its clock says.
        pub server_time: Option<Timestamp> = "ServerTime" as attribute,
        /// A version of Passport's.
        pub build_version: Option<String> = "BuildVersion" as attribute,
        /// Its name.
        pub text: String = "" as text,
    }

    /// A cookie for a browser.
    pub struct BrowserCookie {
        /// Its name.
        pub name: Option<String> = "Name" as attribute,
        /// Where it goes.
        pub url: Option<String> = "URL" as attribute,
        /// Its value and attributes.
        pub text: Secret<String> = "" as text,
    }

    /// Something that is known of the account.
    pub struct CredentialProperty {
        /// What.
        pub name: Option<String> = "Name" as attribute,
        /// Its value.
        pub text: String = "" as text,
    }

    /// Something more that is known of the account.
    pub struct ExtendedProperty {
        /// What.
        pub name: Option<String> = "Name" as attribute,
        /// Until when.
        pub expiry: Option<String> = "Expiry" as attribute,
        /// For whom.
        pub domains: Option<String> = "Domains" as attribute,
        /// Whether it is kept.
        pub ignore_remember_me: Option<String> = "IgnoreRememberMe" as attribute,
        /// Its value.
        pub text: Secret<String> = "" as text,
    }
}

/// Why a sign-in failed, as Passport numbers it (soap.md 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller decides on each; others are `Other`"
)]
pub enum RequestStatus {
    /// It did not.
    Done,
    /// The request was malformed, or named nobody.
    InvalidRequest,
    /// Wrong password, or no such account; `RST2.srf`.
    WrongCredentials,
    /// The same, `RST.srf`.
    WrongCredentialsOld,
    /// The account signs in elsewhere.
    Federated,
    /// Any other number.
    Other(u32),
}

impl RequestStatus {
    /// The meaning of a number.
    pub const fn of(number: u32) -> Self {
        match number {
            0 => Self::Done,
            0x8004_8820 => Self::InvalidRequest,
            0x8004_8821 => Self::WrongCredentials,
            0x8004_8823 => Self::WrongCredentialsOld,
            0x8004_88ee => Self::Federated,
            _ => Self::Other(number),
        }
    }

    /// The number.
    pub const fn number(self) -> u32 {
        match self {
            Self::Done => 0,
            Self::InvalidRequest => 0x8004_8820,
            Self::WrongCredentials => 0x8004_8821,
            Self::WrongCredentialsOld => 0x8004_8823,
            Self::Federated => 0x8004_88ee,
            Self::Other(number) => number,
        }
    }
}

impl PassportStatus {
    /// What the request's status means; `None` if it is not there, or no number.
    pub fn request_status(&self) -> Option<RequestStatus> {
        let text = self.request_status.as_deref()?.trim();
        let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"))?;
        u32::from_str_radix(digits, 16).ok().map(RequestStatus::of)
    }

    /// What is known of the account under this name.
    pub fn property(&self, name: &str) -> Option<&str> {
        let is_it = |it: &&CredentialProperty| it.name.as_deref() == Some(name);
        self.properties
            .iter()
            .find(is_it)
            .map(|it| it.text.as_str())
    }
}
