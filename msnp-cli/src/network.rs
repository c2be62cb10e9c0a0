//! How a command reaches a service: proxy, certificates, and who may be given passwords without encryption.

use std::io;
use std::path::PathBuf;

use gateway_sm::HostError;
use machine_contract::CertificateFault;
use msnp_client::PlainHttp;
use transport_reqwest::{Client, Http, HttpOptions, OptionsError};

/// What is the same for all commands that call a service.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct NetworkArgs {
    /// A PEM file with certificates to trust besides the system's
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// A proxy; otherwise the environment's
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// A host that may be given passwords and cookies over plain http, where everybody on the way can read them; can be given several
    /// times. This machine always may
    #[arg(long, value_name = "HOST")]
    allow_http: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkError {
    #[error("{}: {error}", file.display())]
    File { file: PathBuf, error: io::Error },
    #[error("“{host}” (--allow-http): {error}")]
    Host { host: String, error: HostError },
    #[error("{0}")]
    Http(#[from] OptionsError),
}

/// What can be done about a certificate that is not accepted.
pub(crate) const fn remedy(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::UnknownIssuer => {
            "If you know whose it is, --certificates FILE trusts those that vouch for it"
        }
        CertificateFault::WrongName => "Call the service by the name that its certificate has",
        CertificateFault::NotYetValid => "Look at this machine's clock",
        _ => "Whoever runs the service has to get another",
    }
}

impl NetworkArgs {
    /// What options of other names say.
    pub(crate) fn new(
        certificates: Option<PathBuf>,
        proxy: Option<String>,
        allow_http: Vec<String>,
    ) -> Self {
        Self {
            certificates,
            proxy,
            allow_http,
        }
    }

    /// What is not given is taken from these settings, which have the options' names.
    pub(crate) fn or<'a>(self, setting: impl Fn(&'static str) -> Option<&'a str>) -> Self {
        let hosts = setting("allow-http").unwrap_or_default();
        Self {
            certificates: self
                .certificates
                .or_else(|| setting("certificates").map(PathBuf::from)),
            proxy: self.proxy.or_else(|| setting("proxy").map(str::to_owned)),
            allow_http: if self.allow_http.is_empty() {
                hosts.split_whitespace().map(str::to_owned).collect()
            } else {
                self.allow_http
            },
        }
    }

    /// Who may be given secrets in the clear.
    pub(crate) fn plain_http(&self) -> Result<PlainHttp, NetworkError> {
        for host in &self.allow_http {
            PlainHttp::to([host.as_str()]).map_err(|error| NetworkError::Host {
                host: host.clone(),
                error,
            })?;
        }
        Ok(PlainHttp::to(self.allow_http.iter().map(String::as_str)).unwrap_or_default())
    }

    /// The client that makes the requests.
    pub(crate) fn client(&self) -> Result<Client, NetworkError> {
        Ok(self.options()?.client()?)
    }

    /// What makes requests and opens streams.
    pub(crate) fn with_streams(&self) -> Result<Http, NetworkError> {
        let options = self.options()?;
        Ok(Http::new(options.client()?).streams(options.tcp()?))
    }

    /// What is said of the way there.
    pub(crate) fn options(&self) -> Result<HttpOptions, NetworkError> {
        let name = concat!("msnp/", env!("CARGO_PKG_VERSION"));
        let mut options = HttpOptions::new().user_agent(name);
        if let Some(file) = &self.certificates {
            let pem = std::fs::read(file).map_err(|error| NetworkError::File {
                file: file.clone(),
                error,
            })?;
            options = options.certificate_authority(pem);
        }
        if let Some(proxy) = &self.proxy {
            options = options.proxy(proxy);
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_goes_before_what_is_set() {
        let setting = |key| match key {
            "allow-http" => Some("a.lan b.lan"),
            "proxy" => Some("http://set:1"),
            _ => None,
        };
        let set = NetworkArgs::default().or(setting);
        assert_eq!(set.allow_http, ["a.lan", "b.lan"]);
        assert_eq!(set.proxy.as_deref(), Some("http://set:1"));
        let given = NetworkArgs {
            proxy: Some("http://given:1".into()),
            allow_http: vec!["c.lan".into()],
            ..NetworkArgs::default()
        };
        let given = given.or(setting);
        assert_eq!(given.allow_http, ["c.lan"]);
        assert_eq!(given.proxy.as_deref(), Some("http://given:1"));
        assert!(given.plain_http().is_ok());
    }

    #[test]
    fn a_host_that_is_none_is_named() {
        let args = NetworkArgs {
            allow_http: vec!["a.lan".into(), "http://b".into()],
            ..NetworkArgs::default()
        };
        let told = args.plain_http().expect_err("no host").to_string();
        assert!(told.starts_with("“http://b” (--allow-http): "), "{told}");
    }
}
