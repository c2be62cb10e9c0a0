//! The numbers and names under which accounts, contacts and messages are known to clients that count them otherwise than the
//! network does. Whoever shows one of them shows the same, whatever the client asks.

use msnp_proto::Guid;

use crate::identity::PersonId;
use crate::network::Number;

/// The number of an account: `CID` and `PUID` (soap.md 5.2, 5.4), and the two halves of it in the profile
/// (msnp8-18.md 5.4).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountNumber(u64);

/// What stands before the number of a person. Numbers of real accounts were large; a small one, such as 0, means none to
/// some clients.
const PERSON: u64 = 0x4d53_4e00_0000_0000;

/// The first half of the GUID of a contact, and that of a message.
const CONTACT: [u8; 8] = *b"msnp\x40\x01\x80\x01";
const MESSAGE: [u8; 8] = *b"msnp\x40\x02\x80\x02";

impl AccountNumber {
    /// That of a person.
    pub(crate) const fn of(person: PersonId) -> Self {
        Self(PERSON ^ person.get())
    }

    /// As a number with a sign, as the tables of the address book have it.
    pub(crate) const fn get(self) -> i64 {
        self.0.cast_signed()
    }

    /// Sixteen digits, as a `CID`.
    pub(crate) fn hex(self) -> String {
        format!("{:016x}", self.0)
    }

    /// Sixteen digits, as a `PUID`.
    pub(crate) fn hex_upper(self) -> String {
        format!("{:016X}", self.0)
    }
}

/// The GUID of a contact, the same in every address book and every list.
pub(crate) const fn contact_guid(person: PersonId) -> Guid {
    joined(CONTACT, person.get())
}

/// Whose it is, if it is that of a contact.
pub(crate) fn contact_of(guid: Guid) -> Option<PersonId> {
    number(CONTACT, guid).map(PersonId::new)
}

/// The GUID by which a message that waits is fetched (soap.md 5.5), and told of before (msnp8-18.md 10).
pub(crate) const fn message_guid(number: Number) -> Guid {
    joined(MESSAGE, number.0)
}

/// Which message it is, if it is that of one.
pub(crate) fn message_of(guid: Guid) -> Option<Number> {
    number(MESSAGE, guid).map(Number)
}

const fn joined(head: [u8; 8], number: u64) -> Guid {
    let (mut bytes, tail) = ([0; 16], number.to_be_bytes());
    let mut at = 0;
    while at < 8 {
        bytes[at] = head[at];
        bytes[at + 8] = tail[at];
        at += 1;
    }
    Guid::from_bytes(bytes)
}

fn number(head: [u8; 8], guid: Guid) -> Option<u64> {
    let tail = guid.as_bytes().strip_prefix(&head)?;
    Some(u64::from_be_bytes(tail.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_tell_what_they_are_made_of_and_nothing_else() {
        for number in [0, 1, 0x0102_0304_0506_0708, u64::MAX] {
            let (contact, message) = (
                contact_guid(PersonId::new(number)),
                message_guid(Number(number)),
            );
            assert_eq!(contact_of(contact), Some(PersonId::new(number)));
            assert_eq!(message_of(message), Some(Number(number)));
            assert_eq!((contact_of(message), message_of(contact)), (None, None));
        }
        let text = contact_guid(PersonId::new(7)).to_string();
        assert_eq!(text, "6d736e70-4001-8001-0000-000000000007");
    }

    #[test]
    fn an_account_has_a_number_that_no_other_has() {
        let number = AccountNumber::of(PersonId::new(7));
        assert_eq!(
            (number.hex(), number.hex_upper()),
            ("4d534e0000000007".into(), "4D534E0000000007".into())
        );
        assert_eq!(format!("{:016x}", number.get()), number.hex());
        assert_ne!(number, AccountNumber::of(PersonId::new(8)));
    }
}
