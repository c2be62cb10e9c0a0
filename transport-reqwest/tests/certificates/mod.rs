//! A certificate authority of one's own, and a server that it vouches for: made anew by each run, so that no key lies in the repository.

use std::sync::LazyLock;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "Test authority");
    let key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = CertificateParams::new(names).unwrap();
    Made {
        authority: root.pem(),
        server: server.signed_by(&key, &issuer).unwrap().der().clone(),
        key: key.serialize_der(),
    }
});

struct Made {
    authority: String,
    server: CertificateDer<'static>,
    /// PKCS #8.
    key: Vec<u8>,
}

/// The certificate of the authority, as PEM.
pub(crate) fn authority() -> &'static str {
    &MADE.authority
}

/// What a server shows that is called `localhost` or `127.0.0.1`, with its key.
pub(crate) fn server() -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let key = PrivateKeyDer::Pkcs8(MADE.key.clone().into());
    (vec![MADE.server.clone()], key)
}
