//! Group 6: encodings and declarations.

use soap_codec::Version;
use soap_codec::bsim::{Operation, Refusal, Request};

use super::*;

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf_16_declared_over_utf_8() {
    refused(
        "<?xml version=\"1.0\"¦ encoding=\"utf-16\"?><a/>",
        Problem::ForeignEncoding,
    );
}

#[test]
fn real_utf_16() {
    for start in [
        "\u{FEFF}",
        "\u{FEFF}<?xml version='1.0' encoding='utf-16'?>",
        "",
        " ",
        "\n",
    ] {
        let text = format!("{start}<a/>");
        for bytes in [
            utf_16(&text, u16::to_le_bytes),
            utf_16(&text, u16::to_be_bytes),
        ] {
            let problem = Problem::WideEncoding;
            assert_eq!(parse(bytes), Err(XmlError { problem, at: 0 }), "{text:?}");
        }
    }
}

#[test]
fn utf_32() {
    let bytes: Vec<u8> = "\u{FEFF}<a/>"
        .chars()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    refused_somewhere(bytes, Problem::WideEncoding);
    let bytes: Vec<u8> = "<a/>"
        .chars()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    refused_somewhere(bytes, Problem::WideEncoding);
    let bytes: Vec<u8> = "<a/>"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    refused_somewhere(bytes, Problem::WideEncoding);
}

#[test]
fn other_encodings_declared() {
    for name in [
        "iso-8859-1",
        "gb2312",
        "GBK",
        "windows-1252",
        "x-unknown",
        "UTF-7",
        "utf-8x",
        "",
    ] {
        refused(
            &format!("<?xml version=\"1.0\"¦ encoding=\"{name}\"?><a/>"),
            Problem::ForeignEncoding,
        );
    }
    // Said of bytes that are not UTF-8 it is still the encoding that is named as the problem.
    refused_somewhere(
        b"<?xml version='1.0' encoding='gb2312'?><a>\xD0\xA1\xC3\xC0</a>",
        Problem::ForeignEncoding,
    );
}

#[test]
fn bytes_of_another_encoding_undeclared() {
    refused_somewhere(b"<a>caf\xE9</a>", Problem::InvalidUtf8);
    refused_somewhere(b"<a>\xD0\xA1\xC3\xC0\xB1</a>", Problem::InvalidUtf8);
}

#[test]
fn utf_8_in_any_case_and_its_part_ascii() {
    for name in ["utf-8", "UTF-8", "Utf-8", "utf8", "us-ascii", "ASCII"] {
        accepted(
            format!("<?xml version='1.0' encoding='{name}'?><a>x</a>"),
            "x",
        );
    }
}

/// UTF-7 is ASCII: undeclared, it is text that means itself.
#[test]
fn utf_7_is_not_decoded() {
    accepted("<a>+ADw-script+AD4-</a>", "+ADw-script+AD4-");
}

fn receive(content_type: &str, body: &[u8]) -> Result<Operation, Refusal> {
    let mut budget = Budget::new(Limits::REQUEST);
    let action = Some("http://www.imcomponents.com/Login");
    let leniency = Leniency::default();
    Request::receive(Some(content_type), action, body, &mut budget, leniency)
        .map(|request| request.operation)
}

/// The text of the fault that a request gets.
#[track_caller]
fn fault(content_type: &str, body: &[u8]) -> String {
    match receive(content_type, body) {
        Err(Refusal::Fault(Version::Soap11, fault)) => fault.reason,
        other => panic!("{content_type}: {other:?}"),
    }
}

