//! Tree -> text: escapes what must be, without recursion.

use alloc::vec::Vec;
use core::slice;

use super::element::{Element, EmptyTag, Node};

impl Element {
    /// Appends the element as UTF-8 text, without an XML declaration.
    pub fn write(&self, out: &mut Vec<u8>) {
        // The parents of the element being written, each with the parts still to be written.
        let mut open: Vec<(&Self, slice::Iter<'_, Node>)> = Vec::new();
        if self.write_start(out) {
            open.push((self, self.children().iter()));
        }
        while let Some((element, parts)) = open.last_mut() {
            match parts.next() {
                None => {
                    element.write_end(out);
                    open.pop();
                }
                Some(Node::Text(text)) => write_text(text, out),
                Some(Node::Element(child)) => {
                    if child.write_start(out) {
                        open.push((child, child.children().iter()));
                    }
                }
            }
        }
    }

    /// The element as UTF-8 text, without an XML declaration.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.write(&mut out);
        out
    }

    /// Writes the start tag; says whether content and end tag are still to come.
    fn write_start(&self, out: &mut Vec<u8>) -> bool {
        out.push(b'<');
        out.extend_from_slice(self.name().as_bytes());
        for (name, value) in self.attributes() {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"=\"");
            write_value(value, out);
            out.push(b'"');
        }
        match self.empty_tag() {
            EmptyTag::Slash if self.children().is_empty() => out.extend_from_slice(b"/>"),
            EmptyTag::SpacedSlash if self.children().is_empty() => out.extend_from_slice(b" />"),
            _ => {
                out.push(b'>');
                return true;
            }
        }
        false
    }

    fn write_end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"</");
        out.extend_from_slice(self.name().as_bytes());
        out.push(b'>');
    }
}

/// `>` is escaped as well, so that `]]>` cannot come about; a carriage return, since a reader turns
/// a bare one into a line feed.
fn write_text(text: &str, out: &mut Vec<u8>) {
    write_escaped(text, out, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

/// Line ends and tabs are escaped, since a reader turns bare ones into spaces.
fn write_value(value: &str, out: &mut Vec<u8>) {
    write_escaped(value, out, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

fn write_escaped(text: &str, out: &mut Vec<u8>, escape: impl Fn(u8) -> Option<&'static [u8]>) {
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if let Some(reference) = escape(*byte) {
            out.extend_from_slice(&bytes[written..at]);
            out.extend_from_slice(reference);
            written = at + 1;
        }
    }
    out.extend_from_slice(&bytes[written..]);
}
