//! The numbers of error replies: what they mean, and whether the session survives them.

use core::fmt;

use crate::Verb;

/// The number of an error reply, 0 to 999.
///
/// The table was put together from what clients handled and servers sent (error-codes.tsv and
/// msnp24.md 7.2); a number that is not in it is a value like any other.
///
/// ```
/// use msnp_proto::ErrorCode;
/// let refused = ErrorCode::AUTHENTICATION_FAILED;
/// assert_eq!(refused.to_string(), "911 (wrong ticket, hash or token)");
/// assert_eq!(refused.ends_session(), Some(true));
/// assert_eq!(ErrorCode::new(299).and_then(ErrorCode::meaning), None);
/// ```
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(u16);

impl ErrorCode {
    /// 201: a parameter is not accepted.
    pub const INVALID_PARAMETER: Self = Self(201);
    /// 202: a messenger command on a connection that is not bound.
    pub const FEATURE_SET_NOT_ENABLED: Self = Self(202);
    /// 205: no such account.
    pub const INVALID_USER: Self = Self(205);
    /// 210: a list is full.
    pub const LIST_FULL: Self = Self(210);
    /// 217: the other one is not online.
    pub const NOT_ONLINE: Self = Self(217);
    /// 500: the server failed.
    pub const INTERNAL: Self = Self(500);
    /// 540: the challenge was answered wrongly.
    pub const CHALLENGE_FAILED: Self = Self(540);
    /// 715: not expected in this state.
    pub const NOT_EXPECTED: Self = Self(715);
    /// 800: too often, or too much.
    pub const RATE_LIMIT: Self = Self(800);
    /// 911: the authentication is refused.
    pub const AUTHENTICATION_FAILED: Self = Self(911);
    /// 922: in MSNP24, the authentication has expired.
    pub const AUTHENTICATION_EXPIRED: Self = Self(922);

    /// A number below 1000; `None` above.
    pub const fn new(number: u16) -> Option<Self> {
        if number < 1000 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number of a verb that is one.
    pub const fn of_verb(verb: Verb) -> Option<Self> {
        match verb.error_code() {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The verb of the reply.
    pub const fn verb(self) -> Verb {
        match Verb::from_error_code(self.0) {
            Some(verb) => verb,
            // Invariant of the constructors: below 1000.
            None => unreachable!(),
        }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// A name of one word, if the number is known and has one.
    pub fn name(self) -> Option<&'static str> {
        self.row()
            .map(|row| row.name)
            .filter(|name| !name.is_empty())
    }

    /// What it means, in a few lower-case words, if the number is known.
    pub fn meaning(self) -> Option<&'static str> {
        self.row().map(|row| row.meaning)
    }

    /// Whether the session is over: the server closes, or nothing more can be expected of it.
    /// `None` if the number is not known.
    pub fn ends_session(self) -> Option<bool> {
        self.row().map(|row| row.ends_session)
    }

    fn row(self) -> Option<&'static Row> {
        let at = TABLE.binary_search_by_key(&self.0, |row| row.number);
        at.ok().and_then(|at| TABLE.get(at))
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorCode({:03})", self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(f, "{:03} ({meaning})", self.0),
            None => write!(f, "{:03}", self.0),
        }
    }
}

struct Row {
    number: u16,
    name: &'static str,
    meaning: &'static str,
    ends_session: bool,
}

const ENDS: bool = true;
const LASTS: bool = false;

