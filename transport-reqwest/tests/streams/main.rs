//! A machine that speaks over two streams and HTTP at once, straight, under TLS and through proxies. What
//! every driver owes its streams is in `conformance.rs`; here is the way to them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../certificates/mod.rs"]
mod certificates;
mod proxy;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use driver_conformance::server::{Fault, Reply, Server};
use driver_conformance::{Probe, Told};
use http::Request;
use machine_contract::{CertificateFault, Failure, Remote, StreamId};
use msnp_client::{Access, Client, Config, Event, Network, Reason, Step};
use proxy::Proxy;
use rustls::crypto::ring;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

const SOON: Duration = Duration::from_secs(60);
/// More than the buffers of any kernel, and of a proxy on the way.
const MUCH: usize = 64 << 20;
/// What the machine has room for.
const WANTED: usize = 100_000;

fn direct() -> HttpOptions {
    HttpOptions::new().direct()
}

fn driver(options: &HttpOptions) -> Driver<Probe> {
    let http = Http::new(options.client().unwrap());
    spawn(Probe::default(), http.streams(options.tcp().unwrap()))
}

async fn told(driver: &mut Driver<Probe>) -> Told {
    let event = tokio::time::timeout(SOON, driver.next_event()).await;
    event
        .expect("no event came")
        .expect("the machine has stopped")
}

/// A port whose every connection follows this script.
fn peer(script: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = Arc::new(script);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let script = Arc::clone(&script);
            // What goes wrong is seen at the other end.
            thread::spawn(move || script(stream?));
        }
    });
    port
}

fn tcp(port: u16) -> Remote {
    Remote::tcp("localhost", port).unwrap()
}

