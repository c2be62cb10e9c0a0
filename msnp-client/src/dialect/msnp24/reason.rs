//! What the service's errors mean to the application (msnp24.md 7.2).

use msnp_proto::ErrorCode;

use crate::event::Reason;

/// The meaning of a numeric reply.
pub(super) fn of_error(code: ErrorCode) -> Reason {
    match code.number() {
        205 | 206 | 208 | 216 => Reason::NotFound,
        217 => Reason::NotOnline,
        210 => Reason::ListFull,
        285 => Reason::TooLarge,
        // A command for which the account has no right, or which the connection does not know yet.
        202..=204 | 713 | 717..=719 | 913 | 920 | 923..=928 => Reason::NotAllowed,
        500..=504 | 508..=511 | 600..=606 | 712 | 910 | 921 => Reason::ServiceUnavailable,
        800 | 803 => Reason::RateLimited,
        911 => Reason::WrongCredentials,
        922 => Reason::AuthenticationExpired,
        number => Reason::Service(number),
    }
}

/// Whether a command that is answered so may have been carried out all the same: the service has run out of time, and
/// says nothing of the outcome (error-codes.tsv 921).
pub(super) fn is_uncertain(code: ErrorCode) -> bool {
    code.number() == 921
}

/// What the text of a server's `OUT` means: the words of older dialects, if it holds one.
pub(super) fn of_sign_out(text: &[u8]) -> Reason {
    let has = |word: &[u8]| text.windows(3).any(|w| w.eq_ignore_ascii_case(word));
    if has(b"OTH") {
        Reason::Elsewhere
    } else if has(b"SSD") {
        Reason::ServiceUnavailable
    } else {
        Reason::ClosedByService
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: u16, reason: Reason) {
        assert_eq!(of_error(ErrorCode::new(code).expect("below 1000")), reason);
    }

    #[test]
    fn errors_have_meanings() {
        check(911, Reason::WrongCredentials);
        check(922, Reason::AuthenticationExpired);
        check(800, Reason::RateLimited);
        check(803, Reason::RateLimited);
        check(217, Reason::NotOnline);
        check(601, Reason::ServiceUnavailable);
        check(299, Reason::Service(299));
    }

    #[test]
    fn a_service_that_ran_out_of_time_leaves_open_what_has_become_of_a_command() {
        for (code, uncertain) in [(921, true), (910, false), (501, false), (922, false)] {
            let code = ErrorCode::new(code).expect("below 1000");
            assert_eq!(is_uncertain(code), uncertain, "{code:?}");
        }
    }

    #[test]
    fn the_words_of_out_are_understood_inside_a_text() {
        assert_eq!(of_sign_out(b"OTH"), Reason::Elsewhere);
        assert_eq!(of_sign_out(b"<out>SSD</out>"), Reason::ServiceUnavailable);
        assert_eq!(of_sign_out(b""), Reason::ClosedByService);
    }
}
