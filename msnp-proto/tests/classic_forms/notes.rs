//! Reads docs/protocol/commands.tsv and says whether a line agrees with it. It shares no code with the crate.

use msnp_proto::Side;
use msnp_proto::classic::ServerKind;

const COMMANDS: &str = include_str!("../../../docs/protocol/commands.tsv");

/// One row: where it stands, and what its words may be.
pub(crate) struct Row {
    verb: String,
    side: Side,
    servers: Vec<ServerKind>,
    trid: String,
    first: u8,
    last: u8,
    payload: bool,
    alternatives: Vec<Vec<Item>>,
}

/// A place in a pattern.
#[derive(Clone, Debug)]
enum Item {
    /// Exactly this word, or one of these.
    Literal(Vec<String>),
    /// Begins so.
    Prefix(String),
    /// Any word.
    Any,
    /// One word or more.
    Many,
    /// May be missing.
    Optional(Vec<Item>),
}

/// The parameters of rows whose cell is prose, in the notation of the others.
const RETOLD: &[(&str, &str, &str, &str)] = &[
    ("VER", "C>S", "request", "protocol+"),
    ("VER", "S>C", "reply", "protocol"),
    ("USR", "S>C", "TWN S", "\"TWN\" \"S\" challenge+"),
    ("INF", "S>C", "reply", "auth-package+"),
    // The proof is optional in MSNP15; behind it the endpoint.
    (
        "USR",
        "C>S",
        "SSO S",
        "\"SSO\" \"S\" ticket [blob [machine-guid]]",
    ),
    ("URL", "C>S", "request", "service [args+]"),
    (
        "CVR",
        "C>S",
        "request",
        "lcid os-type os-version cpu client-name client-version [client-brand [account [redirect-blob]]]",
    ),
    (
        "CVQ",
        "C>S",
        "request",
        "lcid os-type os-version cpu client-name client-version [client-brand [account]]",
    ),
    (
        "CVR",
        "S>C",
        "reply",
        "version [version [version [url [url]]]]",
    ),
    (
        "USR",
        "S>C",
        "OK (>=10)",
        "\"OK\" account [name] verified restricted",
    ),
    (
        "XFR",
        "S>C",
        "NS transfer",
        "\"NS\" address [\"0\" [current]] [\"U\"|\"G\" \"D\" [hop]]",
    ),
    (
        "SYN",
        "S>C",
        "reply 8-9",
        "list-serial [contact-count [group-count]]",
    ),
    (
        "SYN",
        "S>C",
        "reply 10-12",
        "timestamp timestamp [contact-count [group-count]]",
    ),
    ("LST", "S>C", "SYN 8-9", "account name list-bits [groups]"),
    (
        "LST",
        "S>C",
        "SYN 10-11",
        "[N=] [F=] [C=] list-bits [groups]",
    ),
    (
        "LST",
        "S>C",
        "SYN 12",
        "[N=] [F=] [C=] list-bits network-type [groups]",
    ),
    (
        "LST",
        "S>C",
        "reply",
        "list serial number total [account [name [groups]]]",
    ),
    (
        "LSG",
        "S>C",
        "SYN 7-9",
        "[trid serial number total] group-id name \"0\"",
    ),
    ("SBP", "C>S", "request", "contact-guid key [value]"),
    ("SBP", "S>C", "reply", "contact-guid key [value]"),
    ("BPR", "S>C", "SYN", "key [value]"),
    ("PRP", "S>C", "SYN", "key [value]"),
    ("ADC", "C>S", "request", "list [N=] [F=] [C=] [group-guid]"),
    ("ADC", "S>C", "reply", "list [N=] [F=] [C=] [group-guid]"),
    ("REM", "C>S", "request", "list account [group]"),
    ("REM", "S>C", "reply", "list [serial] account [group]"),
    ("REG", "S>C", "reply 10-12", "[serial] name guid [\"0\"]"),
    ("RMG", "S>C", "reply 10-12", "[serial] guid"),
    ("ADG", "S>C", "reply 10-12", "[serial] name guid [\"0\"]"),
    (
        "FND",
        "C>S",
        "request",
        "fname= lname= city= state= country=",
    ),
    (
        "FND",
        "S>C",
        "reply",
        "number total [fname= lname= city= state= country=]",
    ),
    ("CHG", "C>S", "request 9-15", "status capabilities [msnobj]"),
    ("CHG", "C>S", "request >=16", "status capabilities [msnobj]"),
    ("CHG", "S>C", "reply", "status [capabilities [msnobj]]"),
    ("FLN", "S>C", "18", "principal capabilities"),
    (
        "NLN",
        "S>C",
        "18",
        "status principal name capabilities [msnobj [icon-url]]",
    ),
    ("SND", "S>C", "reply", "\"OK\" [lcid [library [client]]]"),
    ("SND", "C>S", "request", "account [lcid [library [client]]]"),
    (
        "SDC",
        "C>S",
        "request",
        "account lcid library client x x name length",
    ),
    ("OUT", "S>C", "async", "[reason [minutes]]"),
    ("UUN", "C>S", "request", "account type length"),
    ("NFY", "S>C", "async", "\"PUT\"|\"DEL\" length"),
    ("MSG", "C>S", "send", "\"U\"|\"N\"|\"A\"|\"D\"|\"S\" length"),
    ("PGD", "C>S", "request", "account device-type length"),
    ("UUX", "S>C", "reply", "length"),
    ("ADD", "S>C", "async", "list serial account name [group]"),
    ("PUT", "S>C", "reply", "\"OK\" length"),
    ("IMS", "S>C", "reply", "serial \"ON\"|\"OFF\""),
    ("SBS", "S>C", "async", "balance"),
    ("BYE", "S>C", "async", "account [idle]"),
    ("QRY", "C>S", "answer", "product-id length"),
    ("GCF", "C>S", "request", "filename"),
    (
        "IRO",
        "S>C",
        "roster >=12",
        "index total account name capabilities",
    ),
    ("QNG", "S>C", "reply", "[seconds]"),
];

