//! `Referral`: where `XFR` and `RNG` send a client, read from the frame and, if wanted, written anew.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use gateway_sm::Server;
use machine_contract::Secret;
use memchr::memmem;
use msnp_proto::{Frame, Verb};

/// The historic port of notification servers and switchboards (msnp8-18.md 1), which a server may leave out.
pub const PORT: u16 = 1863;

/// Where a frame sends its reader.
///
/// ```
/// use gateway_upstream::Referral;
/// use msnp_proto::{FrameDecoder, PayloadTable, Side};
///
/// let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
/// decoder.push("XFR 7 SB 10.0.0.2:1864 CKI 70b9a2333f4e1b21\r\n");
/// let frame = decoder.next_frame()?.expect("a whole frame");
/// let referral = Referral::read(&frame).expect("it sends its reader somewhere");
/// assert_eq!((referral.host(), referral.port()), ("10.0.0.2", 1864));
/// let written = referral.write(&frame, "gw.example.com");
/// assert_eq!(written, "XFR 7 SB gw.example.com:1864 CKI 70b9a2333f4e1b21\r\n");
/// # Ok::<(), msnp_proto::FrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    server: Server,
    host: String,
    port: u16,
    token: Option<Secret<Bytes>>,
    /// Where the host stands in the frame.
    place: Range<usize>,
    form: Form,
}

/// How the frame says it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Form {
    /// As a word of the line.
    Word,
    /// In the document of MSNP24, whose length the line says.
    Document,
}

impl Referral {
    /// What a frame of a server says of another server: `XFR <trid> NS|SB <host:port>` and `RNG <session> <host:port>`
    /// (msnp8-18.md 3, 9.1), and the target in `XFR <trid> CON` (msnp24.md 6.10).
    ///
    /// `None`: it sends nobody anywhere. So does the host `0`, which means to stay (msnp8-18.md 3), and what is no host.
    pub fn read(frame: &Frame) -> Option<Self> {
        match frame.verb() {
            Verb::XFR => match frame.param(1)? {
                b"NS" => Self::of_word(frame, Server::Notification, 2),
                b"SB" => Self::of_word(frame, Server::Switchboard, 2),
                kind if kind.split(|byte| *byte == b'\\').next() == Some(b"CON") => {
                    Self::of_document(frame)
                }
                _ => None,
            },
            Verb::RNG => Self::of_word(frame, Server::Switchboard, 1),
            _ => None,
        }
    }

    /// Which kind of server it is.
    pub const fn server(&self) -> Server {
        self.server
    }

    /// Its host, as the frame has it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port; [`PORT`] if the frame says none.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What proves there who comes.
    pub const fn token(&self) -> Option<&Secret<Bytes>> {
        self.token.as_ref()
    }

    /// The frame that this was read from, with another host in the place of its own. All other bytes stay as they are, but
    /// for the length on the line of a document.
    pub fn write(&self, frame: &Frame, host: &str) -> Bytes {
        let bytes = frame.as_bytes();
        let Range { start, end } = self.place;
        let (Some(before), Some(after)) = (bytes.get(..start), bytes.get(end..)) else {
            // Of another frame.
            return bytes.clone();
        };
        let mut written = BytesMut::with_capacity(bytes.len() + host.len() + 8);
        match self.form {
            Form::Word => written.put_slice(before),
            Form::Document => {
                let (line, payload) = before.split_at(frame.payload_offset().min(before.len()));
                let length = frame.payload().len() - (end - start) + host.len();
                put_with_length(&mut written, line, length);
                written.put_slice(payload);
            }
        }
        written.put_slice(host.as_bytes());
        written.put_slice(after);
        written.freeze()
    }

    fn of_word(frame: &Frame, server: Server, index: usize) -> Option<Self> {
        let address = frame.param(index)?;
        let token = (frame.param(index + 1) == Some(b"CKI"))
            .then(|| frame.param(index + 2))
            .flatten();
        let start = offset(frame.as_bytes(), address);
        let token = token.map(|token| Secret::new(Bytes::copy_from_slice(token)));
        Self::of(server, address, start, token, Form::Word)
    }

