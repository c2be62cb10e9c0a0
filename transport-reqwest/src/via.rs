//! `Via`: how streams get out, straight or through a proxy.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use machine_contract::Secret;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use tokio::io::{AsyncRead, Join, ReadBuf, join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tower::{Service, service_fn};

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

    /// Connects to the host and port of this target.
    pub(crate) async fn connect(
        self,
        mut connector: HttpConnector,
        target: Uri,
    ) -> io::Result<TcpStream> {
        match self {
            Via::Direct => match connector.call(target).await {
                Ok(stream) => Ok(stream.into_inner()),
                Err(error) => Err(io::Error::other(error)),
            },
            Via::Socks5 { proxy, login } => {
                let mut socks = SocksV5::new(proxy, sparing(connector));
                if let Some((user, password)) = login {
                    socks = socks.with_auth(user, password.expose().clone());
                }
                whole(socks.call(target).await.map_err(io::Error::other)?)
            }
            Via::Connect { proxy, login } => {
                let mut tunnel = Tunnel::new(proxy, sparing(connector));
                if let Some(login) = login {
                    tunnel = tunnel.with_auth(login);
                }
                whole(tunnel.call(target).await.map_err(io::Error::other)?)
            }
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
