//! How one shows oneself: name, personal message, endpoint, status (msnp8-18.md 8.1).

use bytes::Bytes;
use msnp_proto::classic::{
    Account, ClientBody, Name, OwnData, OwnStatus, Property, Publish, Rename, SetProperty, Word,
};
use msnp_proto::payload::personal_data::{Endpoint, PersonalData, PrivateEndpoint};
use msnp_proto::payload::presence::{self, Capabilities};
use msnp_proto::{Address, Dialect, Guid, MsnObject, Network};

use super::publication::{self, Shown};
use crate::presence::Status;
use crate::request::Profile;

/// A computer (msnp24.md 8).
const COMPUTER: u32 = 1;

/// What is to be seen of oneself, and what the service was told of that.
#[derive(Debug)]
pub(super) struct Appearance {
    profile: Profile,
    place: Guid,
    told: Told,
}

#[derive(Debug, Default)]
struct Told {
    /// Status and picture, which are said together.
    status: Option<(Status, Option<MsnObject>)>,
    name: Option<String>,
    message: Option<String>,
    /// Name of the endpoint, idle, status.
    endpoint: Option<(Option<String>, bool, Status)>,
    /// All of it, as it is told since MSNP21.
    document: Option<Bytes>,
}

impl Appearance {
    /// At this endpoint.
    pub(super) fn new(profile: Profile, place: Guid) -> Self {
        Self {
            profile,
            place,
            told: Told::default(),
        }
    }

    pub(super) fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// What was said did not go out: all of it is said again.
    pub(super) fn forget(&mut self) {
        self.told = Told::default();
    }

    /// The service has this name for oneself.
    pub(super) fn hear_name(&mut self, name: &str) {
        self.told.name = Some(name.to_owned());
    }

    /// What others see one called.
    pub(super) fn name<'a>(&'a self, account: &'a str) -> &'a str {
        let wanted = self.profile.display_name.as_deref();
        let name = wanted.or(self.told.name.as_deref());
        name.filter(|name| !name.is_empty()).unwrap_or(account)
    }

    /// The line under the name, as far as one has said it.
    pub(super) fn message(&self) -> Option<&str> {
        self.told.message.as_deref()
    }

    /// The object that names one's picture, where it stands in the status.
    pub(super) fn picture(&self, dialect: Dialect) -> Option<&MsnObject> {
        let picture = self.profile.picture.as_ref();
        picture.filter(|_| dialect.has_objects())
    }

    /// What is to be seen of whether one is there.
    pub(super) fn status(&self) -> Status {
        self.profile.status.shown(self.profile.idle)
    }

    /// The commands that tell what is not told yet, the status last: it is what makes one visible.
    pub(super) fn changes(&mut self, dialect: Dialect, account: &Account) -> Vec<ClientBody> {
        if dialect.has_presence_documents() {
            return self.publication(account).into_iter().collect();
        }
        let mut commands = Vec::new();
        commands.extend(self.name_change(dialect, account));
        if dialect.has_endpoints() {
            self.endpoint_changes(&mut commands);
        }
        if dialect.has_personal_message() {
            commands.extend(self.message_change());
        }
        commands.extend(self.status_change(dialect));
        commands
    }

    /// The picture goes with every status: a server forgets one that is not said again (msnp8-18.md 8.1).
    fn status_change(&mut self, dialect: Dialect) -> Option<ClientBody> {
        let (status, picture) = (self.status(), self.picture(dialect).cloned());
        let wanted = Some((status, picture.clone()));
        if self.told.status == wanted {
            return None;
        }
        let before = std::mem::replace(&mut self.told.status, wanted);
        let is_gone = picture.is_none() && before.is_some_and(|(_, before)| before.is_some());
        let object = picture.map(|picture| picture.to_param());
        let object = object.or_else(|| is_gone.then(|| "0".to_owned()));
        Some(ClientBody::OwnStatus(OwnStatus {
            status: status.code().parse().unwrap_or(presence::Status::NLN),
            capabilities: Some(CAPABILITIES),
            object: object.and_then(|object| Word::new(object).ok()),
        }))
    }

