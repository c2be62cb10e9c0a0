//! Group 7: documents that end too early, go on too long, or do not fit together.

use super::*;

const GOLDEN: [&str; 13] = [
    include_str!("../data/wire/changestatus-request.xml"),
    include_str!("../data/wire/changestatus-response.xml"),
    include_str!("../data/wire/getversion-response.xml"),
    include_str!("../data/wire/keepsessionalive-request.xml"),
    include_str!("../data/wire/keepsessionalive-response-login.xml"),
    include_str!("../data/wire/keepsessionalive-response-message.xml"),
    include_str!("../data/wire/keepsessionalive-response-status.xml"),
    include_str!("../data/wire/login-request.xml"),
    include_str!("../data/wire/login-response.xml"),
    include_str!("../data/wire/loginim-request.xml"),
    include_str!("../data/wire/loginim-response.xml"),
    include_str!("../data/wire/sendmessage-request.xml"),
    include_str!("../data/wire/sendmessage-response.xml"),
];

/// At every byte: an error, and one that says "too early", or "nothing there yet".
#[test]
fn every_golden_message_cut_at_every_byte() {
    for wire in GOLDEN {
        for cut in 0..wire.len() {
            let Err(error) = parse(&wire.as_bytes()[..cut]) else {
                panic!("{cut} bytes were enough");
            };
            assert!(error.at <= cut, "{error}");
            assert!(
                matches!(
                    error.problem,
                    Problem::Truncated | Problem::NoRoot | Problem::Reference
                ),
                "{cut}: {error}"
            );
        }
    }
}

/// The same for the document inside, whose every cut still leaves a good envelope.
#[test]
fn the_inner_document_cut_at_every_byte() {
    let whole = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Session id=\"x\"><IM type=\"msn\" \
                 account=\"a@b.c\"><OnLog><item>&lt;one&gt;</item></OnLog></IM></Session>";
    assert!(fetched(&packed(whole), Limits::default()).is_ok());
    for cut in 1..whole.len() {
        let outcome = fetched(&packed(&whole[..cut]), Limits::default());
        assert!(
            matches!(outcome, Err(ReplyError::Document(_))),
            "{cut}: {outcome:?}"
        );
    }
}

#[test]
fn one_byte_more_or_less_at_the_end() {
    for wire in GOLDEN {
        assert!(parse(wire).is_ok());
        assert!(parse(format!("{wire}\r\n")).is_ok());
        refused(&format!("{wire}¦x"), Problem::TextOutsideRoot);
        refused(&format!("{wire}¦<x/>"), Problem::SecondRoot);
        refused(&format!("{wire}¦</x>"), Problem::EndTag);
    }
}

#[test]
fn text_outside_the_root() {
    refused("¦x<a/>", Problem::TextOutsideRoot);
    refused("<a/>¦ x", Problem::TextOutsideRoot);
    refused("¦<![CDATA[ ]]><a/>", Problem::TextOutsideRoot);
    refused("<a/>¦<![CDATA[]]>", Problem::TextOutsideRoot);
    refused("¦&#32;<a/>", Problem::TextOutsideRoot);
    refused("<a/>¦&amp;", Problem::TextOutsideRoot);
}

#[test]
fn two_roots_or_none() {
    refused("<a/>¦<a/>", Problem::SecondRoot);
    refused("<a></a> ¦<b>", Problem::SecondRoot);
    refused("¦", Problem::NoRoot);
    refused(" ¦", Problem::NoRoot);
    refused("<?xml version='1.0'?>¦", Problem::NoRoot);
    refused("<!-- only a comment -->¦", Problem::NoRoot);
}

#[test]
fn end_tags_that_do_not_fit() {
    refused("<a>¦</b>", Problem::EndTag);
    refused("<a><b>¦</a></b>", Problem::EndTag);
    refused("<a>¦</A>", Problem::EndTag);
    refused("<a/>¦</a>", Problem::EndTag);
    refused("¦</a>", Problem::EndTag);
    refused("<a>¦</>", Problem::EndTag);
    refused("<a>¦</ a>", Problem::EndTag);
    refused("<a>¦</a b='1'>", Problem::EndTag);
    refused("<a><b>¦", Problem::Truncated);
    accepted("<a>x</a\n>", "x");
}

#[test]
fn attributes_that_are_none() {
    refused("<a ¦b/>", Problem::Attribute);
    refused("<a ¦b c='1'/>", Problem::Attribute);
    refused("<a b=¦c/>", Problem::Attribute);
    refused("<a b='1'¦c='2'/>", Problem::Attribute);
    refused("<a b=¦/>", Problem::Attribute);
    refused("<a ¦='1'/>", Problem::Name);
    refused("<a ¦/ b='1'/>", Problem::Attribute);
    refused("<a ¦'1'/>", Problem::Attribute);
    accepted("<a\tb\n=\r'1'  c=\"2\"\n>x</a >", "x");
}

#[test]
fn markup_that_does_not_end() {
    refused("<a>¦<![CDATA[ x ]] ></a>", Problem::Truncated);
    refused("<a>¦<!-- x -- ></a>", Problem::Truncated);
    refused("<a>¦<!-->", Problem::Truncated);
    refused("<a>¦<!--->", Problem::Truncated);
    refused("<a>¦<?x ></a>", Problem::Truncated);
    refused("¦<a b='x></a>", Problem::Truncated);
    refused("¦<", Problem::Truncated);
}

#[test]
fn unknown_markup() {
    refused("<a>¦<!ELEMENT a ANY></a>", Problem::Markup);
    refused("<a>¦<![cdata[x]]></a>", Problem::Truncated);
    refused("<a>¦<!></a>", Problem::Markup);
}

#[test]
fn processing_instructions() {
    refused("<a>¦<?php echo 1 ?></a>", Problem::ProcessingInstruction);
    refused("<a/>¦<?x?>", Problem::ProcessingInstruction);
}
