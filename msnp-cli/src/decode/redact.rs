//! Takes secrets out of what is shown: tickets, cookies, tokens, password hashes.

mod markup;

use std::borrow::Cow;

use msnp_proto::{Frame, Side, Verb};

/// What stands where a secret was.
const MASK: &[u8] = b"[secret]";

/// Header fields of payloads whose values are secret, in lower case.
const HEADERS: [&str; 11] = [
    "mspauth",
    "mspprof",
    "kid",
    "sid",
    "ticket",
    "registration",
    "set-registration",
    "cookie",
    "set-cookie",
    "authorization",
    // Who may fetch a file that was offered in an invitation.
    "authcookie",
];

/// The command line with its secrets masked. Runs of separators become one space where something
/// was masked.
pub(crate) fn line(side: Side, frame: &Frame) -> Cow<'_, [u8]> {
    let words: Vec<&[u8]> = frame.params().collect();
    let secret: Vec<bool> = (0..words.len())
        .map(|index| is_secret(side, frame.verb(), &words, index))
        .collect();
    if !secret.contains(&true) {
        return Cow::Borrowed(frame.line());
    }
    let mut out = frame.verb().as_bytes().to_vec();
    for (word, secret) in words.iter().zip(secret) {
        out.push(b' ');
        out.extend_from_slice(if secret { MASK } else { word });
    }
    Cow::Owned(out)
}

fn is_secret(side: Side, verb: Verb, words: &[&[u8]], index: usize) -> bool {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    // The switchboard's one-time cookie, in XFR and RNG.
    if index > 0 && word(index - 1) == b"CKI" {
        return true;
    }
    // Passport tickets, wherever they stand.
    if word(index).starts_with(b"t=") {
        return true;
    }
    if side == Side::Server {
        return false;
    }
    match verb.as_bytes().to_ascii_uppercase().as_slice() {
        // USR 4 TWN S t=…, USR 4 SSO S t=… BLOB {GUID}, USR 4 MD5 S HASH
        b"USR" if word(2) == b"S" => index >= 3 && !word(index).starts_with(b"{"),
        // USR 5 SHA A TICKET, of the address book (msnp8-18.md 13)
        b"USR" if word(1) == b"SHA" => index >= 3,
        // USR 1 alice@example.com COOKIE
        b"USR" => index == 2 && words.len() == 3 && word(1).contains(&b'@'),
        // ANS 1 alice@example.com COOKIE SESSION
        b"ANS" => index == 2,
        _ => false,
    }
}

/// A payload with its secrets masked.
pub(crate) fn payload(payload: &[u8]) -> Cow<'_, [u8]> {
    let headers = mask_headers(payload);
    match markup::mask(&headers, MASK) {
        Some(masked) => Cow::Owned(masked),
        None => headers,
    }
}

fn mask_headers(payload: &[u8]) -> Cow<'_, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    let mut at = 0;
    for line in payload.split_inclusive(|b| *b == b'\n') {
        let end = line.trim_ascii_end().len();
        let secret = line[..end]
            .iter()
            .position(|b| *b == b':')
            .filter(|colon| *colon + 1 < end && is_listed(&HEADERS, &line[..*colon]));
        if let Some(colon) = secret {
            let out = out.get_or_insert_with(|| payload[..at].to_vec());
            out.extend_from_slice(&line[..=colon]);
            out.push(b' ');
            out.extend_from_slice(MASK);
            out.extend_from_slice(&line[end..]);
        } else if let Some(out) = &mut out {
            out.extend_from_slice(line);
        }
        at += line.len();
    }
    out.map_or(Cow::Borrowed(payload), Cow::Owned)
}

