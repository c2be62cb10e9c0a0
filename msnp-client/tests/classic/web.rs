//! The web services of a network: login page, token service, lists, messages that waited.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use soap_codec::address_book::{
    ABContactAddReply, ABContactUpdate, ABFindAll, ABFindAllReply, ABFindAllResult,
    ABFindContactsPagedReply, ABFindContactsPagedResult, Annotation, Contact, ContactInfo,
    ContactType, GuidResult,
};
use soap_codec::call::{Call, Done, Guid, Response as Reply, Verbatim};
use soap_codec::membership::{
    FindMembershipReply, FindMembershipResult, Member, MemberRole, Membership, Service,
};
use soap_codec::offline_messages::{GetMessageReply, StoreReply};
use soap_codec::sign_in::{
    ProofToken, RequestSecurityTokens, RequestSecurityTokens2, TokenCollection, TokenResponse,
};
use soap_codec::{Budget, Envelope, FaultReason, Received, Secret, Version};

use crate::world::PASSWORD;

/// The secret that a token's proof is made with.
pub(crate) const SECRET: &str = "QT1rHSFMQLYnfUgHK48Tqlua6rQwEXS4";
/// How the remark is called (msnp8-18.md 7.4).
const PRIVACY: &str = "MSN.IM.BLP";
pub(crate) const TICKET: &str = "a884fd25a491fd3032df";

/// A network's web services, and what they know.
#[derive(Debug, Default)]
pub(crate) struct Web {
    /// Who is in the address book.
    pub(crate) contacts: Vec<String>,
    pub(crate) allowed: Vec<String>,
    pub(crate) blocked: Vec<String>,
    /// The remark about oneself that says who is let in, as the last change of it left it.
    pub(crate) privacy: Option<String>,
    /// Names of the calls that were made, in order.
    pub(crate) called: Vec<String>,
    /// This call is never answered.
    pub(crate) silent: Option<&'static str>,
    /// Messages that wait, by id.
    pub(crate) waiting: Vec<(String, String)>,
    /// What was left for others: who, the lock key that was shown, the content.
    pub(crate) left: Vec<(String, String, String)>,
    pub(crate) deleted: Vec<String>,
    /// The login page is to be asked there instead.
    pub(crate) login_moved: Option<String>,
}

fn ok(body: String) -> Response<Bytes> {
    Response::new(body.into())
}

fn header(status: u16, name: &'static str, value: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    let value = http::HeaderValue::try_from(value).expect("a header");
    response.headers_mut().insert(name, value);
    response
}

fn reply<C: Call>(body: C::Reply) -> Response<Bytes>
where
    C::ReplyHeaders: Default,
{
    let envelope = Reply::<C>::new(Default::default(), body).to_envelope();
    ok(envelope.to_xml().expect("it can be written"))
}

fn fault(reason: &FaultReason, namespace: &'static str) -> Response<Bytes> {
    let fault = reason.to_fault(Version::Soap11, namespace, "no");
    let body = Envelope::with_fault(Version::Soap11, &fault).to_xml();
    ok(body.expect("it can be written"))
}

impl Web {
    pub(crate) fn answer(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let path = request.uri().path();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        if self.silent.is_some_and(|silent| path.ends_with(silent)) {
            return None;
        }
        match path {
            "/rdr/pprdr.asp" => {
                self.called.push("nexus".to_owned());
                let value = "DALogin=http://msn.example/login";
                Some(header(200, "PassportURLs", value))
            }
            "/login" => {
                self.called.push("login".to_owned());
                if let Some(moved) = self.login_moved.take() {
                    return Some(header(302, "Location", &moved));
                }
                Some(Self::login(request))
            }
            _ => Some(self.soap(&name, request)),
        }
    }

    fn login(request: &Request<Bytes>) -> Response<Bytes> {
        // A server's challenge stands in it, whatever bytes that has.
        let shown = String::from_utf8_lossy(request.headers()["authorization"].as_bytes());
        let pairs: Vec<_> = shown.split(',').collect();
        if pairs.contains(&format!("pwd={PASSWORD}").as_str()) {
            let granted = format!("Passport1.4 da-status=success,from-PP='{TICKET}'");
            header(200, "Authentication-Info", &granted)
        } else {
            header(401, "WWW-Authenticate", "Passport1.4 da-status=failed")
        }
    }

