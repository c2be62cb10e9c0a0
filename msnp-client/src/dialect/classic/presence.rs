//! How others are, as the service tells it (msnp8-18.md 8.2, 8.3).

use msnp_proto::MsnObject;
use msnp_proto::classic::{ContactData, ContactStatus, InitialStatus, Name, Principal, Word};
use msnp_proto::payload::personal_data::PersonalData;
use msnp_proto::payload::presence;

use super::people;
use crate::fact::Fact;
use crate::limits::Limits;
use crate::presence::{Departure, EndpointId, EndpointUpdate, PresenceUpdate, Status};
use crate::text::clip;

/// A status from before one was there.
pub(super) fn of_initial(told: &InitialStatus, limits: &Limits) -> Option<Fact> {
    let shown = (told.name.as_ref(), told.object.as_ref());
    of_status(told.status, &told.contact, shown, limits)
}

/// A status, told whole at each change.
pub(super) fn of_contact(told: &ContactStatus, limits: &Limits) -> Option<Fact> {
    let shown = (told.name.as_ref(), told.object.as_ref());
    of_status(told.status, &told.contact, shown, limits)
}

fn of_status(
    status: presence::Status,
    contact: &Principal,
    (name, object): (Option<&Name>, Option<&Word>),
    limits: &Limits,
) -> Option<Fact> {
    let who = people::principal(contact)?;
    let code = status.as_str().as_bytes().try_into().ok();
    // Whoever has a status without a name here is there to have it.
    let status = code.and_then(Status::from_code).unwrap_or(Status::ONLINE);
    let name = name.map(|name| name.text().into_owned());
    // Servers put the account where there is no name.
    let name = name.filter(|name| !name.eq_ignore_ascii_case(who.name()));
    let update = PresenceUpdate {
        status: Some(status),
        name: Some(clip(&name.unwrap_or_default(), limits.text)),
        picture: Some(picture(object, limits)),
        ..PresenceUpdate::default()
    };
    Some(Fact::Presence { who, update })
}

/// The object that is the display picture, as text; an empty one or `0` is none.
fn picture(object: Option<&Word>, limits: &Limits) -> String {
    let object = object.and_then(|word| MsnObject::from_param(word.as_bytes()).ok().flatten());
    let object = object.filter(|object| object.attributes().len() > 0);
    object.map_or_else(String::new, |object| clip(&object.to_string(), limits.text))
}

/// Somebody went away, or hid.
pub(super) fn of_offline(contact: &Principal) -> Option<Fact> {
    let who = people::principal(contact)?;
    let departure = Departure::Person;
    Some(Fact::Departed { who, departure })
}

/// What somebody says about himself. What cannot be read says nothing.
pub(super) fn of_data(told: &ContactData, limits: &Limits) -> Option<Fact> {
    let who = people::principal(&told.contact)?;
    let data = PersonalData::parse(&told.payload).ok()?;
    let message = data.personal_message().unwrap_or_default();
    let mut endpoints: Vec<EndpointUpdate> = data
        .endpoints()
        .filter_map(|endpoint| {
            Some(EndpointUpdate {
                id: EndpointId(endpoint.id?),
                name: None,
                idle: None,
            })
        })
        .collect();
    for private in data.private_endpoints() {
        let Some(id) = private.id.map(EndpointId) else {
            continue;
        };
        endpoints.retain(|known| known.id != id);
        endpoints.push(EndpointUpdate {
            id,
            name: private.name.map(|name| clip(&name, limits.text)),
            idle: Some(private.idle.unwrap_or_default()),
        });
    }
    let update = PresenceUpdate {
        personal_message: Some(clip(&message, limits.text)),
        // A document names all that there are (msnp8-18.md 12). One that names none says nothing of them.
        has_all_endpoints: !endpoints.is_empty(),
        endpoints,
        ..PresenceUpdate::default()
    };
    Some(Fact::Presence { who, update })
}

#[cfg(test)]
mod tests {
    use msnp_proto::classic::{ServerBody, ServerCommand, ServerKind};
    use msnp_proto::{Dialect, FrameDecoder, PayloadTable, Side};

    use super::*;

