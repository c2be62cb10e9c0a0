//! Addresses of people and threads, between the wire's words and the network's values.

use msnp_proto::payload::layers::Layers;
use msnp_proto::{Address as Muri, Network};

use crate::identity::{Address, EmailAddress, SkypeId, Who};
use crate::network::{ConversationAddress, EndpointId, ThreadId};

/// The person's address in a muri, whatever its parameters; `None` for other networks, and for what no
/// account can be called.
pub(in crate::faces) fn person(muri: &Muri) -> Option<Address> {
    match muri.network() {
        Network::SKYPE => SkypeId::parse(muri.id()).ok().map(Address::Skype),
        Network::PASSPORT => EmailAddress::parse(muri.id()).ok().map(Address::Email),
        _ => None,
    }
}

/// The thread in a muri: `19:` and 32 hexadecimal digits and `@thread.skype` (msnp24.md 4).
pub(in crate::faces) fn thread(muri: &Muri) -> Option<ThreadId> {
    let digits = muri.id().strip_suffix("@thread.skype")?;
    let is_id = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !muri.is_thread() || !is_id {
        return None;
    }
    let number = u128::from_str_radix(digits, 16).ok()?;
    Some(ThreadId(number.to_be_bytes()))
}

/// Whom a conversation is with.
pub(in crate::faces) fn conversation(muri: &Muri) -> Option<ConversationAddress> {
    if muri.is_thread() {
        thread(muri).map(ConversationAddress::Thread)
    } else {
        person(muri).map(ConversationAddress::Person)
    }
}

/// Who has written layers, if it is this person at this place: `From` is one of the person's addresses, and names the place or
/// none. Only the Routing block counts (msnp24.md 4, 5).
pub(in crate::faces) fn author(layers: &Layers, who: &Who, place: EndpointId) -> Option<Address> {
    let from = layers.from().ok()?;
    let is_here = from.param("epid").is_none() || from.epid() == Some(place);
    person(&from).filter(|address| is_here && who.is_at(address))
}

/// The muri of a person's address.
pub(in crate::faces) fn of_person(address: &Address) -> Muri {
    match address {
        Address::Skype(name) => Muri::new(Network::SKYPE, name.as_str()),
        Address::Email(email) => Muri::new(Network::PASSPORT, email.as_str()),
    }
    .expect("`parse` took neither separators nor anything long")
}

/// The muri of a thread.
pub(in crate::faces) fn of_thread(id: ThreadId) -> Muri {
    Muri::new(Network::THREAD, &format!("{id:?}@thread.skype"))
        .expect("a digest and a constant make an id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn muri(text: &str) -> Muri {
        text.parse().unwrap()
    }

    #[track_caller]
    fn is_person(text: &str, printed: &str) {
        let address = person(&muri(text)).unwrap();
        assert_eq!(of_person(&address).as_str(), printed);
        let named = conversation(&muri(text));
        assert_eq!(named, Some(ConversationAddress::Person(address)));
    }

    #[track_caller]
    fn is_nothing(text: &str) {
        assert_eq!(conversation(&muri(text)), None, "{text}");
    }

    #[test]
    fn people_are_named_on_two_networks() {
        is_person("8:Live:Alice;epid={x}", "8:live:alice");
        is_person("1:Alice@Example.org", "1:alice@example.org");
        is_nothing("8:a b");
        is_nothing("1:alice");
        is_nothing("32:alice@yahoo.com");
    }

    #[test]
    fn a_thread_is_sixteen_bytes() {
        let text = "19:0123456789ABCDEF0123456789abcdef@thread.skype";
        let id = thread(&muri(text)).unwrap();
        assert_eq!(of_thread(id).as_str(), text.to_ascii_lowercase());
        let named = conversation(&muri(text));
        assert_eq!(named, Some(ConversationAddress::Thread(id)));
        for bad in [
            "19:x",
            "19:0123456789abcdef0123456789abcdef@p2p.thread.skype",
            "19:+123456789abcdef0123456789abcdef@thread.skype",
            "8:0123456789abcdef0123456789abcdef@thread.skype",
        ] {
            assert_eq!(thread(&muri(bad)), None, "{bad}");
        }
    }
}
