//! Clients: how they are made, and what of what they tell the tests count.

use std::time::Duration;

use http::Uri;
use machine_contract::{Prng, Secret};
use msnp_client::sign_in::Cookies;
use msnp_client::sign_in::web::WebSignIn;
use msnp_client::uic::UicFlow;
use msnp_client::{Access, Config, ContactId, Event, MessageId, Service};

use crate::account::{HOST, NAMES, PASSWORD, login};

const PATIENCE: Duration = Duration::from_secs(30);

/// What has become of a message, as its author was told.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The service answers for it.
    Delivered,
    /// It will not arrive.
    Failed,
    /// Nobody can tell.
    Uncertain,
}

/// The name of somebody, as others know it.
///
/// # Panics
/// If there is nobody of that number.
pub fn contact(who: usize) -> ContactId {
    ContactId::skype(NAMES[who]).expect("a name")
}

/// The configuration of somebody's client, which signs in by the password page and shows a uic. No two
/// processes are given the same numbers.
///
/// # Panics
/// If there is nobody of that number.
pub fn config(who: usize, seed: u64) -> Config {
    let mut prng = Prng::from_number(seed);
    let mut bytes = [0; 32];
    for half in bytes.chunks_exact_mut(16) {
        half.copy_from_slice(&prng.bytes());
    }
    let access = Access::web(service(), login(who), PASSWORD);
    Config::new(access, bytes).reconnect_attempts(1000)
}

/// What the author was told of a message of theirs.
pub fn fate(event: &Event, id: &MessageId) -> Option<Fate> {
    let (fate, message) = match event {
        Event::MessageDelivered { message, .. } => (Fate::Delivered, message),
        Event::MessageFailed { message, .. } => (Fate::Failed, message),
        Event::MessageUncertain { message, .. } => (Fate::Uncertain, message),
        _ => return None,
    };
    (message == id).then_some(fate)
}

/// Whether somebody was shown a message.
pub fn shows(event: &Event, from: &ContactId, id: &MessageId) -> bool {
    matches!(event, Event::MessageReceived(message) if message.id == *id && message.from == *from)
}

/// The sign-in page, for whoever fills it in without a client.
pub(crate) fn sign_in_page(who: usize) -> WebSignIn {
    let password = Secret::new(PASSWORD.to_owned());
    WebSignIn::new(
        at("/oauth20_authorize.srf"),
        &login(who),
        password,
        PATIENCE,
    )
}

/// The calls that give a uic, for whoever makes them without a client.
pub(crate) fn uic_calls(cookies: Cookies) -> UicFlow {
    UicFlow::new(
        at("/v2/a"),
        at("/v1/user/Initialization"),
        cookies,
        PATIENCE,
    )
}

fn at(path: &str) -> Uri {
    format!("https://{HOST}{path}").parse().expect("an address")
}

fn service() -> Service {
    Service::at(&format!("https://{HOST}")).expect("an address")
}
