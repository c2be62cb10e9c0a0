//! Sending an offline message. Its body has two elements beside each other and none around them (soap.md 5.5).

use machine_contract::Secret;

use crate::call::{Call, Content, ContentError, Kind, Operation, Verbatim, Vocabulary, shape};
use crate::element::Element;
use crate::ns;
use crate::version::Version;

const SENDING: Vocabulary = Vocabulary::new(
    ns::OIM_2004,
    &[("rm", ns::RELIABLE_MESSAGING), ("wsu", ns::UTILITY_2002)],
);

shape! {
    /// The header blocks of a message.
    pub struct StoreHeaders {
        /// From whom it is.
        pub from: Option<Sender> = "From",
        /// For whom it is.
        pub to: Option<Addressee> = "To",
        /// Who sends it, and with which program.
        pub ticket: Option<Ticket> = "Ticket",
        /// Which of a series it is.
        pub sequence: Option<Sequence> = "rm:Sequence",
    }

    /// From whom a message is.
    pub struct Sender {
        /// The account.
        pub member_name: Option<String> = "memberName" as attribute,
        /// The name to show: `=?utf-8?B?…?=`.
        pub friendly_name: Option<String> = "friendlyName" as attribute,
        /// `en-US`.
        pub language: Option<String> = "xml:lang" as attribute,
        /// `MSNMSGR`.
        pub proxy: Option<String> = "proxy" as attribute,
        /// `MSNP15`.
        pub dialect: Option<String> = "msnpVer" as attribute,
        /// `8.5.1302`.
        pub build: Option<String> = "buildVer" as attribute,
    }

    /// For whom a message is.
    pub struct Addressee {
        /// The account.
        pub member_name: Option<String> = "memberName" as attribute,
    }

    /// Who sends, and with which program.
    pub struct Ticket {
        /// The whole ticket of `messengersecure.live.com`, `t=…&p=…`.
        pub passport: Option<Secret<String>> = "passport" as attribute,
        /// The product id.
        pub app_id: Option<String> = "appid" as attribute,
        /// The answer to the challenge that the first try gets; empty in the first try (msnp8-18.md 10).
        pub lock_key: Option<Secret<String>> = "lockkey" as attribute,
    }

    /// Which of a series a message is.
    pub struct Sequence {
        /// The series: `http://messenger.msn.com`.
        pub identifier: Option<String> = "wsu:Identifier",
        /// Its number, from 1: the same as `X-OIM-Sequence-Num` in the content.
        pub number: Option<i64> = "rm:MessageNumber",
    }

    /// The body of a message, as of 2004: action `Store`.
    pub struct Store {
        /// `text`.
        pub message_type: Option<String> = "MessageType",
        /// The message, with headers as in an e-mail.
        pub content: Option<Verbatim> = "Content",
    }

    /// The header blocks of the answer.
    pub struct StoreReplyHeaders {
        /// What was taken.
        pub acknowledgement: Option<Acknowledgement> = "rm:SequenceAcknowledgment",
    }

    /// What was taken.
    pub struct Acknowledgement {
        /// The series.
        pub identifier: Option<String> = "wsu:Identifier",
        /// Which of it.
        pub range: Option<AcknowledgedRange> = "rm:AcknowledgmentRange",
    }

    /// From which number to which.
    pub struct AcknowledgedRange {
        /// The last.
        pub upper: Option<i64> = "Upper" as attribute,
        /// The first.
        pub lower: Option<i64> = "Lower" as attribute,
    }

    /// The answer to [`Store`] and [`Store2`].
    pub struct StoreReply {
        /// 0.
        pub points_consumed: Option<i64> = "PointsConsumed",
    }
}

/// The body of a message, as of 2006: action `Store2`. libpurple puts elements of 2004 into it (soap.md 5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store2(pub Store);

impl Content for Store2 {
    const KIND: Kind = Store::KIND;

    fn read(element: &Element) -> Result<Self, ContentError> {
        Store::read(element).map(Self)
    }

    fn fill(&self, element: &mut Element, vocabulary: &Vocabulary) {
        self.0.fill(element, vocabulary);
    }
}

impl Call for Store {
    const OPERATION: &'static Operation = &Operation {
        name: "Store",
        path: "/OimWS/oim.asmx",
        namespaces: &[ns::OIM_2004],
        has_action: true,
        request: None,
        response: "StoreResponse",
        version: Version::Soap11,
        vocabulary: &SENDING,
    };
    type Headers = StoreHeaders;
    type Reply = StoreReply;
    type ReplyHeaders = StoreReplyHeaders;
}

impl Call for Store2 {
    const OPERATION: &'static Operation = &Operation {
        name: "Store2",
        namespaces: &[ns::OIM_2006],
        ..*Store::OPERATION
    };
    type Headers = StoreHeaders;
    type Reply = StoreReply;
    type ReplyHeaders = StoreReplyHeaders;
}
