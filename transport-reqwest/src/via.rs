//! `Via`: how the user wants streams to get out, straight or through a proxy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use machine_contract::Secret;
use percent_encoding::percent_decode_str;
use reqwest::Url;

/// How streams get out.
#[derive(Clone, Debug)]
pub(crate) enum Via {
    Direct,
    Socks5 {
        proxy: Uri,
        login: Option<(String, Secret<String>)>,
    },
    Connect {
        proxy: Uri,
        login: Option<HeaderValue>,
    },
}

impl Via {
    /// Through the proxy at this URL; `None` if it is none that can be used.
    pub(crate) fn proxy(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let decoded = |text| percent_decode_str(text).decode_utf8().ok();
        let user = decoded(url.username())?.into_owned();
        let password = decoded(url.password().unwrap_or_default())?.into_owned();
        let login = (!user.is_empty()).then_some((user, password));
        let host = url.host_str()?;
        let at = |port: u16| Uri::try_from(format!("http://{host}:{port}/")).ok();
        match url.scheme() {
            "socks5" | "socks5h" => Some(Self::Socks5 {
                proxy: at(url.port().unwrap_or(1080))?,
                login: login.map(|(user, password)| (user, Secret::new(password))),
            }),
            "http" => Some(Self::Connect {
                proxy: at(url.port_or_known_default()?)?,
                login: match login {
                    Some((user, password)) => Some(basic_auth(&user, &password)?),
                    None => None,
                },
            }),
            _ => None,
        }
    }
}

/// The value of `Proxy-Authorization`, as reqwest would write it.
fn basic_auth(user: &str, password: &str) -> Option<HeaderValue> {
    let login = STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {login}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
