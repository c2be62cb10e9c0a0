//! Group 6: encodings and declarations.

use soap_codec::bsim::{Refusal, Request};

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

#[test]
fn the_charset_of_the_header_counts_too() {
    let receive = |content_type: &str, body: &str| {
        let mut budget = Budget::new(Limits::REQUEST);
        let action = Some("http://www.imcomponents.com/Login");
        Request::receive(
            Some(content_type),
            action,
            body.as_bytes(),
            &mut budget,
            Leniency::default(),
        )
    };
    assert!(receive("text/xml; charset=utf-8", LOGIN).is_ok());
    assert!(receive("text/xml", LOGIN).is_ok());
    assert!(receive("text/xml; charset=US-ASCII", LOGIN).is_ok());
    for charset in ["utf-16", "gb2312", "iso-8859-1", "nonsense"] {
        let content_type = format!("text/xml; charset={charset}");
        assert_eq!(
            receive(&content_type, LOGIN),
            Err(Refusal::UnsupportedMediaType)
        );
    }
    // Header and declaration that contradict each other: neither alone is believed.
    let declared = LOGIN.replace("utf-8", "gb2312");
    assert!(matches!(
        receive("text/xml; charset=utf-8", &declared),
        Err(Refusal::Malformed(_))
    ));
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
