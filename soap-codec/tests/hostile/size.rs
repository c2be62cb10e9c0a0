//! Group 2: too much of something. Every limit holds at its edge, and what lies within raised
//! limits is read in time linear in its size, which `examples/growth.rs` shows.

use soap_codec::Limit;

use super::*;

const MILLION: usize = 1_000_000;
/// Deep enough to end the stack of whatever recurses, and quick without optimization.
const MANY: usize = 100_000;

/// Limits that stop nothing.
const NONE: Limits = Limits {
    bytes: usize::MAX,
    depth: usize::MAX,
    nodes: usize::MAX,
    attributes: usize::MAX,
    namespaces: usize::MAX,
    bindings: usize::MAX,
    name: usize::MAX,
    attribute_value: usize::MAX,
    text: usize::MAX,
};

#[track_caller]
fn stopped(document: &str, limit: Limit) {
    refused_somewhere(document, Problem::Limit(limit));
}

fn unlimited(document: &str) -> Result<Element, XmlError> {
    Element::parse(document.as_bytes(), &mut Budget::new(NONE))
}

/// Read with the limit at `most`, refused with one less.
#[track_caller]
fn edge(document: &str, limit: Limit, most: impl Fn(usize) -> Limits, value: usize) {
    let parse = |value| Element::parse(document.as_bytes(), &mut Budget::new(most(value)));
    assert!(parse(value).is_ok(), "{:?}", parse(value));
    let outcome = parse(value - 1).map_err(|error| error.problem);
    assert_eq!(outcome, Err(Problem::Limit(limit)));
}

#[test]
fn a_body_over_the_limit_by_one_byte() {
    let most = |bytes| Limits { bytes, ..NONE };
    edge("<a/>", Limit::Bytes, most, 4);
    edge("\u{FEFF}<?xml version='1.0'?><a/>", Limit::Bytes, most, 28);
}

#[test]
fn every_other_limit_holds_at_its_edge() {
    edge(
        "<a><b><c/></b></a>",
        Limit::Depth,
        |depth| Limits { depth, ..NONE },
        3,
    );
    edge(
        "<a b='1' c='2'/>",
        Limit::Attributes,
        |attributes| Limits { attributes, ..NONE },
        2,
    );
    edge(
        "<a xmlns='u' xmlns:c='v'/>",
        Limit::Namespaces,
        |namespaces| Limits { namespaces, ..NONE },
        2,
    );
    edge(
        "<a xmlns='u'><b xmlns:c='v'/></a>",
        Limit::Bindings,
        |bindings| Limits { bindings, ..NONE },
        2,
    );
    edge("<abc/>", Limit::Name, |name| Limits { name, ..NONE }, 3);
    edge(
        "<a xmlns:b='urn:x'/>",
        Limit::Name,
        |name| Limits { name, ..NONE },
        7,
    );
    edge(
        "<a b='1234'/>",
        Limit::AttributeValue,
        |attribute_value| Limits {
            attribute_value,
            ..NONE
        },
        4,
    );
    edge(
        "<a b='12'>3&lt;<c/><![CDATA[4]]></a>",
        Limit::Text,
        |text| Limits { text, ..NONE },
        8,
    );
    // Two elements, an attribute, two texts, a CDATA section, a comment.
    edge(
        "<a b='12'>3&lt;<c/>3<!-- --><![CDATA[4]]></a>",
        Limit::Nodes,
        |nodes| Limits { nodes, ..NONE },
        7,
    );
}

#[test]
fn ten_megabytes_of_one_thing() {
    let much = "a".repeat(10 * MILLION);
    for document in [
        format!("<{much}/>"),
        format!("<a b='{much}'/>"),
        format!("<a>{much}</a>"),
        format!("<a><!--{much}--></a>"),
        format!("<?a {much}?><a/>"),
        format!("<a><![CDATA[{much}]]></a>"),
        format!("{}<a/>", " ".repeat(10 * MILLION)),
    ] {
        stopped(&document, Limit::Bytes);
    }
}

