//! `Looks`: how a text is to be shown, as its writer wishes.

/// How a text is to be shown: font, colour and effects. Decoration, which an application may show or not; the text is
/// the same without it.
///
/// On the way the font may be lost or exchanged, since a network carries at most 31 bytes of its name and a system may not have
/// it; in messages that are [left](crate::Abilities::offline_messages) for somebody all of it is.
///
/// ```
/// use msnp_client::Looks;
/// let red = Looks { colour: [0xff, 0, 0], bold: true, ..Looks::default() };
/// assert_ne!(red, Looks::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::exhaustive_structs,
    reason = "independent marks, which applications write by name"
)]
pub struct Looks {
    /// The font's name, if one is wished for.
    pub font: Option<String>,
    /// Red, green, blue; black unless it is said.
    pub colour: [u8; 3],
    /// Heavy.
    pub bold: bool,
    /// Slanted.
    pub italic: bool,
    /// With a line below.
    pub underline: bool,
    /// With a line through it.
    pub strikethrough: bool,
    /// It runs from right to left.
    pub right_to_left: bool,
}

impl Looks {
    /// Bytes on the heap.
    pub(crate) fn heap(&self) -> usize {
        self.font.as_ref().map_or(0, String::len)
    }
}
