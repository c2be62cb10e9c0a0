//! What MSNP21 and MSNP24 have in common: addresses with a network in front, layered bodies, and the documents of presence in them
//! (msnp24.md 4, 5, 8, 10). In which lines they travel, and what is asked for beside them, each dialect knows by itself.

pub(super) mod address;
pub(super) mod format;
pub(super) mod message;
pub(super) mod presence;
