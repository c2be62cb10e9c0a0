//! `msnp serve --upstream`: the command in front of a server, and what it does not understand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// The command at work; it ends with the test.
struct Gateway(Child);

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn msnp() -> Command {
    Command::new(env!("CARGO_BIN_EXE_msnp"))
}

#[test]
fn it_stands_in_front_of_a_server() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = server.local_addr().unwrap().to_string();
    let mut command = msnp();
    command.args(["serve", "--listen", "127.0.0.1:0", "--upstream", &upstream]);
    command.args(["--advertise", "gw.example.com"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut gateway = Gateway(child.expect("it starts"));
    let mut url = String::new();
    let out = gateway.0.stdout.take().expect("it is piped");
    BufReader::new(out)
        .read_line(&mut url)
        .expect("the line that a script waits for");
    let address = url.trim().strip_prefix("http://").expect("an address");

    let mut client = TcpStream::connect(address).unwrap();
    let request = "POST /gateway/gateway.dll?Action=open&Server=NS&IP=messenger.hotmail.com HTTP/1.1\r\n\
        Host: gw\r\nConnection: close\r\nContent-Length: 18\r\n\r\nVER 5 MSNP8 CVR0\r\n";
    client.write_all(request.as_bytes()).unwrap();
    let (mut stream, _) = server.accept().unwrap();
    let mut said = [0; 18];
    stream.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"VER 5 MSNP8 CVR0\r\n");
    stream
        .write_all(b"VER 5 MSNP8\r\nXFR 5 NS 10.0.0.9:1863 0 10.0.0.2:1863\r\n")
        .unwrap();
    let mut reply = String::new();
    client.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    let body = "VER 5 MSNP8\r\nXFR 5 NS gw.example.com:1863 0 10.0.0.2:1863\r\n";
    // The server may be read in two pieces, and the second waits for the next poll.
    let (_, got) = reply.split_once("\r\n\r\n").expect("a body");
    assert!(!got.is_empty() && body.starts_with(got), "{got}");
}

#[test]
fn what_makes_no_sense_is_a_matter_of_usage() {
    for arguments in [
        &["--advertise", "gw"][..],
        &["--upstream-allow", "a:1"],
        &["--relay", "a=https://a/"],
        &["--upstream", "a:b"],
        &["--upstream", "a", "--relay", "a"],
        &["--upstream", "a", "--relay", "a/b=https://a/"],
    ] {
        let done = msnp().arg("serve").args(arguments).output().unwrap();
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
    }
}
