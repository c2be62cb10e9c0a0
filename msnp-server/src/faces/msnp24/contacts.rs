//! Contact lists: `MSGR\CONTACTS` in both directions.
//!
//! The historic clients changed their contacts elsewhere; that `MSGR\CONTACTS` is kept, pushed and
//! answered is an extension of ours. `PUT` puts each named contact on exactly the lists that the
//! `l` of its `IM` service says (1 forward, 2 allow, 4 block; block wins over allow). `DEL` takes
//! the named lists away, or all if none is named. `NFY 0 MSGR\CONTACTS` with `l="1"` on `<ml>` is
//! the whole list, without it a change, in which `l="0"` means gone; bit 8 says that the contact
//! has the receiver on its own forward list.
//!
//! In what is pushed a person always stands under the `8:` name. To a client that has named them by
//! their e-mail address (in `To`, in a contact list, in a thread, in a question about the history) the
//! entry says so in an attribute `a`: `<c n="live:bob" t="8" a="bob@example.org" f="Bob">`, so that it
//! can tell that both are one person. To a client that was pushed its contacts, such an entry is pushed
//! when it first names somebody so, whether they are on a list or not (`l="0"`).

use bytes::Bytes;
use msnp_proto::Network;
use msnp_proto::payload::contacts as wire;
use msnp_proto::payload::presence::service;
use msnp_proto::payload::xml::Element;

use super::forms::Forms;
use super::refusal::ErrorReply;
use crate::faces::layered::address;
use crate::identity::Address;
use crate::network::{Command, Contact, ContactChange, ListChange, Lists};

/// Display names above this are left out, so that a whole list stays below the 1 MiB of a frame.
const NAME_BYTES: usize = 128;

/// `PUT MSGR\CONTACTS`. Contacts of other networks are passed over, as clients send them too
/// (msnp24.md 9, 14.2).
pub(super) fn put(list: &wire::ContactList) -> Result<Command, ErrorReply> {
    change(list, set)
}

/// The same, of whose contacts none need be known here.
pub(super) fn put_known(list: &wire::ContactList) -> Command {
    let nobody = Command::ChangeContacts(Vec::new());
    change(list, set).unwrap_or(nobody)
}

fn set(lists: Option<Lists>) -> ListChange {
    ListChange::Set(lists.unwrap_or(Lists::FORWARD | Lists::ALLOW))
}

/// `DEL MSGR\CONTACTS`
pub(super) fn remove(list: &wire::ContactList) -> Result<Command, ErrorReply> {
    if list.contacts().next().is_none() {
        return Err(ErrorReply::NOT_ON_LIST);
    }
    let take = |lists: Option<Lists>| {
        let named = lists.filter(|lists| *lists != Lists::NONE);
        ListChange::Remove(named.unwrap_or(Lists::OWN))
    };
    change(list, take)
}

/// The people whom a list names.
pub(super) fn named(list: &wire::ContactList) -> impl Iterator<Item = Address> {
    list.contacts()
        .filter_map(|contact| address::person(&contact.address()?))
}

fn change(
    list: &wire::ContactList,
    change: impl Fn(Option<Lists>) -> ListChange,
) -> Result<Command, ErrorReply> {
    let mut changes = Vec::new();
    let mut unknown = false;
    for contact in list.contacts() {
        match contact.address().as_ref().and_then(address::person) {
            Some(address) => changes.push(ContactChange {
                contact: address,
                change: change(lists_of(&contact)),
            }),
            None => unknown = true,
        }
    }
    if changes.is_empty() && unknown {
        return Err(ErrorReply::NO_SUCH_USER);
    }
    Ok(Command::ChangeContacts(changes))
}

/// The lists of the `IM` service, else those of any service, else those of the contact itself.
fn lists_of(contact: &wire::Contact<'_>) -> Option<Lists> {
    let of_messages = contact.services().find(|(name, _)| *name == service::IM);
    let of_any = || {
        let lists = contact.services().map(|(_, lists)| lists);
        lists.reduce(|all, one| all | one)
    };
    of_messages
        .map(|(_, lists)| lists)
        .or_else(of_any)
        .or_else(|| contact.lists())
        .map(|lists| Lists::from_bits(lists.0))
}

/// The whole list.
pub(super) fn roster(contacts: &[Contact], forms: &Forms) -> Bytes {
    document(Element::new("ml").with_attribute("l", "1"), contacts, forms)
}

/// A change of it.
pub(super) fn changes(contacts: &[Contact], forms: &Forms) -> Bytes {
    document(Element::new("ml"), contacts, forms)
}

fn document(root: Element, contacts: &[Contact], forms: &Forms) -> Bytes {
    let mut group = Element::new("skp");
    for contact in contacts {
        group.push(entry(contact, forms));
    }
    root.with_child(group).to_vec().into()
}

