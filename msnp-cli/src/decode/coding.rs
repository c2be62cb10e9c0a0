//! Bodies that were packed on their way: gzip and deflate are taken off, others are named.

use std::io::Read;

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::http_head::BODY_LIMIT;
use crate::recording::{Headers, Piece};

/// What is wrong with a packed body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CodingFault {
    #[error("body is coded by {0:?}, which is not read")]
    Unknown(String),
    #[error("body is not the {0} that its head says, or not all of it")]
    Broken(&'static str),
    #[error("body is longer than {BODY_LIMIT} bytes once it is unpacked")]
    Long,
}

/// How a body is packed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

/// A body without its codings, as far as they can be taken off, and what was wrong.
pub(super) struct Unpacked {
    pub(super) body: Vec<Piece>,
    /// Bytes of the body as it came, if it was packed.
    pub(super) packed: Option<u64>,
    pub(super) fault: Option<CodingFault>,
}

/// Takes off what the head says. `is_stated` is false where whoever recorded may have unpacked the body before: then its
/// own first bytes decide.
pub(super) fn unpack(headers: &Headers, body: Vec<Piece>, is_stated: bool) -> Unpacked {
    let plain = |body, fault| Unpacked {
        body,
        packed: None,
        fault,
    };
    let codings = match codings(headers) {
        Ok(codings) => codings,
        Err(name) if is_stated && !body.is_empty() => {
            return plain(body, Some(CodingFault::Unknown(name)));
        }
        Err(_) => return plain(body, None),
    };
    let bytes: Vec<u8> = body.iter().flat_map(|it| it.bytes().to_vec()).collect();
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b]);
    if codings.is_empty() || bytes.is_empty() || !(is_stated || is_gzip) {
        return plain(body, None);
    }
    let place = body.first().map(|piece| piece.place(0)).unwrap_or_default();
    let packed = bytes.len() as u64;
    let mut bytes = bytes;
    let mut fault = None;
    // The last of the list was put on last.
    for coding in codings.into_iter().rev() {
        let (unpacked, wrong) = take_off(coding, &bytes);
        bytes = unpacked;
        if wrong.is_some() {
            fault = wrong;
            break;
        }
    }
    Unpacked {
        body: vec![Piece::packed(Bytes::from(bytes), place)],
        packed: Some(packed),
        fault,
    }
}

/// The codings in the order in which they were put on; else the name of one that is not known.
fn codings(headers: &Headers) -> Result<Vec<Coding>, String> {
    let mut codings = Vec::new();
    for header in ["content-encoding", "transfer-encoding"] {
        let value = headers.get(header).unwrap_or_default();
        for name in value.split(',').map(str::trim) {
            match name.to_ascii_lowercase().as_str() {
                "" | "identity" | "chunked" => {}
                "gzip" | "x-gzip" => codings.push(Coding::Gzip),
                "deflate" => codings.push(Coding::Deflate),
                _ => return Err(name.to_owned()),
            }
        }
    }
    Ok(codings)
}

fn take_off(coding: Coding, bytes: &[u8]) -> (Vec<u8>, Option<CodingFault>) {
    match coding {
        Coding::Gzip => read(MultiGzDecoder::new(bytes), "gzip"),
        Coding::Deflate => {
            // Some servers leave out zlib's frame around it.
            let (unpacked, wrong) = read(ZlibDecoder::new(bytes), "deflate");
            if wrong.is_none() || !unpacked.is_empty() {
                return (unpacked, wrong);
            }
            read(DeflateDecoder::new(bytes), "deflate")
        }
    }
}

/// What can be unpacked, and whether that is all.
fn read(unpacked: impl Read, name: &'static str) -> (Vec<u8>, Option<CodingFault>) {
    let mut out = Vec::new();
    let fault = match unpacked.take(BODY_LIMIT + 1).read_to_end(&mut out) {
        Ok(_) if out.len() as u64 > BODY_LIMIT => Some(CodingFault::Long),
        Ok(_) => None,
        Err(_) => Some(CodingFault::Broken(name)),
    };
    (out, fault)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;
    use crate::recording::Place;

    fn body(bytes: &[u8]) -> Vec<Piece> {
        let bytes = Bytes::copy_from_slice(bytes);
        vec![Piece::verbatim(bytes, Place::default(), true)]
    }

    #[track_caller]
    fn check(header: &str, packed: &[u8], is_stated: bool, expected: &[u8], fault: Option<&str>) {
        let headers = [("Content-Encoding".to_owned(), header.to_owned())];
        let found = unpack(&headers.into_iter().collect(), body(packed), is_stated);
        let bytes: Vec<u8> = found
            .body
            .iter()
            .flat_map(|it| it.bytes().to_vec())
            .collect();
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            String::from_utf8_lossy(expected)
        );
        assert_eq!(found.fault.map(|it| it.to_string()).as_deref(), fault);
    }

    #[test]
    fn gzip_and_both_kinds_of_deflate_are_taken_off() {
        let text = b"PNG 1 CON 2\r\n\r\n";
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text).expect("memory");
        let gzip = gzip.finish().expect("memory");
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(text).expect("memory");
        let zlib = zlib.finish().expect("memory");
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(text).expect("memory");
        let raw = raw.finish().expect("memory");
        check("gzip", &gzip, true, text, None);
        check("X-GZIP", &gzip, true, text, None);
        check("deflate", &zlib, true, text, None);
        check("deflate", &raw, true, text, None);
        check("identity", text, true, text, None);
        let twice = "body is not the gzip that its head says, or not all of it";
        check("gzip, gzip", &gzip, true, b"", Some(twice));
        // A browser has unpacked what it saves, as a rule.
        check("gzip", text, false, text, None);
        check("gzip", &gzip, false, text, None);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_coding() {
        check(
            "br",
            b"xx",
            true,
            b"xx",
            Some("body is coded by \"br\", which is not read"),
        );
        check("br", b"PNG\r\n", false, b"PNG\r\n", None);
    }
}