    fn of_document(frame: &Frame) -> Option<Self> {
        const OPEN: &[u8] = b"<target>";
        let payload = frame.payload();
        let mut opened = memmem::find_iter(payload, OPEN);
        let start = opened.next()? + OPEN.len();
        // Two of them are for somebody who reads documents.
        if opened.next().is_some() {
            return None;
        }
        let rest = payload.get(start..)?;
        let target = rest.get(..memmem::find(rest, b"</target>")?)?;
        let start = start + frame.payload_offset();
        let server = Server::Notification;
        Self::of(server, target, start, None, Form::Document)
    }

    fn of(
        server: Server,
        address: &[u8],
        start: usize,
        token: Option<Secret<Bytes>>,
        form: Form,
    ) -> Option<Self> {
        let text = str::from_utf8(address).ok()?;
        let (host, port) = match text.rsplit_once(':') {
            // A colon inside of the brackets.
            Some((_, port)) if port.ends_with(']') => (text, PORT),
            Some((host, port)) => (host, port.parse().ok()?),
            None => (text, PORT),
        };
        // Whatever a driver could not go to is not for us to understand.
        let is_host = machine_contract::Remote::tcp(host, port).is_ok();
        (is_host && host != "0").then(|| Self {
            server,
            host: host.to_owned(),
            port,
            token,
            place: start..start + host.len(),
            form,
        })
    }
}

/// Where a slice of these bytes stands in them.
fn offset(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr())
}

