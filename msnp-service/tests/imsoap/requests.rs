//! Requests as callers of 2008 sent them, byte by byte, and ones that no caller should send.

use std::fmt::Write as _;
use std::time::Duration;

use msnp_service::{Service, ServiceConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::raw::{self, Response};
use crate::secrets::PASSWORD;
use crate::{service, soon};

/// The bodies as they were sent, and as the documentation printed them.
macro_rules! captured {
    ($file:literal) => {
        include_str!(concat!("../../../soap-codec/tests/data/", $file))
    };
}

const LOGIN: &str = captured!("wire/login-request.xml");
const SESSION_ID: &str = "73EDE71C-2239-4707-BA85-0ABB408E6458";
const GET_VERSION: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
    <GetVersion xmlns=\"http://www.imcomponents.com\"/></s:Body></s:Envelope>";
const POST: &str = "POST /imsoap/BSIMService.asmx HTTP/1.1\nHost: test";

/// A service with the accounts of the capture.
async fn service_of_the_capture() -> Service {
    let service = Service::start(ServiceConfig::default())
        .await
        .expect("it starts");
    let added = service.add_service_account("testing", "password").await;
    added.expect("new");
    let added = service.add_account(
        "bstest2@live.com",
        "live:bstest2",
        "dddddddddddd",
        "123456789",
    );
    added.await.expect("new");
    service
}

/// Posts `body` with the head that the .NET proxy sent, waits for the server's word to go on before
/// sending the body, and reads the response.
async fn post_as_captured(stream: &mut TcpStream, operation: &str, body: &str) -> Response {
    let head = format!(
        "POST /imsoap/BSIMService.asmx HTTP/1.1\r\n\
        User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 2.0.50727.42)\r\n\
        Content-Type: text/xml; charset=utf-8\r\n\
        SOAPAction: \"http://www.imcomponents.com/{operation}\"\r\n\
        Host: www.imcomponents.com\r\n\
        Content-Length: {}\r\n\
        Expect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut said = vec![0; go_on.len()];
    soon("100 Continue", stream.read_exact(&mut said))
        .await
        .expect("it answers");
    assert_eq!(said, go_on);
    stream.write_all(body.as_bytes()).await.expect("it reads");
    raw::read(stream).await
}

/// The text between two marks.
#[track_caller]
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let from = text.find(before).expect(before) + before.len();
    let length = text[from..].find(after).expect(after);
    &text[from..from + length]
}

#[tokio::test]
async fn the_captured_session_runs_byte_for_byte() {
    let service = service_of_the_capture().await;
    let mut stream = TcpStream::connect(service.address()).await.unwrap();
    let login = post_as_captured(&mut stream, "Login", LOGIN).await;
    assert_eq!(login.status(), 200, "{}", login.text());
    assert_eq!(
        login.header("Content-Type"),
        Some("text/xml; charset=utf-8")
    );
    assert_eq!(login.header("Cache-Control"), Some("private, max-age=0"));
    let id = between(login.text(), "<SessionId>", "</SessionId>").to_owned();
    let time = between(login.text(), "<LoginTime>", "</LoginTime>").to_owned();
    let ours = |captured: &str| {
        let captured = captured.replace(SESSION_ID, &id);
        captured
            .replace("2008-06-30 22:14:03", &time)
            .replace("210.13.111.138", "127.0.0.1")
    };
    assert_eq!(login.text(), ours(captured!("wire/login-response.xml")));

    let calls = [
        (
            "LoginIM",
            captured!("wire/loginim-request.xml"),
            captured!("wire/loginim-response.xml"),
        ),
        (
            "ChangeStatus",
            captured!("wire/changestatus-request.xml"),
            captured!("wire/changestatus-response.xml"),
        ),
        (
            "SendMessage",
            captured!("wire/sendmessage-request.xml"),
            captured!("wire/sendmessage-response.xml"),
        ),
    ];
    for (operation, request, response) in calls {
        let answer = post_as_captured(&mut stream, operation, &ours(request)).await;
        assert_eq!(answer.text(), response, "{operation}");
    }

    // Until the sign-in is told, and the message that nobody can get.
    let fetch = ours(captured!("wire/keepsessionalive-request.xml"));
    let mut told = String::new();
    let fetching = async {
        while !told.contains("OnLogin ") || !told.contains("was not sent") {
            let fetched = post_as_captured(&mut stream, "KeepSessionAlive", &fetch).await;
            told.push_str(fetched.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon("signed in", fetching).await;
    let shell =
        format!("&lt;Session id=\"{id}\"&gt;&lt;IM type=\"msn\" account=\"bstest2@live.com\"");
    assert!(told.contains(&shell), "{told}");
    assert!(
        told.contains("&lt;OnNicknameChanged&gt;dddddddddddd&lt;"),
        "{told}"
    );
    assert!(told.contains("&lt;OnStatusChanged&gt;NLN&lt;"), "{told}");

    // Set once more, the status is all that there is to tell.
    let change = ours(captured!("wire/changestatus-request.xml"));
    post_as_captured(&mut stream, "ChangeStatus", &change).await;
    let fetching = async {
        loop {
            let fetched = post_as_captured(&mut stream, "KeepSessionAlive", &fetch).await;
            if fetched.text().contains("OnStatusChanged") {
                return fetched;
            }
        }
    };
    let fetched = soon("the status", fetching).await;
    let captured = captured!("wire/keepsessionalive-response-status.xml");
    assert_eq!(fetched.text(), ours(captured));
    service.stop().await;
}

#[tokio::test]
async fn requests_as_they_were_printed_work() {
    let service = service_of_the_capture().await;
    let mut stream = TcpStream::connect(service.address()).await.unwrap();
    let login = captured!("capture/01-req-Login.xml");
    let spread = login.replace("> ", ">\r\n\t\t").replace(" <", "\r\n\t<");
    for body in [login, &spread] {
        let login = post_as_captured(&mut stream, "Login", body).await;
        assert_eq!(login.status(), 200, "{}", login.text());
        let id = between(login.text(), "<SessionId>", "</SessionId>").to_owned();
        let login_im = captured!("capture/03-req-LoginIM.xml").replace(SESSION_ID, &id);
        let answer = post_as_captured(&mut stream, "LoginIM", &login_im).await;
        assert_eq!(answer.text(), captured!("wire/loginim-response.xml"));
        let fetch = captured!("capture/05-req-KeepSessionAlive.xml").replace(SESSION_ID, &id);
        let mut told = String::new();
        let fetching = async {
            while !told.contains("OnLogin ") {
                told = post_as_captured(&mut stream, "KeepSessionAlive", &fetch)
                    .await
                    .text()
                    .to_owned();
                assert!(!told.contains("failed"), "{told}");
            }
        };
        soon("signed in", fetching).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn the_ruby_gems_requests_work() {
    let service = service(|_| {}).await;
    // Prefixes of its own, no declaration, no quotes, the folder's address (soap.md 1.3).
    let body = format!(
        "<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\" \
        xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:n1=\"http://www.imcomponents.com\">\
        <env:Body><n1:Login><n1:password>{PASSWORD}</n1:password><n1:userId>\n testing </n1:userId>\
        </n1:Login></env:Body></env:Envelope>"
    );
    let head = "POST /imsoap/ HTTP/1.1
        Host: www.imcomponents.com
        Content-Type: text/xml; charset=utf-8
        SOAPAction: http://www.imcomponents.com/Login";
    let response = raw::send(service.address(), head, body.as_bytes()).await;
    assert_eq!(response.status(), 200, "{}", response.text());
    assert_eq!(between(response.text(), "<UserId>", "<"), "testing");
    service.stop().await;
}

#[tokio::test]
async fn a_chunked_body_and_one_that_comes_byte_by_byte_work() {
    let service = service_of_the_capture().await;
    let head = "POST /imsoap/BSIMService.asmx HTTP/1.1\r\nHost: test\r\n\
        Content-Type: text/xml; charset=utf-8\r\n\
        SOAPAction: \"http://www.imcomponents.com/Login\"\r\n";
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    for chunk in LOGIN.as_bytes().chunks(7) {
        let chunk = std::str::from_utf8(chunk).unwrap();
        write!(chunked, "{:x}\r\n{chunk}\r\n", chunk.len()).unwrap();
    }
    chunked.push_str("0\r\n\r\n");
    let slow = format!("{head}Content-Length: {}\r\n\r\n{LOGIN}", LOGIN.len());
    for request in [chunked, slow] {
        let mut stream = TcpStream::connect(service.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for byte in request.as_bytes() {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let response = raw::read(&mut stream).await;
        assert_eq!(response.status(), 200, "{}", response.text());
    }
    service.stop().await;
}

/// Posts a body with these header lines.
async fn post(service: &Service, headers: &str, body: &str) -> Response {
    raw::send(
        service.address(),
        &format!("{POST}\n{headers}"),
        body.as_bytes(),
    )
    .await
}

#[tokio::test]
async fn the_operation_is_found_as_aspnet_found_it() {
    let service = service(|_| {}).await;
    let version = |response: &Response| {
        assert_eq!(response.status(), 200, "{}", response.text());
        assert!(
            response
                .text()
                .contains("<GetVersionResult>v1.0.20080508</GetVersionResult>")
        );
    };
    // By the element, if there is no SOAPAction.
    version(&post(&service, "Content-Type: text/xml", GET_VERSION).await);
    // By SOAPAction, whatever the element is.
    let other = GET_VERSION.replace("GetVersion", "Whatever");
    let headers = "Content-Type: text/xml\nSOAPAction: http%3A//www.imcomponents.com/GetVersion";
    version(&post(&service, headers, &other).await);
    // SOAP 1.2: by action, else by the element, and answered in kind.
    let twelve = |body: &str| {
        body.replace(
            "schemas.xmlsoap.org/soap/envelope/",
            "www.w3.org/2003/05/soap-envelope",
        )
    };
    let action = "Content-Type: application/soap+xml; charset=utf-8; action=\"http://www.imcomponents.com/GetVersion\"";
    let plain = "Content-Type: application/soap+xml";
    for (headers, body) in [(action, &other), (plain, &GET_VERSION.to_owned())] {
        let response = post(&service, headers, &twelve(body)).await;
        version(&response);
        assert_eq!(
            response.header("Content-Type"),
            Some("application/soap+xml; charset=utf-8")
        );
        assert!(
            response
                .text()
                .contains("xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"")
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn faults_have_status_500_and_a_detail() {
    let service = service(|_| {}).await;
    let unknown = captured!("wire/keepsessionalive-request.xml");
    let eleven = "Content-Type: text/xml; charset=utf-8";
    let cases = [
        (
            eleven,
            unknown.to_owned(),
            "Server",
            "Server was unable to process request. ---> Invalid session.",
        ),
        (
            "Content-Type: text/xml\nSOAPAction: \"\"",
            GET_VERSION.to_owned(),
            "Client",
            "Server did not recognize the value of HTTP Header SOAPAction: .",
        ),
        (
            eleven,
            GET_VERSION.replace("schemas.xmlsoap.org/soap/envelope/", "example.org/"),
            "VersionMismatch",
            "Possible SOAP version mismatch: Envelope namespace http://example.org/ was unexpected. Expecting http://schemas.xmlsoap.org/soap/envelope/.",
        ),
        (
            eleven,
            "<a/>".to_owned(),
            "Client",
            "Server was unable to read request. ---&gt; Request format is invalid: Missing required soap:Envelope element.",
        ),
    ];
    for (headers, body, code, text) in cases {
        let response = post(&service, headers, &body).await;
        assert_eq!(response.status(), 500, "{text}");
        assert_eq!(
            response.header("Content-Type"),
            Some(eleven.strip_prefix("Content-Type: ").unwrap())
        );
        let fault = format!(
            "<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{}</faultstring><detail /></soap:Fault>",
            text.replace("--->", "---&gt;")
        );
        assert!(response.text().contains(&fault), "{}", response.text());
    }
    service.stop().await;
}

#[tokio::test]
async fn what_is_no_request_gets_a_bare_status() {
    let service = service(|config| config.limits.request_bytes = 1_000).await;
    let xml = "Content-Type: text/xml; charset=utf-8";
    let doctype = format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{GET_VERSION}");
    let long = GET_VERSION.replace(
        "/></s:Body>",
        &format!(">{}</GetVersion></s:Body>", " ".repeat(2_000)),
    );
    let cases = [
        (xml, "", 400),
        (xml, "<s:Envelope", 400),
        (xml, &GET_VERSION.replace("</s:Body>", ""), 400),
        (xml, &doctype, 400),
        (xml, &long, 413),
        ("Content-Type: application/json", GET_VERSION, 415),
        ("Accept: */*", GET_VERSION, 415),
    ];
    for (headers, body, status) in cases {
        let response = post(&service, headers, body).await;
        assert_eq!(
            (response.status(), response.text()),
            (status, ""),
            "{headers} {body}"
        );
    }
    for method in ["PUT", "DELETE", "OPTIONS", "PATCH"] {
        let head = format!("{method} /imsoap/BSIMService.asmx HTTP/1.1\nHost: test");
        let response = raw::send(service.address(), &head, b"").await;
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(response.header("Allow"), Some("GET, HEAD, POST"));
    }
    service.stop().await;
}

#[tokio::test]
async fn the_description_has_the_address_that_the_caller_used() {
    let service = service(|_| {}).await;
    let get = async |target: &str| {
        let head = format!("GET {target} HTTP/1.1\nHost: im.example.org:8080");
        raw::send(service.address(), &head, b"").await
    };
    for target in [
        "/imsoap/BSIMService.asmx?wsdl",
        "/imsoap/?WSDL",
        "/imsoap/BSIMService.asmx?wsdl=",
        "/imsoap/BSIMService.asmx?singleWsdl",
        "/imsoap/bsimservice.ASMX?Wsdl",
    ] {
        let wsdl = get(target).await;
        assert_eq!(wsdl.status(), 200);
        assert_eq!(wsdl.header("Content-Type"), Some("text/xml; charset=utf-8"));
        let location = "location=\"http://im.example.org:8080/imsoap/BSIMService.asmx\"";
        assert_eq!(wsdl.text().matches(location).count(), 2, "{target}");
    }
    let disco = get("/imsoap/BSIMService.asmx?disco").await;
    assert!(
        disco.text().contains(
            "contractRef ref=\"http://im.example.org:8080/imsoap/BSIMService.asmx?wsdl\""
        )
    );
    assert_eq!(get("/imsoap/BSIMService.asmx?op=Login").await.status(), 200);
    let help = get("/imsoap/BSIMService.asmx").await;
    assert_eq!(
        help.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    assert!(help.text().contains("BSIMService.asmx?wsdl"));
    assert_eq!(get("/imsoap/Other.asmx").await.status(), 404);
    service.stop().await;
}

/// Case B7: behind a proxy, the description named the address that is listened on.
#[tokio::test]
async fn the_description_has_the_address_that_the_service_was_told() {
    let service = service(|config| config.advertised_host = Some("im.example.org".into())).await;
    let head = "GET /imsoap/BSIMService.asmx?wsdl HTTP/1.1\nHost: 127.0.0.1:81";
    let wsdl = raw::send(service.address(), head, b"").await;
    let location = "location=\"http://im.example.org/imsoap/BSIMService.asmx\"";
    assert_eq!(wsdl.text().matches(location).count(), 2, "{}", wsdl.text());
    service.stop().await;
}

/// Cases B1 and B3: envelopes as .NET sends them, and in the encodings that the original read.
#[tokio::test]
async fn an_envelope_is_read_in_the_encoding_that_the_transport_names() {
    let service = service(|_| {}).await;
    let declared = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{GET_VERSION}");
    let wide: Vec<u8> = declared.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (charset, body) in [
        ("utf-8", declared.as_bytes()),
        ("utf-16", &wide),
        ("iso-8859-1", GET_VERSION.as_bytes()),
    ] {
        let head = format!("{POST}\nContent-Type: text/xml; charset={charset}");
        let response = raw::send(service.address(), &head, body).await;
        assert_eq!(response.status(), 200, "{charset}: {}", response.text());
    }
    let head = format!("{POST}\nContent-Type: text/xml; charset=gb2312");
    let response = raw::send(service.address(), &head, GET_VERSION.as_bytes()).await;
    assert_eq!(response.status(), 500);
    assert!(response.text().contains("gb2312"), "{}", response.text());
    service.stop().await;
}
