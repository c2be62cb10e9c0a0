//! A member of a list, the list, and the service that it belongs to (soap.md 5.3).

use crate::address_book::Annotation;
use crate::call::{Timestamp, shape, words};

words! {
    /// Which list. The list of those whom the account itself wants to see is not here: that is the address book.
    pub enum MemberRole {
        /// May see the account and talk to it.
        Allow = "Allow",
        /// May not.
        Block = "Block",
        /// Has the account on a list.
        Reverse = "Reverse",
        /// Has put the account on a list, and the account has not said yet what it wants.
        Pending = "Pending",
        /// Is shown nothing of the account: the one list of the service `IMAvailability`, by which clients of MSNP21 block.
        Hide = "Hide",
    }

    /// What a member is known by, as its class.
    pub enum MemberClass {
        /// By an account.
        Passport = "PassportMember",
        /// By a mail address.
        Email = "EmailMember",
        /// By a telephone number.
        Phone = "PhoneMember",
        /// By the number of a circle.
        Circle = "CircleMember",
    }

    /// What a member is known by.
    pub enum MemberType {
        /// By an account.
        Passport = "Passport",
        /// By a mail address.
        Email = "Email",
        /// By a telephone number.
        Phone = "Phone",
        /// By the number of a circle.
        Circle = "Circle",
    }
}

shape! {
    /// One list.
    pub struct Membership {
        /// Which.
        pub role: Option<MemberRole> = "MemberRole",
        /// Who is on it.
        pub members: Vec<Member> = "Members" / "Member" as always,
        /// Whether that is all.
        pub is_complete: Option<bool> = "MembershipIsComplete",
    }

    /// Someone on a list.
    pub struct Member {
        /// What the member is known by, as its class.
        pub class: Option<MemberClass> = "xsi:type" as attribute,
        /// `Allow/` and a GUID on Escargot, a number on the original service.
        pub id: Option<String> = "MembershipId",
        /// What the member is known by.
        pub member_type: Option<MemberType> = "Type",
        /// The name to show.
        pub display_name: Option<String> = "DisplayName",
        /// `Accepted`.
        pub state: Option<String> = "State",
        /// Remarks.
        pub annotations: Vec<Annotation> = "Annotations" / "Annotation",
        /// Whether the member is gone; in answers that tell changes alone.
        pub deleted: Option<bool> = "Deleted",
        /// When this last changed.
        pub last_changed: Option<Timestamp> = "LastChanged",
        /// Since when the member is on the list.
        pub joined: Option<Timestamp> = "JoinedDate",
        /// Until when.
        pub expires: Option<Timestamp> = "ExpirationDate",
        /// Empty in every answer that was seen.
        pub changes: Option<String> = "Changes",
        /// The account.
        pub passport_name: Option<String> = "PassportName",
        /// Whether to hide it.
        pub is_passport_name_hidden: Option<bool> = "IsPassportNameHidden",
        /// The account's number.
        pub passport_id: Option<i64> = "PassportId",
        /// The account's other number.
        pub cid: Option<i64> = "CID",
        /// Empty in every answer that was seen.
        pub passport_changes: Option<String> = "PassportChanges",
        /// Whether the account was found by that number.
        pub looked_up_by_cid: Option<bool> = "LookedupByCID",
        /// A mail address.
        pub email: Option<String> = "Email",
        /// A telephone number.
        pub phone_number: Option<String> = "PhoneNumber",
        /// The number of a circle.
        pub circle_id: Option<String> = "CircleId",
    }

    /// A service, by number and name.
    pub struct Handle {
        /// Its number; 0 in requests.
        pub id: Option<String> = "Id",
        /// `Messenger`, `Profile`, …
        pub service_type: Option<String> = "Type",
        /// Empty for Messenger.
        pub foreign_id: Option<String> = "ForeignId",
    }

    /// What a service is.
    pub struct ServiceInfo {
        /// Which.
        pub handle: Option<Handle> = "Handle",
        /// Whether its members have to agree.
        pub inverse_required: Option<bool> = "InverseRequired",
        /// `Everyone`.
        pub authorization_criteria: Option<String> = "AuthorizationCriteria",
        /// Whether it is a program's.
        pub is_bot: Option<bool> = "IsBot",
    }
}

impl Member {
    /// A member that is known by its account.
    pub fn of(account: &str) -> Self {
        Self {
            class: Some(MemberClass::Passport),
            member_type: Some(MemberType::Passport),
            state: Some("Accepted".to_owned()),
            passport_name: Some(account.to_owned()),
            ..Self::default()
        }
    }

    /// The account, or else the mail address.
    pub fn account(&self) -> Option<&str> {
        self.passport_name.as_deref().or(self.email.as_deref())
    }
}

impl Handle {
    /// Messenger, as requests name it.
    pub fn messenger() -> Self {
        Self {
            id: Some("0".to_owned()),
            service_type: Some("Messenger".to_owned()),
            foreign_id: Some(String::new()),
            ..Self::default()
        }
    }
}
