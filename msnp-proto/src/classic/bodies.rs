//! The macro that makes the commands of one side: the enum, and which forms a verb has.

/// Declares an enum with a variant for each form, by verb; of a verb with several, the first that fits is taken.
macro_rules! bodies {
    (
        $(#[$doc:meta])*
        $body:ident {
            $($verb:ident => $($form:ident)|+;)*
        }
        $($(#[$other_doc:meta])* $other:ident($other_type:ty) by $write:expr;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(
            clippy::exhaustive_enums,
            reason = "the other end decides on every command; unknown ones are `Other`"
        )]
        pub enum $body {
            $($(
                #[doc = concat!("A form of `", stringify!($verb), "`.")]
                $form($form),
            )+)*
            $($(#[$other_doc])* $other($other_type),)*
        }

        impl $body {
            /// The table: every form that this side writes, with its words and the dialects that have it. What is read and
            /// written here is read and written by these rows.
            pub const FORMS: &'static [$crate::classic::form::Form] = &[
                $($(<$form as $crate::classic::line::Command>::FORM,)+)*
            ];

            /// The row of this command; none for what has no form.
            pub const fn form(&self) -> Option<&'static $crate::classic::form::Form> {
                match self {
                    $($(Self::$form(_) => Some(const { &<$form as $crate::classic::line::Command>::FORM }),)+)*
                    $(Self::$other(_) => None,)*
                }
            }

            /// Reads a frame whose verb has forms; `None` if it has none that fits.
            fn read(
                frame: &$crate::Frame,
                dialect: $crate::Dialect,
                server: $crate::classic::form::ServerKind,
            ) -> Result<Option<(Option<$crate::TrId>, Self)>, $crate::classic::command_error::CommandError> {
                let mut attempts = $crate::classic::bodies::Attempts::new(frame);
                match frame.verb() {
                    $($crate::Verb::$verb => {
                        $(match $crate::classic::line::read::<$form>(frame, dialect, server) {
                            Ok((trid, command)) => return Ok(Some((trid, Self::$form(command)))),
                            Err(fault) => attempts.failed(fault),
                        })+
                    })*
                    _ => {}
                }
                attempts.end()?;
                Ok(None)
            }

            fn write(
                &self,
                trid: Option<$crate::TrId>,
                dialect: $crate::Dialect,
            ) -> Result<$crate::Frame, $crate::classic::command_error::NotInDialect> {
                match self {
                    $($(Self::$form(command) => $crate::classic::line::write(command, trid, dialect),)+)*
                    $(Self::$other(other) => Ok($write(other, trid, dialect)),)*
                }
            }
        }

        $($(
            impl From<$form> for $body {
                fn from(command: $form) -> Self {
                    Self::$form(command)
                }
            }
        )+)*
    };
}

pub(super) use bodies;

use crate::Frame;
use crate::classic::command_error::{CommandError, CommandErrorKind, Fault};

/// What was wrong with the forms that were tried.
pub(super) struct Attempts<'a> {
    frame: &'a Frame,
    furthest: Option<(CommandErrorKind, usize)>,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(frame: &'a Frame) -> Self {
        Self {
            frame,
            furthest: None,
        }
    }

    pub(super) fn failed(&mut self, fault: Fault) {
        if let Fault::Wrong(kind, offset) = fault
            && self.furthest.is_none_or(|(_, furthest)| offset > furthest)
        {
            self.furthest = Some((kind, offset));
        }
    }

    /// The error of the form that was understood best; none if no form began to fit.
    pub(super) fn end(self) -> Result<(), CommandError> {
        match self.furthest {
            None => Ok(()),
            Some((kind, offset)) => Err(CommandError {
                frame: self.frame.clone(),
                kind,
                offset,
            }),
        }
    }
}
