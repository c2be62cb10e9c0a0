//! `Tcp`: streams over tokio, plain or under TLS, straight or through a proxy.

use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use machine_contract::Remote;
use machine_driver::{ByteStream, StreamNetwork};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::via::Via;

/// Makes TCP streams, and TLS over them; from [`HttpOptions::tcp`](crate::HttpOptions::tcp).
#[derive(Clone, Debug)]
pub struct Tcp {
    connector: HttpConnector,
    via: Via,
    tls: Arc<ClientConfig>,
}

impl Tcp {
    pub(crate) const fn new(connector: HttpConnector, via: Via, tls: Arc<ClientConfig>) -> Self {
        Self {
            connector,
            via,
            tls,
        }
    }

    async fn open(self, to: Remote) -> io::Result<Stream> {
        // The connectors take their target as a URI, and look at its host and port only.
        let target = format!("http://{}/", to.authority());
        let target = Uri::try_from(target).map_err(io::Error::other)?;
        let stream = self.via.connect(self.connector, target).await?;
        if !to.is_tls() {
            return Ok(Stream(Box::new(stream)));
        }
        let name = ServerName::try_from(to.host().to_owned()).map_err(io::Error::other)?;
        let tls = TlsConnector::from(self.tls).connect(name, stream).await?;
        Ok(Stream(Box::new(tls)))
    }
}

impl StreamNetwork for Tcp {
    type Stream = Stream;
    type Connecting = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(&self, to: Remote) -> Self::Connecting {
        Box::pin(self.clone().open(to))
    }
}

/// A TCP stream, or TLS over one.
#[derive(Debug)]
pub struct Stream(Box<dyn Duplex>);

trait Duplex: AsyncRead + AsyncWrite + Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Debug + Send + Unpin> Duplex for T {}

/// An accepted connection, for [`Driver::accept`](machine_driver::Driver::accept).
impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self(Box::new(stream))
    }
}

impl ByteStream for Stream {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut into = ReadBuf::new(into);
        let read = Pin::new(&mut self.0).poll_read(cx, &mut into);
        read.map_ok(|()| into.filled().len())
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
