//! An HTTP message as a page shows it: every character of the wire, in lines that people can read,
//! and secrets masked.

use http::{HeaderMap, Request, Response};

use bytes::Bytes;

use crate::shown;

/// What stands in place of a secret.
const MASK: &str = "********";
/// Elements whose text is secret. The session's id is as good as a password while it lasts.
const SECRET_ELEMENTS: [&str; 2] = ["password", "SessionId"];

/// The request, with the two headers that the connection adds.
pub(super) fn request(request: &Request<Bytes>) -> Vec<String> {
    let uri = request.uri();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut lines = vec![format!("{} {path} HTTP/1.1", request.method())];
    headers(request.headers(), &mut lines);
    if let Some(authority) = uri.authority() {
        lines.push(format!("host: {authority}"));
    }
    lines.push(format!("content-length: {}", request.body().len()));
    body(request.body(), &mut lines);
    lines
}

/// The response.
pub(super) fn response(response: &Response<Bytes>) -> Vec<String> {
    let mut lines = vec![format!("{:?} {}", response.version(), response.status())];
    headers(response.headers(), &mut lines);
    body(response.body(), &mut lines);
    lines
}

fn headers(headers: &HeaderMap, lines: &mut Vec<String>) {
    for (name, value) in headers {
        push(
            &format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())),
            0,
            lines,
        );
    }
}

fn body(body: &Bytes, lines: &mut Vec<String>) {
    let text = String::from_utf8_lossy(body);
    if !text.is_empty() {
        lines.push(String::new());
        document(&text, 0, lines);
    }
}

/// One piece of a document.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Open(&'a str),
    Close(&'a str),
    /// `<x />`, `<?xml …?>`.
    Alone(&'a str),
    Text(&'a str),
}

/// Breaks a document into lines, one for each element that holds no others. Nothing is added but
/// white space, and a document inside a text is taken out of it and shown the same way.
fn document(xml: &str, depth: usize, lines: &mut Vec<String>) {
    let pieces = pieces(xml);
    let mut rest = pieces.as_slice();
    let mut inside = depth;
    while let Some((piece, after)) = rest.split_first() {
        rest = after;
        match (*piece, after) {
            (Piece::Open(open), [Piece::Text(text), Piece::Close(close), after @ ..]) => {
                rest = after;
                match packed(text).filter(|_| depth == 0) {
                    Some(inner) => {
                        push(open, inside, lines);
                        document(&inner, inside + 1, lines);
                        push(close, inside, lines);
                    }
                    None if is_secret(open) => {
                        push(&format!("{open}{MASK}{close}"), inside, lines);
                    }
                    None => push(&format!("{open}{text}{close}"), inside, lines),
                }
            }
            (Piece::Open(open), _) => {
                push(&masked(open), inside, lines);
                inside += 1;
            }
            (Piece::Close(close), _) => {
                inside = inside.saturating_sub(1).max(depth);
                push(close, inside, lines);
            }
            (Piece::Alone(text), _) => push(&masked(text), inside, lines),
            (Piece::Text(text), _) if text.trim().is_empty() => {}
            (Piece::Text(text), _) => push(text, inside, lines),
        }
    }
}

fn push(text: &str, depth: usize, lines: &mut Vec<String>) {
    lines.push(format!(
        "{:1$}{text}",
        "",
        2 * depth,
        text = shown::bytes(text.as_bytes(), false)
    ));
}

fn pieces(xml: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = xml;
    while !rest.is_empty() {
        let end = match rest.find('<') {
            Some(0) => rest.find('>').map_or(rest.len(), |end| end + 1),
            Some(start) => start,
            None => rest.len(),
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        pieces.push(if !piece.starts_with('<') {
            Piece::Text(piece)
        } else if piece.starts_with("</") {
            Piece::Close(piece)
        } else if piece.starts_with("<?") || piece.ends_with("/>") {
            Piece::Alone(piece)
        } else {
            Piece::Open(piece)
        });
    }
    pieces
}

/// The document that a text is, if it is one.
fn packed(text: &str) -> Option<String> {
    let escapes = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    text.starts_with("&lt;").then(|| {
        let unescape = |text: String, (from, to): (&str, &str)| text.replace(from, to);
        escapes.into_iter().fold(text.to_owned(), unescape)
    })
}

fn is_secret(open: &str) -> bool {
    SECRET_ELEMENTS.contains(&name(open))
}

fn name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<').split([' ', '>', '/']).next();
    let name = name.unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name)
}

/// A tag without the session's id, which `Session` carries as an attribute.
fn masked(tag: &str) -> String {
    let start = " id=\"";
    let id = tag.split_once(start).filter(|_| name(tag) == "Session");
    match id.and_then(|(before, after)| Some((before, after.split_once('"')?.1))) {
        Some((before, after)) => format!("{before}{start}{MASK}\"{after}"),
        None => tag.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, expected: &[&str]) {
        let mut lines = Vec::new();
        document(xml, 0, &mut lines);
        assert_eq!(lines, expected);
    }

    #[test]
    fn one_line_for_each_element_that_holds_no_others() {
        check(
            "<?xml version=\"1.0\"?><a x=\"1\"><b>c</b><d /><e></e></a>",
            &[
                "<?xml version=\"1.0\"?>",
                "<a x=\"1\">",
                "  <b>c</b>",
                "  <d />",
                "  <e>",
                "  </e>",
                "</a>",
            ],
        );
    }

    #[test]
    fn secrets_are_masked() {
        check(
            "<a><password>x</password></a>",
            &["<a>", "  <password>********</password>", "</a>"],
        );
        check(
            "<n:SessionId>73ED</n:SessionId>",
            &["<n:SessionId>********</n:SessionId>"],
        );
        check("<Session id=\"73ED\" />", &["<Session id=\"********\" />"]);
        check("<Group id=\"1\" />", &["<Group id=\"1\" />"]);
    }

    #[test]
    fn a_document_inside_a_text_is_taken_out_once() {
        check(
            "<r>&lt;Session id=\"73ED\"&gt;&lt;i&gt;&amp;lt;&lt;/i&gt;&lt;/Session&gt;</r>",
            &[
                "<r>",
                "  <Session id=\"********\">",
                "    <i>&lt;</i>",
                "  </Session>",
                "</r>",
            ],
        );
    }

    #[test]
    fn what_is_no_document_is_shown_as_it_is() {
        check("oops", &["oops"]);
        check("</a></b>", &["</a>", "</b>"]);
        check("<a", &["<a"]);
        check("", &[]);
        check("a\u{1b}[2J", &["a\\u{1b}[2J"]);
    }
}
