//! `News`: what frames of the service say to a client of MSNP24, as far as the chat is concerned.

use super::mark::Mark;

/// The number of a command that says nothing but that a message is one's; those of messages come behind it.
const FIRST: u64 = 100;

/// The command that carries a message has this number, so that its answer is known to be its, whenever and by whichever
/// reply that comes.
pub(super) const fn command_number(mark: Mark) -> u64 {
    FIRST + mark.number
}

/// What one frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The own message of that number is taken.
    Taken(u64),
    /// It is refused, with these words.
    Refused(u64, String),
    /// A message of somebody's, the network's number of it, and what is to be said when it was received.
    Message {
        mark: Mark,
        id: String,
        receipt: String,
    },
    /// What is to be said when something was received that is none of the chat's.
    Other(String),
}

/// Takes the whole frames out of what was heard, and what they say.
pub(super) fn take(heard: &mut Vec<u8>) -> Vec<News> {
    let mut news = Vec::new();
    while let Some((line, end)) = frame(heard) {
        let payload: Vec<u8> = heard.drain(..end).skip(line.len() + 2).collect();
        news.extend(read(&line, &String::from_utf8_lossy(&payload)));
    }
    news
}

/// The line of the first frame, and where the frame ends.
fn frame(heard: &[u8]) -> Option<(String, usize)> {
    let at = memchr::memmem::find(heard, b"\r\n")?;
    let line = String::from_utf8_lossy(&heard[..at]).into_owned();
    let length = line.rsplit(' ').next()?.parse().unwrap_or(0);
    let end = at + 2 + length;
    (heard.len() >= end).then_some((line, end))
}

fn read(line: &str, payload: &str) -> Option<News> {
    let mut words = line.split(' ');
    let (verb, number) = (words.next()?, words.next()?);
    let number: u64 = number.parse().ok()?;
    let is_code = verb.bytes().all(|byte| byte.is_ascii_digit());
    match verb {
        "SDG" if number >= FIRST => Some(News::Taken(number - FIRST)),
        _ if is_code && number >= FIRST => {
            let why = format!("{line}: {:.80}", payload.trim());
            Some(News::Refused(number - FIRST, why))
        }
        "SDG" => {
            let header = |name| {
                let mut lines = payload.split("\r\n");
                lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            let receipt = receipt(header("Ack-Id")?);
            Some(match (Mark::all_in(payload).next(), header("Message-ID")) {
                (Some(mark), Some(id)) => News::Message {
                    mark,
                    id: id.to_owned(),
                    receipt,
                },
                _ => News::Other(receipt),
            })
        }
        _ => None,
    }
}

fn receipt(id: &str) -> String {
    let headers = format!("Ack-Id: {id}\r\n\r\n");
    format!("ACK 0 MSGR {}\r\n{headers}", headers.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::frame;

    fn message(mark: Mark) -> String {
        let layers = format!("To: 8:a\r\n\r\nMessaging: 2.0\r\nMessage-ID: 7\r\n\r\n{mark}");
        let payload = format!("Ack-Id: 00FF\r\n\r\n{layers}");
        format!("SDG 0 MSGR {}\r\n{payload}", payload.len())
    }

    /// All answers had the same number and were counted: behind one refusal each was taken for that to the message before,
    /// and the refused one was said to be lost.
    #[test]
    fn the_answer_to_a_message_is_known_by_its_number_and_not_by_its_place() {
        let mut heard = [
            frame("SDG 101 MSGR", ""),
            frame("800 102 MSGR", ""),
            frame("SDG 103 MSGR", ""),
        ]
        .concat()
        .into_bytes();
        let news = take(&mut heard);
        assert_eq!(news[0], News::Taken(1));
        assert!(matches!(&news[1], News::Refused(2, why) if why.starts_with("800 102")));
        assert_eq!(news[2], News::Taken(3));
        assert_eq!(heard, b"");
    }

    #[test]
    fn what_is_heard_in_pieces_is_what_is_heard_at_once() {
        let mark = Mark { from: 3, number: 9 };
        let all = frame("PNG 9 CON", "") + &message(mark) + &frame("SDG 104 MSGR", "");
        let expected = [
            News::Message {
                mark,
                id: "7".to_owned(),
                receipt: "ACK 0 MSGR 16\r\nAck-Id: 00FF\r\n\r\n".to_owned(),
            },
            News::Taken(4),
        ];
        for cut in 0..=all.len() {
            let mut heard = all.as_bytes()[..cut].to_vec();
            let mut news = take(&mut heard);
            heard.extend_from_slice(&all.as_bytes()[cut..]);
            news.extend(take(&mut heard));
            assert_eq!(news, expected, "cut at {cut}");
        }
    }
}
