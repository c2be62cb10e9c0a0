//! Properties of what is inside a payload.

use bytes::Bytes;
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::history::{
    MessagesByConversation, MessagesByConversationResponse, RecentConversations,
    RecentConversationsResponse, Threads, ThreadsResponse,
};
use msnp_proto::payload::layers::{Block, Layers};
use msnp_proto::payload::message::Message;
use msnp_proto::payload::presence::UserDocument;
use msnp_proto::payload::subscriptions::Subscriptions;
use msnp_proto::payload::thread::{Thread, ThreadActivity};
use msnp_proto::payload::xml::{Element, XmlLimits};

/// What was read as a tree is written as a document that reads as the same tree and is written
/// alike from then on; an error points into the document.
pub fn xml(data: &[u8]) {
    match Element::parse(data, &XmlLimits::DEFAULT) {
        Ok(tree) => {
            let written = tree.to_vec();
            let again = Element::parse(&written, &XmlLimits::DEFAULT).expect("our own document");
            assert_eq!(again, tree);
            assert_eq!(again.to_vec(), written);
        }
        Err(error) => assert!(error.offset <= data.len()),
    }
}

/// Layers are their bytes; looking anything up in them cannot fail in any other way than by an
/// error.
pub fn layers(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    match Layers::parse(bytes.clone()) {
        Ok(layers) => {
            assert_eq!(layers.as_bytes(), &bytes);
            assert!(data.ends_with(layers.body()));
            look_up(layers.routing());
            look_up(layers.reliability());
            layers.content_block().into_iter().for_each(look_up);
            if let (Ok(to), Ok(from)) = (layers.to(), layers.from()) {
                let built = Layers::build(&to, &from).messaging().finish(layers.body());
                assert_eq!(built.to(), Ok(to));
                assert_eq!(built.from(), Ok(from));
                assert_eq!(built.body(), layers.body());
            }
        }
        Err(error) => assert!(error.offset <= data.len()),
    }
    if let Ok(message) = Message::parse(bytes.clone()) {
        assert!(data.ends_with(message.body()));
        assert_eq!(message.into_layers().as_bytes(), &bytes);
    }
}

fn look_up(block: Block<'_>) {
    for (name, _) in &block {
        assert!(block.get(name).is_some());
    }
}

/// A document that was read is written as one that reads the same.
pub fn documents(data: &[u8]) {
    macro_rules! round_trip {
        ($($type:ident)*) => {
            $(if let Ok(document) = $type::parse(data) {
                assert_eq!($type::parse(&document.encode()), Ok(document));
            })*
        };
    }
    round_trip! {
        UserDocument ContactList Subscriptions Thread ThreadActivity RecentConversations
        RecentConversationsResponse MessagesByConversation MessagesByConversationResponse Threads
        ThreadsResponse
    }
}