    /// Everything in one document, if anything in it is new.
    fn publication(&mut self, account: &Account) -> Option<ClientBody> {
        let me = Address::new(Network::PASSPORT, &account.text()).ok()?;
        let name = self.profile.display_name.as_deref();
        let name = name.filter(|name| !name.trim().is_empty());
        let shown = Shown {
            status: self.status(),
            name: name.or(self.told.name.as_deref()),
            message: self.profile.personal_message.as_deref().unwrap_or_default(),
            endpoint: self.profile.endpoint_name.as_deref().unwrap_or_default(),
            idle: self.profile.idle,
            picture: self.profile.picture.as_ref(),
            capabilities: CAPABILITIES,
        };
        let layers = publication::layers(&me.with_epid(self.place), shown);
        let payload = layers.into_bytes();
        if self.told.document.as_ref() == Some(&payload) {
            return None;
        }
        self.told.document = Some(payload.clone());
        Some(ClientBody::Publish(Publish { payload }))
    }

    fn name_change(&mut self, dialect: Dialect, account: &Account) -> Option<ClientBody> {
        let wanted = self.profile.display_name.clone()?;
        if self.told.name.as_ref() == Some(&wanted) {
            return None;
        }
        self.told.name = Some(wanted.clone());
        // An empty one would be unset, and shift the words in what others are told (msnp8-18.md 8.4).
        let text = account.text();
        let name = if wanted.trim().is_empty() {
            &text
        } else {
            wanted.as_str()
        };
        Some(if dialect.has_list_serials() {
            ClientBody::Rename(Rename {
                account: account.clone(),
                name: Name::new(name),
            })
        } else {
            ClientBody::SetProperty(SetProperty {
                key: Property::NAME,
                value: Some(Word::encode(name)),
            })
        })
    }

    fn message_change(&mut self) -> Option<ClientBody> {
        let wanted = self.profile.personal_message.clone()?;
        if self.told.message.as_ref() == Some(&wanted) {
            return None;
        }
        self.told.message = Some(wanted.clone());
        Some(own_data(&PersonalData::new(wanted, "")))
    }

    /// What one's endpoint says to everybody, and more to one's own others.
    fn endpoint_changes(&mut self, commands: &mut Vec<ClientBody>) {
        let (name, idle) = (self.profile.endpoint_name.clone(), self.profile.idle);
        let wanted = (name, idle, self.status());
        if self.told.endpoint.as_ref() == Some(&wanted) {
            return;
        }
        if self.told.endpoint.is_none() {
            let endpoint = Endpoint {
                id: None,
                capabilities: Some(CAPABILITIES),
            };
            commands.push(own_data(&PersonalData::of_endpoint(&endpoint)));
        }
        let private = PrivateEndpoint {
            id: None,
            name: wanted.0.clone().or_else(|| Some(String::new())),
            idle: Some(idle),
            client_type: Some(COMPUTER),
            status: wanted.2.code().parse().ok(),
        };
        commands.push(own_data(&PersonalData::of_private_endpoint(&private)));
        self.told.endpoint = Some(wanted);
    }
}

/// What this client can do: join the parts of long messages, and since MSNP16 more of the same.
const CAPABILITIES: Capabilities = Capabilities::of(
    Capabilities::MULTI_PACKET_MESSAGES,
    Capabilities::NUDGES | Capabilities::OFFLINE_IM,
);

fn own_data(data: &PersonalData) -> ClientBody {
    ClientBody::OwnData(OwnData {
        payload: data.encode().into(),
    })
}

#[cfg(test)]
mod tests {
    use msnp_proto::TrId;
    use msnp_proto::classic::ClientCommand;

    use super::*;

    fn profile() -> Profile {
        Profile {
            status: Status::ONLINE,
            display_name: Some("Al ice".to_owned()),
            personal_message: Some("a < b".to_owned()),
            endpoint_name: Some("Desk".to_owned()),
            idle: false,
            picture: None,
        }
    }

    fn said(appearance: &mut Appearance, dialect: Dialect) -> Vec<String> {
        let account = Account::new("alice@example.com");
        let commands = appearance.changes(dialect, &account).into_iter();
        let text = |body| {
            let frame = ClientCommand::new(TrId(1), body).to_frame(dialect);
            let bytes = frame.expect("the dialect has it").into_bytes();
            String::from_utf8(bytes.to_vec()).expect("text")
        };
        commands.map(text).collect()
    }

    #[track_caller]
    fn check(dialect: Dialect, expected: &[&str]) {
        let mut appearance = Appearance::new(profile(), Guid::NIL);
        assert_eq!(said(&mut appearance, dialect), expected, "{dialect}");
        assert!(
            said(&mut appearance, dialect).is_empty(),
            "nothing is said twice"
        );
    }

