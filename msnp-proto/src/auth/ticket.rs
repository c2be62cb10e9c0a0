//! Tickets: `t=…&p=…`, and the bare tokens that stand for them.

use alloc::string::String;
use machine_contract::Secret;

/// A ticket of the sign-in service, compact (`t=…&p=…`) or bare.
///
/// It is sent whole in `USR`, in `<ssl-compact-ticket>` and in address book calls, never percent-coded; the fetching of
/// offline messages wants its halves apart (msnp8-18.md 5.3, 10; msnp24.md 6.2). It is kept as it came and does not
/// show in `Debug`.
///
/// ```
/// use msnp_proto::auth::Ticket;
/// let ticket = Ticket::parse("t=EwBwAlu&p=")?;
/// assert_eq!((*ticket.t().expose(), *ticket.p().expose()), ("EwBwAlu", ""));
/// assert_eq!(ticket.whole().expose(), "t=EwBwAlu&p=");
/// assert_eq!(format!("{ticket:?}"), "Ticket(Secret(..))");
/// # Ok::<(), msnp_proto::auth::TicketError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket(Secret<String>);

/// A text is no ticket: the fault of the service that gave it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TicketError {
    /// There is nothing.
    #[error("an empty ticket")]
    Empty,
    /// A space or a control character: it could not stand in a line.
    #[error("byte {0} of the ticket cannot stand in a line")]
    BadByte(usize),
}

impl Ticket {
    /// Takes a ticket as it came out of a response, white space around it dropped.
    ///
    /// # Errors
    /// [`TicketError`] if it could not be sent in a line.
    pub fn parse(text: &str) -> Result<Self, TicketError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TicketError::Empty);
        }
        match text.bytes().position(|b| !b.is_ascii_graphic()) {
            Some(at) => Err(TicketError::BadByte(at)),
            None => Ok(Self(Secret::new(text.into()))),
        }
    }

    /// The ticket as it came, for a line, an element, a cookie.
    pub const fn whole(&self) -> &Secret<String> {
        &self.0
    }

    /// What stands behind `t=`; a bare token is all of it.
    pub fn t(&self) -> Secret<&str> {
        Secret::new(self.halves().0)
    }

    /// What stands behind `&p=`: nothing, in most.
    pub fn p(&self) -> Secret<&str> {
        Secret::new(self.halves().1)
    }

    fn halves(&self) -> (&str, &str) {
        let whole = self.0.expose().as_str();
        let Some(behind) = whole.strip_prefix("t=") else {
            return (whole, "");
        };
        behind.split_once("&p=").unwrap_or((behind, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, t: &str, p: &str) {
        let ticket = Ticket::parse(text).expect("a ticket");
        assert_eq!((*ticket.t().expose(), *ticket.p().expose()), (t, p));
        assert_eq!(ticket.whole().expose(), text.trim());
    }

    #[test]
    fn compact_and_bare_tickets_have_halves() {
        check("t=abc&p=def", "abc", "def");
        check("t=abc&p=", "abc", "");
        check("t=abc", "abc", "");
        check(" a5c03c59c7895e1d3fcb\r\n", "a5c03c59c7895e1d3fcb", "");
        check("p=x&t=y", "p=x&t=y", "");
    }

    #[test]
    fn what_could_start_a_second_word_or_line_is_refused() {
        assert_eq!(Ticket::parse("  "), Err(TicketError::Empty));
        assert_eq!(Ticket::parse("a b"), Err(TicketError::BadByte(1)));
        assert_eq!(Ticket::parse("ab\r\nOUT"), Err(TicketError::BadByte(2)));
        assert_eq!(Ticket::parse("aé"), Err(TicketError::BadByte(1)));
    }
}
