//! Why not, as the numbers of error-codes.tsv.

use msnp_proto::classic::ClientBody;
use msnp_proto::{Dialect, ErrorCode, Verb};

use crate::faces::layered::fault::Fault;
use crate::network::Refusal;

/// What was asked for: some refusals have another number for each.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Somebody on a list.
    Contact,
    /// A group of contacts.
    Group,
    /// Somebody who is called or written to.
    Person,
    /// Anything else.
    Other,
}

macro_rules! codes {
    ($($name:ident = $number:literal;)*) => {
        $(pub(super) const $name: ErrorCode = match ErrorCode::new($number) {
            Some(code) => code,
            None => unreachable!(),
        };)*
    };
}

codes! {
    SYNTAX = 200;
    INVALID_PARAMETER = 201;
    UNROUTABLE = 204;
    INVALID_USER = 205;
    ALREADY_SIGNED_IN = 207;
    INVALID_USERNAME = 208;
    INVALID_NAME = 209;
    LIST_FULL = 210;
    PRESENT = 215;
    NOT_ON_LIST = 216;
    NOT_ONLINE = 217;
    ALREADY_IN_MODE = 218;
    TOO_MANY_GROUPS = 223;
    INVALID_GROUP = 224;
    GROUP_EXISTS = 228;
    GROUP_NAME_TOO_LONG = 229;
    GROUP_ZERO = 230;
    EMPTY_DOMAIN = 240;
    INVALID_XML = 241;
    NO_SUCH_APPLICATION = 282;
    UNKNOWN_NOTICE = 283;
    MESSAGE_TOO_LONG = 285;
    NOT_SIGNED_IN = 302;
    ADDRESS_BOOK = 403;
    TRY_AGAIN = 418;
    DISABLED = 502;
    UNDELIVERABLE = 509;
    CHALLENGE_FAILED = 540;
    TOO_BUSY = 600;
    TOO_ACTIVE = 713;
    NOT_EXPECTED = 715;
    RATE_LIMIT = 800;
    AUTHENTICATION_FAILED = 911;
    NOT_WHILE_OFFLINE = 913;
}

/// The number for what the network has refused.
pub(super) const fn code(refusal: Refusal, subject: Subject, dialect: Dialect) -> ErrorCode {
    match (refusal, subject) {
        (Refusal::NotEntered, _) => NOT_SIGNED_IN,
        (Refusal::Entered, _) => ALREADY_SIGNED_IN,
        (Refusal::NoAccount, _) => AUTHENTICATION_FAILED,
        // The table has 734 and 714 for it, and clients take either for the end of everything.
        (Refusal::TooManyEndpoints | Refusal::TooManyConversations, _) => TOO_ACTIVE,
        (Refusal::NoSuchUser, Subject::Person) | (Refusal::NotOnline, _) => NOT_ONLINE,
        (Refusal::NoSuchUser, _) => unknown_user(dialect),
        (Refusal::ListFull, Subject::Group) => TOO_MANY_GROUPS,
        (Refusal::ListFull, _) => LIST_FULL,
        (Refusal::NotOnList, Subject::Group) => INVALID_GROUP,
        (Refusal::NotOnList, _) => NOT_ON_LIST,
        (Refusal::GroupExists, _) => GROUP_EXISTS,
        (Refusal::TooLong, Subject::Group) => GROUP_NAME_TOO_LONG,
        (Refusal::TooLong, Subject::Person) => MESSAGE_TOO_LONG,
        (Refusal::TooLong | Refusal::Invalid | Refusal::Restricted, _) => INVALID_PARAMETER,
        (Refusal::Present, _) => PRESENT,
        (Refusal::Busy, _) => RATE_LIMIT,
        (Refusal::MailboxFull, _) => UNDELIVERABLE,
        // 501 and 921 would sign the client out, and it may go on.
        (Refusal::Store, Subject::Contact | Subject::Group) => ADDRESS_BOOK,
        (Refusal::Store | Refusal::Uncertain, _) => TRY_AGAIN,
    }
}

/// An account that is not there (msnp8-18.md 7.3).
pub(super) const fn unknown_user(dialect: Dialect) -> ErrorCode {
    if dialect.has_list_serials() {
        INVALID_USER
    } else {
        INVALID_USERNAME
    }
}

/// Why a line is not carried out of somebody who is signed in, and which none of the others is.
pub(super) fn unexpected(body: &ClientBody) -> ErrorCode {
    match body {
        ClientBody::Md5Account(_) | ClientBody::Md5Response(_) => ALREADY_SIGNED_IN,
        ClientBody::TwnAccount(_)
        | ClientBody::TwnTicket(_)
        | ClientBody::SsoAccount(_)
        | ClientBody::SsoTicket(_) => INVALID_USER,
        ClientBody::Other(frame) if frame.verb() == Verb::XFR => INVALID_PARAMETER,
        ClientBody::Other(frame) => unknown(frame.verb()),
        _ => NOT_EXPECTED,
    }
}

/// Why a layered body is no good (msnp24.md 7.2).
pub(super) const fn of_layers(fault: &Fault) -> ErrorCode {
    match fault {
        Fault::Malformed(_) => SYNTAX,
        Fault::Invalid => INVALID_PARAMETER,
        Fault::TooLong => MESSAGE_TOO_LONG,
        Fault::Unroutable => UNROUTABLE,
        Fault::NoSuchUser => INVALID_USER,
    }
}

/// Why a line was not carried out that has no meaning here: its verb is another dialect's, or nobody's.
pub(super) fn unknown(verb: Verb) -> ErrorCode {
    let known = ClientBody::FORMS.iter().any(|form| form.verb == verb);
    if known { DISABLED } else { SYNTAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_passes_signs_anybody_out() {
        let passing = [
            Refusal::Store,
            Refusal::Uncertain,
            Refusal::Busy,
            Refusal::MailboxFull,
            Refusal::NotOnline,
            Refusal::TooManyConversations,
        ];
        for refusal in passing {
            for subject in [
                Subject::Contact,
                Subject::Group,
                Subject::Person,
                Subject::Other,
            ] {
                let code = code(refusal, subject, Dialect::MSNP18);
                assert_eq!(code.ends_session(), Some(false), "{refusal:?} {subject:?}");
            }
        }
    }

    #[test]
    fn somebody_unknown_has_another_number_since_contacts_have_guids() {
        for (dialect, number) in [(Dialect::MSNP9, 205), (Dialect::MSNP10, 208)] {
            let code = code(Refusal::NoSuchUser, Subject::Contact, dialect);
            assert_eq!(code.number(), number);
        }
    }
}
