//! Which service a call is for, and whose it is.

use std::borrow::Cow;

use soap_codec::Received;
use soap_codec::address_book::AddressBookHeaders;
use soap_codec::offline_messages::{FetchHeaders, StoreHeaders};
use soap_codec::profile::ProfileHeaders;

/// A service, by its path.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// The lists.
    Members,
    /// The address book.
    Book,
    /// Sending to who is away.
    Send,
    /// Fetching what waits.
    Fetch,
    /// What somebody shows.
    Profile,
    /// The client's configuration.
    Configuration,
}

const SITES: [(&str, Site); 8] = [
    ("/abservice/SharingService.asmx", Site::Members),
    ("/abservice/abservice.asmx", Site::Book),
    ("/OimWS/oim.asmx", Site::Send),
    ("/rsi/rsi.asmx", Site::Fetch),
    ("/storageservice/SchematizedStore.asmx", Site::Profile),
    ("/Config/MsgrConfig.asmx", Site::Configuration),
    ("/etc/MsgrConfig", Site::Configuration),
    // CrossTalk's (msnp8-18.md 6.3), by which a client can be sent here by name alone.
    ("/abservice.asmx", Site::Book),
];

impl Site {
    /// The service at a path. IIS did not look at the case of names.
    pub(super) fn at(path: &str) -> Option<Self> {
        let found = SITES
            .iter()
            .find(|(known, _)| path.eq_ignore_ascii_case(known));
        found.map(|(_, site)| *site)
    }

    /// Its path, as it is spelled by rights.
    pub(super) fn path(self) -> &'static str {
        let found = SITES.iter().find(|(_, site)| *site == self);
        found.map_or("", |(path, _)| *path)
    }

    /// Whether a call is one of this service. Both services of the lists take the calls of both: their clients are sent
    /// to either by old configurations.
    pub(super) fn has(self, call: &Received) -> bool {
        let path = call.operation().path;
        let lists = |site| matches!(site, Self::Members | Self::Book);
        Self::at(path).is_some_and(|site| site == self || lists(site) && lists(self))
    }
}

/// The ticket in a call.
pub(super) fn ticket(call: &Received) -> Option<Cow<'_, str>> {
    use Received as R;
    let lists = |headers: &AddressBookHeaders| {
        let ticket = headers.ticket()?.expose().trim().to_owned();
        Some(Cow::Owned(ticket))
    };
    let fetch = |headers: &FetchHeaders| {
        let cookie = headers.cookie.as_ref()?;
        Some(Cow::Owned(cookie.t.as_ref()?.expose().trim().to_owned()))
    };
    let send = |headers: &StoreHeaders| {
        let ticket = headers.ticket.as_ref()?.passport.as_ref()?;
        Some(Cow::Owned(ticket.expose().trim().to_owned()))
    };
    let profile = |headers: &ProfileHeaders| {
        let ticket = headers.user.as_ref()?.ticket.as_ref()?;
        Some(Cow::Owned(ticket.expose().trim().to_owned()))
    };
    match call {
        R::FindMembership(it) => lists(&it.headers),
        R::AddMember(it) => lists(&it.headers),
        R::DeleteMember(it) => lists(&it.headers),
        R::ABAdd(it) => lists(&it.headers),
        R::ABFindAll(it) => lists(&it.headers),
        R::ABFindContactsPaged(it) => lists(&it.headers),
        R::ABContactAdd(it) => lists(&it.headers),
        R::ABContactUpdate(it) => lists(&it.headers),
        R::ABContactDelete(it) => lists(&it.headers),
        R::ABGroupAdd(it) => lists(&it.headers),
        R::ABGroupUpdate(it) => lists(&it.headers),
        R::ABGroupDelete(it) => lists(&it.headers),
        R::ABGroupContactAdd(it) => lists(&it.headers),
        R::ABGroupContactDelete(it) => lists(&it.headers),
        R::UpdateDynamicItem(it) => lists(&it.headers),
        R::CreateContact(it) => lists(&it.headers),
        R::ManageWLConnection(it) => lists(&it.headers),
        R::BreakConnection(it) => lists(&it.headers),
        R::CreateCircle(it) => lists(&it.headers),
        R::Store(it) => send(&it.headers),
        R::Store2(it) => send(&it.headers),
        R::GetMetadata(it) => fetch(&it.headers),
        R::GetMessage(it) => fetch(&it.headers),
        R::DeleteMessages(it) => fetch(&it.headers),
        R::GetProfile(it) => profile(&it.headers),
        R::UpdateProfile(it) => profile(&it.headers),
        R::CreateProfile(it) => profile(&it.headers),
        // What anybody may ask, and what a ticket is asked for by.
        R::GetClientConfig(_) | R::SignIn(_) | R::SignIn2(_) => None,
    }
}

/// The ticket in a `Cookie` header.
pub(super) fn cookie(header: &str) -> Option<Cow<'_, str>> {
    let mut pairs = header.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim() == "MSPAuth");
    found.map(|(_, value)| Cow::Borrowed(value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_found_in_any_case_and_spelled_as_their_calls_are() {
        assert_eq!(Site::at("/ABSERVICE/abservice.asmx"), Some(Site::Book));
        assert_eq!(Site::at("/abservice.asmx"), Some(Site::Book));
        assert_eq!(Site::at("/abservice/abservice.asmx/"), None);
        for operation in soap_codec::OPERATIONS {
            let site = Site::at(operation.path);
            assert_eq!(site.is_none(), operation.path.contains(".srf"));
            assert!(site.is_none_or(|site| site.path() == operation.path));
        }
    }

    #[test]
    fn a_cookie_with_equals_signs_in_it_is_whole() {
        assert_eq!(cookie("a=b; MSPAuth=t=x&p=; c"), Some("t=x&p=".into()));
        assert_eq!(cookie("MSPProf=x"), None);
        assert_eq!(cookie(""), None);
    }
}
