//! `words!`: an element that says one of a few words.

/// Declares an enum of words as they stand on the wire. Any other word is kept in `Other`.
macro_rules! words {
    ($(
        $(#[$attribute:meta])*
        pub enum $name:ident { $($(#[$word_attribute:meta])* $word:ident = $wire:literal),* $(,)? }
    )*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[expect(clippy::exhaustive_enums, reason = "whoever reads it decides on every word; others are `Other`")]
        pub enum $name {
            $($(#[$word_attribute])* $word,)*
            /// Any other word, as it came.
            Other(String),
        }

        impl $name {
            /// The words that are known.
            pub const WORDS: &'static [&'static str] = &[$($wire),*];

            /// The value that this word stands for.
            pub fn of(word: &str) -> Self {
                match word {
                    $($wire => Self::$word,)*
                    _ => Self::Other(word.to_owned()),
                }
            }

            /// The word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$word => $wire,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl $crate::call::Content for $name {
            const KIND: $crate::call::Kind = $crate::call::Kind::Words(Self::WORDS);

            fn read(element: &$crate::element::Element) -> Result<Self, $crate::call::ContentError> {
                Ok(Self::of(element.text().trim_matches($crate::grammar::SPACE)))
            }

            fn fill(
                &self,
                element: &mut $crate::element::Element,
                _: &$crate::call::Vocabulary,
            ) {
                element.push_text(self.as_str());
            }

            fn is_missing(element: &$crate::element::Element) -> bool {
                element.is_nil() || element.text().trim_matches($crate::grammar::SPACE).is_empty()
            }
        }
    )*};
}
pub(crate) use words;
