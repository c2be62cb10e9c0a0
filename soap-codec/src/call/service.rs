//! `service!`: the calls of one service that differ in nothing but their names and bodies.

use crate::call::shape::shape;
use crate::call::vocabulary::Vocabulary;
use crate::ns;

shape! {
    /// A response that says nothing but that it was done.
    pub struct Done {}
}

/// Names without prefixes, in the namespace of the call.
pub(crate) const PLAIN: Vocabulary = Vocabulary::new(ns::NONE, &[]);

/// Lists calls of one path: `Name -> Reply`, where the request's element is called like its struct and the response's `NameResponse`.
macro_rules! service {
    (
        path $path:literal, namespaces $namespaces:expr, headers $headers:ty => $reply_headers:ty;
        $($call:ident -> $reply:ty),* $(,)?
    ) => {$(
        impl $crate::call::Call for $call {
            const OPERATION: &'static $crate::call::Operation = &$crate::call::Operation {
                name: stringify!($call),
                path: $path,
                namespaces: &$namespaces,
                has_action: true,
                request: Some(stringify!($call)),
                response: concat!(stringify!($call), "Response"),
                version: $crate::version::Version::Soap11,
                vocabulary: &$crate::call::service::PLAIN,
            };
            type Headers = $headers;
            type Reply = $reply;
            type ReplyHeaders = $reply_headers;
        }
    )*};
}
pub(crate) use service;
