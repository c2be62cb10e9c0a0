//! The `Content-Type` of a SOAP message: media type, `charset`, and SOAP 1.2's `action`.

/// A `Content-Type` header taken apart. Unknown parameters are skipped, malformed ones too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentType {
    /// `text/xml`, `application/soap+xml`, …, in lower case.
    pub media_type: String,
    /// The `charset` parameter, in lower case.
    pub charset: Option<String>,
    /// The `action` parameter, as it was written.
    pub action: Option<String>,
}

impl ContentType {
    /// Reads the header's value.
    ///
    /// ```
    /// use soap_codec::ContentType;
    /// let read = ContentType::parse("Application/SOAP+xml; Charset=\"UTF-8\"; action=\"urn:a;b\"");
    /// assert_eq!(read.media_type, "application/soap+xml");
    /// assert_eq!(read.charset.as_deref(), Some("utf-8"));
    /// assert_eq!(read.action.as_deref(), Some("urn:a;b"));
    /// ```
    pub fn parse(value: &str) -> Self {
        let (media_type, mut rest) = cut(value);
        let mut read = Self {
            media_type: media_type.trim().to_ascii_lowercase(),
            charset: None,
            action: None,
        };
        while !rest.is_empty() {
            let (parameter, after) = cut(rest);
            rest = after;
            let Some((name, value)) = parameter.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), unquote(value.trim()));
            // The first of two counts.
            if name.eq_ignore_ascii_case("charset") && read.charset.is_none() {
                read.charset = Some(value.to_ascii_lowercase());
            } else if name.eq_ignore_ascii_case("action") && read.action.is_none() {
                read.action = Some(value);
            }
        }
        read
    }
}

/// Cuts at the first `;` that is not in quotes.
fn cut(value: &str) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                let (before, after) = value.split_at(at);
                return (before, after.get(1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (value, "")
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|it| it.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, media_type: &str, charset: Option<&str>, action: Option<&str>) {
        let read = ContentType::parse(value);
        let texts = (
            read.media_type.as_str(),
            read.charset.as_deref(),
            read.action.as_deref(),
        );
        assert_eq!(texts, (media_type, charset, action));
    }

    #[test]
    fn parameters_are_found_in_any_case_and_order() {
        check("text/xml; charset=utf-8", "text/xml", Some("utf-8"), None);
        check("TEXT/XML;CHARSET=UTF-8", "text/xml", Some("utf-8"), None);
        check(
            "text/xml;charset=\"utf-8\"",
            "text/xml",
            Some("utf-8"),
            None,
        );
        check(
            "a/b; action=\"urn:x\"; charset=gb2312",
            "a/b",
            Some("gb2312"),
            Some("urn:x"),
        );
    }

    #[test]
    fn odd_parameters_are_skipped() {
        check(
            "text/xml; ; =; boundary; a=b;;charset = utf-8 ",
            "text/xml",
            Some("utf-8"),
            None,
        );
        check(
            "text/xml; charset=utf-8; charset=utf-16",
            "text/xml",
            Some("utf-8"),
            None,
        );
        check(
            "text/xml; a=\"; charset=utf-16; b=\\\"\"",
            "text/xml",
            None,
            None,
        );
        check("", "", None, None);
    }

    #[test]
    fn quotes_may_be_left_open() {
        check(
            "text/xml; action=\"urn:x",
            "text/xml",
            None,
            Some("\"urn:x"),
        );
    }
}
