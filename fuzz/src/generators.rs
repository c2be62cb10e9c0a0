//! Streams of MSNP that a fuzzer's bytes choose: for whoever fuzzes a client or a server of their own, whose parser would
//! refuse nearly all of what random bytes say.
//!
//! The bytes decide which commands come, what stands in them, and, now and then, what is wrong with one; so libFuzzer's mutations
//! stay useful, and a few bytes make a long stream.

use crate::choices::Choices;

/// How well formed a stream is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Every frame is whole and has the right length.
    Whole,
    /// About one in eight has something wrong: a length that is not true, a bare line feed, a word too few, bytes in front.
    Bent,
}

/// What a server says. A stream of at most 64 frames.
pub fn server_stream(choices: &[u8], form: Form) -> Vec<u8> {
    stream(choices, form, SERVER)
}

/// What a client says. A stream of at most 64 frames.
pub fn client_stream(choices: &[u8], form: Form) -> Vec<u8> {
    stream(choices, form, CLIENT)
}

/// `#` is a transaction id, `@` an address, `~` a name, `%` a number; `$` at the end is a length, and that many bytes follow.
const SERVER: &[&str] = &[
    "VER # MSNP15 MSNP12",
    "CVR # 14.0.8089 14.0.8089 14.0.8089 http://a.example http://b.example",
    "USR # OK @ 1 0",
    "USR # SSO S MBI_KEY_OLD %",
    "XFR # NS 127.0.0.1:1863 0 127.0.0.1:1863",
    "XFR # SB 127.0.0.1:1864 CKI %",
    "MSG @ ~ $",
    "MSG Hotmail Hotmail $",
    "NLN NLN @ 1 ~ % 0",
    "ILN # AWY @ 1 ~ 0",
    "FLN @ 1",
    "CHL 0 %",
    "QNG %",
    "QRY #",
    "UBX @ 1 $",
    "UBN @ 1 $",
    "GCF # $",
    "ADL # OK",
    "ADL 0 $",
    "RML 0 $",
    "FQY # $",
    "NOT $",
    "RNG % 127.0.0.1:1864 CKI % @ ~",
    "JOI @ ~ 0",
    "IRO # 1 2 @ ~",
    "BYE @",
    "ACK #",
    "NAK #",
    "911 #",
    "241 # $",
    "OUT OTH",
    "PUT # OK 0",
    "NFY PUT $",
    "NFY DEL $",
    "SDG # $",
    "CNT # CON $",
    "ATH # CON $",
    "GET # MSGR $",
    "PNG # CON",
    "RST 0",
];
const CLIENT: &[&str] = &[
    "VER # MSNP15 CVR0",
    "CVR # 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 MSMSGS @",
    "USR # SSO I @",
    "USR # TWN S t=%&p=",
    "PNG",
    "CHG # NLN % 0",
    "MSG # N $",
    "MSG # A $",
    "MSG # D $",
    "UUX # $",
    "UUM # @ 1 1 $",
    "ADL # $",
    "RML # $",
    "FQY # $",
    "QRY # PROD0090 $",
    "ADC # FL N=@ F=~",
    "XFR # SB",
    "CAL # @",
    "ANS # @ % %",
    "OUT",
    "SYN # 0 0",
    "REM # FL @",
    "PRP # MFN ~",
    "CNT # CON $",
    "ATH # CON $",
    "PUT # MSGR\\PRESENCE $",
    "GET # MSGR\\HMR $",
    "SDG # MSGR $",
    "DEL # MSGR\\HMR $",
];
const NAMES: &[&str] = &["Alice", "%E2%9C%88", "a%20b", "%00", "%C3", "[b]x[/b]"];
const ADDRESSES: &[&str] = &[
    "a@example.org",
    "1:a@example.org",
    "8:live:b",
    "19:c@thread.skype",
    "x",
];

fn stream(choices: &[u8], form: Form, commands: &[&str]) -> Vec<u8> {
    let mut draw = Choices::new(choices);
    let mut stream = Vec::new();
    for number in 1..=64 {
        if draw.is_empty() {
            break;
        }
        let wrong = form == Form::Bent && draw.byte().is_some_and(|byte| byte % 8 == 0);
        frame(&mut draw, number, wrong, commands, &mut stream);
    }
    stream
}

fn frame(
    draw: &mut Choices<'_>,
    number: u32,
    wrong: bool,
    commands: &[&str],
    stream: &mut Vec<u8>,
) {
    let mut payload = None;
    let mut line = String::new();
    for letter in draw.of(commands).chars() {
        match letter {
            '#' => line += &number.to_string(),
            '@' => line += *draw.of(ADDRESSES),
            '~' => line += *draw.of(NAMES),
            '%' => line += &(u32::from(draw.byte().unwrap_or_default()) * 7919).to_string(),
            '$' => {
                let body = body(draw);
                line += &body.len().to_string();
                payload = Some(body);
            }
            other => line.push(other),
        }
    }
    let fault = if wrong {
        draw.byte().unwrap_or_default() % 4 + 1
    } else {
        0
    };
    match fault {
        1 => line.push('1'),
        2 => {
            line = line
                .rsplit_once(' ')
                .map_or(line.clone(), |(rest, _)| rest.to_owned());
        }
        3 => stream.extend(b"?? "),
        _ => {}
    }
    stream.extend(line.bytes());
    stream.extend(if fault == 4 { &b"\n"[..] } else { b"\r\n" });
    stream.extend(payload.unwrap_or_default());
}

/// What stands in a payload: a message, layers, a document, or what the fuzzer says.
fn body(draw: &mut Choices<'_>) -> Vec<u8> {
    let kind = draw.byte().unwrap_or_default() % 4;
    let len = usize::from(draw.byte().unwrap_or_default());
    let said: Vec<u8> = (0..len).map_while(|_| draw.byte()).collect();
    let (before, after) = match kind {
        0 => (
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n",
            "",
        ),
        1 => (
            "Routing: 1.0\r\nTo: 8:live:b\r\nFrom: 8:live:a\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-Type: Text\r\n\r\n",
            "",
        ),
        2 => (
            "<ml l=\"1\"><d n=\"example.org\"><c n=\"",
            "\" l=\"3\" t=\"1\"/></d></ml>",
        ),
        _ => ("", ""),
    };
    [before.as_bytes(), &said, after.as_bytes()].concat()
}
