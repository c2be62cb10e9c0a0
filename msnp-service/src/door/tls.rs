//! TLS: the certificate and its key, read from two files and read again when these change.

use std::fmt::Debug;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};
use tokio::sync::watch;

use super::accept::asked_to_stop;
use crate::config::TlsFiles;

/// Why a certificate and its key cannot be used. The operator's fault, and told so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no PEM.
    #[error("{} is not PEM: {why}", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What is wrong in it.
        why: String,
    },
    /// There is no certificate in the file that should have it.
    #[error("there is no certificate in {}", path.display())]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// There is no key in the file that should have it.
    #[error("there is no private key in {}", path.display())]
    NoKey {
        /// Which.
        path: PathBuf,
    },
    /// The key would have to be opened by somebody who types.
    #[error("the private key in {} is encrypted with a passphrase; write it without one", path.display())]
    EncryptedKey {
        /// Which.
        path: PathBuf,
    },
    /// The two do not belong together.
    #[error(
        "the private key in {} is not that of the first certificate in {}",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's.
        key: PathBuf,
    },
    /// They are of a kind that is not known here.
    #[error("the certificate in {} and its key cannot be used: {why}", certificate.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// What is wrong.
        why: rustls::Error,
    },
}

/// What the service shows, and where it comes from.
#[derive(Debug)]
pub(crate) struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificates {
    /// Reads the files.
    pub(crate) fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(default_provider());
        let current = RwLock::new(Arc::new(read(&files, &provider)?));
        Ok(Arc::new(Self {
            files,
            provider,
            current,
        }))
    }

    /// What the operator should mend, though it can be used.
    pub(crate) fn complaint(&self) -> Option<String> {
        is_open_to_all(&self.files.key)
    }

    /// For connections that then speak one of these protocols (ALPN), or any.
    pub(crate) fn server(self: &Arc<Self>, protocols: &[&str]) -> Result<ServerConfig, TlsError> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|why| self.unusable(why))?;
        let resolver: Arc<Self> = Arc::clone(self);
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
        config.alpn_protocols = protocols.collect();
        Ok(config)
    }

    /// Reads the files again whenever they have changed, until the service stops. Connections that are open stay as they
    /// are; what cannot be used is told once and the old goes on.
    pub(crate) async fn watch(self: Arc<Self>, every: Duration, mut stop: watch::Receiver<bool>) {
        let mut seen = Stamp::of(&self.files);
        let mut trouble = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = asked_to_stop(&mut stop) => return,
            }
            let now = Stamp::of(&self.files);
            // What was unusable may have been half written: it is looked at again.
            if now == seen && trouble.is_none() {
                continue;
            }
            seen = now;
            match read(&self.files, &self.provider) {
                Ok(new) => {
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
                    trouble = None;
                    tracing::info!("the certificate was read again");
                }
                Err(error) => {
                    let words = error.to_string();
                    if trouble.as_ref() != Some(&words) {
                        tracing::error!(%error, "the new certificate cannot be used; the old one goes on");
                    }
                    trouble = Some(words);
                }
            }
        }
    }

    fn unusable(&self, why: rustls::Error) -> TlsError {
        let certificate = self.files.certificate.clone();
        TlsError::Unusable { certificate, why }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// By what it is seen that files have changed, also when a link leads to others.
#[derive(Debug, PartialEq, Eq)]
struct Stamp([Option<(SystemTime, u64, u64)>; 2]);

impl Stamp {
    fn of(files: &TlsFiles) -> Self {
        Self([&files.certificate, &files.key].map(|path| {
            let file = std::fs::metadata(path).ok()?;
            Some((file.modified().ok()?, file.len(), number(&file)))
        }))
    }
}

/// Which file of its disk it is.
#[cfg(unix)]
fn number(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
const fn number(_: &Metadata) -> u64 {
    0
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let (certificate, key) = (&files.certificate, &files.key);
    let chain = CertificateDer::pem_slice_iter(&bytes(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| not_pem(certificate, &error))?;
    if chain.is_empty() {
        let path = certificate.clone();
        return Err(TlsError::NoCertificate { path });
    }
    let text = bytes(key)?;
    let secret = PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        PemError::NoItemsFound if is_encrypted(&text) => {
            TlsError::EncryptedKey { path: key.clone() }
        }
        PemError::NoItemsFound => TlsError::NoKey { path: key.clone() },
        error => not_pem(key, &error),
    })?;
    CertifiedKey::from_der(chain, secret, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch {
            certificate: certificate.clone(),
            key: key.clone(),
        },
        why => TlsError::Unusable {
            certificate: certificate.clone(),
            why,
        },
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// In words that show none of the file's contents: it may be the key.
fn not_pem(path: &Path, error: &PemError) -> TlsError {
    let why = match error {
        PemError::MissingSectionEnd { .. } => "a section does not end",
        PemError::IllegalSectionStart { .. } => "a section begins wrongly",
        PemError::Base64Decode(_) => "what is in a section is not base64",
        _ => "it breaks the format",
    };
    TlsError::NotPem {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

fn is_encrypted(pem: &[u8]) -> bool {
    let label = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
    memchr::memmem::find(pem, label).is_some()
}

/// What to say of a key that everybody on this machine can read.
#[cfg(unix)]
fn is_open_to_all(key: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(key).ok()?.permissions().mode() & 0o777;
    (mode & 0o004 != 0).then(|| {
        format!(
            "everybody on this machine can read the private key in {} (mode {mode:04o}): chmod 600 it",
            key.display()
        )
    })
}

#[cfg(not(unix))]
const fn is_open_to_all(_: &Path) -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_that_everybody_can_read_is_told() {
        let path = std::env::temp_dir().join(format!("msnp-key-{}", std::process::id()));
        std::fs::write(&path, "").unwrap();
        let told = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            is_open_to_all(&path)
        };
        assert_eq!(told(0o600), None);
        assert_eq!(told(0o640), None, "to a group that is there for it");
        let words = told(0o644).unwrap();
        assert!(words.ends_with("(mode 0644): chmod 600 it"), "{words}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(is_open_to_all(&path), None);
    }
}