/// What msnp24.md 14 and 15 add: verb, direction, dialects, parameters.
const ELSEWHERE: &[(&str, &str, u8, u8, &str)] = &[
    ("USR", "C>S", 22, 22, "\"WEB\" epid"),
    ("CHL", "C>S", 21, 22, ""),
    ("FSL", "C>S", 21, 22, "[number [number]]"),
    ("FSL", "S>C", 21, 22, "[\"OK\" length]"),
];

/// Verbs of commands.tsv with a form of it that MSNP21 and 22 keep (msnp24.md 2.1, 14).
const KEPT_BY_21: &[&str] = &[
    "VER", "CVR", "CVQ", "USR", "XFR", "OUT", "PNG", "QNG", "CHL", "QRY", "GCF", "SBS", "NOT",
    "MSG", "ADL", "RML", "FQY", "UUX", "UBX", "IPG", "PUT", "DEL", "NFY", "SDG",
];

/// A client neither asks for switchboards there nor writes on them.
fn is_kept(verb: &str, direction: &str) -> bool {
    KEPT_BY_21.contains(&verb) && !(direction == "C>S" && matches!(verb, "XFR" | "MSG"))
}

/// Whether each row that is told again here is one of the table's.
pub(crate) fn retold_rows_exist() -> bool {
    RETOLD.iter().all(|(verb, direction, form, _)| {
        let mut rows = COMMANDS
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>());
        rows.any(|cells| (cells[0], cells[1], cells[3]) == (*verb, *direction, *form))
    })
}

/// All rows.
pub(crate) fn read() -> Vec<Row> {
    let mut rows: Vec<_> = COMMANDS.lines().skip(1).filter_map(row).collect();
    for (verb, direction, first, last, params) in ELSEWHERE {
        rows.push(Row {
            verb: (*verb).into(),
            side: side(direction),
            servers: vec![ServerKind::Notification],
            trid: "yes".into(),
            first: *first,
            last: *last,
            payload: params.contains("length"),
            alternatives: vec![pattern(params)],
        });
    }
    rows
}

/// The verbs of all rows, and who writes them.
pub(crate) fn verbs() -> Vec<(String, Side)> {
    let cells = COMMANDS
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>());
    cells
        .map(|cells| (cells[0].to_owned(), side(cells[1])))
        .collect()
}

impl Row {
    /// Verb, who writes it, where, in which dialect: each of which has to be typed.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, Side, ServerKind, u8)> {
        self.servers.iter().flat_map(|server| {
            // There are no switchboards behind MSNP18.
            let last = match server {
                ServerKind::Notification => self.last,
                ServerKind::Switchboard => self.last.min(18),
            };
            (self.first.max(2)..=last).map(|dialect| (&*self.verb, self.side, *server, dialect))
        })
    }
}

fn side(direction: &str) -> Side {
    match direction {
        "C>S" => Side::Client,
        "S>C" => Side::Server,
        other => panic!("direction {other}"),
    }
}

fn row(line: &str) -> Option<Row> {
    let cells: Vec<_> = line.split('\t').collect();
    let [
        verb,
        direction,
        server,
        form,
        trid,
        params,
        payload,
        first,
        last,
        ..,
    ] = cells[..]
    else {
        panic!("too few cells: {line}");
    };
    if !verb.bytes().all(|b| b.is_ascii_uppercase())
        || verb == "CKI"
        || params == "unknown"
        || params == "-"
    {
        return None;
    }
    let retold = RETOLD
        .iter()
        .find(|(v, d, f, _)| (*v, *d, *f) == (verb, direction, form));
    let params = retold.map_or(params, |(_, _, _, params)| params);
    let number = |cell: &str, other: u8| cell.trim_end_matches('?').parse().unwrap_or(other);
    Some(Row {
        verb: verb.into(),
        side: side(direction),
        servers: servers(server),
        trid: trid.into(),
        first: number(first, 2),
        last: if last == "-" && is_kept(verb, direction) {
            22
        } else {
            number(last, 18)
        },
        // `UUX 8 0` and `PUT 8 OK 0` have lengths, whatever their column says.
        payload: payload.contains("len")
            || retold.is_some_and(|(_, _, _, params)| params.ends_with("length")),
        alternatives: params
            .split(" | ")
            .map(|params| pattern(&without_remarks(params)))
            .collect(),
    })
}

