//! What a line of input asks for.

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Send { to: String, text: String },
    Status(String),
    As(String),
    Quit,
    Nothing,
}

/// `<command> [SP <argument>]`; a text is everything behind the space, and `\n`, `\\` in it stand for
/// what they say.
pub(super) fn parse(line: &str) -> Result<Command, &'static str> {
    let line = line.trim_start().trim_end_matches(['\r', '\n']);
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let word = rest.trim();
    match name {
        "" => Ok(Command::Nothing),
        "send" => match rest.trim_start().split_once(' ') {
            Some((to, text)) if !text.is_empty() => Ok(Command::Send {
                to: to.to_owned(),
                text: unescape(text),
            }),
            _ => Err("usage: send ACCOUNT TEXT"),
        },
        // One's own status; offline is none that one could set (msnp8-18.md 8.1).
        "status" if ["NLN", "BSY", "IDL", "BRB", "AWY", "PHN", "LUN", "HDN"].contains(&word) => {
            Ok(Command::Status(word.to_owned()))
        }
        "status" => Err("usage: status NLN|BSY|IDL|BRB|AWY|PHN|LUN|HDN"),
        "as" if !word.is_empty() => Ok(Command::As(word.to_owned())),
        "as" => Err("usage: as ACCOUNT"),
        "quit" => Ok(Command::Quit),
        _ => Err("there is no such command: send, status, as, quit"),
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, rest.as_str().chars().next()) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('\\')) => plain.push('\\'),
            _ => {
                plain.push(c);
                continue;
            }
        }
        rest.next();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Command) {
        assert_eq!(parse(line), Ok(expected));
    }

    fn send(text: &str) -> Command {
        Command::Send {
            to: "8:live:bob".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn commands_are_read() {
        check("send 8:live:bob hello,  you ", send("hello,  you "));
        check("  send  8:live:bob x\r\n", send("x"));
        check("send 8:live:bob a\\nb\\\\n\\x\\", send("a\nb\\n\\x\\"));
        check("status BSY", Command::Status("BSY".to_owned()));
        check("as a@b.c ", Command::As("a@b.c".to_owned()));
        check("quit", Command::Quit);
        check("", Command::Nothing);
        check("   ", Command::Nothing);
    }

    #[test]
    fn what_is_no_command_is_told() {
        for line in [
            "send",
            "send bob",
            "send bob ",
            "status",
            "status XYZ",
            "status FLN",
            "as",
            "dance",
            "/quit",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
