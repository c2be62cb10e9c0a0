//! Prints how the time to read a document grows with its size, for each kind of large document.
//! Linear means that the last column stays about the same down the lines.
//!
//! `cargo run --release -p soap-codec --example growth`

#![expect(clippy::disallowed_methods, reason = "this program measures time")]

use std::time::{Duration, Instant};

use soap_codec::bsim::{Leniency, SessionEvents};
use soap_codec::{Budget, Element, Limits, fields};

/// Limits that stop nothing, so that the work itself is seen.
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

/// How many of whatever a document is full of.
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

type Make = fn(usize) -> String;

fn main() {
    let cases: [(&str, Make); 16] = [
        ("attributes of one element", |n| {
            format!("<a{}/>", numbered(n, |n| format!(" a{n}=''")))
        }),
        ("attributes with prefixes", |n| {
            let attributes = numbered(n, |n| format!(" p:a{n}=''"));
            format!("<a xmlns:p='u'{attributes}/>")
        }),
        ("declarations on one element", |n| {
            format!("<a{}/>", numbered(n, |n| format!(" xmlns:a{n}='u'")))
        }),
        ("one declaration per level", |n| {
            let open = numbered(n, |n| format!("<a{n}:b xmlns:a{n}='u'>"));
            let close = numbered(n, |at| format!("</a{}:b>", n - 1 - at));
            open + &close
        }),
        ("the same prefix again on each level", |n| {
            "<p:a xmlns:p='u'>".repeat(n) + &"</p:a>".repeat(n)
        }),
        ("levels", |n| "<a>".repeat(n) + &"</a>".repeat(n)),
        ("empty children", |n| format!("<a>{}</a>", "<b/>".repeat(n))),
        ("children with names of their own", |n| {
            format!("<a>{}</a>", numbered(n, |n| format!("<b{n}/>")))
        }),
        ("comments", |n| format!("<a>{}</a>", "<!---->".repeat(n))),
        ("references", |n| format!("<a>{}</a>", "&lt;".repeat(n))),
        ("references in an attribute", |n| {
            format!("<a b='{}'/>", "&lt;".repeat(n))
        }),
        ("CDATA sections", |n| {
            format!("<a>{}</a>", "<![CDATA[x]]>".repeat(n))
        }),
        ("brackets in text", |n| format!("<a>{}</a>", "]]".repeat(n))),
        ("carriage returns", |n| format!("<a>{}</a>", "\r".repeat(n))),
        ("white space before the root", |n| " ".repeat(n) + "<a/>"),
        ("levels that are never closed", |n| "<a>".repeat(n)),
    ];
    for (what, make) in cases {
        grow(what, make, |document| {
            let read = Element::parse(document.as_bytes(), &mut Budget::new(NONE));
            // Copying, comparing, writing and dropping must not grow faster either.
            if let Ok(element) = read {
                assert!(element.clone() == element);
                assert!(element.to_xml().is_ok());
            }
        });
    }
    grow("buddies in a result document", buddies, |document| {
        let events = SessionEvents::parse(document, &mut Budget::new(NONE), Leniency::default());
        assert!(events.is_ok_and(|events| events.to_xml().is_ok()));
    });
    grow(
        "escapes in a field",
        |n| "%41".repeat(n),
        |field| {
            assert_eq!(fields::decode(field).len() * 3, field.len());
        },
    );
    grow(
        "bad escapes in a field",
        |n| "%".repeat(n),
        |field| {
            assert_eq!(fields::decode(field), field);
        },
    );
}

fn numbered(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().concat()
}

fn buddies(count: usize) -> String {
    let buddy = "<Buddy><Account>a@b.c</Account><Nickname>%41</Nickname><GroupId/></Buddy>";
    // A buddy is about ten times as large as one of the other things.
    let buddies = buddy.repeat(count / 10);
    let im = format!("<IM><OnReceiveBuddies>{buddies}</OnReceiveBuddies></IM>");
    format!("<Session>{im}</Session>")
}

fn grow(what: &str, make: Make, work: impl Fn(&str)) {
    println!("{what}");
    for size in SIZES {
        let document = make(size);
        let best = (0..3).map(|_| time(|| work(&document))).min();
        let best = best.unwrap_or_default();
        let per_byte = best.as_nanos() / document.len().max(1) as u128;
        println!(
            "  {size:>9} {:>11} bytes {:>9.2} ms {per_byte:>5} ns per byte",
            document.len(),
            best.as_secs_f64() * 1e3,
        );
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
