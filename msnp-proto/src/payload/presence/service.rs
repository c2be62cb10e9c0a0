//! The names of presence services (msnp24.md 8).

/// Messaging: status, media, capabilities.
pub const IM: &str = "IM";
/// Personal expression: names, pictures, personal message.
pub const PE: &str = "PE";
/// Private data of one's own endpoints: their names and states.
pub const PD: &str = "PD";
/// Profile: one attribute, `ts`.
pub const PF: &str = "PF";
/// Skype: mood, Skype name.
pub const SKP: &str = "SKP";
/// Subscribed to on contact lists; its content was never seen.
pub const PUB: &str = "PUB";
