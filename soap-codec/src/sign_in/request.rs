//! What is asked for: a ticket for each of several services, by name and password (soap.md 5.2).

use machine_contract::Secret;

use crate::call::{Call, Content, ContentError, Kind, Operation, Timestamp, Vocabulary, shape};
use crate::element::Element;
use crate::sign_in::passport::PassportHeaders;
use crate::sign_in::response::TokenCollection;
use crate::sign_in::vocabulary::{RST, RST2};
use crate::version::Version;

shape! {
    /// The header blocks of a request. `RST.srf` has the first two; the others are for `RST2.srf`.
    pub struct SignInHeaders {
        /// Which program asks.
        pub auth_info: Option<AuthInfo> = "ps:AuthInfo",
        /// Who asks.
        pub security: Option<Security> = "wsse:Security",
        /// What is wanted: [`SignInHeaders::ACTION`].
        pub action: Option<String> = "wsa:Action",
        /// Where the request goes.
        pub to: Option<String> = "wsa:To",
        /// The request's number.
        pub message_id: Option<String> = "wsa:MessageID",
    }

    /// Which program asks.
    pub struct AuthInfo {
        /// `PPAuthInfo`.
        pub id: Option<String> = "Id" as attribute,
        /// The program: `{7108E71A-9926-4FCB-BCC9-9A9D3F32E423}` is Messenger.
        pub hosting_app: Option<String> = "ps:HostingApp",
        /// 4 or 5.
        pub binary_version: Option<String> = "ps:BinaryVersion",
        /// 1.
        pub ui_version: Option<String> = "ps:UIVersion",
        /// Empty in every request that was seen.
        pub cookies: Option<Secret<String>> = "ps:Cookies",
        /// The language, packed: `AQAAAAIAAABsYwQAAAAxMDMz`.
        pub request_params: Option<String> = "ps:RequestParams",
    }

    /// Who asks. A response has the time alone.
    pub struct Security {
        /// Name and password.
        pub username_token: Option<UsernameToken> = "wsse:UsernameToken",
        /// From when to when the message counts.
        pub timestamp: Option<Lifetime> = "wsu:Timestamp",
    }

    /// Name and password.
    pub struct UsernameToken {
        /// `user`.
        pub id: Option<String> = "Id" as attribute,
        /// The account, an e-mail address.
        pub username: Option<String> = "wsse:Username",
        /// Its password, which nobody cuts: only libpurple does, to 16 characters.
        pub password: Option<Secret<String>> = "wsse:Password",
    }

    /// From when to when something counts.
    pub struct Lifetime {
        /// `TS` on a message.
        pub id: Option<String> = "wsu:Id" as attribute,
        /// From when.
        pub created: Option<Timestamp> = "wsu:Created",
        /// To when.
        pub expires: Option<Timestamp> = "wsu:Expires",
    }

    /// The body of a request to `RST.srf`.
    pub struct RequestSecurityTokens {
        /// `RSTS`.
        pub id: Option<String> = "Id" as attribute,
        /// One for each service. The first is for `http://Passport.NET/tb`: libpurple skips the first answer.
        pub requests: Vec<RequestSecurityToken> = "wst:RequestSecurityToken",
    }

    /// One service's ticket.
    pub struct RequestSecurityToken {
        /// `RST0` and so on.
        pub id: Option<String> = "Id" as attribute,
        /// Always that a ticket be issued.
        pub request_type: Option<String> = "wst:RequestType",
        /// Which service.
        pub applies_to: Option<AppliesTo> = "wsp:AppliesTo",
        /// Which kind of ticket; none for `http://Passport.NET/tb`.
        pub policy: Option<PolicyReference> = "wsse:PolicyReference",
    }

    /// Which service.
    pub struct AppliesTo {
        /// Which service.
        pub endpoint: Option<EndpointReference> = "wsa:EndpointReference",
    }

    /// Which service.
    pub struct EndpointReference {
        /// `messengerclear.live.com` and the like: the name that an answer is found by.
        pub address: Option<String> = "wsa:Address",
    }

    /// Which kind of ticket.
    pub struct PolicyReference {
        /// `MBI_KEY_OLD` or whatever the notification server named, `MBI`, `MBI_SSL`, `?id=507`.
        pub uri: Option<String> = "URI" as attribute,
    }
}

/// The body of a request to `RST2.srf`: the same in other namespaces, in an envelope of SOAP 1.2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestSecurityTokens2(pub RequestSecurityTokens);

impl Content for RequestSecurityTokens2 {
    const KIND: Kind = RequestSecurityTokens::KIND;

