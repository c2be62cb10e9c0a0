//! What MSNP21 and MSNP24 have in common: addresses with a network in front, layered bodies and the documents in them
//! (msnp24.md 4, 5, 8, 10), between the wire's words and the network's values. In which lines they travel, each face knows by itself.

pub(super) mod address;
pub(super) mod fault;
pub(super) mod message;
pub(super) mod presence;
