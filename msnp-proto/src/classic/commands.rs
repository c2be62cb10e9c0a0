//! The macro that a command is declared with: its struct, its row in the table, its reader and its writer from one text, so
//! that they cannot differ.

use crate::classic::line::Parameter;

/// Declares commands, each as
///
/// ```text
/// Name = VERB writer server trid first-last { … } + payload
/// ```
///
/// and in the braces, in the order of the line, ended by semicolons: `= "OK"`, a word that has to be there; `~ "0" 7-9`, a
/// word without meaning that may be missing when read; and `field: Type = presence first-last`, perhaps with `by` and a
/// function that reads it. The type is `Option<..>` unless the presence is `required`. Dialects are numbers.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $name:ident = $verb:ident $writer:ident $server:ident $trid:ident $first:literal - $last:literal {
            $(
                $(= $literal:literal)?
                $(~ $tail:literal $tail_first:literal - $tail_last:literal)?
                $(
                    $(#[$field_doc:meta])*
                    $field:ident: $type:ty = $presence:ident $field_first:literal - $field_last:literal $(by $read:path)?
                )?
                ;
            )*
        } $(+ $payload:ident)?
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, Eq)]
            pub struct $name {
                $($( $(#[$field_doc])* pub $field: $type, )?)*
                $(
                    /// The bytes behind the line, as many as it announces.
                    pub $payload: bytes::Bytes,
                )?
            }

            impl $crate::classic::line::Command for $name {
                const FORM: $crate::classic::form::Form = $crate::classic::form::Form {
                    verb: $crate::Verb::$verb,
                    name: stringify!($name),
                    writer: $crate::classic::form::Writer::$writer,
                    server: $crate::classic::form::Servers::$server,
                    trid: $crate::classic::form::TrIdRule::$trid,
                    era: $crate::dialect::Era::of($first, $last),
                    fields: &[$(
                        $($crate::classic::form::Field {
                            name: $literal,
                            kind: $crate::classic::form::Kind::Literal,
                            presence: $crate::classic::form::Presence::Required,
                            era: $crate::dialect::Era::of($first, $last),
                        },)?
                        $($crate::classic::form::Field {
                            name: $tail,
                            kind: $crate::classic::form::Kind::Literal,
                            presence: $crate::classic::form::Presence::Filled,
                            era: $crate::dialect::Era::of($tail_first, $tail_last),
                        },)?
                        $($crate::classic::form::Field {
                            name: stringify!($field),
                            kind: <<$type as $crate::classic::commands::Inner>::Value
                                as $crate::classic::line::Parameter>::KIND,
                            presence: $crate::classic::commands::presence!($presence),
                            era: $crate::dialect::Era::of($field_first, $field_last),
                        },)?
                    )*],
                    payload: $crate::classic::commands::is_there!($($payload)?),
                };

                fn read(
                    words: &mut $crate::classic::line::Words<'_>,
                    behind: bytes::Bytes,
                ) -> Result<Self, $crate::classic::command_error::Fault> {
                    // Not every form has words or a payload.
                    let _ = (&words, &behind);
                    $(
                        $(words.literal($literal)?;)?
                        $(if $crate::dialect::Era::of($tail_first, $tail_last).contains(words.dialect()) {
                            words.tail($tail);
                        })?
                        $(let $field = $crate::classic::commands::read!(
                            words, $field, $presence, $field_first, $field_last, $type $(, $read)?
                        );)?
                    )*
                    Ok(Self {
                        $($($field,)?)*
                        $($payload: behind,)?
                    })
                }

                fn write(&self, line: &mut $crate::classic::line::Line) {
                    let _ = &line;
                    $(
                        $(line.word($literal.as_bytes());)?
                        $(if $crate::dialect::Era::of($tail_first, $tail_last).contains(line.dialect()) {
                            line.word($tail.as_bytes());
                        })?
                        $(if $crate::dialect::Era::of($field_first, $field_last).contains(line.dialect()) {
                            $crate::classic::commands::write!(self, line, $field, $presence);
                        })?
                    )*
                }

                fn payload(&self) -> Option<&bytes::Bytes> {
                    $crate::classic::commands::payload!(self $($payload)?)
                }
            }

            /// Prints the payload's size only: messages and tickets stand there.
            impl core::fmt::Debug for $name {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    let mut shown = f.debug_struct(stringify!($name));
                    $($(shown.field(stringify!($field), &self.$field);)?)*
                    $(shown.field(stringify!($payload), &format_args!("{} bytes", self.$payload.len()));)?
                    shown.finish()
                }
            }
        )*
    };
}

macro_rules! presence {
    (required) => {
        $crate::classic::form::Presence::Required
    };
    (filled) => {
        $crate::classic::form::Presence::Filled
    };
    (optional) => {
        $crate::classic::form::Presence::Optional
    };
    (recognised) => {
        $crate::classic::form::Presence::Recognised
    };
}

macro_rules! is_there {
    () => {
        false
    };
    ($payload:ident) => {
        true
    };
}

macro_rules! payload {
    ($command:ident) => {
        None
    };
    ($command:ident $payload:ident) => {
        Some(&$command.$payload)
    };
}

/// Reads one field; outside of its dialects it is not there.
macro_rules! read {
    ($words:ident, $field:ident, required, $first:literal, $last:literal, $type:ty $(, $read:path)?) => {
        $words.required(stringify!($field), $crate::classic::commands::reader!($type $(, $read)?))?
    };
    ($words:ident, $field:ident, recognised, $first:literal, $last:literal, $type:ty $(, $read:path)?) => {
        if $crate::dialect::Era::of($first, $last).contains($words.dialect()) {
            $words.recognised($crate::classic::commands::reader!($type $(, $read)?))
        } else {
            None
        }
    };
    // With a reader of its own, a filled word may turn out to be missing.
    ($words:ident, $field:ident, filled, $first:literal, $last:literal, $type:ty, $read:path) => {
        $crate::classic::commands::read!($words, $field, recognised, $first, $last, $type, $read)
    };
    ($words:ident, $field:ident, $presence:ident, $first:literal, $last:literal, $type:ty) => {
        if $crate::dialect::Era::of($first, $last).contains($words.dialect()) {
            $words.optional(stringify!($field), $crate::classic::commands::reader!($type))?
        } else {
            None
        }
    };
}

macro_rules! reader {
    ($type:ty) => {
        <<$type as $crate::classic::commands::Inner>::Value as $crate::classic::line::Parameter>::read
    };
    ($type:ty, $read:path) => {
        $read
    };
}

macro_rules! write {
    ($command:ident, $line:ident, $field:ident, required) => {
        $crate::classic::line::Parameter::write(&$command.$field, $line)
    };
    ($command:ident, $line:ident, $field:ident, $presence:ident) => {
        $line.$presence($command.$field.as_ref())
    };
}

pub(super) use {commands, is_there, payload, presence, read, reader, write};

/// The value of a field, whether it may be missing or not.
pub(super) trait Inner {
    type Value;
}

impl<T: Parameter> Inner for T {
    type Value = T;
}

impl<T: Parameter> Inner for Option<T> {
    type Value = T;
}