    fn fact(dialect: Dialect, bytes: &str) -> Option<Fact> {
        let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
        decoder.push(bytes.to_owned());
        let frame = decoder.next_frame().expect("a frame").expect("a whole one");
        let limits = Limits::default();
        let command = ServerCommand::parse(&frame, dialect, ServerKind::Notification);
        match command.expect("a command").body {
            ServerBody::InitialStatus(told) => of_initial(&told, &limits),
            ServerBody::ContactStatus(told) => of_contact(&told, &limits),
            ServerBody::ContactOffline(told) => of_offline(&told.contact),
            ServerBody::ContactData(told) => of_data(&told, &limits),
            other => panic!("no presence: {other:?}"),
        }
    }

    #[track_caller]
    fn check(dialect: Dialect, bytes: &str, expected: &str) {
        let shown = match fact(dialect, bytes) {
            Some(Fact::Presence { who, update }) => {
                let status = update.status.map(|status| status.code().to_owned());
                let text = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                format!(
                    "{who} {} {} {} {}",
                    text(status),
                    text(update.name),
                    text(update.personal_message),
                    text(update.picture)
                )
            }
            Some(Fact::Departed { who, .. }) => format!("{who} gone"),
            other => format!("{other:?}"),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn presence_is_read_in_every_form() {
        check(
            Dialect::MSNP8,
            "ILN 6 NLN bob@x.org Bob%20B 32\r\n",
            "bob@x.org NLN Bob B - ",
        );
        check(
            Dialect::MSNP12,
            "NLN AWY bob@x.org Bob 32 %3Cmsnobj%2F%3E\r\n",
            "bob@x.org AWY Bob - ",
        );
        check(
            Dialect::MSNP15,
            "NLN BSY bob@yahoo.com 32 Bob 0 0\r\n",
            "32:bob@yahoo.com BSY Bob - ",
        );
        check(
            Dialect::MSNP18,
            "NLN IDL 1:bob@x.org Bob 1:2 0\r\n",
            "bob@x.org IDL Bob - ",
        );
        check(Dialect::MSNP18, "FLN 1:bob@x.org 0:0\r\n", "bob@x.org gone");
        check(Dialect::MSNP8, "FLN bob@x.org\r\n", "bob@x.org gone");
    }

    #[test]
    fn a_name_that_was_left_out_shifts_nothing() {
        check(
            Dialect::MSNP15,
            "NLN NLN alice@example.com 1 0 %3Cmsnobj%2F%3E\r\n",
            "alice@example.com NLN  - ",
        );
    }

    #[test]
    fn a_personal_message_with_a_raw_bracket_is_read() {
        let document = "<Data><PSM>a <b> & c</PSM><CurrentMedia></CurrentMedia></Data>";
        let bytes = format!("UBX bob@x.org 1 {}\r\n{document}", document.len());
        check(Dialect::MSNP15, &bytes, "bob@x.org - - a <b> & c -");
        check(Dialect::MSNP12, "UBX bob@x.org 0\r\n", "bob@x.org - -  -");
    }

    #[test]
    fn circles_are_passed_over() {
        let told = fact(
            Dialect::MSNP18,
            "NLN NLN 9:00000000-0000-0000-0000-000000000001@live.com x 0:0\r\n",
        );
        assert!(told.is_none());
    }

    #[test]
    fn a_picture_is_told_as_text() {
        let object = "%3Cmsnobj%20Creator%3D%22bob%40x.org%22%20Size%3D%2217%22%20Type%3D%223%22%20Location%3D%22a.tmp%22%20Friendly%3D%22AAA%3D%22%20SHA1D%3D%22trC8SlFx2sWQxZMIBAWSEnXc8oQ%3D%22%2F%3E";
        let told = fact(
            Dialect::MSNP9,
            &format!("NLN NLN bob@x.org Bob 32 {object}\r\n"),
        );
        let Some(Fact::Presence { update, .. }) = told else {
            panic!("presence");
        };
        let picture = update.picture.expect("it is told");
        assert!(
            picture.starts_with("<msnobj Creator=\"bob@x.org\""),
            "{picture}"
        );
    }
}
