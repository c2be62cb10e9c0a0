//! Presence documents, as the service writes them (msnp24.md 8).

use msnp_proto::payload::presence::{self, UserDocument, service};
use msnp_proto::{Guid, MsnObject};

use crate::limits::Limits;
use crate::presence::{Departure, EndpointId, EndpointUpdate, PresenceUpdate, Status};
use crate::text::clip;

/// What a document says of somebody. `full`: it is said to be all there is to know.
pub(in crate::dialect) fn update_of(
    user: &UserDocument,
    full: bool,
    limits: &Limits,
) -> PresenceUpdate {
    let text = |text: std::borrow::Cow<'_, str>| clip(&text, limits.text);
    let status = user.status().map(|status| {
        let code = status.as_str().as_bytes().try_into().ok();
        // Whoever says something that is no status is there to say it.
        code.and_then(Status::from_code).unwrap_or(Status::ONLINE)
    });
    // Messenger calls it PSM, Skype mood; whichever says something counts.
    let message = user.psm().filter(|psm| !psm.is_empty()).or(user.mood());
    PresenceUpdate {
        // A service that tells nothing of the status tells of an endpoint only.
        is_whole: full && user.services().any(|said| said.name() == service::IM),
        status,
        name: user.friendly_name().map(text),
        personal_message: message.or(user.psm()).map(text),
        picture: user.user_tile().map(|tile| picture_of(&tile, limits)),
        endpoints: endpoints_of(user, limits),
        has_all_endpoints: false,
    }
}

/// The object that is the display picture, as text; what is none names no picture.
fn picture_of(tile: &str, limits: &Limits) -> String {
    let object = tile.parse::<MsnObject>().ok();
    let object = object.filter(|object| object.attributes().len() > 0);
    object.map_or_else(String::new, |object| clip(&object.to_string(), limits.text))
}

fn endpoints_of(user: &UserDocument, limits: &Limits) -> Vec<EndpointUpdate> {
    let told = user.endpoints().filter_map(|said| {
        // The service writes the all-zero GUID where it does not tell (msnp24.md 8).
        let epid = said.epid().filter(|epid| *epid != Guid::NIL)?;
        let of_place = |property| {
            let said = (said.service() == service::PD).then_some(&said)?;
            said.property(property)
        };
        Some(EndpointUpdate {
            id: EndpointId(epid),
            name: of_place("EpName").map(|name| clip(&name, limits.text)),
            idle: of_place("Idle").map(|idle| idle.trim().eq_ignore_ascii_case("true")),
        })
    });
    told.collect()
}