fn is_listed(names: &[&str], name: &[u8]) -> bool {
    names
        .iter()
        .any(|listed| name.trim_ascii().eq_ignore_ascii_case(listed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use msnp_proto::{FrameDecoder, PayloadTable};

    use super::*;

    #[track_caller]
    fn check(side: Side, text: &str, expected: &str) {
        let mut decoder = FrameDecoder::new(PayloadTable::either(side));
        decoder.push(text.as_bytes().to_vec());
        let frame = decoder
            .next_frame()
            .expect("a frame")
            .expect("a whole frame");
        let shown = [&line(side, &frame)[..], b"|", &payload(frame.payload())[..]].concat();
        assert_eq!(String::from_utf8_lossy(&shown), expected);
    }

    #[test]
    fn secrets_of_sign_in_are_masked() {
        use Side::{Client, Server};
        check(
            Client,
            "USR 4 TWN S t=abc&p=def\r\n",
            "USR 4 TWN S [secret]|",
        );
        check(
            Client,
            "USR 4 SSO S t=abc BLOB {11111111-2222-3333-4444-555555555555}\r\n",
            "USR 4 SSO S [secret] [secret] {11111111-2222-3333-4444-555555555555}|",
        );
        check(Client, "USR 5 SHA A PHNpZ24+\r\n", "USR 5 SHA A [secret]|");
        check(
            Server,
            "RNG 9 127.0.0.1:1864 CKI cb17 a@b A U m 1\r\n",
            "RNG 9 127.0.0.1:1864 CKI [secret] a@b A U m 1|",
        );
        check(Client, "USR 4 MD5 S e3553d\r\n", "USR 4 MD5 S [secret]|");
        check(Server, "USR 3 MD5 S 65929e\r\n", "USR 3 MD5 S 65929e|");
        check(
            Server,
            "XFR 8 SB 127.0.0.1:1864 CKI cb17\r\n",
            "XFR 8 SB 127.0.0.1:1864 CKI [secret]|",
        );
        check(Client, "USR 1 a@b cb17\r\n", "USR 1 a@b [secret]|");
        check(Client, "ANS 1 a@b cb17 99\r\n", "ANS 1 a@b [secret] 99|");
        check(Client, "USR 3 TWN I a@b\r\n", "USR 3 TWN I a@b|");
    }

    #[test]
    fn secrets_of_payloads_are_masked() {
        check(
            Side::Client,
            "ATH 2 CON\\USER 60\r\n\r\n<user><uic>AAAA</uic><web-compact-ticket /></user>XXXXXXXX",
            "ATH 2 CON\\USER 60|\r\n<user><uic>[secret]</uic><web-compact-ticket /></user>XXXXXXXX",
        );
        let user = |ticket| {
            format!(
                "<user><ssl-compact-ticket>{ticket}</ssl-compact-ticket><ssl-site-name>chatservice.live.com</ssl-site-name></user>"
            )
        };
        let length = user("t=AAAA&amp;p=").len() + 2;
        check(
            Side::Client,
            &format!("ATH 2 CON\\USER {length}\r\n\r\n{}", user("t=AAAA&amp;p=")),
            &format!("ATH 2 CON\\USER {length}|\r\n{}", user("[secret]")),
        );
        check(
            Side::Server,
            "MSG Hotmail Hotmail 22\r\nA: 1\r\nMSPAuth: xyz\r\n\r\n",
            "MSG Hotmail Hotmail 22|A: 1\r\nMSPAuth: [secret]\r\n\r\n",
        );
        check(
            Side::Client,
            "PNG 11 CON 38\r\nRegistration: U2lnbmF0dXJlOjI6Mjg6\r\n\r\n",
            "PNG 11 CON 38|Registration: [secret]\r\n\r\n",
        );
    }

    #[test]
    fn secrets_are_masked_however_xml_writes_them() {
        let shown = |text: &str| String::from_utf8_lossy(&payload(text.as_bytes())).into_owned();
        for secret in [
            "<uic><![CDATA[TOPSECRET]]></uic>",
            "<x:uic>TOPSECRET</x:uic>",
            "<user uic=\"TOPSECRET\">a</user>",
            "<user x:uic = 'TOPSECRET' />",
            "<uic>TOP<!-- -->SECRET</uic>",
            "<uic><part>TOPSECRET</part></uic>",
            "<UIC\n a='1'>TOPSECRET</UIC >",
            "<uic>TOPSECRET",
            "<wst:BinarySecret>TOPSECRET</wst:BinarySecret>",
            "<xenc:CipherValue>TOPSECRET</xenc:CipherValue>",
            "<TicketToken>t=TOPSECRET&amp;p=</TicketToken>",
            "<wsse:Password>TOPSECRET</wsse:Password>",
            "<Ticket passport=\"x\" lockkey=\"TOPSECRET\"/>",
            "<r>&lt;Session id=\"TOPSECRET\"&gt;&lt;/Session&gt;</r>",
            "<r>&lt;password&gt;TOPSECRET&lt;/password&gt;</r>",
            "<r>&amp;lt;password&amp;gt;TOPSECRET&amp;lt;/password&amp;gt;</r>",
            "<r><![CDATA[<password>TOPSECRET</password>]]></r>",
            "<wsse:BinarySecurityToken Id=\"x\">t=TOPSECRET&amp;p=</wsse:BinarySecurityToken>",
            "<Ticket passport=\"t=TOPSECRET&amp;p=\" lockkey=\"1\"/>",
        ] {
            let found = shown(secret);
            assert!(
                !found.contains("TOP") && !found.contains("SECRET"),
                "{found}"
            );
            assert!(found.contains("[secret]"), "{found}");
        }
        let plain = "<a uic=\"\"><uic/><b id=\"1\">TOP</b><uic></uic><quick>SECRET</quick></a>";
        assert_eq!(shown(plain), plain);
    }
}