    fn read(element: &Element) -> Result<Self, ContentError> {
        RequestSecurityTokens::read(element).map(Self)
    }

    fn fill(&self, element: &mut Element, vocabulary: &Vocabulary) {
        self.0.fill(element, vocabulary);
    }
}

impl Call for RequestSecurityTokens {
    const OPERATION: &'static Operation = &Operation {
        name: "RST",
        path: "/RST.srf",
        namespaces: &[],
        has_action: false,
        request: Some("ps:RequestMultipleSecurityTokens"),
        response: "wst:RequestSecurityTokenResponseCollection",
        version: Version::Soap11,
        vocabulary: &RST,
    };
    type Headers = SignInHeaders;
    type Reply = TokenCollection;
    type ReplyHeaders = PassportHeaders;
}

impl Call for RequestSecurityTokens2 {
    const OPERATION: &'static Operation = &Operation {
        name: "RST2",
        path: "/RST2.srf",
        version: Version::Soap12,
        vocabulary: &RST2,
        ..*RequestSecurityTokens::OPERATION
    };
    type Headers = SignInHeaders;
    type Reply = TokenCollection;
    type ReplyHeaders = PassportHeaders;
}

impl SignInHeaders {
    /// What stands in `wsa:Action`.
    pub const ACTION: &'static str = "http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue";

    /// The header blocks that `RST.srf` wants (soap.md 5.2).
    pub fn of(account: &str, password: &Secret<String>) -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self {
            auth_info: Some(AuthInfo {
                id: text("PPAuthInfo"),
                hosting_app: text("{7108E71A-9926-4FCB-BCC9-9A9D3F32E423}"),
                binary_version: text("4"),
                ui_version: text("1"),
                cookies: Some(Secret::new(String::new())),
                request_params: text("AQAAAAIAAABsYwQAAAAxMDMz"),
                ..AuthInfo::default()
            }),
            security: Some(Security {
                username_token: Some(UsernameToken {
                    id: text("user"),
                    username: text(account),
                    password: Some(password.clone()),
                    ..UsernameToken::default()
                }),
                ..Security::default()
            }),
            ..Self::default()
        }
    }

    /// The account and the password, if both are there.
    pub fn credentials(&self) -> Option<(&str, &Secret<String>)> {
        let token = self.security.as_ref()?.username_token.as_ref()?;
        Some((token.username.as_deref()?.trim(), token.password.as_ref()?))
    }
}

impl RequestSecurityTokens {
    /// The service that is always asked first, without a policy (soap.md 5.2).
    pub const PASSPORT: &'static str = "http://Passport.NET/tb";

    /// A request for Passport's own ticket and then for these: address and policy.
    pub fn of<'a>(services: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let issue = "http://schemas.xmlsoap.org/ws/2004/04/security/trust/Issue";
        Self::issuing(issue, services)
    }

    fn issuing<'a>(issue: &str, services: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let services = services
            .into_iter()
            .map(|(address, policy)| (address, Some(policy)));
        let all = std::iter::once((Self::PASSPORT, None)).chain(services);
        let request = |(number, (address, policy)): (usize, (&str, Option<&str>))| {
            let policy = policy.map(|uri| PolicyReference {
                uri: Some(uri.to_owned()),
                ..PolicyReference::default()
            });
            RequestSecurityToken {
                id: Some(format!("RST{number}")),
                request_type: Some(issue.to_owned()),
                applies_to: Some(AppliesTo::of(address)),
                policy,
                ..RequestSecurityToken::default()
            }
        };
        Self {
            id: Some("RSTS".to_owned()),
            requests: all.enumerate().map(request).collect(),
            ..Self::default()
        }
    }
}

impl RequestSecurityTokens2 {
    /// A request for Passport's own ticket and then for these: address and policy.
    pub fn of<'a>(services: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let issue = "http://schemas.xmlsoap.org/ws/2005/02/trust/Issue";
        Self(RequestSecurityTokens::issuing(issue, services))
    }
}

impl RequestSecurityToken {
    /// The service that it is for.
    pub fn address(&self) -> Option<&str> {
        self.applies_to.as_ref()?.address()
    }
}

impl AppliesTo {
    /// This service.
    pub fn of(address: &str) -> Self {
        Self {
            endpoint: Some(EndpointReference {
                address: Some(address.to_owned()),
                ..EndpointReference::default()
            }),
            ..Self::default()
        }
    }

    /// The service's name.
    pub fn address(&self) -> Option<&str> {
        Some(self.endpoint.as_ref()?.address.as_deref()?.trim())
    }
}
