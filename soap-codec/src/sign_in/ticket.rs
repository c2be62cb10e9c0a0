//! What stands in a compact ticket.

/// The two halves of a compact ticket `t=…&p=…`: the services that fetch offline messages want them apart (soap.md 5.5). Without `p`
/// the second is empty; a text that does not begin with `t=` is the first half itself, as Escargot takes it (soap.md 5.2).
///
/// ```
/// use soap_codec::sign_in::ticket_halves;
/// assert_eq!(ticket_halves("t=EwBw&p=Q"), ("EwBw", "Q"));
/// assert_eq!(ticket_halves("t=EwBw"), ("EwBw", ""));
/// assert_eq!(ticket_halves("35f2d8a22b04a1df2746"), ("35f2d8a22b04a1df2746", ""));
/// ```
pub fn ticket_halves(ticket: &str) -> (&str, &str) {
    let (first, second) = ticket.split_once("&p=").unwrap_or((ticket, ""));
    (first.strip_prefix("t=").unwrap_or(first), second)
}
