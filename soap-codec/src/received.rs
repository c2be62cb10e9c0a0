//! The service's end of every call: which one a request is, and the request itself.

use crate::address_book as ab;
use crate::call::{Call, CallError, Field, Kind, Operation, Request};
use crate::configuration;
use crate::element::Element;
use crate::envelope::Envelope;
use crate::error::EnvelopeError;
use crate::limits::Budget;
use crate::membership as list;
use crate::offline_messages as oim;
use crate::profile;
use crate::shared_str::SharedStr;
use crate::sign_in;

/// Why a request is none of these calls.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a service decides on each")]
pub enum Unreceived {
    /// It is no envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Its body is empty, or a fault.
    #[error("the peer's request asks for nothing")]
    Empty,
    /// Its body begins with an element that no call begins with.
    #[error("the peer asks for {0}, which is not known")]
    Unknown(SharedStr),
    /// It is a call, but an element does not hold what it should.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// From one list: the enum, its reading, and the table of all calls.
macro_rules! received {
    ($($(#[$attribute:meta])* $name:ident($call:ty)),* $(,)?) => {
        /// A request of any of the calls.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(clippy::exhaustive_enums, reason = "a service decides on every call")]
        pub enum Received {
            $(
                #[doc = concat!("[`", stringify!($call), "`]")]
                $name(Box<Request<$call>>),
            )*
        }

        /// Every call, in the order of the documentation.
        pub const OPERATIONS: &[&Operation] = &[$(<$call as Call>::OPERATION),*];

        impl Received {
            /// Reads the request of the call at this place in [`OPERATIONS`].
            fn decode(number: usize, envelope: &Envelope) -> Result<Self, CallError> {
                let readers: &[fn(&Envelope) -> Result<Self, CallError>] = &[$(
                    |envelope| Request::<$call>::decode(envelope).map(|it| Self::$name(Box::new(it)))
                ),*];
                let reader = readers.get(number).ok_or(CallError::Unexpected("Body"))?;
                reader(envelope)
            }

            /// Which call it is.
            pub fn operation(&self) -> &'static Operation {
                match self { $(Self::$name(_) => <$call as Call>::OPERATION,)* }
            }

            /// The envelope that asks for it.
            pub fn to_envelope(&self) -> Envelope {
                match self { $(Self::$name(request) => request.to_envelope(),)* }
            }

            /// The value of `SOAPAction` that goes with it.
            pub fn soap_action(&self) -> String {
                match self { $(Self::$name(request) => request.soap_action(),)* }
            }

            fn speak(&mut self, namespace: &'static str) {
                match self { $(Self::$name(request) => request.namespace = namespace,)* }
            }
        }

        const KINDS: &[Kind] = &[$(<$call as crate::call::Content>::KIND),*];
    };
}

received! {
    SignIn(sign_in::RequestSecurityTokens),
    SignIn2(sign_in::RequestSecurityTokens2),
    FindMembership(list::FindMembership),
    AddMember(list::AddMember),
    DeleteMember(list::DeleteMember),
    ABAdd(ab::ABAdd),
    ABFindAll(ab::ABFindAll),
    ABFindContactsPaged(ab::ABFindContactsPaged),
    ABContactAdd(ab::ABContactAdd),
    ABContactUpdate(ab::ABContactUpdate),
    ABContactDelete(ab::ABContactDelete),
    ABGroupAdd(ab::ABGroupAdd),
    ABGroupUpdate(ab::ABGroupUpdate),
    ABGroupDelete(ab::ABGroupDelete),
    ABGroupContactAdd(ab::ABGroupContactAdd),
    ABGroupContactDelete(ab::ABGroupContactDelete),
    UpdateDynamicItem(ab::UpdateDynamicItem),
    CreateContact(ab::CreateContact),
    ManageWLConnection(ab::ManageWLConnection),
    BreakConnection(ab::BreakConnection),
    CreateCircle(ab::CreateCircle),
    Store(oim::Store),
    Store2(oim::Store2),
    GetMetadata(oim::GetMetadata),
    GetMessage(oim::GetMessage),
    DeleteMessages(oim::DeleteMessages),
    GetProfile(profile::GetProfile),
    UpdateProfile(profile::UpdateProfile),
    CreateProfile(profile::CreateProfile),
    GetClientConfig(configuration::GetClientConfig),
}

impl Received {
    /// Reads a request: the path it came to, the header `SOAPAction` if there was one, and the body.
    ///
    /// The body's first element says which call it is, in whatever namespace, as peers expect (soap.md 5.1). Where two calls begin
    /// alike, the path decides, then the action, then the version of the envelope.
    pub fn receive(
        path: &str,
        soap_action: Option<&str>,
        body: &[u8],
        budget: &mut Budget,
    ) -> Result<Self, Unreceived> {
        Self::read(path, soap_action, &Envelope::parse(body, budget)?)
    }

    /// The same for an envelope that was read already, such as by [`Envelope::receive`].
    pub fn read(
        path: &str,
        soap_action: Option<&str>,
        envelope: &Envelope,
    ) -> Result<Self, Unreceived> {
        let first = envelope.payload().ok_or(Unreceived::Empty)?;
        // libpurple posts to `//RST.srf`, and writes the action without quotes (soap.md 5.1).
        let path = path.trim_start_matches('/');
        let action = soap_action.unwrap_or_default().trim().trim_matches('"');
        let rank = |operation: &Operation| {
            (
                operation.path.trim_start_matches('/') == path,
                operation.namespace_of_action(action).is_some(),
                operation.version == envelope.version(),
            )
        };
        let candidates = OPERATIONS.iter().copied().zip(KINDS).enumerate();
        let candidates = candidates.filter(|(_, (it, kind))| it.begins_with(first, &names(kind)));
        // Of equals the first: the last that is greatest, counted from the end.
        let found = candidates
            .rev()
            .max_by_key(|(_, (operation, _))| rank(operation));
        let Some((number, (operation, _))) = found else {
            return Err(Unreceived::Unknown(name_of(first)));
        };
        let mut received = Self::decode(number, envelope)?;
        // An answer is in the namespace of the action, even if the elements are in another (soap.md 5.5).
        if let Some(namespace) = operation.namespace_of_action(action) {
            received.speak(namespace);
        }
        Ok(received)
    }
}

/// The names that a body may begin with whose members stand in it themselves.
fn names(kind: &Kind) -> Vec<&'static str> {
    match kind {
        Kind::Structure(_, fields) => fields.iter().map(|field: &Field| field.name).collect(),
        _ => Vec::new(),
    }
}

fn name_of(element: &Element) -> SharedStr {
    element.name().local.clone()
}