/// Who is gone, according to the document of a `DEL`.
pub(in crate::dialect) fn departures_of(user: &UserDocument) -> impl Iterator<Item = Departure> {
    user.departures().map(|departure| match departure {
        presence::Departure::User => Departure::Person,
        presence::Departure::Endpoint(epid) => Departure::Endpoint(EndpointId(epid)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ContactId;
    use crate::presence::{People, Presence};

    fn bob() -> ContactId {
        ContactId::skype("bob").expect("a name")
    }

    fn read(document: &str, full: bool, limits: &Limits) -> PresenceUpdate {
        let user = UserDocument::parse(document.as_bytes()).expect("a document");
        update_of(&user, full, limits)
    }

    fn told(people: &mut People, document: &str, full: bool) -> Option<Presence> {
        let limits = Limits::default();
        people.put(&bob(), &read(document, full, &limits), &limits)
    }

    const FULL: &str = "<user><s n=\"IM\"><Status>NLN</Status></s>\
        <s n=\"PE\"><FriendlyName>Bob</FriendlyName><PSM></PSM></s>\
        <s n=\"SKP\"><Mood>hi</Mood></s>\
        <sep n=\"PD\" epid=\"{11111111-2222-3333-4444-555555555555}\">\
        <EpName>Desk</EpName><Idle>TRUE</Idle></sep></user>";

    #[test]
    fn a_full_document_tells_everything() {
        let mut people = People::default();
        let presence = told(&mut people, FULL, true).expect("a change");
        assert_eq!(presence.status, Status::ONLINE);
        assert_eq!(presence.name.as_deref(), Some("Bob"));
        assert_eq!(presence.personal_message.as_deref(), Some("hi"));
        let [endpoint] = &presence.endpoints[..] else {
            panic!("one endpoint: {presence:?}");
        };
        assert_eq!(
            endpoint.id.to_string(),
            "11111111-2222-3333-4444-555555555555"
        );
        assert_eq!(
            (endpoint.name.as_deref(), endpoint.idle),
            (Some("Desk"), true)
        );
        assert_eq!(told(&mut people, FULL, true), None, "nothing new");
    }

    #[test]
    fn a_partial_document_keeps_the_rest_and_a_full_one_does_not() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        let busy = "<user><s n=\"IM\"><Status>BSY</Status></s></user>";
        let presence = told(&mut people, busy, false).expect("a change");
        assert_eq!(
            (presence.status, presence.endpoints.len()),
            (Status::BUSY, 1)
        );
        let presence = told(&mut people, busy, true).expect("a change");
        assert_eq!((presence.name, presence.endpoints.len()), (None, 0));
    }

    #[test]
    fn a_picture_is_told_by_its_object_and_what_is_none_is_no_picture() {
        let mut people = People::default();
        let tile = "&#x3C;msnobj Creator=&#x22;bob@x.org&#x22; Type=&#x22;3&#x22;/&#x3E;";
        let document = |tile: &str| {
            format!("<user><s n=\"PE\"><UserTileLocation>{tile}</UserTileLocation></s></user>")
        };
        let presence = told(&mut people, &document(tile), false).expect("a change");
        let expected = "<msnobj Creator=\"bob@x.org\" Type=\"3\"/>";
        assert_eq!(presence.picture.as_deref(), Some(expected));
        let same = told(&mut people, "<user><s n=\"IM\"/></user>", false);
        assert_eq!(same, None, "nothing is said of it");
        let presence = told(&mut people, &document("https://x.org/p.png"), false);
        assert_eq!(presence.expect("a change").picture, None);
    }

    #[test]
    fn a_missing_status_in_a_full_document_is_offline() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        let presence = told(&mut people, "<user><s n=\"IM\"/></user>", true);
        assert_eq!(presence.expect("a change").status, Status::OFFLINE);
    }

    #[test]
    fn endpoints_go_one_by_one_and_users_whole() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        let epid = "11111111-2222-3333-4444-555555555555"
            .parse()
            .expect("a GUID");
        let limits = Limits::default();
        let endpoint = Departure::Endpoint(EndpointId(epid));
        let presence = people.depart(&bob(), endpoint, &limits);
        let presence = presence.expect("a change");
        assert_eq!(
            (presence.status, presence.endpoints.len()),
            (Status::ONLINE, 0)
        );
        let presence = people.depart(&bob(), Departure::Person, &limits);
        assert_eq!(presence.expect("a change").status, Status::OFFLINE);
        assert_eq!(
            people.get(&bob()).name.as_deref(),
            Some("Bob"),
            "the name stays"
        );
    }

    #[test]
    fn endpoints_and_people_are_bounded() {
        let limits = Limits {
            contacts: 1,
            endpoints: 2,
            text: 3,
            ..Limits::default()
        };
        let endpoint =
            |n| format!("<sep n='IM' epid='{{0000000{n}-0000-0000-0000-000000000000}}'/>");
        let many = (1..9).map(endpoint).collect::<Vec<_>>().concat();
        let document =
            format!("<user><s n='PE'><FriendlyName>\u{e9}\u{e9}</FriendlyName></s>{many}</user>");
        let update = read(&document, true, &limits);
        let mut people = People::default();
        let presence = people.put(&bob(), &update, &limits).expect("a change");
        assert_eq!(presence.endpoints.len(), 2);
        assert_eq!(presence.name.as_deref(), Some("\u{e9}"));
        let eve = ContactId::skype("eve").expect("a name");
        assert_eq!(people.put(&eve, &update, &limits), None);
    }

    #[test]
    fn forgetting_tells_who_was_online_once() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        assert_eq!(people.forget().len(), 1);
        assert_eq!(people.forget().len(), 0);
    }
}
