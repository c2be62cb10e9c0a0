//! What a person does who changes lists, where the recorder did so; and what of the recorder's doings no client has to do.

use machine_contract::Instant;
use msnp_client::{Client, ContactId, Dialect};

use crate::replay::Cue;

fn contact(name: &str) -> ContactId {
    format!("{name}@example.com").parse().expect("an address")
}

/// Why the client does not say this.
pub(crate) fn left_out(said: &[String]) -> Option<&'static str> {
    let word = |at: usize| said.get(at).map_or("", String::as_str);
    Some(match word(0) {
        "REA" if word(2).starts_with("bob") => "a contact's name is the contact's to choose",
        "SBP" => "a contact's name is the contact's to choose",
        "SYN" if word(1) != "5" => "the lists are asked for once",
        "FQY" => "which network somebody is on, the address book says",
        "UUN" => "nothing is said to another's places",
        "ADC" if (word(1), word(2)) == ("10", "FL") => "nobody is added twice",
        "PRP" if word(2) != "MFN" => "telephones are not told",
        "GTC" | "BLP" => "whether strangers may write is left as it is",
        "UUX" if word(2) == "0" => "nothing is told by nothing",
        _ => return None,
    })
}

/// What is done where the recorder said this.
pub(crate) fn cues(dialect: Dialect) -> Vec<Cue> {
    let adds: &'static str = if dialect < Dialect::MSNP10 {
        "ADD"
    } else {
        "ADC"
    };
    let mut cues: Vec<Cue> = Vec::new();
    if dialect < Dialect::MSNP13 {
        let (first, nobody, into) = match adds {
            "ADD" => ("ADD 7 FL", "ADD 9 FL", "ADD 11 FL"),
            _ => ("ADC 7 FL", "ADC 9 FL", "ADC 12 FL"),
        };
        cues.push((first, add_bob));
        cues.push((nobody, |client, now| {
            client.add_contact(&contact("nobody"), now).expect("taken");
        }));
        cues.push(("ADG", |client, now| {
            client.add_contact_group("My Group", now).expect("taken");
        }));
        cues.push((into, |client, now| {
            let bob = contact("bob");
            let asked = client.put_into_contact_group(&bob, "My Group", now);
            asked.expect("taken");
        }));
        cues.push(("REG", |client, now| {
            let asked = client.rename_contact_group("My Group", "Ren amed", now);
            asked.expect("taken");
        }));
        cues.push(("REA", |client, now| {
            client.set_display_name("Ally \u{e9}", now).expect("taken");
        }));
        cues.push((
            if adds == "ADD" {
                "REM 15 FL"
            } else {
                "REM 20 FL"
            },
            |client, now| {
                let bob = contact("bob");
                let asked = client.take_out_of_contact_group(&bob, "Ren amed", now);
                asked.expect("taken");
            },
        ));
        cues.push(("RMG", |client, now| {
            client.remove_contact_group("Ren amed", now).expect("taken");
        }));
    }
    cues.push((
        if dialect < Dialect::MSNP13 {
            "REM 17 AL"
        } else {
            "RML"
        },
        |client, now| {
            client.block(&contact("bob"), now).expect("taken");
        },
    ));
    cues.push((
        if dialect < Dialect::MSNP13 {
            "REM 18 BL"
        } else {
            "RML"
        },
        |client, now| {
            client.unblock(&contact("bob"), now).expect("taken");
        },
    ));
    cues.push(("PRP", |client, now| {
        client.set_display_name("New Name", now).expect("taken");
    }));
    cues
}

fn add_bob(client: &mut Client, now: Instant) {
    client.add_contact(&contact("bob"), now).expect("taken");
}
