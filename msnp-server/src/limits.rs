//! How much of everything anybody may have, in one table.
//!
#![doc = include_str!("limits.md")]

use crate::password::WIDER;
use crate::server::Config;

/// What there is only so much of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "each of them has a limit")]
pub enum Resource {
    /// A connection of the messenger's: a session of the gateway, or a stream.
    Connection,
    /// A session of the gateway.
    Session,
    /// One in which nobody has signed in.
    AnonymousSession,
    /// A byte that came and is no whole frame or request yet.
    UndecodedByte,
    /// A byte that waits to be taken.
    QueuedByte,
    /// A byte that is kept for good.
    StoredByte,
    /// A wrong password.
    SignInAttempt,
    /// A password check, under way or waiting for its turn.
    PasswordCheck,
    /// A session of the IM web service.
    SoapSession,
    /// A message, or another command.
    Message,
    /// Being put into a group.
    GroupInvitation,
}

/// Whose it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "these are all that are told apart")]
pub enum Owner {
    /// A [network](crate::PeerNetwork) that peers come from.
    Network,
    /// The [site](crate::PeerNetwork::site) that it is in.
    Site,
    /// A network as far as one account is concerned.
    NetworkAndAccount,
    /// A person, or a user of the IM web service.
    Account,
    /// Somebody who is a stranger to the account that is concerned: on neither its forward nor its allow list.
    Stranger,
    /// One session or connection.
    Session,
    /// Everybody together.
    All,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limit {
    /// Of what.
    pub resource: Resource,
    /// Whose.
    pub owner: Owner,
    /// How much.
    pub most: String,
    /// What becomes of the one over it.
    pub over: &'static str,
}

impl Config {
    /// All limits as they are set, by resource and owner: one for each row of the table.
    pub fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        limits.extend(of_sessions(self));
        limits.extend(of_bytes(self));
        limits.extend(of_sign_ins(self));
        limits.extend(of_messages(self));
        limits
    }
}

// One line for each row, so that the table can be read here too.
#[rustfmt::skip]
fn of_sessions(config: &Config) -> [Limit; 6] {
    let (faces, network) = (&config.faces, &config.network);
    let per_peer = config.sessions_per_peer.map_or_else(|| "no limit".to_owned(), count);
    let (anonymous, of_peer) = (config.strangers(), config.anonymous_sessions_per_peer);
    let (own, largest) = ("its own that was silent for longest ends", "of the network with the most, the one that was silent for longest ends");
    [
        row(Resource::Connection, Owner::Account, count(network.endpoints), "the endpoint that asked for nothing for longest ends"),
        row(Resource::Connection, Owner::All, count(faces.connections), "closed at once, after 910"),
        row(Resource::Session, Owner::Network, per_peer, "429"),
        row(Resource::Session, Owner::All, count(config.sessions), "503"),
        row(Resource::AnonymousSession, Owner::Network, count(of_peer), own),
        row(Resource::AnonymousSession, Owner::All, count(anonymous), largest),
    ]
}

// The same.
#[rustfmt::skip]
fn of_bytes(config: &Config) -> [Limit; 5] {
    let (faces, network) = (&config.faces, &config.network);
    let (frame, before) = (faces.frame, faces.frame_before_sign_in);
    let lines = format!("{} of a line, before the sign-in {}", bytes(frame.line), bytes(before.line));
    let frames = format!("{lines}; {} of a payload, before it {}", bytes(frame.payload), bytes(before.payload));
    let queued = format!("{}; before the sign-in {}", bytes(faces.outgoing_bytes), bytes(faces.outgoing_before_sign_in));
    let (burst, per_second) = (network.kept_bytes_burst, network.kept_bytes_per_second);
    let all = u64::from(per_second).saturating_mul(network.retention.as_secs()).saturating_add(burst.into());
    let stored = format!("{} at once, {per_second} B/s, so {} in all", bytes(burst), bytes(all));
    [
        row(Resource::UndecodedByte, Owner::Session, frames, "the connection ends"),
        row(Resource::UndecodedByte, Owner::Session, format!("{} of the body of a request", bytes(config.request_bytes)), "413"),
        row(Resource::QueuedByte, Owner::Session, queued, "commands get 800, what passes through is left out; who goes on asking is signed out"),
        row(Resource::QueuedByte, Owner::All, bytes(config.queued_bytes_of_all), "whoever has more than a reply waiting is signed out, nobody else"),
        row(Resource::StoredByte, Owner::Account, stored, "the message gets 800"),
    ]
}

