//! The tree of `payload::xml`: what is read, what is refused and where, and that both ways agree.

use msnp_proto::payload::xml::{Element, EmptyTag, XmlErrorKind, XmlLimits};
use proptest::prelude::*;

fn parse(document: &str) -> Element {
    Element::parse(document.as_bytes(), &XmlLimits::DEFAULT)
        .unwrap_or_else(|error| panic!("{document:?}: {error}"))
}

/// Reads `document` and writes it as `written`.
#[track_caller]
fn check(document: &str, written: &str) {
    let tree = parse(document);
    assert_eq!(String::from_utf8_lossy(&tree.to_vec()), written);
    assert_eq!(parse(written), tree, "{written:?} reads differently");
}

#[track_caller]
fn same(document: &str) {
    check(document, document);
}

#[track_caller]
fn refuse(document: impl AsRef<[u8]>, offset: usize, kind: XmlErrorKind) {
    let document = document.as_ref();
    let error = Element::parse(document, &XmlLimits::DEFAULT).expect_err("refused");
    assert_eq!(
        (error.offset, error.kind),
        (offset, kind),
        "{:?}",
        String::from_utf8_lossy(document)
    );
}

#[test]
fn the_three_spellings_of_an_empty_element_are_kept() {
    same("<a/>");
    same("<a />");
    same("<a></a>");
    same(r#"<ml><c n="a" t="1"><s l="3" n="IM" /><s l="3" n="PF"/></c><e></e></ml>"#);
    assert_eq!(parse("<a/>"), parse("<a></a>"), "they mean the same");
}

#[test]
fn unknown_elements_attributes_and_text_between_them_are_kept() {
    same(r#"<x:y xmlns:x="urn:z" x:b="1">one<c/>two<d>three</d> </x:y>"#);
}

#[test]
fn references_and_cdata_become_text() {
    check(
        "<a>&lt;&gt;&amp;&quot;&apos;</a>",
        "<a>&lt;&gt;&amp;\"'</a>",
    );
    check("<a>&#65;&#x42;&#0067;</a>", "<a>ABC</a>");
    check("<a><![CDATA[<b> & ]]></a>", "<a>&lt;b&gt; &amp; </a>");
    check("<a>x<![CDATA[]]>y</a>", "<a>xy</a>");
    // How the service wrote a display picture (msnp24.md 8).
    assert_eq!(
        parse("<U>&#x3C;msnobj Creator=&#x22;a&#x22;/&#x3E;</U>").text(),
        "<msnobj Creator=\"a\"/>"
    );
}

#[test]
fn comments_are_skipped_and_do_not_cut_text() {
    let tree = parse("<!-- a --><a>x<!-- <b> & -->y</a><!---->");
    assert_eq!(tree.text(), "xy");
    assert_eq!(tree.children().len(), 1);
}

#[test]
fn a_declaration_a_byte_order_mark_and_white_space_around_are_accepted() {
    check(
        "\u{FEFF}<?xml version=\"1.0\" encoding='UTF-8' ?>\r\n<a/>",
        "<a/>",
    );
    // Clients end their documents with a counted line end (msnp24.md 2.2).
    check(" <a/>\r\n", "<a/>");
}

#[test]
fn line_ends_and_attribute_white_space_are_normalised() {
    assert_eq!(parse("<a>x\r\ny\rz</a>").text(), "x\ny\nz");
    assert_eq!(parse("<a b='x\r\ny\tz'/>").attribute("b"), Some("x y z"));
    check(
        "<a b='&#13;&#10;&#9;'>&#13;</a>",
        "<a b=\"&#xD;&#xA;&#x9;\">&#xD;</a>",
    );
}

#[test]
fn the_end_of_a_cdata_section_cannot_come_about() {
    let tree = Element::new("a").with_text("]]>");
    assert_eq!(tree.to_vec(), b"<a>]]&gt;</a>");
    assert_eq!(parse("<a>]]&gt;</a>"), tree);
}

#[test]
fn ill_formed_documents_are_refused_where_they_go_wrong() {
    use XmlErrorKind as E;
    refuse("", 0, E::Unfinished);
    refuse("  ", 2, E::Unfinished);
    refuse("x", 0, E::OutsideRoot);
    refuse("<a></b>", 5, E::MismatchedTag);
    refuse("<a><b></a></b>", 8, E::MismatchedTag);
    refuse("<a></ab>", 5, E::MismatchedTag);
    refuse("</a>", 0, E::OutsideRoot);
    refuse("<a/></a>", 4, E::OutsideRoot);
    refuse("<a/>x", 4, E::OutsideRoot);
    refuse("<a/><b/>", 4, E::OutsideRoot);
    refuse("<a/><![CDATA[]]>", 4, E::OutsideRoot);
    refuse("<a b='1' b='2'/>", 9, E::RepeatedAttribute);
    refuse("<a b='1'c='2'/>", 8, E::BadTag);
    refuse("<a b/>", 4, E::BadAttribute);
    refuse("<a b=1/>", 5, E::BadAttribute);
    refuse("<a b='<'/>", 6, E::BadAttribute);
    refuse("<a b='&'/>", 6, E::BadReference);
    refuse("<a b='x&nbsp;'/>", 7, E::BadReference);
    refuse("< a/>", 1, E::BadName);
    refuse("<1a/>", 1, E::BadName);
    refuse("<a / >", 3, E::BadName);
    refuse("<a>x]]>y</a>", 4, E::StrayCdataEnd);
    refuse("<a><!-- -- --></a>", 3, E::BadComment);
    refuse("<a>&nbsp;</a>", 3, E::BadReference);
    refuse("<a>&;</a>", 3, E::BadReference);
    refuse("<a>x & y</a>", 5, E::BadReference);
    refuse("<a>&#0;</a>", 3, E::BadReference);
    refuse("<a>&#xD800;</a>", 3, E::BadReference);
    refuse("<a>&#X43;</a>", 3, E::BadReference);
    refuse("<a>&#x;</a>", 3, E::BadReference);
    refuse("<a>&#+65;</a>", 3, E::BadReference);
    refuse("<a>&#99999999999999999999;</a>", 3, E::BadReference);
    refuse("<a>\u{1}</a>", 3, E::BadCharacter);
    refuse("<a>\u{FFFF}</a>", 3, E::BadCharacter);
    refuse("<a>", 3, E::Unfinished);
    refuse("<a", 2, E::Unfinished);
    refuse(b"<a>\xff</a>", 3, E::NotUtf8);
}

#[test]
fn hostile_declarations_are_refused() {
    use XmlErrorKind as E;
    refuse("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 0, E::Doctype);
    refuse("<?xml version='1.0'?><!DOCTYPE a><a/>", 21, E::Doctype);
    refuse("<a><?php ?></a>", 3, E::ProcessingInstruction);
    refuse(
        "<?xml-stylesheet href='x'?><a/>",
        0,
        E::ProcessingInstruction,
    );
    refuse(" <?xml version='1.0'?><a/>", 1, E::ProcessingInstruction);
    refuse("<?xml encoding='utf-8'?><a/>", 0, E::ProcessingInstruction);
    refuse(
        "<?xml version='1.0' encoding='utf-16'?><a/>",
        20,
        E::NotUtf8,
    );
    refuse("<a><!ELEMENT b></a>", 4, E::BadName);
}

#[test]
fn limits_hold_before_anything_is_kept() {
    use XmlErrorKind as E;
    #[track_caller]
    fn over(document: &str, limits: &XmlLimits, kind: XmlErrorKind) {
        let error = Element::parse(document.as_bytes(), limits).expect_err("over the limit");
        assert_eq!(error.kind, kind);
    }
    let limits = XmlLimits {
        bytes: 64,
        depth: 2,
        elements: 3,
        attributes: 1,
    };
    assert!(Element::parse(b"<a><b c=''/><b/></a>", &limits).is_ok());
    over(&"x".repeat(65), &limits, E::TooLong);
    over("<a><b><c/></b></a>", &limits, E::TooDeep);
    over("<a><b/><b/><b/></a>", &limits, E::TooManyElements);
    over("<a b='' c=''/>", &limits, E::TooManyAttributes);
}

/// Each of these is a mebibyte and takes milliseconds; with any step that looks back over what was
/// read, the test would not end.
#[test]
fn time_grows_with_length_only() {
    let limits = XmlLimits {
        bytes: usize::MAX,
        elements: usize::MAX,
        ..XmlLimits::DEFAULT
    };
    let long = |part: &str| part.repeat((1 << 20) / part.len());
    for document in [
        format!("<a>{}</a>", long("&amp;")),
        format!("<a>{}</a>", long("x<!---->")),
        format!("<a>{}</a>", long("]")),
        format!("<a>{}</a>", long("<![CDATA[x]]>")),
        format!("<a>{}</a>", long("<b/>")),
        format!("<a b='{}'/>", long("\r\n")),
        format!("<a>&{}</a>", long("#")),
        format!("<{}", long("a")),
        format!("<a {}", long("<")),
        format!("<a>{}", long("<!--")),
        format!("<a>{}", long("<b")),
        long(" "),
    ] {
        if let Ok(tree) = Element::parse(document.as_bytes(), &limits) {
            assert!(!tree.to_vec().is_empty());
        }
    }
}

#[test]
fn dropping_and_writing_a_very_deep_tree_needs_no_stack() {
    let mut tree = Element::new("a");
    for _ in 0..300_000 {
        tree = Element::new("a").with_child(tree);
    }
    assert_eq!(tree.to_vec().len(), 300_001 * 7);
    drop(tree);
}

#[test]
fn what_xml_cannot_express_is_replaced_when_it_is_put_in() {
    // Mood texts of real people hold control characters.
    let tree = Element::new("a")
        .with_attribute("b", "\u{2}x")
        .with_text("\0\u{FFFE}");
    assert_eq!(tree.text(), "\u{FFFD}\u{FFFD}");
    same(&String::from_utf8(tree.to_vec()).expect("UTF-8"));
    assert_eq!(Element::new("1 b").name(), "__b");
    assert_eq!(Element::new("").name(), "_");
}

#[test]
fn every_cut_of_a_document_is_refused_as_unfinished() {
    let document =
        "<?xml version=\"1.0\"?><!--c--><u n='&lt;é'><s/>a&#233;<![CDATA[x]]><e> </e ></u>";
    parse(document);
    for cut in 0..document.len() {
        let error = Element::parse(&document.as_bytes()[..cut], &XmlLimits::DEFAULT)
            .expect_err("a cut document");
        assert!(error.offset <= cut, "cut at {cut}: {error}");
    }
}

#[test]
fn editing_a_tree() {
    let mut tree = parse("<a><b>1</b>t<c/></a>");
    tree.set_child_text("b", "2");
    tree.set_child_text("d", "3");
    tree.retain(|child| child.name() != "c");
    tree.set_attribute("x", "1");
    tree.set_attribute("x", "2");
    assert_eq!(tree.to_vec(), b"<a x=\"2\"><b>2</b>t<d>3</d></a>");
    let emptied = {
        tree.clear();
        tree.with_empty_tag(EmptyTag::Slash)
    };
    assert_eq!(emptied.to_vec(), b"<a x=\"2\"/>");
}

#[test]
fn debug_shows_the_outline_only() {
    let tree = parse("<uic a='geheim'>SECRET</uic>");
    let shown = format!("{tree:?} {:?}", tree.children());
    assert!(
        !shown.contains("SECRET") && !shown.contains("geheim"),
        "{shown}"
    );
}

fn text() -> impl Strategy<Value = String> {
    "[ -~\\t\\n\\ré€😀\u{FFFD}]{0,12}"
}

fn tree() -> impl Strategy<Value = Element> {
    let name = prop::sample::select(vec!["a", "user", "x:y", "é", "_.-1"]);
    let empty = prop::sample::select(vec![EmptyTag::Pair, EmptyTag::Slash, EmptyTag::SpacedSlash]);
    let leaf = (name.clone(), text(), text(), empty).prop_map(|(name, value, text, empty)| {
        Element::new(name)
            .with_attribute("n", value)
            .with_text(text)
            .with_empty_tag(empty)
    });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (name.clone(), prop::collection::vec((inner, text()), 0..4)).prop_map(|(name, parts)| {
            parts
                .into_iter()
                .fold(Element::new(name), |element, (child, text)| {
                    element.with_child(child).with_text(text)
                })
        })
    })
}

proptest! {
    #[test]
    fn a_tree_written_and_read_is_the_same_tree(tree in tree()) {
        let bytes = tree.to_vec();
        let again = Element::parse(&bytes, &XmlLimits::DEFAULT).expect("own writing");
        prop_assert_eq!(again.to_vec(), bytes, "same bytes");
        prop_assert!(again == tree, "same tree");
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        let _ = Element::parse(&bytes, &XmlLimits::DEFAULT);
    }

    #[test]
    fn what_is_read_from_markup_soup_can_be_written(
        soup in "(<a>|</a>|<b/>|<c d='e'>|</c>|&lt;|&#9;|<!--x-->|<!\\[CDATA\\[|\\]\\]>|é| |\"){0,12}"
    ) {
        for document in [soup.clone(), format!("<a>{soup}</a>")] {
            if let Ok(tree) = Element::parse(document.as_bytes(), &XmlLimits::DEFAULT) {
                let again = Element::parse(&tree.to_vec(), &XmlLimits::DEFAULT);
                prop_assert!(again == Ok(tree));
            }
        }
    }

    #[test]
    fn one_wrong_byte_never_breaks_the_reader(tree in tree(), at: prop::sample::Index, byte: u8) {
        let mut bytes = tree.to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(tree) = Element::parse(&bytes, &XmlLimits::DEFAULT) {
            let again = Element::parse(&tree.to_vec(), &XmlLimits::DEFAULT);
            prop_assert!(again == Ok(tree));
        }
    }
}
