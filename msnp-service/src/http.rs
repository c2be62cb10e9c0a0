//! The HTTP face: listens, and hands what comes to [`Front`].

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use crate::door::tls::{Certificates, TlsError};
pub(crate) use front::Front;
pub(crate) use listen::serve;

mod flushes;
mod front;
mod header_case;
mod http1;
mod http2;
mod listen;
mod reply_body;
mod request_body;
mod served;
mod waiting;

/// What speaks HTTPS with these certificates.
pub(crate) fn tls(certificates: &Arc<Certificates>) -> Result<TlsAcceptor, TlsError> {
    let server = certificates.server(&[http2::NAME, http1::NAME])?;
    Ok(TlsAcceptor::from(Arc::new(server)))
}
