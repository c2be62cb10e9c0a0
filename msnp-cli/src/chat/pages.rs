//! What the overlays hold: the commands and keys, who is here, what was said.

use super::line::Kind;
use super::model::Model;
use super::overlay::{Entry, Overlay};
use super::people::{Person, bare};
use super::slash::COMMANDS;

/// The most lines that a search lists.
const FOUND: usize = 500;

/// Keys that no command names.
const KEYS: [(&str, &str); 8] = [
    ("Alt-Enter", "a new line in the message"),
    (
        "Tab",
        "complete a command or a name; go to the list of people",
    ),
    (
        "Ctrl-N Ctrl-P Alt-1",
        "the next conversation, the one before, the first",
    ),
    ("PgUp PgDn", "scroll"),
    ("Up Down", "what was typed before"),
    ("Ctrl-Z", "back to the shell; fg comes back"),
    ("Ctrl-L", "draw the screen anew"),
    ("Ctrl-C", "leave what is typed; end"),
];

/// Every command and key.
pub(super) fn help() -> Overlay {
    let commands = COMMANDS.iter().map(|help| (help.usage, help.what));
    let lines = commands
        .chain(KEYS)
        .map(|(usage, what)| untimed(format!("{usage} - {what}")));
    Overlay::new("Commands and keys".to_owned(), lines.collect())
}

/// The members of the group that is shown, else everybody on the list.
pub(super) fn who(model: &Model) -> Overlay {
    let room = model.rooms.current();
    let people = &model.people;
    let told = |id| {
        let status = people.get(id).map(Person::presence).map(|it| it.status);
        let status = match status {
            _ if people.is_me(id) => "you".to_owned(),
            Some(status) => status.to_string(),
            None => "offline".to_owned(),
        };
        let wants = if people.wants_in(id) {
            ", added you"
        } else {
            ""
        };
        untimed(format!(
            "{} <{}> ({status}{wants})",
            people.name(id),
            bare(id)
        ))
    };
    let (title, lines): (_, Vec<Entry>) = if room.is_group() {
        let members = room.members().iter().map(|member| told(&member.contact));
        (format!("In {}", people.title(room)), members.collect())
    } else {
        let listed = people.listed().into_iter().map(|(id, _)| told(id));
        ("People".to_owned(), listed.collect())
    };
    Overlay::new(title, lines)
}

/// What was said with this in it: in the conversation that is shown, or, on the page of notices, in all.
pub(super) fn found(model: &Model, wanted: &str) -> Overlay {
    let needle = wanted.to_lowercase();
    let shown = model.rooms.current();
    let rooms = model.rooms.all().iter();
    let rooms = rooms.filter(|room| shown.id().is_none() || room.id() == shown.id());
    let mut lines: Vec<Entry> = Vec::new();
    for room in rooms {
        for line in room.lines() {
            let Kind::Said { from, .. } = &line.kind else {
                continue;
            };
            if line.text.to_lowercase().contains(&needle) {
                let text = line.text.replace('\n', " ");
                let text = format!("{}: {text}", model.people.name(from));
                lines.push((Some(line.at), text));
            }
        }
    }
    lines.sort_by_key(|(at, _)| *at);
    let count = lines.len();
    lines.drain(..count.saturating_sub(FOUND));
    Overlay::new(format!("{count} with “{wanted}”"), lines)
}

const fn untimed(text: String) -> Entry {
    (None, text)
}