/// Waits until the number stands still, as it does when every buffer on the way is full.
async fn settled(number: &AtomicUsize) -> usize {
    let mut before = usize::MAX;
    loop {
        let now = number.load(Ordering::SeqCst);
        if now == before && now > 0 {
            return now;
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Two streams and a request at once: one stream says more than the machine wants to hear, to the other it
/// has more to say than the peer reads, and a request is answered meanwhile. Then each is finished from one
/// side and goes on from the other.
async fn two_streams_and_a_request(options: &HttpOptions, way: &str) {
    let said = Arc::new(AtomicUsize::new(0));
    let saying = Arc::clone(&said);
    let talker = peer(move |mut stream| {
        let chunk = vec![b't'; 1 << 16];
        while saying.load(Ordering::SeqCst) < MUCH {
            stream.write_all(&chunk)?;
            saying.fetch_add(chunk.len(), Ordering::SeqCst);
        }
        stream.shutdown(Shutdown::Write)?;
        // It still reads.
        let mut last_words = String::new();
        stream.read_to_string(&mut last_words)?;
        assert_eq!(last_words, "I heard you");
        Ok(())
    });
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let listener = peer(move |mut stream| {
        wait.lock().unwrap().recv().unwrap();
        let heard = io::copy(&mut stream, &mut io::sink())?;
        // The machine has finished; this side still speaks.
        write!(stream, "{heard}")
    });
    let server = Server::alone(|_| Fault::answer(Reply::new(200, "meanwhile")));

    let mut driver = driver(options);
    let (talker, listener) = driver
        .call(|probe, now| {
            let talker = probe.connect(tcp(talker), SOON, now);
            probe.hear(talker, WANTED);
            (talker, probe.connect(tcp(listener), SOON, now))
        })
        .unwrap();
    let (mut heard, mut connected) = (0, 0);
    while connected < 2 {
        match told(&mut driver).await {
            Told::Connected(_) => connected += 1,
            // The one that is there already talks.
            Told::Received(id, bytes) if id == talker => heard += bytes.len(),
            other => panic!("{other}"),
        }
    }
    let chunk = Bytes::from(vec![b'm'; 1 << 16]);
    driver
        .call(|probe, now| {
            for _ in 0..MUCH >> 16 {
                probe.send(listener, chunk.clone());
            }
            let request = Request::post(server.url("/")).body(Bytes::new()).unwrap();
            probe.ask(request, SOON, now);
        })
        .unwrap();

    let mut answered = false;
    while heard < WANTED || !answered {
        match told(&mut driver).await {
            Told::Received(id, bytes) if id == talker => heard += bytes.len(),
            Told::Answered(_, response) => {
                assert_eq!(response.body(), "meanwhile");
                answered = true;
            }
            other => panic!("{other}"),
        }
    }
    // The driver reads no more than one chunk beyond what is wanted, and the peer is stopped.
    let stopped = settled(&said).await;
    assert!(heard <= WANTED + (16 << 10), "{heard}");
    assert!(stopped < MUCH, "{stopped}");
    println!(
        "{way}: wanted {WANTED}, heard {heard}, and the peer could say {stopped} of {MUCH} bytes"
    );

    // Both go on to their ends.
    driver
        .call(|probe, _| {
            probe.hear(talker, usize::MAX);
            probe.finish(listener);
        })
        .unwrap();
    go_on.send(()).unwrap();
    let (mut counted, mut ended) = (Vec::new(), 0);
    while ended < 2 {
        match told(&mut driver).await {
            Told::Received(id, bytes) if id == talker => heard += bytes.len(),
            Told::Received(_, bytes) => counted.extend_from_slice(&bytes),
            Told::Finished(id) if id == talker => {
                let last_words = |probe: &mut Probe| {
                    probe.send(talker, "I heard you");
                    probe.finish(talker);
                };
                driver.call(|probe, _| last_words(probe)).unwrap();
            }
            Told::Finished(_) => {}
            Told::Closed {
                failure: None,
                unwritten: 0,
                ..
            } => ended += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!(heard, MUCH);
    assert_eq!(counted, MUCH.to_string().into_bytes());
}

#[tokio::test]
async fn two_streams_and_a_request_at_once() {
    two_streams_and_a_request(&direct(), "straight").await;
}

#[tokio::test]
async fn two_streams_and_a_request_through_socks5() {
    let proxy = Proxy::socks5(None);
    let options = HttpOptions::new().proxy(format!("socks5://{}", proxy.address));
    two_streams_and_a_request(&options, "SOCKS5").await;
    // Names are resolved by the proxy.
    let asked = proxy.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    let names = asked
        .iter()
        .filter(|it| it.starts_with("kind 3: localhost:"));
    assert_eq!(names.count(), 2, "{asked:?}");
}

#[tokio::test]
async fn a_socks5_proxy_is_given_user_and_password() {
    let proxy = Proxy::socks5(Some(("al", "p:w@x")));
    let echo = peer(|mut stream| io::copy(&mut stream.try_clone()?, &mut stream).map(drop));
    let mut driver =
        driver(&HttpOptions::new().proxy(format!("socks5://al:p%3Aw%40x@{}", proxy.address)));
    let id = driver
        .call(|probe, now| probe.connect(tcp(echo), SOON, now))
        .unwrap();
    assert!(matches!(told(&mut driver).await, Told::Connected(it) if it == id));
    let mut wrong =
        self::driver(&HttpOptions::new().proxy(format!("socks5://al:wrong@{}", proxy.address)));
    wrong
        .call(|probe, now| probe.connect(tcp(echo), SOON, now))
        .unwrap();
    assert!(not_sent(&told(&mut wrong).await));
}

#[tokio::test]
async fn streams_go_through_an_http_proxy_by_connect() {
    let proxy = Proxy::connect();
    let options = HttpOptions::new().proxy(format!("http://user:pass@{}", proxy.address));
    let echo = peer(|mut stream| io::copy(&mut stream.try_clone()?, &mut stream).map(drop));
    let mut driver = driver(&options);
    let id = driver
        .call(|probe, now| {
            let id = probe.connect(tcp(echo), SOON, now);
            probe.send(id, "VER 1 MSNP18\r\n");
            probe.finish(id);
            id
        })
        .unwrap();
    assert_eq!(talk(&mut driver, id).await, "VER 1 MSNP18\r\n");
    let [asked] = &proxy.asked()[..] else {
        panic!("{:?}", proxy.asked())
    };
    assert!(asked.starts_with(&format!("CONNECT localhost:{echo} HTTP/1.1\r\n")));
    let login = "proxy-authorization: basic dxnlcjpwyxnz\r\n";
    assert!(asked.to_lowercase().contains(login), "{asked}");
}

/// A peer that speaks first may have spoken before the proxy says that the tunnel stands.
#[tokio::test]
async fn what_a_peer_says_first_comes_through_behind_the_proxys_reply() {
    const GREETING: &[u8] = b"220 this peer speaks first\r\n";
    let (socks, tunnels) = (
        Proxy::eager_socks5(GREETING.len()),
        Proxy::eager_connect(GREETING.len()),
    );
    for proxy in [
        format!("socks5://{}", socks.address),
        format!("http://{}", tunnels.address),
    ] {
        let greeter = peer(|mut stream| {
            stream.write_all(GREETING)?;
            stream.read_to_end(&mut Vec::new()).map(drop)
        });
        let mut driver = driver(&HttpOptions::new().proxy(proxy));
        let id = driver
            .call(|probe, now| {
                let id = probe.connect(tcp(greeter), SOON, now);
                probe.finish(id);
                id
            })
            .unwrap();
        assert_eq!(talk(&mut driver, id).await.as_bytes(), GREETING);
    }
}

#[tokio::test]
async fn what_a_proxy_cannot_reach_was_not_sent() {
    let nobody = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any = std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    nobody.bind(&any.into()).unwrap();
    let port = nobody.local_addr().unwrap().as_socket().unwrap().port();
    let (socks, tunnels) = (Proxy::socks5(None), Proxy::connect());
    for options in [
        direct(),
        HttpOptions::new().proxy(format!("socks5://{}", socks.address)),
        HttpOptions::new().proxy(format!("http://{}", tunnels.address)),
    ] {
        let mut driver = driver(&options);
        driver
            .call(|probe, now| probe.connect(tcp(port), SOON, now))
            .unwrap();
        let told = told(&mut driver).await;
        assert!(not_sent(&told), "{told}");
    }
}

/// What was lost before it was sent is told apart from what was lost after: the peer reads a megabyte of
/// what is said, waits until no more can be said, and resets.
#[tokio::test]
async fn a_reset_tells_what_was_never_written() {
    let socks = Proxy::socks5(None);
    for (way, options) in [
        ("straight", direct()),
        (
            "SOCKS5",
            HttpOptions::new().proxy(format!("socks5://{}", socks.address)),
        ),
    ] {
        let peer = peer(|mut stream| {
            let mut megabyte = vec![0; 1 << 20];
            stream.read_exact(&mut megabyte)?;
            thread::sleep(Duration::from_millis(300));
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))
        });
        let mut driver = driver(&options);
        driver
            .call(|probe, now| {
                let id = probe.connect(tcp(peer), SOON, now);
                probe.send(id, vec![b'x'; MUCH]);
            })
            .unwrap();
        assert!(matches!(told(&mut driver).await, Told::Connected(_)));
        let Told::Closed {
            failure: Some(Failure::Unknown),
            unwritten,
            ..
        } = told(&mut driver).await
        else {
            panic!("something else came");
        };
        assert!((1..=MUCH - (1 << 20)).contains(&unwritten), "{unwritten}");
        println!("{way}: of {MUCH} bytes, {unwritten} were never written");
    }
}

/// Echoes one line over TLS, as `localhost`; then ends, in order or without a word.
fn tls_peer(in_order: bool) -> u16 {
    let (certificates, key) = certificates::server();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let config = Arc::new(config);
    peer(move |stream| {
        let tls = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(tls, stream);
        let mut line = [0; 7];
        stream.read_exact(&mut line)?;
        stream.write_all(&line)?;
        stream.flush()?;
        if in_order {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        stream.sock.shutdown(Shutdown::Write)?;
        io::copy(&mut stream.sock, &mut io::sink()).map(drop)
    })
}

#[tokio::test]
async fn tls_goes_over_a_stream_and_through_a_proxy() {
    let socks = Proxy::socks5(None);
    for options in [
        direct(),
        HttpOptions::new().proxy(format!("socks5://{}", socks.address)),
    ] {
        let port = tls_peer(true);
        let mut driver = driver(&options.certificate_authority(certificates::authority()));
        let to = Remote::tls("localhost", port).unwrap();
        let id = driver
            .call(|probe, now| {
                let id = probe.connect(to, SOON, now);
                probe.send(id, "PNG\r\n\r\n");
                probe.finish(id);
                id
            })
            .unwrap();
        assert_eq!(talk(&mut driver, id).await, "PNG\r\n\r\n");
    }
}

#[tokio::test]
async fn tls_that_ends_without_a_word_is_unknown() {
    let mut driver = driver(&direct().certificate_authority(certificates::authority()));
    let to = Remote::tls("localhost", tls_peer(false)).unwrap();
    driver
        .call(|probe, now| {
            let id = probe.connect(to, SOON, now);
            probe.send(id, "PNG\r\n\r\n");
        })
        .unwrap();
    assert!(matches!(told(&mut driver).await, Told::Connected(_)));
    assert!(matches!(told(&mut driver).await, Told::Received(..)));
    let end = told(&mut driver).await;
    let cut = |told: &Told| {
        matches!(
            told,
            Told::Closed {
                failure: Some(Failure::Unknown),
                ..
            }
        )
    };
    assert!(cut(&end), "{end}");
}

#[tokio::test]
async fn a_peer_that_nobody_vouches_for_is_sent_nothing_and_named() {
    let mut driver = driver(&direct());
    let to = Remote::tls("localhost", tls_peer(true)).unwrap();
    driver
        .call(|probe, now| probe.connect(to, SOON, now))
        .unwrap();
    let Told::Closed {
        failure, unwritten, ..
    } = told(&mut driver).await
    else {
        panic!("it came about");
    };
    let expected = Failure::Untrusted(CertificateFault::UnknownIssuer);
    assert_eq!((failure, unwritten), (Some(expected), 0));
}

#[tokio::test]
async fn an_accepted_connection_is_a_stream_like_any_other() {
    // The probe wants none: it is dropped, and the peer sees it.
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let local = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(local).unwrap();
    let (stream, peer) = listener.accept().await.unwrap();
    let driver = driver(&direct());
    assert_eq!(driver.accept(stream.into(), peer, local), Ok(false));
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
}

/// It tried for ever to connect, and said each time that the service could not be reached.
#[tokio::test]
async fn without_streams_a_client_of_a_network_behind_tcp_is_signed_out_and_told_why() {
    for (tls, text) in [(false, "over TCP"), (true, "over TLS")] {
        let made = [Network::tcp, Network::tls][usize::from(tls)];
        let network = made("localhost", "https://localhost").unwrap();
        let access = Access::passport(network, "alice@example.org", "secret");
        let http = Http::new(direct().client().unwrap());
        let mut driver = spawn(Client::new(Config::new(access, [7; 32])), http);
        driver.call(Client::sign_in).unwrap();
        let mut steps = Vec::new();
        let reason = loop {
            let event = tokio::time::timeout(SOON, driver.next_event()).await;
            match event.expect("no event came").unwrap() {
                Event::SignInProgress(step) => steps.push(step),
                Event::SignedOut(reason) => break reason,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(steps, [Step::Connecting]);
        assert_eq!(reason, Reason::NoStreams { tls });
        let reason = reason.to_string();
        let says = |part| assert!(reason.contains(part), "{reason}");
        says(text);
        says("a driver with streams");
    }
}

/// What a stream says until both sides have finished.
async fn talk(driver: &mut Driver<Probe>, id: StreamId) -> String {
    let mut heard = Vec::new();
    loop {
        match told(driver).await {
            Told::Connected(it) | Told::Finished(it) if it == id => {}
            Told::Received(it, bytes) if it == id => heard.extend_from_slice(&bytes),
            Told::Closed {
                failure: None,
                unwritten: 0,
                ..
            } => break,
            other => panic!("{other}"),
        }
    }
    String::from_utf8(heard).unwrap()
}

fn not_sent(told: &Told) -> bool {
    let of_none = |told: &Told| {
        matches!(
            told,
            Told::Closed {
                failure: Some(Failure::NotSent),
                unwritten: 0,
                ..
            }
        )
    };
    of_none(told)
}
