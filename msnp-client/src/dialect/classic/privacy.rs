//! Whether whoever is on neither the allow nor the block list is let in: by `BLP`, and where the lists live in the address book
//! by a remark there, which is what later sign-ins go by (msnp8-18.md 7.3, 7.4).

use std::collections::VecDeque;

use bytes::Bytes;
use http::Request;
use msnp_proto::classic::{Privacy, SetPrivacy};
use msnp_proto::{Dialect, ErrorCode};
use soap_codec::Secret;
use soap_codec::address_book::{ABContactUpdate, Annotation, Contact, ContactInfo, ContactType};
use soap_codec::call::Guid;

use super::address_book::{PRIVACY, shown};
use super::edit_plan::Step;
use super::reason;
use crate::event::Reason;
use crate::fact::RosterUpdate;
use crate::network::WebAddresses;

/// What is to be done for a change.
pub(super) fn steps(dialect: Dialect) -> VecDeque<Step> {
    let in_book = dialect.has_address_book().then_some(Step::PrivacyInBook);
    in_book.into_iter().chain([Step::Privacy]).collect()
}

/// The command.
pub(super) const fn line(allowed: bool) -> SetPrivacy {
    let privacy = if allowed {
        Privacy::ALLOW
    } else {
        Privacy::BLOCK
    };
    SetPrivacy { privacy }
}

/// The call.
pub(super) fn call(
    allowed: bool,
    web: &WebAddresses,
    ticket: &Secret<String>,
) -> Option<Request<Bytes>> {
    let remark = Annotation {
        name: Some(PRIVACY.to_owned()),
        value: Some(if allowed { "1" } else { "2" }.to_owned()),
        ..Annotation::default()
    };
    let me = Contact {
        info: Some(ContactInfo {
            contact_type: Some(ContactType::Me),
            annotations: vec![remark],
            ..ContactInfo::default()
        }),
        properties_changed: Some("Annotation".to_owned()),
        ..Contact::default()
    };
    let call = ABContactUpdate {
        id: Some(Guid::zero()),
        contacts: vec![me],
        ..ABContactUpdate::default()
    };
    shown(&web.address_book, "PrivacyApply", call, ticket)
}

/// The notification server has not done it, or had it so already (218).
pub(super) fn refused(code: ErrorCode) -> Result<(), Reason> {
    match code.number() {
        218 => Ok(()),
        _ => Err(reason::of_error(code)),
    }
}

/// It is so now.
pub(super) fn told(allowed: bool) -> RosterUpdate {
    RosterUpdate {
        is_whole: false,
        others_allowed: Some(allowed),
        groups: None,
        entries: Vec::new(),
    }
}
