//! `shape!`: a table, and the struct that it describes.

/// Declares a structure of a call: a struct, and for each field the element that it is.
///
/// ```text
/// shape! {
///     /// What it is, and where that is known from.
///     pub struct Contact {
///         /// An element, left out if it is not there.
///         pub id: Option<Guid> = "contactId",
///         /// A list that is left out when it is empty; `as always` writes it anyway.
///         pub groups: Vec<Guid> = "groupIds" / "guid",
///         /// An attribute.
///         pub kind: Option<String> = "xsi:type" as attribute,
///         /// Its own text.
///         pub text: String = "" as text,
///     }
/// }
/// ```
///
/// Fields are written in this order, and read in any. Elements without a line are kept in `other`, and written behind the rest.
macro_rules! shape {
    ($(
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_attribute:meta])*
                pub $field:ident: $type:ty = $wire:literal $(/ $entry:literal)? $(as $mode:ident)?
            ),* $(,)?
        }
    )*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_attribute])* pub $field: $type,)*
            /// Elements that this crate has no name for, as they came. They are written behind the rest.
            pub other: Vec<$crate::element::Element>,
        }

        impl $name {
            /// Its members, in the order in which they are written.
            pub const FIELDS: &'static [$crate::call::Field] = &[$($crate::call::Field {
                name: $wire,
                place: $crate::call::shape!(@place $(/ $entry)? $(as $mode)?),
                kind: <$type as $crate::call::Member>::KIND,
                many: <$type as $crate::call::Member>::MANY,
            }),*];
        }

        impl $crate::call::Content for $name {
            const KIND: $crate::call::Kind = $crate::call::Kind::Structure(stringify!($name), Self::FIELDS);

            #[allow(unused_variables, unused_mut, reason = "a structure may have no known members")]
            fn read(element: &$crate::element::Element) -> Result<Self, $crate::call::ContentError> {
                let mut fields = Self::FIELDS.iter();
                let mut read = Self::default();
                // A field takes the next line of its own table; there are as many of one as of the other.
                $(if let Some(field) = fields.next() {
                    $crate::call::Member::take(&mut read.$field, element, field)?;
                })*
                read.other = $crate::call::unowned(element, Self::FIELDS);
                Ok(read)
            }

            #[allow(unused_variables, unused_mut, reason = "a structure may have no known members")]
            fn fill(
                &self,
                element: &mut $crate::element::Element,
                vocabulary: &$crate::call::Vocabulary,
            ) {
                let mut fields = Self::FIELDS.iter();
                $(if let Some(field) = fields.next() {
                    $crate::call::Member::put(&self.$field, element, field, vocabulary);
                })*
                for other in &self.other {
                    element.push(other.clone());
                }
            }
        }
    )*};
    (@place) => { $crate::call::Place::Element };
    (@place as attribute) => { $crate::call::Place::Attribute };
    (@place as text) => { $crate::call::Place::Text };
    (@place / $entry:literal) => {
        $crate::call::Place::List { entry: $entry, always: false }
    };
    (@place / $entry:literal as always) => {
        $crate::call::Place::List { entry: $entry, always: true }
    };
}
pub(crate) use shape;