fn entry(contact: &Contact, forms: &Forms) -> Element {
    let mut entry = Element::new("c")
        .with_attribute("n", contact.who.skype_id().as_str())
        .with_attribute("t", Network::SKYPE.to_string());
    if forms.knows_email(&contact.who) {
        entry.set_attribute("a", contact.who.email().as_str());
    }
    if contact.name.len() <= NAME_BYTES {
        entry.set_attribute("f", &*contact.name);
    }
    // Who waits for an answer is told by a dialect that can give one.
    let lists = contact.lists.without(Lists::PENDING);
    let service = Element::new("s")
        .with_attribute("l", lists.bits().to_string())
        .with_attribute("n", service::IM);
    entry.with_child(service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId, Who};

    fn contact(name: &str, lists: Lists) -> Contact {
        Contact {
            who: Who::new(
                PersonId::new(2),
                HomeId(0),
                SkypeId::parse("live:bob").unwrap(),
                EmailAddress::parse("bob@example.org").unwrap(),
            ),
            name: name.into(),
            own_name: "".into(),
            lists,
            groups: Vec::new(),
        }
    }

    fn list(text: &str) -> wire::ContactList {
        wire::ContactList::parse(text.as_bytes()).unwrap()
    }

    #[track_caller]
    fn changed(command: Result<Command, ErrorReply>, expected: &[(&str, ListChange)]) {
        let Ok(Command::ChangeContacts(changes)) = command else {
            panic!("{command:?}")
        };
        let changes: Vec<_> = changes
            .into_iter()
            .map(|one| (address::of_person(&one.contact).to_string(), one.change))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(contact, change)| ((*contact).to_owned(), *change))
            .collect();
        assert_eq!(changes, expected);
    }

    #[test]
    fn a_roster_is_written_and_reads_back() {
        let both = [
            contact("Bob & co", Lists::FORWARD | Lists::ALLOW | Lists::PENDING),
            contact(&"x".repeat(129), Lists::BLOCK),
        ];
        let text = roster(&both, &Forms::default());
        assert_eq!(
            text,
            "<ml l=\"1\"><skp><c n=\"live:bob\" t=\"8\" f=\"Bob &amp; co\"><s l=\"3\" n=\"IM\"></s></c><c n=\"live:bob\" t=\"8\"><s l=\"4\" n=\"IM\"></s></c></skp></ml>"
        );
        let read = wire::ContactList::parse(&text).unwrap();
        assert!(read.is_initial());
        changed(
            put(&read),
            &[
                ("8:live:bob", ListChange::Set(Lists::FORWARD | Lists::ALLOW)),
                ("8:live:bob", ListChange::Set(Lists::BLOCK)),
            ],
        );
    }

    #[test]
    fn an_entry_tells_the_address_by_which_the_client_names_somebody() {
        let mut forms = Forms::default();
        let email = address::person(&"1:bob@example.org".parse().unwrap()).unwrap();
        forms.note(&email);
        assert_eq!(
            changes(&[contact("Bob", Lists::NONE)], &forms),
            "<ml><skp><c n=\"live:bob\" t=\"8\" a=\"bob@example.org\" f=\"Bob\"><s l=\"0\" n=\"IM\"></s></c></skp></ml>"
        );
    }

    #[test]
    fn the_lists_of_messages_count_then_any_then_the_contacts_own() {
        let text = "<ml><skp><c n=\"a\" t=\"8\"><s l=\"1\" n=\"PE\"/><s l=\"3\" n=\"IM\"/></c><c n=\"b\" t=\"8\"><s l=\"1\" n=\"PE\"/><s l=\"2\" n=\"SKP\"/></c><c n=\"c\" l=\"5\"/><c n=\"d\"/></skp><d n=\"example.org\"><c n=\"e\" t=\"1\"/><c n=\"f\" t=\"32\"/></d></ml>";
        let both = Lists::FORWARD | Lists::ALLOW;
        changed(
            put(&list(text)),
            &[
                ("8:a", ListChange::Set(both)),
                ("8:b", ListChange::Set(both)),
                ("8:c", ListChange::Set(Lists::FORWARD | Lists::BLOCK)),
                ("8:d", ListChange::Set(both)),
                ("1:e@example.org", ListChange::Set(both)),
            ],
        );
        let names: Vec<_> = named(&list(text)).collect();
        assert_eq!(names.len(), 5);
    }

    #[test]
    fn deleting_names_lists_or_all() {
        let text = "<ml><skp><c n=\"a\" t=\"8\"><s l=\"1\" n=\"IM\"/></c><c n=\"b\" t=\"8\"/><c n=\"c\" t=\"8\" l=\"0\"/></skp></ml>";
        changed(
            remove(&list(text)),
            &[
                ("8:a", ListChange::Remove(Lists::FORWARD)),
                ("8:b", ListChange::Remove(Lists::OWN)),
                ("8:c", ListChange::Remove(Lists::OWN)),
            ],
        );
        assert_eq!(remove(&list("<ml/>")), Err(ErrorReply::NOT_ON_LIST));
    }

    #[test]
    fn a_list_of_strangers_only_is_refused() {
        let text = "<ml><skp><c n=\"x y\" t=\"8\"/></skp><d n=\"yahoo.com\"><c n=\"a\" t=\"32\"/></d></ml>";
        assert_eq!(put(&list(text)), Err(ErrorReply::NO_SUCH_USER));
        assert_eq!(remove(&list(text)), Err(ErrorReply::NO_SUCH_USER));
        changed(put(&list("<ml/>")), &[]);
    }
}
