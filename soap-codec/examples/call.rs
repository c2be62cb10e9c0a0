//! Signs in at an IM web service: one SOAP call over HTTP.
//!
//! ```sh
//! MSNP_SERVICE_PASSWORD=hush msnp user add-service testing && msnp serve &
//! cargo run -p soap-codec --example call -- 127.0.0.1:8080 testing hush
//! ```

use std::io::{Read, Write};
use std::net::TcpStream;

use soap_codec::bsim::{Leniency, Login, Operation, Reply};
use soap_codec::{Budget, Envelope, Limits, Version};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The longest answer that is read.
const LONGEST: u64 = 1 << 20;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(user), Some(password)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: call ADDRESS USER PASSWORD".into());
    };
    let login = Operation::Login(Login {
        user_id: Some(user),
        password: Some(password.into()),
    });
    match call(&address, &login)? {
        Reply::Login(Some(session)) => {
            println!("signed in as {}", session.user_id.unwrap_or_default());
            Ok(())
        }
        other => Err(format!("this is no answer to a login: {other:?}").into()),
    }
}

fn call(address: &str, operation: &Operation) -> Result<Reply, Failure> {
    let version = Version::Soap11;
    let body = operation.to_envelope(version).to_xml()?;
    let mut connection = TcpStream::connect(address)?;
    write!(
        connection,
        "POST /imsoap/BSIMService.asmx HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {}\r\n\
         SOAPAction: {}\r\nContent-Length: {}\r\n\r\n{body}",
        version.content_type(),
        operation.name().soap_action(),
        body.len(),
    )?;
    let mut response = Vec::new();
    connection.take(LONGEST).read_to_end(&mut response)?;
    let end = response.windows(4).position(|four| four == b"\r\n\r\n");
    let answer = &response[end.ok_or("no answer")? + 4..];
    // Whatever the status is: faults come with 200 and with 500.
    let mut budget = Budget::new(Limits::RESPONSE);
    let envelope = Envelope::parse(answer, &mut budget)?;
    let leniency = Leniency::default();
    Ok(Reply::decode(
        operation.name(),
        &envelope,
        &mut budget,
        leniency,
    )?)
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a caller and a service beside each other, over a real connection"
)]
fn a_login_goes_there_and_its_answer_comes_back() {
    use soap_codec::bsim::{Request, ResultEncoding, Session};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let service = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"Envelope>") {
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let text = String::from_utf8(request).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let mut budget = Budget::new(Limits::REQUEST);
        let request = Request::receive(
            header("Content-Type"),
            header("SOAPAction"),
            body.as_bytes(),
            &mut budget,
            Leniency::default(),
        )
        .unwrap();
        let Operation::Login(login) = request.operation else {
            panic!("another call");
        };
        let session = Session {
            user_id: login.user_id,
            ..Session::default()
        };
        let reply = Reply::Login(Some(session));
        let reply = reply
            .to_envelope(request.version, ResultEncoding::Escaped)
            .unwrap();
        let reply = reply.to_xml().unwrap();
        write!(connection, "HTTP/1.1 200 OK\r\n\r\n{reply}").unwrap();
    });
    let login = Operation::Login(Login {
        user_id: Some("testing".into()),
        password: Some("hush".to_owned().into()),
    });
    let Reply::Login(Some(session)) = call(&address, &login).unwrap() else {
        panic!("not signed in");
    };
    assert_eq!(session.user_id.as_deref(), Some("testing"));
    service.join().unwrap();
}
