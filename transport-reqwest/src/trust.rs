//! What TLS has against a peer's certificate, found in the errors of the libraries above it.

use std::error::Error;
use std::io;

use machine_contract::CertificateFault;
use rustls::CertificateError;

/// What is wrong with the certificate, if that is what an error comes from.
pub(crate) fn fault_of(error: &(dyn Error + 'static)) -> Option<CertificateFault> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(named(why));
        }
        // An error of the system's kind gives the source of what it holds, and not that itself.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

/// The error of a stream that did not come about.
pub(crate) fn told(error: io::Error) -> io::Error {
    match fault_of(&error) {
        Some(fault) => io::Error::new(io::ErrorKind::InvalidData, fault),
        None => error,
    }
}

const fn named(why: &CertificateError) -> CertificateFault {
    match why {
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            CertificateFault::Expired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFault::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongName
        }
        CertificateError::Revoked => CertificateFault::Revoked,
        _ => CertificateFault::Unfit,
    }
}
