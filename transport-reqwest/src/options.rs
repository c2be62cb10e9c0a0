//! How to reach the network: [`HttpOptions`] makes the `reqwest::Client` that drivers share, and the
//! streams beside it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, retry};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::streams::Tcp;
use crate::via::Via;

/// Proxy, certificates, user agent: what the machine does not decide.
///
/// Clients made here speak HTTP/1.1, follow no redirect, resend nothing, keep no cookies and do not
/// ask for compressed bodies. TLS is rustls with ring, set up without touching the process-wide
/// provider; certificates are checked against the roots of the system.
///
/// `Debug` does not print the proxy's address, which may hold a password.
#[derive(Clone)]
pub struct HttpOptions {
    route: Route,
    extra_roots: Vec<u8>,
    user_agent: Option<String>,
    connect_timeout: Duration,
}

#[derive(Clone)]
enum Route {
    Environment,
    Direct,
    Proxy(String),
}

impl HttpOptions {
    /// The proxy of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`), the roots of the
    /// system, no user agent, 10 seconds to connect.
    pub fn new() -> Self {
        Self {
            route: Route::Environment,
            extra_roots: Vec::new(),
            user_agent: None,
            connect_timeout: Duration::from_secs(10),
        }
    }

    /// Sends everything through this proxy, streams too. `http://[user:password@]host:port`: `CONNECT` for
    /// https and streams, the absolute form for http. `socks5://[user:password@]host:port`: SOCKS5, which
    /// is given names and resolves them itself.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.route = Route::Proxy(url.into());
        self
    }

    /// Uses no proxy, whatever the environment says.
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.route = Route::Direct;
        self
    }

    /// Trusts the certificates in this PEM text too. May be called more than once.
    #[must_use]
    pub fn certificate_authority(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.extra_roots.extend_from_slice(pem.as_ref());
        self.extra_roots.push(b'\n');
        self
    }

    /// The `User-Agent` of requests that do not name their own.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// How long a connection may take to come about: name, TCP, proxy and TLS together.
    ///
    /// Keep it shorter than the machines' deadlines. What ends here is known not to have been sent;
    /// what ends at a deadline is not.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Makes a client. It is cheap to clone, and clones share their idle connections.
    ///
    /// On a host without a single system root and with no
    /// [`certificate_authority`](Self::certificate_authority), plain http works and every https
    /// connection is refused.
    pub fn client(&self) -> Result<Client, OptionsError> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls()?)
            .http1_only()
            // What servers of old write: a header over two lines, a blank before the colon.
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .redirect(Policy::none())
            .retry(retry::never())
            .referer(false)
            // Should another crate of the build turn these features on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(self.connect_timeout);
        match &self.route {
            Route::Environment => {}
            Route::Direct => builder = builder.no_proxy(),
            Route::Proxy(url) => {
                builder = builder.proxy(Proxy::all(url).map_err(|_| OptionsError::Proxy)?);
            }
        }
        if let Some(name) = &self.user_agent {
            let name = http::HeaderValue::from_str(name).map_err(|_| OptionsError::UserAgent)?;
            builder = builder.user_agent(name);
        }
        builder.build().map_err(OptionsError::Client)
    }

    /// Makes streams with the same proxy, certificates and time to connect.
    ///
    /// The proxies of the environment are for HTTP: without [`proxy`](Self::proxy), streams go straight.
    pub fn tcp(&self) -> Result<Tcp, OptionsError> {
        let mut connector = HttpConnector::new();
        // Whatever the scheme: the target's is made up.
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(self.connect_timeout));
        let via = match &self.route {
            Route::Environment | Route::Direct => Via::Direct,
            Route::Proxy(url) => Via::proxy(url).ok_or(OptionsError::Proxy)?,
        };
        let tls = Arc::new(self.tls()?);
        Ok(Tcp::new(connector, via, tls))
    }

    fn tls(&self) -> Result<ClientConfig, OptionsError> {
        let extra = self.extra_certificates()?;
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(OptionsError::Tls)?;
        Ok(match verifier(extra.clone(), provider) {
            Ok(verifier) => builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
                .with_no_client_auth(),
            // A host without roots, such as a bare container, must still be able to speak plain http.
            Err(_) if extra.is_empty() => builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth(),
            Err(error) => return Err(OptionsError::Tls(error)),
        })
    }

    fn extra_certificates(&self) -> Result<Vec<CertificateDer<'static>>, OptionsError> {
        if self.extra_roots.is_empty() {
            return Ok(Vec::new());
        }
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.extra_roots).collect();
        found
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or(OptionsError::CertificateAuthority)
    }
}

fn verifier(
    extra_roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    Ok(Arc::new(Verifier::new_with_extra_roots(
        extra_roots,
        provider,
    )?))
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let route = match self.route {
            Route::Environment => "environment",
            Route::Direct => "direct",
            Route::Proxy(_) => "proxy",
        };
        f.debug_struct("HttpOptions")
            .field("route", &format_args!("{route}"))
            .field(
                "extra_roots",
                &format_args!("{} bytes", self.extra_roots.len()),
            )
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .finish()
    }
}

/// Why [`HttpOptions`] make no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The proxy's address cannot be read.
    #[error("the proxy is not a URL such as http://host:port")]
    Proxy,
    /// The text holds no certificate, or a broken one.
    #[error("the certificate authority is not a PEM text with certificates")]
    CertificateAuthority,
    /// The name holds a character that no header may hold.
    #[error("the user agent holds a character that a header cannot carry")]
    UserAgent,
    /// A certificate of the given authority is not fit to be a root.
    #[error("the certificate authority cannot be used")]
    Tls(#[source] rustls::Error),
    /// The client could not be set up on this host.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}
