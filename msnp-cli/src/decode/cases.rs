//! Recordings that were once left out or misread, with what is right.

use super::tests::written;
use crate::recording::wire::{ACK, File, Link, PSH, SYN, capture, tcp};

/// The lines about a file from `tests/data/cases`.
macro_rules! case {
    ($name:literal, $words:expr) => {
        written(
            include_bytes!(concat!("../../tests/data/cases/", $name)),
            $words,
        )
        .lines()
        .map(str::to_owned)
        .collect::<Vec<_>>()
    };
}

#[test]
fn base64_that_is_none_is_read_as_text_and_told() {
    let found = case!("01-base64-label-on-plain-text.har", &["--check"]);
    assert!(
        found[0].ends_with("labelled as base64, which it is not; read as text"),
        "{found:#?}"
    );
    assert!(
        found[1].contains("2 frames (1 from clients, 1 from servers)"),
        "{found:#?}"
    );
}

#[test]
fn base64_without_its_label_is_read_and_told() {
    let found = case!("02-base64-without-label.har", &["--check"]);
    assert!(
        found[0].ends_with("base64 without the label; read as such"),
        "{found:#?}"
    );
    let last = found.last().expect("a summary");
    assert!(
        last.contains("2 frames (1 from clients, 1 from servers)"),
        "{found:#?}"
    );
}

#[test]
fn a_status_between_quotes_is_a_status() {
    let found = case!("12-status-as-string.har", &["--check"]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains("2 frames (1 from clients, 1 from servers)"),
        "{found:#?}"
    );
    assert!(found[0].ends_with("nothing wrong"), "{found:#?}");
}

#[test]
fn headers_may_be_an_object_or_null() {
    let found = case!("18-headers-as-object.har", &["--check"]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains("2 frames (1 from clients, 1 from servers)"),
        "{found:#?}"
    );
    assert!(found[0].ends_with("nothing wrong"), "{found:#?}");
}

#[test]
fn a_folded_header_leads_to_its_session() {
    let found = case!("05-http-folded.raw", &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].ends_with("PNG 1 CON 2"), "{found:#?}");
}

#[test]
fn a_body_packed_unasked_is_unpacked() {
    let found = case!("07-http-gzip.raw", &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].ends_with("PNG 1 CON 2"), "{found:#?}");
}

#[test]
fn a_coding_that_is_not_read_is_named() {
    let reply = "HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.2\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc";
    let found = written(reply.as_bytes(), &["--check"]);
    let fault = "S>C -: body is coded by \"br\", which is not read";
    assert!(found.contains(fault), "{found}");
}

#[test]
fn what_there_is_of_a_body_is_shown_before_it_is_told_to_be_cut() {
    let found = case!("15-continue-only-cut.raw", &[]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].ends_with("PNG 1 CON 2"), "{found:#?}");
    assert!(
        found[1].ends_with("HTTP body is cut off after 15 bytes"),
        "{found:#?}"
    );
}

#[test]
fn a_blank_before_a_colon_is_told_with_whose_reply_it_is() {
    let reply = "HTTP/1.1 200 OK\r\nX-MSN-Messenger : SessionID=1.2\r\nContent-Length: 13\r\n\r\nPNG 1 CON 0\r\n";
    let found = written(reply.as_bytes(), &["--check"]);
    assert!(
        found.contains("S>C -: HTTP header with a blank before its colon"),
        "{found}"
    );
    assert!(found.contains("1 frames"), "{found}");
}

#[test]
fn a_reply_of_a_gateway_without_msnp_is_told() {
    let exchange = [
        "--- 1 C>S conn=a t=0 len=77\nPOST /gateway/gateway.dll?Action=open HTTP/1.1\\r\\n\nContent-Length: 5\\r\\n\n\\r\\n\nPNG\\r\\n\n",
        "--- 2 S>C conn=a t=0 len=46\nHTTP/1.1 500 Oops\\r\\n\nContent-Length: 4\\r\\n\n\\r\\n\noops\n",
    ]
    .concat();
    let found = written(exchange.as_bytes(), &[]);
    assert!(
        found.contains("S>C a/gw1          HTTP 500 without MSNP, 4 bytes"),
        "{found}"
    );
    assert!(
        found.contains("1 replies of gateways without MSNP"),
        "{found}"
    );
}