#[test]
fn the_charset_of_the_header_counts_too() {
    let plain = receive("text/xml", LOGIN.as_bytes()).expect("a request");
    for charset in ["utf-8", "US-ASCII", "iso-8859-1"] {
        let content_type = format!("text/xml; charset={charset}");
        assert_eq!(receive(&content_type, LOGIN.as_bytes()), Ok(plain.clone()));
    }
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide = utf_16(&LOGIN.replace("utf-8", "utf-16"), unit);
        for content_type in ["text/xml; charset=utf-16", "text/xml"] {
            assert_eq!(receive(content_type, &wide), Ok(plain.clone()));
        }
    }
    // No request is UTF-16 because somebody says so.
    let malformed = fault("text/xml; charset=utf-16", b"<a>");
    assert!(malformed.contains("the body is not UTF-16"), "{malformed}");
    for charset in ["gb2312", "windows-1252", "nonsense"] {
        let content_type = format!("text/xml; charset={charset}");
        let refused = fault(&content_type, LOGIN.as_bytes());
        let named = format!("the encoding \"{charset}\" is not read");
        assert!(refused.contains(&named), "{refused}");
    }
}

/// .NET declares `utf-16` for every string that it then sends as UTF-8.
#[test]
fn the_charset_of_the_header_wins_over_the_declaration() {
    let plain = receive("text/xml", LOGIN.as_bytes()).expect("a request");
    for declared in ["utf-16", "gb2312", "x-unknown"] {
        let body = LOGIN.replace("utf-8", declared);
        let read = receive("text/xml; charset=utf-8", body.as_bytes());
        assert_eq!(read, Ok(plain.clone()), "{declared}");
        // Without it nobody can say which of all encodings that is.
        let refused = fault("text/xml", body.as_bytes());
        assert!(refused.contains("the declared encoding"), "{refused}");
    }
    // It wins though it is wrong.
    let latin = LOGIN.replace("testing", "caf\u{e9}");
    let read = receive("text/xml; charset=iso-8859-1", latin.as_bytes());
    assert!(matches!(read, Ok(Operation::Login(_))), "{read:?}");
}

#[test]
fn a_declaration_after_white_space() {
    refused(" ¦<?xml version='1.0'?><a/>", Problem::MisplacedDeclaration);
    refused(
        "<!-- -->¦<?xml version='1.0'?><a/>",
        Problem::MisplacedDeclaration,
    );
}

#[test]
fn a_declaration_in_the_middle() {
    refused(
        "<a>¦<?xml version='1.0'?><b/></a>",
        Problem::MisplacedDeclaration,
    );
    refused(
        "<?xml version='1.0'?>¦<?xml version='1.0'?><a/>",
        Problem::MisplacedDeclaration,
    );
    // As one archived page prints the result (soap.md 1.4).
    let body = unpacked("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Session id=\"x\"/>");
    assert!(matches!(
        envelope(body),
        Err(EnvelopeError::Xml(XmlError {
            problem: Problem::MisplacedDeclaration,
            ..
        }))
    ));
}

#[test]
fn other_versions() {
    for version in ["1.1", "2.0", "1", "1.00", ""] {
        refused(
            &format!("<?xml¦ version=\"{version}\"?><a/>"),
            Problem::Version,
        );
    }
}

#[test]
fn malformed_declarations() {
    for declaration in [
        "<?xml?>",
        "<?xml ?>",
        "<?xml encoding='utf-8'?>",
        "<?xml version=1.0?>",
        "<?xml version='1.0\"?>",
        "<?xml version='1.0'encoding='utf-8'?>",
        "<?xml version='1.0' encoding=utf-8?>",
        "<?xml version='1.0' standalone='maybe'?>",
        "<?xml version='1.0' standalone='yes' encoding='utf-8'?>",
        "<?xml version='1.0' encoding='utf-8' encoding='utf-8'?>",
        "<?xml version='1.0' other='x'?>",
        "<?xml version='1.0' x?>",
    ] {
        refused_somewhere(format!("{declaration}<a/>"), Problem::Declaration);
    }
    accepted(
        "<?xml\tversion = '1.0'\r\nencoding = \"utf-8\" standalone='no' ?><a>x</a>",
        "x",
    );
    refused("¦<?XML version='1.0'?><a/>", Problem::ProcessingInstruction);
    refused(
        "¦<?xml-stylesheet href='x'?><a/>",
        Problem::ProcessingInstruction,
    );
}
