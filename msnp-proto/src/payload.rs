//! What is inside a payload: layered bodies, the XML documents, messages.

pub mod layers;
