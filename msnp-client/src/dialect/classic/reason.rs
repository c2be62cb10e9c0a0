//! What the service's errors mean to the application (error-codes.tsv).

use msnp_proto::ErrorCode;
use msnp_proto::classic::{OutReason, SignedOut};

use crate::event::Reason;

/// The meaning of a numeric reply.
pub(super) fn of_error(code: ErrorCode) -> Reason {
    match code.number() {
        205 | 206 | 208 | 216 | 224 | 225 | 231 => Reason::NotFound,
        217 => Reason::NotOnline,
        210 | 223 => Reason::ListFull,
        285 => Reason::TooLarge,
        201..=204 | 209 | 213 | 218 | 219 | 240 | 241 | 403 | 420 | 502 | 540 | 715 => {
            Reason::NotAllowed
        }
        717..=719 | 726 | 913 | 920 | 923..=927 => Reason::NotAllowed,
        713 | 714 | 800 => Reason::RateLimited,
        911 | 917 => Reason::WrongCredentials,
        928 => Reason::AuthenticationExpired,
        418 | 500 | 501 | 504 | 510 | 520 | 600..=606 | 700 | 707 | 711 | 712 => {
            Reason::ServiceUnavailable
        }
        910 | 912 | 914..=916 | 918 | 919 | 921 | 922 => Reason::ServiceUnavailable,
        number => Reason::Service(number),
    }
}

/// The same in the answer to who signs in: what is otherwise no such contact is no such account there, and a list
/// has nothing to do with it (msnp8-18.md 5.5).
pub(super) fn of_sign_in(code: ErrorCode) -> Reason {
    match code.number() {
        201 | 205 | 206 | 208 | 931 => Reason::NoSuchAccount,
        _ => of_error(code),
    }
}

/// What is meant by `OUT` (enums.tsv, OUT-reason).
pub(super) fn of_sign_out(out: &SignedOut) -> Reason {
    match out.reason {
        // Coming back by itself, it would throw out whoever is there now, who would do the same.
        Some(OutReason::OTHER_PLACE) => Reason::Elsewhere,
        Some(OutReason::SHUTDOWN) => Reason::ServiceUnavailable,
        Some(OutReason::TERMS_OF_USE) => Reason::NeedsBrowser,
        Some(OutReason::RECONNECT) => Reason::Maintenance {
            minutes: out.minutes.unwrap_or_default(),
        },
        _ => Reason::ClosedByService,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: u16, reason: Reason, signing_in: Reason) {
        let code = ErrorCode::new(code).expect("below 1000");
        assert_eq!((of_error(code), of_sign_in(code)), (reason, signing_in));
    }

    #[test]
    fn errors_have_meanings() {
        check(911, Reason::WrongCredentials, Reason::WrongCredentials);
        check(205, Reason::NotFound, Reason::NoSuchAccount);
        check(217, Reason::NotOnline, Reason::NotOnline);
        check(
            928,
            Reason::AuthenticationExpired,
            Reason::AuthenticationExpired,
        );
        check(601, Reason::ServiceUnavailable, Reason::ServiceUnavailable);
        check(299, Reason::Service(299), Reason::Service(299));
    }

    #[test]
    fn whoever_signed_in_elsewhere_is_not_thrown_out_in_turn() {
        let out = |reason, minutes| of_sign_out(&SignedOut { reason, minutes });
        assert_eq!(out(Some(OutReason::OTHER_PLACE), None), Reason::Elsewhere);
        let later = Reason::Maintenance { minutes: 5 };
        assert_eq!(out(Some(OutReason::RECONNECT), Some(5)), later);
        assert_eq!(out(None, None), Reason::ClosedByService);
    }
}