/// The line, up to its end, with this number in the place of its last word.
fn put_with_length(out: &mut BytesMut, line: &[u8], length: usize) {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let end = line
        .iter()
        .rposition(|byte| !is_gap(byte))
        .map_or(0, |at| at + 1);
    let start = line
        .iter()
        .take(end)
        .rposition(is_gap)
        .map_or(0, |at| at + 1);
    out.put_slice(line.get(..start).unwrap_or_default());
    out.put_slice(length.to_string().as_bytes());
    out.put_slice(line.get(end..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use msnp_proto::{FrameDecoder, PayloadTable, Side};
    use proptest::prelude::*;

    use super::*;

    fn frame(bytes: &str) -> Frame {
        frame_by(PayloadTable::either(Side::Server), bytes)
    }

    fn frame_by(table: PayloadTable, bytes: &str) -> Frame {
        let mut decoder = FrameDecoder::new(table);
        decoder.push(Bytes::copy_from_slice(bytes.as_bytes()));
        decoder.next_frame().unwrap().expect("a whole frame")
    }

    #[track_caller]
    fn check(bytes: &str, expected: Option<(Server, &str, u16)>, written: &str) {
        let frame = frame(bytes);
        let referral = Referral::read(&frame);
        let found = (referral.as_ref()).map(|it| (it.server(), it.host(), it.port()));
        assert_eq!(found, expected, "{bytes}");
        if let Some(referral) = referral {
            assert_eq!(referral.write(&frame, "gw"), written);
        }
    }

    #[test]
    fn every_recorded_form_is_read_and_only_its_host_changes() {
        use Server::{Notification, Switchboard};
        check(
            "XFR 7 SB 127.0.0.1:1864 CKI ea4ab7085f4bd6dfa876\r\n",
            Some((Switchboard, "127.0.0.1", 1864)),
            "XFR 7 SB gw:1864 CKI ea4ab7085f4bd6dfa876\r\n",
        );
        check(
            "XFR 10 SB 127.0.0.1:1864 CKI b6d8f7b41335f1687c4e U messenger.msn.com 1\r\n",
            Some((Switchboard, "127.0.0.1", 1864)),
            "XFR 10 SB gw:1864 CKI b6d8f7b41335f1687c4e U messenger.msn.com 1\r\n",
        );
        check(
            "RNG 2f10c6ae 127.0.0.1:1864 CKI dc390ea852d99c5b9671 a@b.c 127.0.0.1:1864 U m.com 1\r\n",
            Some((Switchboard, "127.0.0.1", 1864)),
            "RNG 2f10c6ae gw:1864 CKI dc390ea852d99c5b9671 a@b.c 127.0.0.1:1864 U m.com 1\r\n",
        );
        check(
            "XFR 3 NS 207.46.110.18:1863 0 207.46.104.20:1863\n",
            Some((Notification, "207.46.110.18", 1863)),
            "XFR 3 NS gw:1863 0 207.46.104.20:1863\n",
        );
        check(
            "XFR  3\tNS sb.example.com  U D VmVyc2lvbjogMQ==\r\n",
            Some((Notification, "sb.example.com", PORT)),
            "XFR  3\tNS gw  U D VmVyc2lvbjogMQ==\r\n",
        );
        check(
            "XFR 3 NS [::1]:1863 U D\r\n",
            Some((Notification, "[::1]", 1863)),
            "XFR 3 NS gw:1863 U D\r\n",
        );
    }

    #[test]
    fn the_target_of_msnp24_changes_with_its_length() {
        let body = "\r\n<xfr><target>DB5.gateway.example.com:443</target><flags>S</flags></xfr>";
        let text = format!("XFR 3 CON {}\r\n{body}", body.len());
        let written = body.replace("DB5.gateway.example.com", "gw");
        let written = format!("XFR 3 CON {}\r\n{written}", written.len());
        let expected = Some((Server::Notification, "DB5.gateway.example.com", 443));
        check(&text, expected, &written);
        assert_eq!(frame(&written).as_bytes(), &written);
    }

    #[test]
    fn what_sends_nobody_anywhere_is_left_alone() {
        for bytes in [
            "XFR 3 NS 0 U D\r\n",
            "XFR 3 NS 0:0 U D\r\n",
            "XFR 3 NS\r\n",
            "XFR\r\n",
            "XFR 3 NS host:99999\r\n",
            "XFR 3 NS host:0\r\n",
            "XFR 3 NS a/b:80\r\n",
            "XFR 3 XX host:80\r\n",
            "RNG 3\r\n",
            "CHL 0 127.0.0.1:80\r\n",
            "XFR 3 CON 2\r\n\r\n",
            "XFR 3 CON 40\r\n<target>a:1</target><target>b:1</target>",
        ] {
            assert_eq!(Referral::read(&frame(bytes)), None, "{bytes}");
        }
    }

    #[test]
    fn the_token_is_remembered_and_not_printed() {
        let referral = Referral::read(&frame("RNG 9 h:1 CKI secret a@b A\r\n")).unwrap();
        let token = referral.token().map(|token| token.expose().clone());
        assert_eq!(token.as_deref(), Some(&b"secret"[..]));
        assert!(!format!("{referral:?}").contains("secret"));
    }

    proptest! {
        #[test]
        fn all_but_the_host_stays_byte_for_byte(
            gaps in proptest::collection::vec("[ \t]{1,3}", 8),
            token in "[!-~]{1,40}",
            host in "[a-z0-9]{1,20}(\\.[a-z0-9]{1,5}){0,3}",
            port in 1u16..,
            tail in "[!-~]{0,20}",
            ring in any::<bool>(),
        ) {
            prop_assume!(host != "0");
            let head = if ring {
                format!("RNG{}77", gaps[0])
            } else {
                format!("XFR{}7{}SB", gaps[0], gaps[1])
            };
            let rest = format!("{}CKI{}{token}{}{tail}\r\n", gaps[3], gaps[4], gaps[5]);
            let before = format!("{head}{}", gaps[2]);
            let frame = frame(&format!("{before}{host}:{port}{rest}"));
            let referral = Referral::read(&frame).expect("it is one");
            prop_assert_eq!(referral.host(), &host);
            let written = referral.write(&frame, "gateway.example.org");
            prop_assert_eq!(written, format!("{before}gateway.example.org:{port}{rest}"));
            prop_assert_eq!(&referral.write(&frame, &host), frame.as_bytes());
        }

        #[test]
        fn no_line_is_too_odd(line in "(XFR|RNG) [ -~]{0,80}") {
            let frame = frame_by(PayloadTable::sent_by(Side::Server), &format!("{line}\n"));
            if let Some(referral) = Referral::read(&frame) {
                prop_assert_eq!(&referral.write(&frame, referral.host()), frame.as_bytes());
            }
        }
    }
}
