//! How a text looks, from every family to every other.

use msnp_client::{ConversationId, Dialect, Looks};

use crate::carrier::{Carrier, Home};
use crate::person::{Person, Step};

const DIALECTS: [Dialect; 6] = [
    Dialect::MSNP8,
    Dialect::MSNP11,
    Dialect::MSNP12,
    Dialect::MSNP15,
    Dialect::MSNP18,
    Dialect::MSNP24,
];

async fn it_looks_as_it_was_written() -> Step<()> {
    let names: Vec<String> = (0..DIALECTS.len()).map(|at| format!("p{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let home = Home::open(Carrier::Tcp, &names).await;
    let mut people = Vec::new();
    for (name, dialect) in names.iter().zip(DIALECTS) {
        people.push(Person::signed_in(&home, dialect, name).await?);
    }
    let looks = Looks {
        font: Some("Segoe UI".to_owned()),
        colour: [0x12, 0x34, 0x56],
        italic: true,
        strikethrough: true,
        ..Looks::default()
    };
    for from in 0..names.len() {
        for to in (0..names.len()).filter(|to| *to != from) {
            let there = ConversationId::from(people[from].id(names[to]));
            let sent = people[from]
                .call(|client, now| client.send_text_with(&there, "na\u{ef}ve <b>", &looks, now));
            let sent = sent.map_err(|refused| refused.to_string())?;
            let fate = people[from].fate(&sent).await?;
            fate.map_err(|reason| reason.to_string())?;
            let heard = people[to].next_message().await?;
            let what = format!("{} to {}", DIALECTS[from], DIALECTS[to]);
            assert_eq!(heard.text, "na\u{ef}ve <b>", "{what}");
            assert_eq!(heard.looks, looks, "{what}");
        }
    }
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_text_looks_in_every_dialect_as_it_was_written_in_another() {
    assert_eq!(it_looks_as_it_was_written().await, Ok(()));
}
