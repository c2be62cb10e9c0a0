//! An HTTP message as a page shows it: every character of the wire, in lines that people can read,
//! and secrets masked.

use http::{HeaderMap, Request, Response};

use bytes::Bytes;

use crate::shown;

/// What stands in place of a secret.
const MASK: &str = "********";
/// Elements whose text is secret. The session's id is as good as a password while it lasts.
const SECRET_ELEMENTS: [&str; 3] = ["password", "SessionId", "uic"];

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

/// An exchange of the web sign-in or with a gateway, as far as it says something: request and status line, the headers of
/// MSN, forms and JSON with their secrets masked. Frames are for whoever knows them.
pub(super) fn head_of_request(request: &Request<Bytes>) -> Vec<String> {
    let uri = request.uri();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut lines = vec![format!(
        "{} {} HTTP/1.1",
        request.method(),
        masked_query(path)
    )];
    told_headers(request.headers(), &mut lines);
    lines
}

/// The same of a response.
pub(super) fn head_of_response(response: &Response<Bytes>) -> Vec<String> {
    let mut lines = vec![format!("{:?} {}", response.version(), response.status())];
    told_headers(response.headers(), &mut lines);
    lines
}

/// A body that is no frames: a form's fields, JSON, or only what it is.
pub(super) fn small_body(headers: &HeaderMap, body: &Bytes) -> Vec<String> {
    if body.is_empty() {
        return Vec::new();
    }
    let kind = headers.get("content-type").and_then(|it| it.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let line = match kind {
        "application/x-www-form-urlencoded" => masked_query(&format!("?{text}"))[1..].to_owned(),
        "application/json" => masked_json(&text),
        kind => format!("({} bytes of {kind})", body.len()),
    };
    vec![shown::bytes(line.as_bytes(), false)]
}

fn told_headers(headers: &HeaderMap, lines: &mut Vec<String>) {
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let told = match name.as_str() {
            "cookie" | "set-cookie" | "authorization" => {
                let key = value.split('=').next().unwrap_or_default();
                format!("{name}: {key}={MASK}")
            }
            "location" => format!("{name}: {}", masked_query(&value)),
            name if name.starts_with("x-msn") => format!("{name}: {value}"),
            _ => continue,
        };
        push(&told, 0, lines);
    }
}

/// A query or form whose secret fields are masked.
fn masked_query(text: &str) -> String {
    const SECRETS: [&str; 6] = ["passwd", "PPFT", "ticket", "access_token", "code", "t"];
    // A grant's token stands in the fragment (web-client.md 1).
    let Some(start) = text.find(['?', '#']) else {
        return text.to_owned();
    };
    let (path, query) = text.split_at(start + 1);
    let field = |field: &str| match field.split_once('=') {
        Some((name, value)) if SECRETS.contains(&name) => {
            let end = value.strip_prefix(value.trim_end_matches(['&', '#']));
            format!("{name}={MASK}{}", end.unwrap_or_default())
        }
        _ => field.to_owned(),
    };
    let fields: Vec<String> = query.split_inclusive(['&', '#']).map(field).collect();
    format!("{path}{}", fields.concat())
}

/// JSON of the uic calls, of whose values none is shown.
fn masked_json(text: &str) -> String {
    let fields = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text);
    match fields {
        Ok(fields) => {
            let fields = fields.keys().map(|name| format!("\"{name}\": \"{MASK}\""));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Err(_) => format!("({} bytes of JSON)", text.len()),
    }
}

/// A document, or other text, as lines.
pub(super) fn lines_of(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    document(text, 0, &mut lines);
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
    fn secrets_of_forms_queries_headers_and_json_are_masked() {
        let request = Request::post("http://h/login?id=7&t=XYZ")
            .header("cookie", "MSPAuth=XYZ; MSPProf=XYZ")
            .header("x-msn-auth", "Use-Cookie")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from_static(b"login=a%40b&passwd=XYZ&PPFT=XYZ"))
            .expect("a request");
        let mut lines = head_of_request(&request);
        lines.extend(small_body(request.headers(), request.body()));
        assert_eq!(
            lines,
            [
                "POST /login?id=7&t=******** HTTP/1.1",
                "cookie: MSPAuth=********",
                "x-msn-auth: Use-Cookie",
                "login=a%40b&passwd=********&PPFT=********",
            ]
        );
        assert_eq!(
            masked_query("/desktop.srf?lc=1#access_token=XYZ&expires_in=9"),
            "/desktop.srf?lc=1#access_token=********&expires_in=9"
        );
        assert_eq!(
            masked_json("{\"MappingContainer\":\"XYZ\"}"),
            "{\"MappingContainer\": \"********\"}"
        );
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