#[test]
fn entries_of_a_har_are_told_or_explained() {
    let har = r#"{"log": {"entries": [
        {"request": {"method": "GET", "url": "https://h/"}, "response": 7},
        {"request": {"url": "https://h/"}},
        {"request": {"method": "GET", "url": "https://h/", "headers": [3]}, "response": {"status": {}}}
    ]}}"#;
    let found = written(har.as_bytes(), &["--json"]);
    for fault in [
        "response cannot be read",
        "no entry of a HAR: request, method or URL is missing",
        "header cannot be read",
        "status cannot be read",
        "\"entries\":3",
        "\"unread_entries\":1",
        "\"other_exchanges\":2",
        "\"unanswered_requests\":1",
    ] {
        assert!(found.contains(fault), "{fault}\n{found}");
    }
}

#[track_caller]
fn check_problems(input: &[u8], expected: &[&str]) {
    let found = written(input, &[]);
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_recording_says_so_in_few_lines() {
    let garbage: Vec<u8> = (0..3000u32).map(|it| (it * 7919 % 251) as u8).collect();
    let found = written(&garbage, &[]);
    assert!(found.lines().count() <= 12, "{found}");
    assert!(
        found.contains("looks like no format that is known here"),
        "{found}"
    );
    check_problems(b"", &["f: byte 0: the file is empty"]);
    check_problems(
        b"{\"a\": 1}",
        &["f: line 1, byte 0: JSON, but no HAR: there is no log.entries"],
    );
    check_problems(
        b"{\"log\": {\n\"entries\": [{",
        &["f: line 2, byte 23: the file ends early: its JSON is not closed"],
    );
}

#[test]
fn problems_that_are_alike_are_counted() {
    let lines = "!?\r\n".repeat(20);
    let found = written(format!("PNG\r\n{lines}").as_bytes(), &[]);
    let alike = "f: byte 17: 17 more like it, --verbose shows all: line does not start with a three-letter command";
    assert_eq!(found.lines().count(), 5, "{found}");
    assert_eq!(found.lines().last(), Some(alike));
    let whole = written(format!("PNG\r\n{lines}").as_bytes(), &["--verbose"]);
    // One line more says why the frame has no type.
    assert_eq!(whole.lines().count(), 22, "{whole}");
}

#[test]
fn packets_are_read_with_and_without_http() {
    let client = "10.0.0.1:5000".parse().expect("an address");
    let server = "10.0.0.2:80".parse().expect("an address");
    let gateway = "10.0.0.2:8080".parse().expect("an address");
    let post = b"POST /gateway/gateway.dll?Action=open HTTP/1.1\r\nContent-Length: 18\r\n\r\nVER 1 MSNP8 CVR0\r\n";
    let packets = [
        tcp(client, server, 1, SYN, b""),
        tcp(client, server, 9, ACK | PSH, b"SNP8 CVR0\r\nPNG\r\n"),
        tcp(client, server, 2, ACK | PSH, b"VER 1 M"),
        tcp(client, gateway, 1, SYN, b""),
        tcp(client, gateway, 2, ACK | PSH, post),
    ];
    let file = capture(File::PcapNg, Link::Cooked, usize::MAX, &packets);
    let found = written(&file, &["--check"]);
    let expected = "f: 2 frames (2 from clients, 0 from servers), 23 bytes, 5 packets, \
                    2 packets of other ports; nothing wrong\n";
    assert_eq!(found, expected);
    let found = written(&file, &["--check", "--port", "8080"]);
    let expected = "f: 3 frames (3 from clients, 0 from servers), 41 bytes, 1 gateway exchanges, 5 packets; \
                    nothing wrong\n";
    assert_eq!(found, expected);
}

#[test]
fn a_packed_recording_is_unpacked() {
    use std::io::Write as _;
    let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut packed = packed;
    packed.write_all(b"PNG\r\n").expect("memory");
    let found = written(&packed.finish().expect("memory"), &[]);
    assert!(found.ends_with("PNG\n"), "{found}");
}

#[test]
fn soap_is_shown_with_its_secrets_masked() {
    let body = "<s:Envelope><s:Body><Login><userID>testing</userID><password>hush</password></Login></s:Body></s:Envelope>";
    let call = format!(
        "POST /imsoap/BSIMService.asmx HTTP/1.1\r\nContent-Type: text/xml; charset=utf-8\r\n\
         SOAPAction: \"http://www.imcomponents.com/Login\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let found = written(call.as_bytes(), &["--verbose"]);
    let head = format!(
        "C>S -              SOAP /imsoap/BSIMService.asmx Login, {} bytes",
        body.len()
    );
    assert!(found.contains(&head), "{found}");
    assert!(found.contains("<password>[secret]</password>"), "{found}");
    assert!(!found.contains("hush"), "{found}");
    assert!(written(call.as_bytes(), &["--verbose", "--show-secrets"]).contains("hush"));
}

#[test]
fn a_frame_neither_typed_nor_explained_fails() {
    let found = written(
        b"VER 1 MSNP12 CVR0\r\nXYZ 2 planted\r\nPNG\r\n",
        &["--check", "--side", "client"],
    );
    assert!(
        found.contains("XYZ is neither a command of any dialect nor explained"),
        "{found}"
    );
    assert!(found.contains("1 problem"), "{found}");
    // What the notes name without a form is explained, and no fault.
    let found = written(
        b"VER 1 MSNP12 CVR0\r\nLKP 2 x\r\nPNG\r\n",
        &["--report", "--side", "client"],
    );
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(
        lines,
        [
            "3 frames (3 from clients, 0 from servers), 33 bytes; nothing wrong",
            "  MSNP12 C>S LKP: 1 other: the notes have no syntax and no capture of it",
            "  MSNP12 C>S PNG: 1 typed",
            "  MSNP12 C>S VER: 1 typed",
        ]
    );
}

#[test]
fn soap_of_sign_in_and_lists_is_told_by_its_call_without_secrets() {
    let body = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><ABAuthHeader \
         xmlns=\"http://www.msn.com/webservices/AddressBook\"><TicketToken>t=hush&amp;p=</TicketToken></ABAuthHeader></s:Header>\
         <s:Body><ABGroupDelete xmlns=\"http://www.msn.com/webservices/AddressBook\"><abId>00000000-0000-0000-0000-000000000000</abId>\
         <groupFilter><groupIds><guid>11111111-2222-3333-4444-555555555555</guid></groupIds></groupFilter></ABGroupDelete></s:Body></s:Envelope>";
    let call = format!(
        "POST /abservice/abservice.asmx HTTP/1.1\r\nContent-Type: text/xml; charset=utf-8\r\n\
         SOAPAction: \"http://www.msn.com/webservices/AddressBook/ABGroupDelete\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let found = written(call.as_bytes(), &["--verbose"]);
    let head = format!(
        "SOAP /abservice/abservice.asmx ABGroupDelete, {} bytes: ABGroupDelete",
        body.len()
    );
    assert!(found.contains(&head), "{found}");
    assert!(!found.contains("hush"), "{found}");
    let found = written(call.as_bytes(), &["--report"]);
    assert!(found.contains("C>S SOAP ABGroupDelete: 1 typed"), "{found}");
}

#[test]
fn passport_is_told_without_its_secrets() {
    let call = "GET /login2.srf HTTP/1.1\r\n\
         Authorization: Passport1.4 OrgVerb=GET,sign-in=alice%40example.com,pwd=hush,ct=1\r\n\r\n";
    let found = written(call.as_bytes(), &["--verbose"]);
    assert!(
        found.contains("Passport 1.4 /login2.srf: sign-in alice@example.com"),
        "{found}"
    );
    let reply = "HTTP/1.1 200 OK\r\nAuthentication-Info: Passport1.4 da-status=success,from-PP='t=hush&p='\r\n\
         Content-Length: 0\r\n\r\n";
    let told = written(reply.as_bytes(), &["--verbose"]);
    assert!(
        told.contains("Passport 1.4 HTTP 200: granted, ticket [secret]"),
        "{told}"
    );
    assert!(!format!("{found}{told}").contains("hush"));
    let found = written(reply.as_bytes(), &["--report"]);
    assert!(found.contains("S>C Passport 1.4: 1 typed"), "{found}");
}
