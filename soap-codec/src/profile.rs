//! The profile store (`SchematizedStore.asmx`, soap.md 5.1): the name and the words that somebody shows, as they are kept between
//! sign-ins. It is spoken in the namespaces of 2006 and of 2008.

use machine_contract::Secret;

use crate::call::{Done, Timestamp, service, shape};
use crate::ns;

shape! {
    /// The header blocks of a request.
    pub struct ProfileHeaders {
        /// Which program asks, and why.
        pub application: Option<StorageApplication> = "StorageApplicationHeader",
        /// Who asks.
        pub user: Option<StorageUser> = "StorageUserHeader",
    }

    /// Which program asks, and why.
    pub struct StorageApplication {
        /// `Messenger Client 8.5`.
        pub application_id: Option<String> = "ApplicationID",
        /// `Initial`, `RoamingSeed`, `RoamingIdentityChanged`.
        pub scenario: Option<String> = "Scenario",
    }

    /// Who asks; an answer says it again.
    pub struct StorageUser {
        /// 0.
        pub puid: Option<i64> = "Puid",
        /// The account's number, hexadecimal; in answers.
        pub cid: Option<String> = "Cid",
        /// The ticket of `storage.msn.com`, `t=…&p=…`.
        pub ticket: Option<Secret<String>> = "TicketToken",
    }

    /// The header blocks of an answer.
    pub struct ProfileReplyHeaders {
        /// Who has asked.
        pub user: Option<StorageUser> = "StorageUserHeader",
    }

    /// Read a profile. What of it is wanted stands in `other`: all is told.
    pub struct GetProfile {
        /// Whose.
        pub handle: Option<ProfileHandle> = "profileHandle",
    }

    /// Whose profile.
    pub struct ProfileHandle {
        /// By which number.
        pub alias: Option<Alias> = "Alias",
        /// `MyProfile`.
        pub relationship: Option<String> = "RelationshipName",
    }

    /// A number, and whose it is.
    pub struct Alias {
        /// The account's number, or 0 for one's own.
        pub name: Option<String> = "Name",
        /// `MyCidStuff`.
        pub name_space: Option<String> = "NameSpace",
    }

    /// The answer to [`GetProfile`].
    pub struct GetProfileReply {
        /// The profile.
        pub profile: Option<Profile> = "GetProfileResult",
    }

    /// A profile.
    pub struct Profile {
        /// What it is known by: the account's number and `!106`.
        pub id: Option<String> = "ResourceID",
        /// When it was changed last.
        pub modified: Option<Timestamp> = "DateModified",
        /// What is shown.
        pub expression: Option<ExpressionProfile> = "ExpressionProfile",
    }

    /// What somebody shows.
    pub struct ExpressionProfile {
        /// What it is known by.
        pub id: Option<String> = "ResourceID",
        /// Which version of it this is.
        pub version: Option<i64> = "Version",
        /// When it was changed last.
        pub modified: Option<Timestamp> = "DateModified",
        /// In an edit: `Update`.
        pub free_text: Option<String> = "FreeText",
        /// The words beside the name.
        pub personal_status: Option<String> = "PersonalStatus",
        /// Since when.
        pub personal_status_modified: Option<Timestamp> = "PersonalStatusLastModified",
        /// The name.
        pub display_name: Option<String> = "DisplayName",
        /// Since when.
        pub display_name_modified: Option<Timestamp> = "DisplayNameLastModified",
        /// Where the picture is.
        pub picture_url: Option<String> = "StaticUserTilePublicURL",
        /// 0.
        pub flags: Option<i64> = "Flags",
    }

    /// Change a profile. What is not in it stays.
    pub struct UpdateProfile {
        /// What is new.
        pub profile: Option<Profile> = "profile",
    }

    /// Make a profile, for an account that has none.
    pub struct CreateProfile {
        /// What is in it.
        pub profile: Option<Profile> = "profile",
    }

    /// The answer to [`CreateProfile`].
    pub struct CreateProfileReply {
        /// What it is known by.
        pub id: Option<String> = "CreateProfileResult",
    }
}

service! {
    path "/storageservice/SchematizedStore.asmx", namespaces [ns::STORAGE_W10, ns::STORAGE_2008], headers ProfileHeaders => ProfileReplyHeaders;
    GetProfile -> GetProfileReply,
    UpdateProfile -> Done,
    CreateProfile -> CreateProfileReply,
}
