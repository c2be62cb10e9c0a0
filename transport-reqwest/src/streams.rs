//! `Tcp`: streams over tokio, plain or under TLS, straight or through a proxy.

use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use machine_contract::Remote;
use machine_driver::{ByteStream, StreamNetwork};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, Join, ReadBuf, join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::TlsConnector;
use tower::{Service, service_fn};

use crate::via::Via;

/// Makes TCP streams, and TLS over them; from [`HttpOptions::tcp`](crate::HttpOptions::tcp).
#[derive(Clone, Debug)]
pub struct Tcp(HttpConnector, Via, Arc<ClientConfig>);

impl Tcp {
    pub(crate) const fn new(connector: HttpConnector, via: Via, tls: Arc<ClientConfig>) -> Self {
        Self(connector, via, tls)
    }

    async fn open(self, to: Remote) -> io::Result<Stream> {
        let Self(mut connector, via, tls) = self;
        // The connectors take their target as a URI, and look at its host and port only.
        let target = format!("http://{}/", to.authority());
        let target = Uri::try_from(target).map_err(io::Error::other)?;
        let stream = match via {
            Via::Direct => match connector.call(target).await {
                Ok(stream) => stream.into_inner(),
                Err(error) => return Err(io::Error::other(error)),
            },
            Via::Socks5 { proxy, login } => {
                let mut socks = SocksV5::new(proxy, sparing(connector));
                if let Some((user, password)) = login {
                    socks = socks.with_auth(user, password.expose().clone());
                }
                whole(socks.call(target).await.map_err(io::Error::other)?)?
            }
            Via::Connect { proxy, login } => {
                let mut tunnel = Tunnel::new(proxy, sparing(connector));
                if let Some(login) = login {
                    tunnel = tunnel.with_auth(login);
                }
                whole(tunnel.call(target).await.map_err(io::Error::other)?)?
            }
        };
        if !to.is_tls() {
            return Ok(Stream(Box::new(stream)));
        }
        let name = ServerName::try_from(to.host().to_owned()).map_err(io::Error::other)?;
        let tls = TlsConnector::from(tls).connect(name, stream).await;
        Ok(Stream(Box::new(tls.map_err(crate::trust::told)?)))
    }
}

impl StreamNetwork for Tcp {
    type Stream = Stream;
    type Connecting = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(&self, to: Remote) -> Self::Connecting {
        Box::pin(self.clone().open(to))
    }
}

/// The connection to a proxy, read byte by byte until the tunnel stands: hyper-util reads the proxy's reply into a
/// buffer of its own and drops what has come behind it, the first words of a peer that speaks first.
type Sparing = TokioIo<Join<ByteByByte, OwnedWriteHalf>>;

/// Connects to proxies so.
fn sparing(
    mut to_proxy: HttpConnector,
) -> impl Service<Uri, Response = Sparing, Error = io::Error, Future: Send + 'static> {
    service_fn(move |proxy| {
        let connecting = to_proxy.call(proxy);
        async {
            let connected = connecting.await.map_err(io::Error::other)?;
            let (read, write) = connected.into_inner().into_split();
            Ok(TokioIo::new(join(ByteByByte(read), write)))
        }
    })
}

/// The tunnel stands: all that is read from here on is the peer's.
fn whole(tunnel: Sparing) -> io::Result<TcpStream> {
    let (read, write) = tunnel.into_inner().into_inner();
    read.0.reunite(write).map_err(io::Error::other)
}

struct ByteByByte(OwnedReadHalf);

impl AsyncRead for ByteByByte {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut one))?;
        into.put_slice(one.filled());
        Poll::Ready(Ok(()))
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