#[test]
fn megabytes_within_the_bytes_meet_the_next_limit() {
    let much = "a".repeat(2 * MILLION);
    stopped(&format!("<{much}/>"), Limit::Name);
    stopped(&format!("<a {much}='1'/>"), Limit::Name);
    stopped(&format!("<a b='{much}'/>"), Limit::AttributeValue);
    stopped(&format!("<a xmlns:b='{much}'/>"), Limit::AttributeValue);
    stopped(&format!("<{much}:b/>"), Limit::Name);
    // A comment costs its bytes, and nothing keeps them.
    accepted(format!("<a><!--{much}-->x</a>"), "x");
    refused_somewhere(format!("<?a {much}?><a/>"), Problem::ProcessingInstruction);
    let text = format!("<a>{much}</a>");
    let limits = Limits {
        text: MILLION,
        ..Limits::default()
    };
    let outcome = Element::parse(text.as_bytes(), &mut Budget::new(limits));
    assert_eq!(
        outcome.map_err(|it| it.problem),
        Err(Problem::Limit(Limit::Text))
    );
}

fn numbered(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().concat()
}

fn many_attributes(count: usize) -> String {
    let attributes = numbered(count, |n| format!(" a{n}='{n}'"));
    format!("<a{attributes}/>")
}

#[test]
fn a_hundred_thousand_attributes() {
    let document = many_attributes(100_000);
    stopped(&document, Limit::Attributes);
    assert_eq!(
        unlimited(&document).map(|it| it.attributes().len()),
        Ok(100_000)
    );
}

#[test]
fn a_hundred_thousand_declarations_on_one_tag() {
    let declarations = numbered(100_000, |n| format!(" xmlns:a{n}='u{n}'"));
    let document = format!("<a{declarations}/>");
    stopped(&document, Limit::Namespaces);
    assert_eq!(
        unlimited(&document).map(|it| it.declarations().len()),
        Ok(100_000)
    );
}

#[test]
fn a_declaration_per_level_for_two_thousand_levels() {
    let open = numbered(2_000, |n| format!("<p{n}:a xmlns:p{n}='u{n}'>"));
    let document = open + &numbered(2_000, |n| format!("</p{}:a>", 1_999 - n));
    stopped(&document, Limit::Depth);
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let outcome = Element::parse(document.as_bytes(), &mut Budget::new(limits));
    assert_eq!(
        outcome.map_err(|it| it.problem),
        Err(Problem::Limit(Limit::Bindings))
    );
    assert!(unlimited(&document).is_ok());
}

#[test]
fn a_million_empty_children() {
    let document = |count| format!("<a>{}</a>", "<b/>".repeat(count));
    stopped(&document(MILLION), Limit::Nodes);
    let read = unlimited(&document(MANY)).map(|it| it.children().len());
    assert_eq!(read, Ok(MANY));
}

/// Reading, copying, comparing, writing and dropping: none may recurse, or the stack would end here.
#[test]
fn a_million_levels() {
    let document = |count| format!("{}{}", "<a>".repeat(count), "</a>".repeat(count));
    stopped(&document(MILLION), Limit::Depth);
    let document = document(MANY);
    let element = unlimited(&document).expect("well-formed");
    let copy = element.clone();
    assert!(copy == element);
    let written = copy.to_xml().expect("encodes");
    assert_eq!(
        written.len(),
        document.len() - "<a></a>".len() + "<a/>".len()
    );
    drop(copy);
    drop(element);
    // A document that ends in the middle drops what it had.
    assert!(unlimited(&"<a>".repeat(MANY)).is_err());
}

#[test]
fn a_million_comments_between_children() {
    let document = |count| format!("<a>{}</a>", "<!---->".repeat(count));
    stopped(&document(MILLION), Limit::Nodes);
    let read = unlimited(&document(MANY)).map(|it| it.children().len());
    assert_eq!(read, Ok(0));
}

#[test]
fn a_text_cut_by_many_references() {
    let document = format!("<a>{}</a>", "&lt;".repeat(MANY));
    accepted(&document, &"<".repeat(MANY));
}

#[test]
fn endless_white_space_before_the_root() {
    stopped(&" ".repeat(9 * MILLION), Limit::Bytes);
    refused_somewhere(" ".repeat(MILLION), Problem::NoRoot);
    accepted(format!("{}<a>x</a>", "\n".repeat(MILLION)), "x");
}
