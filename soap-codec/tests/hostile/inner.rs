//! Group 9: all of it again inside the escaped string.

use soap_codec::Limit;

use super::*;

#[track_caller]
fn refused_inside(marked: &str, problem: Problem) {
    let at = marked.find('¦').expect("a mark");
    let document = marked.replacen('¦', "", 1);
    let error = ReplyError::Document(XmlError { problem, at });
    assert_eq!(
        fetched(&packed(&document), Limits::default()),
        Err(error),
        "{marked}"
    );
}

#[test]
fn entities_and_document_types() {
    refused_inside(
        "¦<!DOCTYPE a [<!ENTITY x 'y'>]><Session>&x;</Session>",
        Problem::Doctype,
    );
    refused_inside("<Session id='¦&x;'/>", Problem::UndefinedEntity);
}

#[test]
fn duplicates_namespaces_and_names() {
    refused_inside("<Session id='1' ¦id='2'/>", Problem::DuplicateAttribute);
    refused_inside("<Session><¦p:IM/></Session>", Problem::UndeclaredPrefix);
    refused_inside("<Session><¦1/></Session>", Problem::Name);
    // Prefixes of the envelope mean nothing in a document of its own.
    refused_inside("<¦soap:Session/>", Problem::UndeclaredPrefix);
}

#[test]
fn characters() {
    refused_inside("<Session>¦&#1;</Session>", Problem::Character);
    refused_inside("<Session>¦]]></Session>", Problem::CdataEndInText);
    refused_inside("<Session>¦<!-- -- --></Session>", Problem::HyphensInComment);
}

#[test]
fn structure() {
    refused_inside("<Session/>¦<Session/>", Problem::SecondRoot);
    refused_inside("<Session/>¦x", Problem::TextOutsideRoot);
    refused_inside("<Session>¦</IM>", Problem::EndTag);
    refused_inside("<Session/>¦<?x?>", Problem::ProcessingInstruction);
    refused_inside(
        "<Session>¦<?xml version='1.0'?></Session>",
        Problem::MisplacedDeclaration,
    );
    refused_inside("<?xml¦ version='1.1'?><Session/>", Problem::Version);
    refused_inside("¦nothing but text", Problem::TextOutsideRoot);
}

#[test]
fn escaped_twice() {
    let once = "&lt;Session id='x'/>";
    refused_inside(&format!("¦{once}"), Problem::TextOutsideRoot);
}

#[test]
fn another_root() {
    for document in [
        "<KeepSessionAliveResult><Session id='x'/></KeepSessionAliveResult>",
        "<session id='x'/>",
        "<s:Session xmlns:s='urn:other' id='x'/>",
    ] {
        assert_eq!(
            fetched(&packed(document), Limits::default()),
            Err(ReplyError::NoSession)
        );
    }
    let nested = "<KeepSessionAliveResult><Session id='x'/></KeepSessionAliveResult>";
    assert_eq!(
        fetched(&unpacked(nested), Limits::default()),
        Err(ReplyError::NoSession)
    );
}

/// The document inside is read once; what it holds as text is never read as a document again.
#[test]
fn a_document_in_a_document_in_a_document() {
    let innermost = packed("<Session id='2'/>")
        .replace('&', "&amp;")
        .replace('<', "&lt;");
    let document = format!("<Session id='1'>{innermost}</Session>");
    let Ok(Reply::KeepSessionAlive(Some(events))) = fetched(&packed(&document), Limits::default())
    else {
        panic!("the outer document is fine");
    };
    assert_eq!(events.id.expose(), "1");
    assert_eq!(events.ims, []);
}

/// Read with a limit of `most`, refused inside with one less.
#[track_caller]
fn edge(body: &str, limit: Limit, most: impl Fn(usize) -> Limits, value: usize) {
    assert!(
        fetched(body, most(value)).is_ok(),
        "{:?}",
        fetched(body, most(value))
    );
    let outcome = fetched(body, most(value - 1));
    let Err(ReplyError::Document(error)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.problem, Problem::Limit(limit));
}

#[test]
fn inner_and_outer_document_share_the_limits() {
    let document =
        "<Session id='x'><IM type='m' account='a'><OnLog><item>one</item></OnLog></IM></Session>";
    let body = packed(document);
    let limits = Limits::default();
    edge(
        &body,
        Limit::Bytes,
        |bytes| Limits { bytes, ..limits },
        body.len() + document.len(),
    );
    // Four elements around it, four inside.
    edge(&body, Limit::Depth, |depth| Limits { depth, ..limits }, 8);
    // Outside: four elements, four declarations, one text. Inside: four elements, three attributes, one text.
    edge(
        &body,
        Limit::Nodes,
        |nodes| Limits { nodes, ..limits },
        9 + 8,
    );
    let declared: usize = [
        "http://schemas.xmlsoap.org/soap/envelope/",
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/2001/XMLSchema",
        "http://www.imcomponents.com",
    ]
    .map(str::len)
    .iter()
    .sum();
    let escaped = document.replace('<', "&lt;").replace('>', "&gt;").len();
    let text = declared + escaped + "x".len() + "m".len() + "a".len() + "one".len();
    edge(&body, Limit::Text, |text| Limits { text, ..limits }, text);
}

#[test]
fn size_inside() {
    let deep = "<IM>".repeat(100);
    let outcome = fetched(&packed(&deep), Limits::default());
    assert!(
        matches!(outcome, Err(ReplyError::Document(error)) if error.problem == Problem::Limit(Limit::Depth))
    );
    let wide = format!("<Session>{}</Session>", "<IM/>".repeat(200_000));
    let outcome = fetched(&packed(&wide), Limits::default());
    assert!(
        matches!(outcome, Err(ReplyError::Document(error)) if error.problem == Problem::Limit(Limit::Nodes))
    );
}