const fn row(number: u16, name: &'static str, meaning: &'static str, ends_session: bool) -> Row {
    Row {
        number,
        name,
        meaning,
        ends_session,
    }
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row(200, "SyntaxError", "malformed request", LASTS),
    row(201, "InvalidParameter", "bad parameter; also text without @ as account", LASTS),
    row(202, "FeatureSetNotEnabled", "feature set not enabled: a messenger command before BND", LASTS),
    row(203, "InvalidFederatedUser", "user of a linked network is not valid", LASTS),
    row(204, "UnroutableUser", "network id not accepted", LASTS),
    row(205, "InvalidUser", "account does not exist", LASTS),
    row(206, "MissingDomain", "domain part of the account missing", LASTS),
    row(207, "AlreadyLoggedIn", "session already logged in", LASTS),
    row(208, "InvalidUsername", "account not valid or not existing", LASTS),
    row(209, "InvalidFullUsername", "display name not allowed (historic also: account not verified)", LASTS),
    row(210, "UserListFull", "list limit reached", LASTS),
    row(212, "", "without agreed meaning", LASTS),
    row(213, "InvalidNameRequest", "name request not valid", LASTS),
    row(215, "UserAlreadyThere", "already on the list / already in the room", LASTS),
    row(216, "UserNotOnList", "account is not on the list", LASTS),
    row(217, "NotAcceptingIMs", "account offline, hidden or not reachable", LASTS),
    row(218, "AlreadyInMode", "the requested mode is already set", LASTS),
    row(219, "UserInOppositeList", "account is already on the opposite list", LASTS),
    row(220, "NotAcceptingPages", "account does not accept pages", LASTS),
    row(223, "TooManyGroups", "group limit (30) reached", LASTS),
    row(224, "InvalidGroup", "group does not exist", LASTS),
    row(225, "PrincipalNotInGroup", "account is not in that group", LASTS),
    row(226, "", "group operation refused", LASTS),
    row(227, "GroupNotEmpty", "group still has members", LASTS),
    row(228, "ContactGroupNameExists", "group name in use", LASTS),
    row(229, "GroupNameTooLong", "group name over the limit (61 bytes encoded)", LASTS),
    row(230, "CannotRemoveGroupZero", "default group cannot be removed or renamed", LASTS),
    row(231, "InvalidGroup", "contact added to a group that does not exist", LASTS),
    row(232, "InvalidMsisdn", "phone number not valid", LASTS),
    row(233, "UnknownMsisdn", "phone number not known", LASTS),
    row(234, "UnknownKeitaiDomain", "mobile carrier domain not known", LASTS),
    row(240, "EmptyDomainElement", "ADL/RML/FQY with no usable element", ENDS),
    row(241, "InvalidXmlData", "document of ADL, RML or FQY not valid; a payload may give the reason", LASTS),
    row(280, "SwitchboardFailed", "switchboard could not be opened", ENDS),
    row(281, "SwitchboardTransferFailed", "transfer to the switchboard failed", LASTS),
    row(282, "UnknownP2PApp", "P2P message could not be delivered (flag D failure)", LASTS),
    row(283, "UnknownUunApp", "UUN type not supported", LASTS),
    row(285, "MessageTooLong", "message over the size limit", LASTS),
    row(290, "SmsJustOutOfFunds", "SMS credit used up", LASTS),
    row(300, "MissingRequiredField", "required field missing", LASTS),
    row(301, "TooManyHits", "FND gave too many hits", LASTS),
    row(302, "NotLoggedIn", "command needs a login", LASTS),
    row(400, "", "without agreed meaning", LASTS),
    row(402, "ErrorAccessingContactList", "contact list not available", LASTS),
    row(403, "AddressBookError", "contact list operation failed", LASTS),
    row(413, "SmsSubscriptionRequired", "SMS subscription needed", LASTS),
    row(414, "SmsSubscriptionDisabled", "SMS subscription disabled", LASTS),
    row(415, "SmsOutOfFunds", "no SMS credit", LASTS),
    row(416, "SmsDisabledMarket", "SMS disabled in this market", LASTS),
    row(417, "SmsDisabledGlobal", "SMS disabled everywhere", LASTS),
    row(418, "TryAgainLater", "temporary refusal", LASTS),
    row(419, "NoMarketSpecified", "market missing", LASTS),
    row(420, "InvalidAccountPermissions", "account may not use the service", LASTS),
    row(500, "InternalServerError", "server error, service unavailable", ENDS),
    row(501, "DatabaseServerError", "database error", ENDS),
    row(502, "CommandDisabled", "command not available in this dialect", LASTS),
    row(503, "", "a service is not available", LASTS),
    row(504, "UpsDown", "profile service down", LASTS),
    row(505, "", "a service is not available", LASTS),
    row(508, "FederatedPartnerError", "linked network failed; may carry a payload", LASTS),
    row(509, "PageModeMessageError", "UUM could not be delivered; may carry a payload", LASTS),
    row(510, "FileOperationFailed", "server file error", ENDS),
    row(511, "DetailedError", "details in the payload (historic: account banned)", ENDS),
    row(520, "MemoryAllocationFailed", "server out of memory", ENDS),
    row(540, "ChallengeResponseFailed", "wrong or missing QRY", ENDS),
    row(550, "SmsAccountMuted", "SMS muted", LASTS),
    row(551, "SmsAccountDisabled", "SMS account disabled", LASTS),
    row(552, "SmsAccountMaxed", "SMS account at its maximum", LASTS),
    row(580, "SmsInternalServerError", "SMS service error", LASTS),
    row(590, "SmsCarrierInvalid", "SMS delivery problem", LASTS),
    row(591, "SmsCarrierNoRoute", "SMS delivery problem; may carry a payload", LASTS),
    row(592, "SmsCarrierErrored", "SMS delivery problem", LASTS),
    row(593, "SmsAddressMappingFull", "SMS delivery problem", LASTS),
    row(594, "SmsIncorrectSourceCountry", "SMS delivery problem", LASTS),
    row(595, "SmsMobileCacheFull", "SMS delivery problem", LASTS),
    row(596, "SmsIncorrectFormat", "SMS delivery problem", LASTS),
    row(597, "SmsInvalidText", "SMS delivery problem", LASTS),
    row(598, "SmsMessageTooLong", "SMS delivery problem", LASTS),
    row(600, "ServerIsBusy", "server busy", ENDS),
    row(601, "ServerIsUnavailable", "server unavailable", ENDS),
    row(602, "NameServerDown", "peer notification server down", ENDS),
    row(603, "DatabaseConnectionFailed", "database connection failed", ENDS),
    row(604, "ServerGoingDown", "server shutting down", ENDS),
    row(605, "ServerUnavailable", "server unavailable", ENDS),
    row(606, "PagingUnavailable", "paging unavailable", LASTS),
    row(700, "CouldNotCreateConnection", "connection could not be created", ENDS),
    row(707, "CouldNotCreateConnection", "connection could not be created", ENDS),
    row(710, "BadCVRParameters", "CVR (or SYN) parameters not accepted", ENDS),
    row(711, "SessionRestricted", "write would block or session restricted", ENDS),
    row(712, "SessionOverloaded", "session overloaded", ENDS),
    row(713, "UserTooActive", "too many calls or invitations in a short time", LASTS),
    row(714, "TooManySessions", "too many open switchboards", ENDS),
    row(715, "NotExpected", "command not expected in this state; in MSNP24: the connection has a feature set already", LASTS),
    row(717, "BadFriendFile", "contact list damaged", ENDS),
    row(718, "UserRestricted", "user restricted", LASTS),
    row(719, "SessionFederated", "session belongs to another network", LASTS),
    row(726, "UserFederated", "user belongs to another network", LASTS),
    row(729, "", "without agreed meaning", LASTS),
    row(731, "NotExpectedCVR", "CVR not expected; may carry a payload", LASTS),
    row(733, "RoamingLogoff", "logged off from another place", ENDS),
    row(734, "TooManyEndpoints", "too many places of presence", ENDS),
    row(800, "RateLimitExceeded", "display name or other property changed too often", LASTS),
    row(801, "", "without agreed meaning; comes with a payload", LASTS),
    row(803, "LoginRateExceeded", "this user signs in too often", ENDS),
    row(910, "ServerTooBusy", "server too busy", ENDS),
    row(911, "AuthenticationFailed", "wrong ticket, hash or token", ENDS),
    row(912, "ServerTooBusy", "server too busy", ENDS),
    row(913, "NotAllowedWhenOffline", "not allowed while hidden or before the first CHG", LASTS),
    row(914, "ServerUnavailable", "server unavailable", ENDS),
    row(915, "ServerUnavailable", "server unavailable; in MSNP24: account compromised", ENDS),
    row(916, "ServerUnavailable", "server unavailable", ENDS),
    row(917, "AuthenticationFailed", "authentication failed", ENDS),
    row(918, "ServerTooBusy", "server too busy", ENDS),
    row(919, "ServerTooBusy", "server too busy", ENDS),
    row(920, "NotAcceptingNewUsers", "no new users accepted (also: room full)", LASTS),
    row(921, "TimedOut", "login timed out or server too busy", ENDS),
    row(922, "ServerTooBusy", "server too busy; in MSNP24: the authentication is older than 24 hours", ENDS),
    row(923, "KidsWithoutParentalConsent", "child account without consent", ENDS),
    row(924, "PassportNotYetVerified", "account not verified", ENDS),
    row(925, "AccountRestricted", "sign-in refused for this account", ENDS),
    row(926, "ManagedUserLimitedAccessWrongClient", "managed account with a client that is not allowed", ENDS),
    row(927, "ManagedUserAccessDenied", "account suspended or restricted", ENDS),
    row(928, "AuthError", "ticket not accepted", ENDS),
    row(929, "", "sign-in refused, without agreed meaning", ENDS),
    row(930, "", "sign-in refused, without agreed meaning", ENDS),
    row(931, "WrongServer", "account belongs to another server or domain", ENDS),
    row(933, "InvalidContactList", "circle or contact list not valid; may carry a payload", LASTS),
    row(934, "", "sign-in refused, without agreed meaning", ENDS),
    row(935, "InvalidSignature", "signature of the ticket not valid", LASTS),
    row(999, "LoggedOff", "logged off, without a reason", ENDS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: u16, name: &str, ends_session: bool) {
        let code = ErrorCode::new(number).expect("below 1000");
        assert_eq!(code.name(), Some(name));
        assert_eq!(code.ends_session(), Some(ends_session));
    }

    #[test]
    fn the_table_is_sorted_and_without_repeats() {
        assert!(TABLE.is_sorted_by(|a, b| a.number < b.number));
        assert!(
            TABLE
                .iter()
                .all(|row| row.number >= 200 && !row.meaning.is_empty())
        );
    }

    #[test]
    fn known_numbers_say_what_they_mean() {
        check(202, "FeatureSetNotEnabled", false);
        check(217, "NotAcceptingIMs", false);
        check(280, "SwitchboardFailed", true);
        check(715, "NotExpected", false);
        check(803, "LoginRateExceeded", true);
        check(911, "AuthenticationFailed", true);
        check(922, "ServerTooBusy", true);
    }

    #[test]
    fn every_number_is_a_verb_and_back() {
        for number in 0..1000 {
            let code = ErrorCode::new(number).expect("below 1000");
            assert_eq!(ErrorCode::of_verb(code.verb()), Some(code));
        }
        assert_eq!(ErrorCode::new(1000), None);
        assert_eq!(ErrorCode::of_verb(Verb::USR), None);
    }
}
