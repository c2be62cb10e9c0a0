//! `Style`: how the user wants things shown.

use msnp_proto::Dialect;

/// How to show things.
#[derive(Copy, Clone, Debug)]
pub(super) struct Style {
    pub(super) json: bool,
    pub(super) detail: Detail,
    pub(super) secrets: bool,
    /// Everything that is wrong, however often the same.
    pub(super) is_whole: bool,
    /// The dialect, where nothing recorded says it.
    pub(super) dialect: Option<Dialect>,
}

/// How much to show.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Nothing: all of it goes into the table.
    Table,
    /// Only what is wrong.
    Problems,
    /// The line of every frame, shortened.
    Lines,
    /// The payloads and what they mean, too.
    Payloads,
}