    fn soap(&mut self, name: &str, request: &Request<Bytes>) -> Response<Bytes> {
        let action = request.headers().get("SOAPAction");
        let action = action.and_then(|action| action.to_str().ok());
        let (path, body) = (request.uri().path(), request.body());
        let received = Received::receive(path, action, body, &mut Budget::default());
        let received = received.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        self.called.push(received.operation().name.to_owned());
        match received {
            Received::SignIn(it) => {
                let (_, password) = it.headers.credentials().expect("credentials");
                if password.expose() != PASSWORD {
                    let reason = FaultReason::FailedAuthentication;
                    let fault = reason.to_fault(Version::Soap11, "", "no");
                    let body = Envelope::with_bare_fault(Version::Soap11, &fault).to_xml();
                    return ok(body.expect("it can be written"));
                }
                reply::<RequestSecurityTokens>(tokens())
            }
            Received::SignIn2(_) => reply::<RequestSecurityTokens2>(tokens()),
            Received::FindMembership(_) => self.membership(),
            Received::ABFindAll(_) => {
                let result = ABFindAllResult {
                    contacts: self.book(),
                    ..ABFindAllResult::default()
                };
                reply::<ABFindAll>(ABFindAllReply {
                    result: Some(result),
                    ..ABFindAllReply::default()
                })
            }
            Received::ABFindContactsPaged(_) => {
                let result = ABFindContactsPagedResult {
                    contacts: self.book(),
                    ..ABFindContactsPagedResult::default()
                };
                reply::<soap_codec::address_book::ABFindContactsPaged>(ABFindContactsPagedReply {
                    result: Some(result),
                    ..ABFindContactsPagedReply::default()
                })
            }
            other => self.edits(other),
        }
    }

    fn membership(&self) -> Response<Bytes> {
        let role = |role, names: &[String]| Membership {
            role: Some(role),
            members: names.iter().map(|name| Member::of(name)).collect(),
            ..Membership::default()
        };
        let service = Service {
            memberships: vec![
                role(MemberRole::Allow, &self.allowed),
                role(MemberRole::Block, &self.blocked),
            ],
            ..Service::default()
        };
        reply::<soap_codec::membership::FindMembership>(FindMembershipReply {
            result: Some(FindMembershipResult {
                services: vec![service],
                ..FindMembershipResult::default()
            }),
            ..FindMembershipReply::default()
        })
    }

    fn book(&self) -> Vec<Contact> {
        let me = ContactInfo {
            contact_type: Some(ContactType::Me),
            display_name: Some("Alice A".to_owned()),
            annotations: self
                .privacy
                .clone()
                .map(|value| Annotation {
                    name: Some(PRIVACY.to_owned()),
                    value: Some(value),
                    ..Annotation::default()
                })
                .into_iter()
                .collect(),
            ..ContactInfo::default()
        };
        let me = Contact {
            info: Some(me),
            ..Contact::default()
        };
        let others = self.contacts.iter().map(|name| Contact {
            id: Some(guid(name)),
            info: Some(ContactInfo {
                contact_type: Some(ContactType::Regular),
                passport_name: Some(name.clone()),
                is_messenger_user: Some(true),
                ..ContactInfo::default()
            }),
            ..Contact::default()
        });
        std::iter::once(me).chain(others).collect()
    }

    fn edits(&mut self, received: Received) -> Response<Bytes> {
        match received {
            Received::ABContactUpdate(it) => {
                let me = it.body.contacts[0].me().expect("oneself");
                self.privacy = me.annotation(PRIVACY).map(str::to_owned);
                reply::<ABContactUpdate>(Done::default())
            }
            Received::ABContactAdd(it) => {
                let info = it.body.contacts[0].info.clone().expect("a contact");
                let name = info.passport_name.expect("a name");
                self.contacts.push(name.clone());
                reply::<soap_codec::address_book::ABContactAdd>(ABContactAddReply {
                    result: Some(GuidResult {
                        id: Some(guid(&name)),
                        ..GuidResult::default()
                    }),
                    ..ABContactAddReply::default()
                })
            }
            Received::ABContactDelete(it) => {
                let id = it.body.contacts[0].id.clone();
                self.contacts.retain(|name| Some(guid(name)) != id);
                reply::<soap_codec::address_book::ABContactDelete>(Done::default())
            }
            Received::AddMember(it) => {
                self.change(&it.body.memberships[0], true);
                reply::<soap_codec::membership::AddMember>(Done::default())
            }
            Received::DeleteMember(it) => {
                self.change(&it.body.memberships[0], false);
                reply::<soap_codec::membership::DeleteMember>(Done::default())
            }
            other => self.mail(other),
        }
    }

