//! Properties of what is said about people before MSNP21.

use msnp_proto::payload::circle::Circle;
use msnp_proto::payload::contacts::{ContactList, PieceLimits};
use msnp_proto::payload::mail_data::MailData;
use msnp_proto::payload::notification::Notification;
use msnp_proto::payload::personal_data::{CurrentMedia, PersonalData};
use msnp_proto::payload::policies::Policies;

/// A document that was read, strictly or as what people typed, is written as one that reads the same; a list comes
/// apart into pieces that hold all of it.
pub fn people(data: &[u8]) {
    macro_rules! round_trip {
        ($($type:ident)*) => {
            $(if let Ok(document) = $type::parse(data) {
                assert_eq!($type::parse(&document.encode()), Ok(document));
            })*
        };
    }
    round_trip! { Circle MailData Notification Policies PersonalData }
    if let Ok(personal) = PersonalData::parse(data) {
        let _ = personal.endpoints().count() + personal.private_endpoints().count();
        if let Some(media) = personal.current_media() {
            let _ = media.text();
            let again = CurrentMedia::parse(&media.to_string()).expect("a type is there");
            assert_eq!(CurrentMedia::parse(&again.to_string()), Some(again));
        }
    }
    if let Ok(notification) = Notification::parse(data) {
        let _ = (notification.text(), notification.is_address_book_change());
    }
    if let Ok(list) = ContactList::parse(data) {
        let limits = PieceLimits {
            contacts: 2,
            bytes: 200,
        };
        // Servers drop what is too long, and none says so: a contact that is in no piece would be lost without a word.
        let pieces = list.pieces(limits);
        let together = pieces.iter().flat_map(|piece| {
            piece
                .contacts()
                .map(|contact| contact.name().to_owned())
                .collect::<Vec<_>>()
        });
        let all: Vec<_> = list
            .contacts()
            .map(|contact| contact.name().to_owned())
            .collect();
        assert_eq!(together.collect::<Vec<_>>(), all);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.is_initial() == list.is_initial())
        );
    }
}
