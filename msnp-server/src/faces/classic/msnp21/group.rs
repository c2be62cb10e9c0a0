//! Temporary groups on the wire: `PUT`, `NFY` and `DEL` of rosters (msnp24.md 14.4).

use msnp_proto::payload::circle::Circle;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::xml::Element;
use msnp_proto::{Address as Muri, ErrorCode, Guid, Network};

use super::words::muri;
use crate::faces::classic::refusal;
use crate::faces::layered::address;
use crate::identity::{Address, Who};
use crate::network::RoomId;

/// What a client wants of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A new one.
    Create,
    /// To be in it.
    Join(RoomId),
    /// That somebody is.
    Invite(RoomId, Address),
    /// To be in it no more.
    Leave(RoomId),
}

/// Documents that name who is in a group, and those that ask somebody in.
const ROSTER: &str = "application/circles+xml";
const INVITATION: &str = "application/multiparty+xml";

/// What a document says: all of it, or one that comes or goes.
pub(super) const WHOLE: &str = "Full";
pub(super) const PART: &str = "Partial";

/// To whom, about which room, and the number of the notification.
pub(super) type Head<'a> = (&'a Muri, RoomId, u64);

/// A group of this many others is one: with fewer it is a conversation of two.
pub(super) const LEAST: usize = 2;

/// What a `PUT` wants, if it is about a group.
pub(super) fn put(layers: &Layers, own: &Who) -> Option<Result<Wish, ErrorCode>> {
    let content = layers.header("Content-Type")?.trim();
    let is_roster = content.eq_ignore_ascii_case(ROSTER);
    if !is_roster && !content.eq_ignore_ascii_case(INVITATION) {
        return None;
    }
    Some(read_put(layers, own, is_roster))
}

fn read_put(layers: &Layers, own: &Who, is_roster: bool) -> Result<Wish, ErrorCode> {
    let to = layers.to().map_err(|_| refusal::INVALID_PARAMETER)?;
    let room = room_of(&to).ok_or(refusal::UNROUTABLE)?;
    if room == RoomId(0) {
        return Ok(Wish::Create);
    }
    let circle = Circle::parse(layers.body()).map_err(|_| refusal::INVALID_XML)?;
    let member = circle.members().next().and_then(|one| one.address());
    let member = member.as_ref().and_then(address::person);
    let member = member.ok_or(refusal::INVALID_USERNAME)?;
    match (is_roster, own.is_at(&member)) {
        (true, true) => Ok(Wish::Join(room)),
        (false, false) => Ok(Wish::Invite(room, member)),
        _ => Err(refusal::INVALID_PARAMETER),
    }
}

/// What a `DEL` wants, if it is about a group: whoever names oneself leaves.
pub(super) fn del(layers: &Layers, own: &Who) -> Option<Result<Wish, ErrorCode>> {
    let uri = layers.header("Uri")?.trim();
    let member = uri.strip_prefix("/circle/roster(IM)/user(")?;
    let member = member.strip_suffix(')').unwrap_or(member).parse().ok();
    let room = layers.to().ok().as_ref().and_then(room_of);
    let is_own = |member: &Muri| address::person(member).is_some_and(|one| own.is_at(&one));
    Some(match (room, member.filter(is_own)) {
        (Some(room), Some(_)) => Ok(Wish::Leave(room)),
        _ => Err(refusal::INVALID_PARAMETER),
    })
}

/// The room at a group's address; the first of all asks for a new one.
pub(super) fn room_of(muri: &Muri) -> Option<RoomId> {
    let id = muri.id().strip_suffix("@live.com")?;
    let guid: Guid = id.parse().ok()?;
    let room = RoomId(u128::from_be_bytes(*guid.as_bytes()));
    (muri.network() == Network::MULTIPARTY).then_some(room)
}

/// How a group is called.
pub(super) fn muri_of(room: RoomId) -> Option<Muri> {
    let guid = Guid::from_bytes(room.0.to_be_bytes());
    Muri::new(Network::MULTIPARTY, &format!("{guid}@live.com")).ok()
}

/// Who is in a group, and whether the receiver is only asked into it.
pub(super) fn roster<'a>(
    head: Head<'_>,
    kind: &str,
    (members, asked): (impl Iterator<Item = &'a Who>, Option<&Who>),
) -> Option<Layers> {
    let mut roster = Element::new("roster").with("id", "IM");
    for member in members {
        roster.push(Element::new("user").with("id", muri(member)?.to_string()));
    }
    if let Some(asked) = asked {
        let user = Element::new("user").with("id", muri(asked)?.to_string());
        roster.push(user.with("state", "pending"));
    }
    let document = Element::new("circle").with_child(roster).to_vec();
    notification(head, ("/circle", kind), &document)
}