    fn change(&mut self, membership: &Membership, is_on: bool) {
        let name = membership.members[0]
            .account()
            .expect("an account")
            .to_owned();
        let list = match membership.role {
            Some(MemberRole::Allow) => &mut self.allowed,
            _ => &mut self.blocked,
        };
        list.retain(|known| *known != name);
        if is_on {
            list.push(name);
        }
    }

    fn mail(&mut self, received: Received) -> Response<Bytes> {
        match received {
            Received::GetMessage(it) => {
                let id = it.body.id.expect("an id");
                let mut waiting = self.waiting.iter();
                let message = waiting.find(|(known, _)| known == id.as_str());
                let (_, email) = message.expect("a message that waits");
                reply::<soap_codec::offline_messages::GetMessage>(GetMessageReply {
                    message: Some(Verbatim::new(email.as_str())),
                    ..GetMessageReply::default()
                })
            }
            Received::DeleteMessages(it) => {
                let ids = it.body.ids.iter().map(|id| id.as_str().to_owned());
                self.deleted.extend(ids);
                reply::<soap_codec::offline_messages::DeleteMessages>(Done::default())
            }
            Received::Store(it) => self.store::<soap_codec::offline_messages::Store>(
                &it.headers,
                it.body.content.as_ref(),
            ),
            Received::Store2(it) => self.store::<soap_codec::offline_messages::Store2>(
                &it.headers,
                it.body.0.content.as_ref(),
            ),
            other => panic!("nobody asks for this: {other:?}"),
        }
    }

    /// The first try is refused with a challenge.
    fn store<C: Call<Reply = StoreReply>>(
        &mut self,
        headers: &soap_codec::offline_messages::StoreHeaders,
        content: Option<&Verbatim>,
    ) -> Response<Bytes>
    where
        C::ReplyHeaders: Default,
    {
        let ticket = headers.ticket.as_ref().expect("a ticket");
        let key = ticket.lock_key.as_ref().map(|key| key.expose().clone());
        let key = key.unwrap_or_default();
        if key.is_empty() {
            let reason = FaultReason::AuthenticationFailed {
                lock_key_challenge: Some("1850937852".to_owned()),
                tweener_challenge: None,
            };
            return fault(&reason, soap_codec::ns::OIM_2006);
        }
        let to = headers.to.as_ref().and_then(|to| to.member_name.clone());
        let content = content.map(|content| content.as_str().to_owned());
        self.left
            .push((to.unwrap_or_default(), key, content.unwrap_or_default()));
        reply::<C>(StoreReply::default())
    }
}

/// An id that belongs to a name.
fn guid(name: &str) -> Guid {
    let number: u32 = name.bytes().map(u32::from).sum();
    Guid::from(format!("11111111-2222-4333-8444-{number:012}").as_str())
}

fn tokens() -> TokenCollection {
    let token = |(number, service): (usize, &str)| {
        let ticket = Secret::new(format!("t={service}&p="));
        TokenResponse::compact(service, number, ticket)
    };
    let services = [
        "messengerclear.live.com",
        "messenger.msn.com",
        "contacts.msn.com",
        "messengersecure.live.com",
        "ssl.live.com",
    ];
    let mut responses: Vec<_> = services.into_iter().enumerate().map(token).collect();
    responses[0].proof = Some(ProofToken {
        secret: Some(Secret::new(SECRET.to_owned())),
        ..ProofToken::default()
    });
    TokenCollection {
        responses,
        ..TokenCollection::default()
    }
}
