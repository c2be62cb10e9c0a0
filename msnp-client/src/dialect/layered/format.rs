//! How texts are marked up (msnp24.md 10).

use msnp_proto::payload::message::MessageType;

use crate::message::Format;
use crate::text::clip;

/// How a text of this kind is to be read.
pub(in crate::dialect) fn format_of(kind: &MessageType) -> Format {
    if *kind == MessageType::TEXT {
        Format::Plain
    } else if *kind == MessageType::RICH_TEXT {
        Format::Rich
    } else {
        Format::Other(clip(kind.as_str(), 64))
    }
}
