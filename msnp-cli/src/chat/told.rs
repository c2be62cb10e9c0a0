//! One entry of a conversation as one line of output: for scripts, and for logs.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use msnp_client::ConversationId;

use super::line::{DeliveryState, Kind, Line};
use super::model::Model;
use super::people::bare;
use super::theme::Theme;
use crate::shown;

/// How lines are dated.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Dates {
    /// `HH:MM`.
    Clock,
    /// Day, second and zone.
    Full,
}

/// `WHEN WHERE WHAT`, from which the text can be had back: three words are always what they seem.
pub(super) fn line(
    model: &Model,
    theme: Theme,
    dates: Dates,
    place: Option<&ConversationId>,
    line: &Line,
) -> String {
    let when = match dates {
        Dates::Clock => theme.clock(line.at),
        Dates::Full => theme.timestamp(line.at),
    };
    format!("{when} {} {}", self::place(model, place), what(model, line))
}

/// Where it was said, in one word: somebody's address, a group's name behind `#`, or `msnp` for what no conversation is about.
fn place(model: &Model, place: Option<&ConversationId>) -> String {
    let Some(id) = place else {
        return "msnp".to_owned();
    };
    let word = if let Some(contact) = id.contact() {
        bare(contact)
    } else {
        let index = model.rooms.index_of(id);
        let room = index.and_then(|index| model.rooms.all().get(index));
        let title = room.map_or_else(|| "Group".to_owned(), |room| model.people.title(room));
        format!("#{title}")
    };
    shown::line(&word).replace(char::is_whitespace, "_")
}

fn what(model: &Model, line: &Line) -> String {
    let text = shown::line(&line.text);
    match &line.kind {
        Kind::Notice => format!("* {text}"),
        Kind::Alarm => format!("! {text}"),
        Kind::Said { from, state, .. } => {
            // Nobody can be called so that his name seems to end, and something to be said, before it does.
            let name = shown::name(&model.people.name(from), &['<', '>']);
            match state {
                DeliveryState::Theirs => format!("<{name}> {text}"),
                DeliveryState::Pending => format!("sending: {text}"),
                DeliveryState::Delivered => format!("delivered: {text}"),
                DeliveryState::Failed(reason) => format!("not delivered ({reason}): {text}"),
                DeliveryState::Uncertain(reason) => format!("maybe delivered ({reason}): {text}"),
            }
        }
    }
}

/// A file in which all that is said is kept, readable for its owner alone.
#[derive(Debug)]
pub(super) struct Log(File);

impl Log {
    /// Goes on with the file, or begins it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        options.open(path).map(Self)
    }

    /// Adds a line.
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        shown::write_line(&mut self.0, text)
    }
}

#[cfg(test)]
mod tests {
    use machine_contract::{UnixTime, UtcOffset};
    use msnp_client::{ContactId, MessageId};

    use super::*;

    #[test]
    fn the_author_of_a_line_cannot_be_forged() {
        let mut model = Model::new(None);
        let bob: ContactId = "bob@example.com".parse().expect("an address");
        let mut contact = msnp_client::Contact::new(bob.clone(), msnp_client::Lists::FORWARD);
        contact.name = Some("alice> I quit".into());
        model.people.set_contact(contact);
        let said = Line {
            at: UnixTime::from_secs(1_426_463_999),
            kind: Kind::Said {
                id: MessageId::new("1").expect("a digit"),
                from: bob.clone(),
                name: None,
                state: DeliveryState::Theirs,
                edited: false,
            },
            text: "text\u{2028}12:00 msnp ! forged\n12:00 msnp ! too\\".to_owned(),
        };
        let theme = Theme::new(
            false,
            UtcOffset::from_minutes(-90).expect("less than a day"),
        );
        let place = bob.into();
        assert_eq!(
            line(&model, theme, Dates::Full, Some(&place), &said),
            "2015-03-15T22:29:59-01:30 bob@example.com <alice\\> I quit> \
             text\\u{2028}12:00 msnp ! forged\\n12:00 msnp ! too\\\\"
        );
    }
}
