//! The two sets of namespaces that the sign-in is spoken in (soap.md 5.2, the table).

use crate::call::Vocabulary;
use crate::ns;

/// `RST.srf`. Its `LifeTime` has a capital `T`.
pub(crate) const RST: Vocabulary = Vocabulary::new(
    ns::PASSPORT,
    &[
        ("ps", ns::PASSPORT),
        ("psf", ns::PASSPORT_FAULT),
        ("wsse", ns::SECURITY_2003),
        ("wsu", ns::SECURITY_UTILITY),
        ("wst", ns::TRUST_2004),
        ("wsp", ns::POLICY_2002),
        ("wsa", ns::ADDRESSING_2004),
    ],
)
.spelling(&[("Lifetime", "LifeTime")]);

/// `RST2.srf`.
pub(crate) const RST2: Vocabulary = Vocabulary::new(
    ns::PASSPORT,
    &[
        ("ps", ns::PASSPORT),
        ("psf", ns::PASSPORT_FAULT),
        ("wsse", ns::SECURITY_2004),
        ("wsu", ns::SECURITY_UTILITY),
        ("wst", ns::TRUST_2005),
        ("wsp", ns::POLICY_2004),
        ("wsa", ns::ADDRESSING_2005),
    ],
);
