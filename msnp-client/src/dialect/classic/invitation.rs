//! What leads to a switchboard, noted for the connection that is made to it.

use msnp_proto::Secret;

/// What the notification server has given along to enter with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ticket {
    /// It was asked for.
    Own(Secret<String>),
    /// It is an invitation to a session.
    Invitation {
        session: String,
        token: Secret<String>,
    },
}

impl Ticket {
    /// As a note that leads here.
    pub(super) fn to_note(&self) -> String {
        match self {
            Self::Own(token) => token.expose().clone(),
            Self::Invitation { session, token } => format!("{} {session}", token.expose()),
        }
    }

    /// Reads the note again: words of a line have no blank in them.
    pub(super) fn of_note(note: &str) -> Self {
        match note.split_once(' ') {
            None => Self::Own(Secret::new(note.to_owned())),
            Some((token, session)) => Self::Invitation {
                session: session.to_owned(),
                token: Secret::new(token.to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_read_as_it_was_noted() {
        let token = || Secret::new("db70b9a2333f4e1b21da".to_owned());
        let session = "75814d1d39853c6c1552e41697993de".to_owned();
        for ticket in [
            Ticket::Own(token()),
            Ticket::Invitation {
                session,
                token: token(),
            },
        ] {
            assert_eq!(Ticket::of_note(&ticket.to_note()), ticket);
        }
    }
}
