//! Somebody who speaks by TCP itself, and writes and reads by the one stream.

use super::mark::Mark;
use super::news::{self, News};
use super::pace::EVERY;
use super::screen::Screen;
use crate::failure::Failure;
use crate::line::Line;
use crate::person::{Who, between, cookies, subscribe_frame};
use crate::process::Doors;

/// Signs in, with a uic that comes by a web call.
pub(super) async fn sign_in(doors: Doors, who: Who) -> Result<Line, Failure> {
    let mut line = Line::open(doors.http, who.peer()).await?;
    let cookies = cookies(&mut line, who.number()).await?;
    let body = br#"{"trouterurl":"https://","connectionid":"a"}"#;
    let headers = format!("Cookie: {cookies}\r\n");
    let line_of_head = "POST /v1/user/Initialization";
    let answer = line.exchange(line_of_head, &headers, body).await?.text();
    let uic = between(&answer, "\"MappingContainer\":\"", "\"")?;
    let uic = uic
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    let user = format!(
        "<user><uic>{uic}</uic><id>live:u{}</id></user>",
        who.number()
    );
    let mut stream = Line::open(doors.tcp, who.peer()).await?;
    let frames = who.sign_in_frames(&user) + &subscribe_frame();
    stream.say(frames.as_bytes()).await?;
    Ok(stream)
}

/// Writes until the chat is over, and reads for ever. What ends the stream is trouble, and lasting.
pub(super) async fn talk(mut line: Line, who: Who, to: usize, screen: Screen) {
    let (ledger, from) = (screen.ledger(), who.number());
    let going_on = async {
        let (mut number, mut kept) = (0, Vec::new());
        let mut timer = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                read = line.hear() => {
                    read?;
                    kept.append(&mut line.heard());
                    let mut received = Vec::new();
                    for one in news::take(&mut kept) {
                        match one {
                            News::Taken(number) => ledger.taken(Mark { from, number }),
                            News::Refused(number, why) => {
                                ledger.note(Mark { from, number }, &why);
                                ledger.trouble(from, &format!("refused: {why}").into());
                            }
                            News::Message { mark, id, receipt } => {
                                screen.show(mark, Some(&id), "by the stream");
                                line.say(receipt.as_bytes()).await?;
                                received.push(mark);
                            }
                            News::Other(receipt) => line.say(receipt.as_bytes()).await?,
                        }
                    }
                    // There is no answer to a receipt; what was written into this stream counts.
                    screen.received(&received);
                }
                _ = timer.tick(), if !ledger.is_over() => {
                    number += 1;
                    let mark = Mark { from, number };
                    ledger.note(mark, "said");
                    let text = mark.to_string();
                    let command = news::command_number(mark);
                    let frame = who.numbered_text(command, to, number, &text);
                    line.say(frame.as_bytes()).await?;
                }
            }
        }
    };
    let ended: Result<(), Failure> = going_on.await;
    if let Err(why) = ended {
        screen.broke();
        ledger.trouble(from, &format!("the stream has ended: {why}").into());
    }
}