// The same.
#[rustfmt::skip]
fn of_sign_ins(config: &Config) -> [Limit; 7] {
    let imsoap = &config.imsoap;
    let in_a_quarter = |count: u32| format!("{count} in 15 min");
    let attempts = config.password_attempts;
    let wider = attempts.saturating_mul(WIDER);
    let checks = format!("{} under way, {} waiting", config.password_checks_at_once, config.password_checks_waiting);
    [
        row(Resource::SignInAttempt, Owner::NetworkAndAccount, in_a_quarter(attempts), "429 with Retry-After"),
        row(Resource::SignInAttempt, Owner::Account, in_a_quarter(wider), "the same, but from networks where it has signed in lately"),
        row(Resource::SignInAttempt, Owner::Site, in_a_quarter(wider), "the same, but for accounts that have signed in there lately"),
        row(Resource::PasswordCheck, Owner::Site, format!("{} waiting", config.password_checks_of_site), "503 with Retry-After; sites take turns"),
        row(Resource::PasswordCheck, Owner::All, checks, "503 with Retry-After"),
        row(Resource::SoapSession, Owner::Account, count(imsoap.sessions_per_user), "a fault"),
        row(Resource::SoapSession, Owner::All, count(imsoap.sessions), "a fault"),
    ]
}

// The same.
#[rustfmt::skip]
fn of_messages(config: &Config) -> [Limit; 6] {
    let (faces, network) = (&config.faces, &config.network);
    let (burst, per_second, waiting) = (network.command_burst, network.commands_per_second, network.waiting_messages);
    let each = format!("{} each; {} on the way and not received", bytes(faces.message_bytes), network.unreceived);
    let before = format!("before the sign-in {} at once, {}/s", faces.command_burst, faces.commands_per_second);
    let of_account = format!("{burst} at once, {per_second}/s; {waiting} waiting, half of them of one sender");
    let of_stranger = format!("{} waiting, while half is free", waiting.div_ceil(10));
    let people = format!("{} people in a group, {} in a room", network.thread_members, network.room_members);
    let strangers = if network.strangers_may_add { "as anybody" } else { "none" };
    [
        row(Resource::Message, Owner::Session, before, "800; the third such refusal ends the connection"),
        row(Resource::Message, Owner::Session, each, "refused; the rest waits in the store"),
        row(Resource::Message, Owner::Account, of_account, "800; 217 to the sender"),
        row(Resource::Message, Owner::Stranger, of_stranger, "217 to the sender"),
        row(Resource::GroupInvitation, Owner::Account, people, "210"),
        row(Resource::GroupInvitation, Owner::Stranger, strangers.to_owned(), "left out without a word"),
    ]
}

const fn row(resource: Resource, owner: Owner, most: String, over: &'static str) -> Limit {
    Limit {
        resource,
        owner,
        most,
        over,
    }
}

fn count(count: usize) -> String {
    count.to_string()
}

/// Bytes in the largest unit of which there is one.
fn bytes(bytes: impl TryInto<u64>) -> String {
    match bytes.try_into().unwrap_or(u64::MAX) {
        bytes @ 0..0x400 => format!("{bytes} B"),
        bytes @ 0x400..0x10_0000 => format!("{} KiB", bytes / 0x400),
        bytes => format!("{} MiB", bytes / 0x10_0000),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The limits as they are written down.
    fn table(limits: &[Limit]) -> String {
        let mut text =
            String::from("| of what | whose | how much | the one over it |\n|---|---|---|---|\n");
        for limit in limits {
            let (resource, owner) = (words(limit.resource), words(limit.owner));
            let (most, over) = (&limit.most, limit.over);
            // Memory takes it always.
            let _ = writeln!(text, "| {resource} | {owner} | {most} | {over} |");
        }
        text
    }

    /// A name as a person says it.
    fn words(name: impl std::fmt::Debug) -> String {
        let mut words = String::new();
        for c in format!("{name:?}").chars() {
            if c.is_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.extend(c.to_lowercase());
        }
        words
    }

    #[test]
    fn the_table_that_is_written_down_is_the_one_that_holds() {
        let limits = Config::new("im.example.org").limits();
        let table = table(&limits);
        let written = include_str!("limits.md");
        assert!(
            written.contains(&table),
            "this belongs into limits.md:\n\n{table}"
        );
        let order: Vec<_> = limits.iter().map(|it| (it.resource, it.owner)).collect();
        assert!(order.is_sorted_by_key(|(resource, _)| *resource));
        for resource in [
            Resource::Connection,
            Resource::Session,
            Resource::AnonymousSession,
            Resource::UndecodedByte,
            Resource::QueuedByte,
            Resource::StoredByte,
            Resource::SignInAttempt,
            Resource::PasswordCheck,
            Resource::SoapSession,
            Resource::Message,
            Resource::GroupInvitation,
        ] {
            assert!(order.iter().any(|(it, _)| *it == resource), "{resource:?}");
        }
    }
}