    #[test]
    fn each_dialect_says_what_it_has_words_for() {
        check(
            Dialect::MSNP8,
            &["REA 1 alice@example.com Al%20ice\r\n", "CHG 1 NLN 32\r\n"],
        );
        check(
            Dialect::MSNP10,
            &["PRP 1 MFN Al%20ice\r\n", "CHG 1 NLN 32\r\n"],
        );
        let message = "UUX 1 63\r\n<Data><PSM>a &lt; b</PSM><CurrentMedia></CurrentMedia></Data>";
        let message = message.replace("UUX 1 63", &format!("UUX 1 {}", message.len() - 10));
        check(
            Dialect::MSNP15,
            &["PRP 1 MFN Al%20ice\r\n", &message, "CHG 1 NLN 32\r\n"],
        );
        let endpoint = "<EndpointData><Capabilities>32:1280</Capabilities></EndpointData>";
        let private = "<PrivateEndpointData><EpName>Desk</EpName><Idle>false</Idle>\
            <ClientType>1</ClientType><State>NLN</State></PrivateEndpointData>";
        let of = |document: &str| format!("UUX 1 {}\r\n{document}", document.len());
        check(
            Dialect::MSNP18,
            &[
                "PRP 1 MFN Al%20ice\r\n",
                &of(endpoint),
                &of(private),
                &message,
                "CHG 1 NLN 32:1280\r\n",
            ],
        );
    }

    #[test]
    fn since_msnp21_one_document_says_all_of_it_and_again_once_it_is_another() {
        let mut appearance = Appearance::new(profile(), Guid::NIL);
        let first = said(&mut appearance, Dialect::MSNP21);
        let [document] = &first[..] else {
            panic!("one command: {first:?}");
        };
        assert!(document.starts_with("PUT 1 "), "{document}");
        for part in [
            "From: 1:alice@example.com;epid={00000000-0000-0000-0000-000000000000}\r\n",
            "<FriendlyName>Al ice</FriendlyName><PSM>a &lt; b</PSM>",
            "<EpName>Desk</EpName><Idle>false</Idle><State>NLN</State>",
        ] {
            assert!(document.contains(part), "{part} in {document}");
        }
        assert!(said(&mut appearance, Dialect::MSNP21).is_empty());
        appearance.set_profile(Profile {
            status: Status::BUSY,
            ..profile()
        });
        let second = said(&mut appearance, Dialect::MSNP21);
        assert!(second[0].contains("<Status>BSY</Status>"), "{second:?}");
    }

    #[test]
    fn a_picture_goes_with_every_status_where_there_is_a_place_for_it() {
        let text =
            "<msnobj Creator=\"a@b\" Size=\"11\" Type=\"3\" Location=\"T.tmp\" Friendly=\"AAA=\"/>";
        let picture: MsnObject = text.parse().expect("an object");
        let coded = picture.to_param();
        for dialect in (8..=18).filter_map(Dialect::new) {
            let mut appearance = Appearance::new(profile(), Guid::NIL);
            said(&mut appearance, dialect);
            let mut status = |status, picture: Option<&MsnObject>| {
                appearance.set_profile(Profile {
                    status,
                    picture: picture.cloned(),
                    ..profile()
                });
                let said = said(&mut appearance, dialect).pop().unwrap_or_default();
                let words: Vec<_> = said.trim_end().split(' ').map(str::to_owned).collect();
                words.get(4).cloned()
            };
            if dialect == Dialect::MSNP8 {
                assert_eq!(status(Status::ONLINE, Some(&picture)), None);
                continue;
            }
            assert_eq!(status(Status::ONLINE, Some(&picture)), Some(coded.clone()));
            assert_eq!(status(Status::BUSY, Some(&picture)), Some(coded.clone()));
            assert_eq!(
                status(Status::BUSY, None).as_deref(),
                Some("0"),
                "{dialect}"
            );
            assert_eq!(status(Status::AWAY, None), None, "{dialect}");
        }
    }

    #[test]
    fn an_empty_name_is_never_sent() {
        let profile = Profile {
            display_name: Some(String::new()),
            ..profile()
        };
        let mut appearance = Appearance::new(profile, Guid::NIL);
        let said = said(&mut appearance, Dialect::MSNP12);
        assert_eq!(said[0], "PRP 1 MFN alice@example.com\r\n");
    }

    #[test]
    fn who_is_idle_or_wants_to_look_offline_says_so() {
        let of = |status, idle| {
            let profile = Profile {
                status,
                idle,
                ..profile()
            };
            Appearance::new(profile, Guid::NIL).status()
        };
        assert_eq!(of(Status::ONLINE, true), Status::IDLE);
        assert_eq!(of(Status::BUSY, true), Status::BUSY);
        assert_eq!(of(Status::OFFLINE, false), Status::HIDDEN);
    }
}
