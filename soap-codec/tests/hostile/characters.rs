//! Group 5: characters that XML does not have, and line ends.

use super::*;

#[test]
fn control_characters_raw() {
    for c in ('\0'..' ').filter(|c| !matches!(c, '\t' | '\n' | '\r')) {
        refused(&format!("<a>x¦{c}</a>"), Problem::Character);
        refused(&format!("<a b='¦{c}'/>"), Problem::Character);
        refused(&format!("<a><!-- ¦{c} --></a>"), Problem::Character);
        refused(&format!("<a><![CDATA[¦{c}]]></a>"), Problem::Character);
    }
    refused("¦\u{1}<a/>", Problem::Character);
    // A NUL before the first `<` is how UTF-16 begins.
    refused("¦\0<a/>", Problem::WideEncoding);
}

#[test]
fn control_characters_as_references() {
    for reference in ["&#0;", "&#1;", "&#x1F;", "&#x0;", "&#11;"] {
        refused(&format!("<a>¦{reference}</a>"), Problem::Character);
        refused(&format!("<a b='¦{reference}'/>"), Problem::Character);
    }
}

#[test]
fn numbers_that_are_no_characters() {
    refused("<a>¦&#xD800;</a>", Problem::Character);
    refused("<a>¦&#xDFFF;</a>", Problem::Character);
    refused("<a>¦&#x110000;</a>", Problem::Character);
    refused("<a>¦&#12345678901234567890;</a>", Problem::Character);
    refused("<a>¦&#xFFFE;</a>", Problem::Character);
    // The number, not the digits, is what counts.
    accepted("<a>&#00000000000000000065;</a>", "A");
}

#[test]
fn noncharacters_raw() {
    refused("<a>¦\u{FFFE}</a>", Problem::Character);
    refused("<a>¦\u{FFFF}</a>", Problem::Character);
    accepted(
        "<a>\u{FFFD}\u{1FFFE}\u{85}\u{2028}</a>",
        "\u{FFFD}\u{1FFFE}\u{85}\u{2028}",
    );
}

#[test]
fn the_end_of_cdata_in_text() {
    refused("<a>x¦]]></a>", Problem::CdataEndInText);
    accepted("<a>]]&gt; ]] > <![CDATA[]]]]>></a>", "]]> ]] > ]]>");
}

#[test]
fn hyphens_in_comments() {
    refused("<a>¦<!-- a -- b --></a>", Problem::HyphensInComment);
    refused("<a>¦<!-- a ---></a>", Problem::HyphensInComment);
    accepted("<a><!-- - - -->x<!----></a>", "x");
}

#[test]
fn a_less_than_sign_in_an_attribute() {
    refused("<a b='x¦<y'/>", Problem::LessThanInAttribute);
    accepted("<a b='>'>></a>", ">");
}

#[test]
fn line_ends_become_line_feeds_but_for_references() {
    accepted(
        "<a>1\r2\r\n3\n4\r\r\n5&#13;6&#xD;\n7\r&#10;</a>",
        "1\n2\n3\n4\n\n5\r6\r\n7\n\n",
    );
    accepted("<a><![CDATA[1\r2\r\n3]]></a>", "1\n2\n3");
    let read = parse("<a b='1\r2\r\n3\n4\t5&#13;&#10;&#9;'/>").expect("well-formed");
    assert_eq!(read.attribute("", "b"), Some("1 2 3 4 5\r\n\t"));
}

#[test]
fn bytes_that_are_no_utf_8() {
    for (bytes, at) in [
        (&b"<a>\x80</a>"[..], 3),
        (b"<a>\xC3</a>", 3),
        (b"<a>\xC0\x80</a>", 3),
        (b"<a>\xE0\x80\xAF</a>", 3),
        (b"<a>\xED\xA0\x80</a>", 3),
        (b"<a>\xF4\x90\x80\x80</a>", 3),
        (b"<a b='\xFF'/>", 6),
        (b"<?xml version='1.0'?><a>\xFF</a>", 24),
    ] {
        let problem = Problem::InvalidUtf8;
        assert_eq!(parse(bytes), Err(XmlError { problem, at }), "{bytes:?}");
    }
}

#[test]
fn byte_order_marks() {
    accepted("\u{FEFF}<a>x</a>", "x");
    accepted(
        "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><a>x</a>",
        "x",
    );
    refused("\u{FEFF}¦\u{FEFF}<a/>", Problem::TextOutsideRoot);
    refused(
        "<?xml version='1.0'?>¦\u{FEFF}<a/>",
        Problem::TextOutsideRoot,
    );
    // In text it is a character like others.
    accepted("<a>\u{FEFF}</a>", "\u{FEFF}");
}

#[test]
fn byte_order_marks_in_the_inner_document() {
    let document = "<Session id='x'/>";
    let marked = |before: &str| fetched(&packed(&format!("{before}{document}")), Limits::default());
    assert!(marked("\u{FEFF}").is_ok());
    assert!(marked("\u{FEFF}<?xml version='1.0'?>").is_ok());
    let error = XmlError {
        problem: Problem::TextOutsideRoot,
        at: 3,
    };
    assert_eq!(marked("\u{FEFF}\u{FEFF}"), Err(ReplyError::Document(error)));
}