/// That somebody is in a group no more.
pub(super) fn gone(head: Head<'_>, who: &Who) -> Option<Layers> {
    let uri = format!("/circle/roster(IM)/user({})", muri(who)?);
    notification(head, (&uri, PART), b"")
}

fn notification(
    (to, room, number): Head<'_>,
    (uri, kind): (&str, &str),
    document: &[u8],
) -> Option<Layers> {
    Some(
        Layers::build(to, &muri_of(room)?)
            .reliability()
            .notification()
            .header("NotifNum", number)
            .header("Uri", uri)
            .header("NotifType", kind)
            .header("Content-Type", ROSTER)
            .finish(document),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};

    const ROOM: RoomId = RoomId(0x588e_793a_003d_0003_4136_314b_0000_0000);
    const GROUP: &str = "10:588e793a-003d-0003-4136-314b00000000@live.com";

    fn who(name: &str) -> Who {
        Who::new(
            PersonId::new(u64::from(name.as_bytes()[0])),
            HomeId(0),
            SkypeId::parse(name).unwrap(),
            EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        )
    }

    fn layers(to: &str, uri: &str, content: &str, body: &str) -> Layers {
        let text = format!(
            "Routing: 1.0\r\nTo: {to}\r\nFrom: 1:me@example.org\r\n\r\nReliability: 1.0\r\n\r\n\
             Publication: 1.0\r\nUri: {uri}\r\nContent-Type: {content}\r\n\r\n{body}"
        );
        Layers::parse(text.into()).unwrap()
    }

    fn member(name: &str) -> String {
        format!(
            "<circle><roster><id>IM</id><user><id>1:{name}@example.org</id></user></roster></circle>"
        )
    }

    #[track_caller]
    fn wants(to: &str, content: &str, body: &str, expected: &Result<Wish, u16>) {
        let wish = put(&layers(to, "/circle", content, body), &who("me")).unwrap();
        assert_eq!(&wish.map_err(ErrorCode::number), expected);
    }

    #[test]
    fn what_is_wanted_of_a_group_is_told_by_address_type_and_member() {
        let new = "10:00000000-0000-0000-0000-000000000000@live.com";
        wants(new, INVITATION, "", &Ok(Wish::Create));
        wants(GROUP, ROSTER, &member("me"), &Ok(Wish::Join(ROOM)));
        let bob = address::person(&"1:bob@example.org".parse().unwrap()).unwrap();
        let path = format!("{GROUP};path=IM");
        wants(
            &path,
            INVITATION,
            &member("bob"),
            &Ok(Wish::Invite(ROOM, bob)),
        );
        wants(&path, INVITATION, &member("me"), &Err(201));
        wants(GROUP, ROSTER, &member("bob"), &Err(201));
        wants(GROUP, ROSTER, "<x/>", &Err(241));
        wants("9:x@live.com", ROSTER, &member("me"), &Err(204));
        let other = layers(
            "1:me@example.org",
            "/user",
            "application/user+xml",
            "<user/>",
        );
        assert!(put(&other, &who("me")).is_none());
    }

    #[test]
    fn only_oneself_leaves() {
        let leave = |uri: &str| del(&layers(GROUP, uri, ROSTER, ""), &who("me"));
        let own = leave("/circle/roster(IM)/user(1:me@example.org)").unwrap();
        assert_eq!(own, Ok(Wish::Leave(ROOM)));
        let other = leave("/circle/roster(IM)/user(1:bob@example.org)").unwrap();
        assert_eq!(other.map_err(ErrorCode::number), Err(201));
        assert!(leave("/user").is_none());
    }

    #[test]
    fn a_roster_says_who_is_there_and_who_is_asked() {
        let to = muri(&who("me")).unwrap();
        let (bob, me) = (who("bob"), who("me"));
        let told = roster((&to, ROOM, 3), WHOLE, ([&bob].into_iter(), Some(&me))).unwrap();
        let text = String::from_utf8(told.as_bytes().to_vec()).unwrap();
        let expected = format!(
            "Routing: 1.0\r\nTo: 1:me@example.org\r\nFrom: {GROUP}\r\n\r\nReliability: 1.0\r\n\r\n\
             Notification: 1.0\r\nNotifNum: 3\r\nUri: /circle\r\nNotifType: Full\r\nContent-Type: {ROSTER}\r\n\
             Content-Length: 144\r\n\r\n<circle><roster><id>IM</id><user><id>1:bob@example.org</id></user>\
             <user><id>1:me@example.org</id><state>pending</state></user></roster></circle>"
        );
        assert_eq!(text, expected);
        let circle = Circle::parse(told.body()).unwrap();
        let pending: Vec<_> = circle.members().map(|one| one.pending).collect();
        assert_eq!(pending, [false, true]);
    }
}
