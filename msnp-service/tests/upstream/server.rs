//! `Running`: a `TinyServer` on two real sockets, notification server and switchboard.

use std::sync::{Arc, Mutex, MutexGuard};

use machine_contract::Remote;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::tiny_server::TinyServer;

pub(crate) struct Running {
    shared: Shared,
    port: u16,
    tasks: JoinSet<()>,
}

#[derive(Clone)]
struct Shared {
    server: Arc<Mutex<TinyServer>>,
    /// Somebody has said something, so there may be something for anybody.
    moved: watch::Sender<u64>,
}

impl Shared {
    fn server(&self) -> MutexGuard<'_, TinyServer> {
        self.server.lock().expect("nothing panics in it")
    }
}

impl Running {
    pub(crate) async fn start() -> Self {
        let bind = || TcpListener::bind("127.0.0.1:0");
        let (notification, switchboard) = (
            bind().await.expect("it works"),
            bind().await.expect("it works"),
        );
        let port = notification.local_addr().expect("it works").port();
        let address = switchboard.local_addr().expect("it works").to_string();
        let shared = Shared {
            server: Arc::new(Mutex::new(TinyServer::new(&address))),
            moved: watch::Sender::new(0),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(notification, shared.clone(), false));
        tasks.spawn(accept(switchboard, shared.clone(), true));
        Self {
            shared,
            port,
            tasks,
        }
    }

    pub(crate) fn remote(&self) -> Remote {
        Remote::tcp("127.0.0.1", self.port).expect("an address")
    }

    /// Does something with the server, which may have something to say then.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut TinyServer) -> T) -> T {
        let done = work(&mut self.shared.server());
        self.shared.moved.send_modify(|moves| *moves += 1);
        done
    }

    /// The connection of somebody at the notification server.
    pub(crate) fn connection_of(&self, account: &str) -> u64 {
        let id = self.shared.server().connection_of(account, false);
        id.expect("they are there")
    }

    /// Its process dies.
    pub(crate) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn accept(listener: TcpListener, shared: Shared, is_switchboard: bool) {
    let mut connections = JoinSet::new();
    while let Ok((stream, peer)) = listener.accept().await {
        // One address for both, so the port is a number of its own.
        let id = u64::from(peer.port());
        shared.server().connected(id, is_switchboard);
        connections.spawn(serve(stream, shared.clone(), id));
    }
}

async fn serve(mut stream: TcpStream, shared: Shared, id: u64) {
    let mut moved = shared.moved.subscribe();
    let mut buffer = [0; 4096];
    stream.set_nodelay(true).expect("a socket");
    loop {
        moved.mark_unchanged();
        loop {
            let bytes = shared.server().take(id, 64 * 1024);
            if bytes.is_empty() {
                break;
            }
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
        if shared.server().has_ended(id) {
            let _ = stream.shutdown().await;
            return;
        }
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) | Err(_) => {
                    shared.server().received(id, b"OUT\r\n");
                    return;
                }
                Ok(length) => {
                    shared.server().received(id, &buffer[..length]);
                    shared.moved.send_modify(|moves| *moves += 1);
                }
            },
            _ = moved.changed() => {}
        }
    }
}
