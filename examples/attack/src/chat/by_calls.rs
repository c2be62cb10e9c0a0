//! A caller of the IM web service, who fetches by one connection and says each thing by another.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use soap_codec::bsim::Event;

use super::ledger::Ledger;
use super::mark::Mark;
use super::pace::EVERY;
use super::screen::Screen;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::process::Doors;

/// Writes until the chat is over. A call has no number, so nothing is said twice.
pub(super) async fn write(caller: Caller, from: usize, to: usize, ledger: Arc<Ledger>) {
    let mut number = 0;
    while !ledger.is_over() {
        number += 1;
        let mark = Mark { from, number };
        let said = async {
            let mut line = caller.line().await?;
            caller.say(&mut line, to, &mark.to_string()).await
        };
        match said.await {
            Ok(()) => ledger.taken(mark),
            Err(why) => {
                ledger.note(mark, format!("no good answer: {why}"));
                ledger.trouble(from, &why);
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Signs in, and writes down what is told by that. The connection is given up: until the service has seen that it ended in
/// order, the same may come once more.
pub(super) async fn sign_in(
    doors: Doors,
    (number, peer): (usize, Ipv4Addr),
    screen: &Screen,
) -> Result<Caller, Failure> {
    let (caller, told) = Caller::sign_in(doors, number, peer).await?;
    for one in &told {
        hear(one, number, screen);
    }
    screen.broke();
    Ok(caller)
}

/// Fetches, for ever.
pub(super) async fn read(caller: Caller, whose: usize, screen: Screen) {
    loop {
        let going_on = async {
            let mut line = caller.line().await?;
            let mut is_first = true;
            loop {
                let events = caller.events(&mut line).await?;
                if !std::mem::take(&mut is_first) {
                    // By the connection that brought what was given before.
                    screen.all_received();
                }
                for one in &events {
                    hear(one, whose, &screen);
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let ended: Result<(), Failure> = going_on.await;
        if let Err(why) = ended {
            screen.broke();
            screen.ledger().trouble(whose, &why);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn hear(event: &Event, whose: usize, screen: &Screen) {
    match event {
        Event::OnMessage(messages) => {
            for message in messages {
                for mark in Mark::all_in(&message.text) {
                    screen.show(mark, None, "by a fetch");
                }
            }
        }
        Event::OnLog(lines) => {
            // The only words that there are for it.
            let unsent = |line: &&String| line.contains(" was not sent: ");
            let unsent = lines.iter().filter(unsent);
            unsent.for_each(|line| screen.ledger().disowned(whose, line));
        }
        _ => {}
    }
}
