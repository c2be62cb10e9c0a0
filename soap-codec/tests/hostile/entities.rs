//! Group 1: entities and document types. Refused at the `<!DOCTYPE`, whatever it says.

use super::*;

#[test]
fn billion_laughs() {
    let first = "<!ENTITY a0 \"ha\">".to_owned();
    let others = (1..30).map(|n| format!("<!ENTITY a{n} \"&a{0};&a{0};\">", n - 1));
    let lines = std::iter::once(first)
        .chain(others)
        .collect::<Vec<_>>()
        .concat();
    refused(
        &format!("¦<!DOCTYPE a [{lines}]><a>&a29;</a>"),
        Problem::Doctype,
    );
}

#[test]
fn quadratic_blow_up() {
    let document = format!(
        "¦<!DOCTYPE a [<!ENTITY x \"{}\">]><a>{}</a>",
        "y".repeat(50_000),
        "&x;".repeat(50_000)
    );
    refused(&document, Problem::Doctype);
}

#[test]
fn recursive_entity() {
    refused(
        "¦<!DOCTYPE a [<!ENTITY x \"&y;\"><!ENTITY y \"&x;\">]><a>&x;</a>",
        Problem::Doctype,
    );
}

#[test]
fn parameter_entities() {
    refused(
        "¦<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://x/\"> %p;]><a/>",
        Problem::Doctype,
    );
}

#[test]
fn external_general_entities() {
    refused(
        "¦<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        Problem::Doctype,
    );
    refused(
        "¦<!DOCTYPE a [<!ENTITY x SYSTEM \"http://169.254.169.254/\">]><a>&x;</a>",
        Problem::Doctype,
    );
}

#[test]
fn external_subset() {
    refused(
        "<?xml version=\"1.0\"?>\n¦<!DOCTYPE a SYSTEM \"http://x/a.dtd\"><a/>",
        Problem::Doctype,
    );
}

#[test]
fn entity_in_an_attribute_default() {
    refused(
        "¦<!DOCTYPE a [<!ATTLIST a b CDATA \"&x;\">]><a/>",
        Problem::Doctype,
    );
}

#[test]
fn empty_document_type() {
    refused("¦<!DOCTYPE a><a/>", Problem::Doctype);
    refused("¦<!DOCTYPE><a/>", Problem::Doctype);
    refused("¦<!DOCTYPE", Problem::Doctype);
}

#[test]
fn document_type_after_or_inside_the_root() {
    refused("<a/>¦<!DOCTYPE a>", Problem::Doctype);
    refused("<a>¦<!DOCTYPE a></a>", Problem::Doctype);
    refused("<a>text¦<!DOCTYPE a></a>", Problem::Doctype);
}

#[test]
fn lower_case_document_type() {
    refused("¦<!doctype a><a/>", Problem::Doctype);
}

#[test]
fn unfinished_document_type_is_not_searched_for_its_end() {
    refused(
        &format!("¦<!DOCTYPE a [{}", "<!-- ".repeat(100_000)),
        Problem::Doctype,
    );
}

#[test]
fn an_undefined_entity_is_an_error_and_never_dropped() {
    refused("<a>x¦&foo;y</a>", Problem::UndefinedEntity);
    refused("<a b=\"x¦&foo;y\"/>", Problem::UndefinedEntity);
    refused("<a>¦&nbsp;</a>", Problem::UndefinedEntity);
    refused("<a>¦&LT;</a>", Problem::UndefinedEntity);
}

#[test]
fn the_five_entities_and_numbers_are_known() {
    accepted("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x5c0F;</a>", "<>&\"'A小");
    let read = parse("<a b='&lt;&gt;&amp;&quot;&apos;&#65;&#x5c0f;'/>").expect("well-formed");
    assert_eq!(read.attribute("", "b"), Some("<>&\"'A小"));
}

#[test]
fn an_entity_is_expanded_once() {
    accepted("<a>&amp;lt;&#38;amp;</a>", "&lt;&amp;");
}

#[test]
fn malformed_references() {
    refused("<a>¦& </a>", Problem::Reference);
    refused("<a>¦&</a>", Problem::Reference);
    refused("<a>¦&;</a>", Problem::Reference);
    refused("<a>¦&a b;</a>", Problem::Reference);
    refused("<a>¦&#;</a>", Problem::Reference);
    refused("<a>¦&#x;</a>", Problem::Reference);
    refused("<a>¦&#xG;</a>", Problem::Reference);
    refused("<a>¦&#X41;</a>", Problem::Reference);
    refused("<a>¦&#+65;</a>", Problem::Reference);
    refused("<a b=\"¦&\"/>", Problem::Reference);
    refused("<a b=\"¦&amp\" c=\";\"/>", Problem::Reference);
}