/// A dispatch server is a notification server to the crate.
fn servers(cell: &str) -> Vec<ServerKind> {
    let mut servers = Vec::new();
    if cell.contains("NS") || cell.contains("DS") {
        servers.push(ServerKind::Notification);
    }
    if cell.contains("SB") {
        servers.push(ServerKind::Switchboard);
    }
    servers
}

/// Without what stands in parentheses.
fn without_remarks(params: &str) -> String {
    let mut depth = 0;
    let outside = params.chars().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    outside.collect()
}

fn pattern(params: &str) -> Vec<Item> {
    let spaced = params.replace('[', " [ ").replace(']', " ] ");
    let mut words = spaced.split_whitespace();
    items(&mut words)
}

fn items<'a>(words: &mut impl Iterator<Item = &'a str>) -> Vec<Item> {
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "]" => break,
            "[" => found.push(Item::Optional(items(words))),
            // Endpoints and the like belong to the word before: `account[;{guid}]`, `network:account[;via=..]`.
            word if word.starts_with(';') => {}
            _ => found.push(item(word)),
        }
    }
    // `[;{guid}]` left an empty group behind.
    found.retain(|item| !matches!(item, Item::Optional(inside) if inside.is_empty()));
    found
}

fn item(word: &str) -> Item {
    let upper = |word: &str| {
        let word = word.trim_matches('"');
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    if word
        .split('|')
        .all(|word| word.starts_with('"') || upper(word))
    {
        return Item::Literal(
            word.split('|')
                .map(|word| word.trim_matches('"').to_owned())
                .collect(),
        );
    }
    if word.ends_with('+') {
        return Item::Many;
    }
    match word.split_once('=') {
        Some((prefix, _)) => Item::Prefix(format!("{prefix}=")),
        None => Item::Any,
    }
}

/// Whether some row allows the line.
pub(crate) fn agree(
    rows: &[Row],
    side: Side,
    server: ServerKind,
    dialect: u8,
    line: &str,
    payload: usize,
) -> bool {
    let words: Vec<_> = line.split(' ').collect();
    if words.iter().any(|word| word.is_empty()) {
        return false;
    }
    rows.iter().any(|row| {
        row.verb == words[0]
            && row.side == side
            && row.servers.contains(&server)
            && (row.first..=row.last).contains(&dialect)
            && row.allows(&words[1..], payload)
    })
}

impl Row {
    fn allows(&self, words: &[&str], payload: usize) -> bool {
        let is_number = |word: &&str| word.parse::<u32>().is_ok();
        let behind = match self.trid.as_str() {
            "no" => vec![words],
            "yes" | "zero" | "yes/zero" if words.first().is_some_and(is_number) => {
                vec![&words[1..]]
            }
            _ => return false,
        };
        behind.into_iter().any(|mut words| {
            if self.payload {
                // The length is the last word, and what the line announces is there.
                let Some((last, before)) = words.split_last() else {
                    return payload == 0;
                };
                if *last != payload.to_string() {
                    return false;
                }
                words = before;
            } else if payload != 0 {
                return false;
            }
            self.alternatives.iter().any(|pattern| {
                let pattern = if self.payload {
                    without_length(pattern)
                } else {
                    pattern.clone()
                };
                matches(&pattern, words)
            })
        })
    }
}

/// The length was looked at already.
fn without_length(pattern: &[Item]) -> Vec<Item> {
    let mut pattern = pattern.to_vec();
    match pattern.last_mut() {
        Some(Item::Optional(inside)) => {
            inside.pop();
        }
        Some(Item::Any) => {
            pattern.pop();
        }
        // `0` of `PUT n OK 0` is a length too.
        _ => {}
    }
    pattern
}

fn matches(pattern: &[Item], words: &[&str]) -> bool {
    let Some((first, pattern)) = pattern.split_first() else {
        return words.is_empty();
    };
    let rest = words.split_first();
    match first {
        Item::Optional(inside) => {
            let taken: Vec<_> = inside.iter().chain(pattern).cloned().collect();
            matches(&taken, words) || matches(pattern, words)
        }
        Item::Many => {
            rest.is_some() && (1..=words.len()).any(|taken| matches(pattern, &words[taken..]))
        }
        Item::Any => rest.is_some_and(|(_, rest)| matches(pattern, rest)),
        Item::Literal(literals) => rest.is_some_and(|(word, rest)| {
            literals.iter().any(|literal| literal == word) && matches(pattern, rest)
        }),
        Item::Prefix(prefix) => {
            rest.is_some_and(|(word, rest)| word.starts_with(prefix) && matches(pattern, rest))
        }
    }
}
