//! Names that cost no memory.

use alloc::borrow::Cow;

/// The name, without a copy of its own if it is one of those that contact lists and presence
/// documents repeat hundreds of times.
pub(super) fn shared_name(name: &str) -> Cow<'static, str> {
    macro_rules! shared {
        ($($known:literal)*) => {
            match name {
                $($known => Cow::Borrowed($known),)*
                _ => Cow::Owned(name.into()),
            }
        };
    }
    shared! {
        "c" "d" "id" "epid" "l" "member" "members" "message" "mri" "n" "role" "s" "sep" "skp" "t"
        "user" "Capabilities" "FriendlyName" "Mood" "PSM" "Skypename" "Status"
        "clientmessageid" "composetime" "content" "from" "messageid" "messagetype"
        "originalarrivaltime"
    }
}
